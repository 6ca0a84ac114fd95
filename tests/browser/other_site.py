"""A clinic's page on another origin that embeds the chat of a web process, and what a person reads in it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait
from sqlalchemy.engine import Engine

from bot.care.database import transaction
from bot.care.invites import make_invite
from bot.care.models import Patient, StaffMember
from bot.clinic.clock import FixedClock
from bot.web import create_app
from tests.channels.web_chat.support import TUESDAY_NOON, Served, parts, unlimited

TEXT = "return document.querySelector('aftercare-chat')?.shadowRoot?.textContent ?? ''"
WRITE = """
const root = document.querySelector('aftercare-chat').shadowRoot;
const field = root.querySelector('textarea');
field.value = arguments[0];
field.dispatchEvent(new InputEvent('input'));
root.querySelector('form').requestSubmit();
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The address of another site's page, which embeds the chat of `server` (put in later)."""
    handler = partial(_Quiet, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        """Nothing."""


@pytest.fixture
def base(engine: Engine, database_url: str, site: str, tmp_path: Path) -> Iterator[str]:
    """A web process whose chat the other site may embed."""
    clinic = unlimited()
    web = clinic.web.copy(update={"allowed_origins": (site,)})
    clock = FixedClock(TUESDAY_NOON)
    served = Served(create_app(parts(database_url, engine, clock, clinic=clinic.copy(update={"web": web}))))
    (tmp_path / "index.html").write_text(
        f'<!doctype html><html lang="en"><title>Clinic</title><script src="{served.base}/widget/aftercare-widget.js">'
        f'</script><main><h1>Clinic</h1><aftercare-chat server="{served.base}" open></aftercare-chat></main>'
    )
    yield served.base
    served.stop()


@pytest.fixture
def token(engine: Engine) -> str:
    """A link's secret."""
    with transaction(engine) as session:
        patient = Patient(name="Maria Lopez")
        nurse = StaffMember(email=secrets.token_hex(8), name="Nora", role="nurse", password_hash="x")
        session.add_all([patient, nurse])
        session.flush()
        return make_invite(session, int(patient.id), int(nurse.id), TUESDAY_NOON)[0]


def until(browser: webdriver.Chrome, words: str) -> str:
    """The chat's text, once it holds `words`."""
    WebDriverWait(browser, 20).until(lambda one: words in (one.execute_script(TEXT) or ""))
    return str(browser.execute_script(TEXT))
