"""A newcomer sees the pages that staff would get, and nothing of who it is about."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.engine import Engine
from starlette.testclient import TestClient

from bot.care import alerts
from bot.care.conversations import start_conversation
from bot.care.database import transaction
from bot.channels.sms.providers import SimulatorProvider
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.safety.levels import Level
from bot.web import create_app
from bot.work.pager import Pager
from bot.work.paging import Paging
from tests.channels.web_chat.support import TUESDAY_NOON, parts


def test_pages_of_the_demo_are_shown_with_their_link(engine: Engine, database_url: str) -> None:
    clock, clinic = FixedClock(TUESDAY_NOON), load_clinic()
    with TestClient(create_app(parts(database_url, engine, clock))) as browser:
        assert "No page yet" in browser.get("/demo/pager").text
        with transaction(engine) as session:
            conversation = int(start_conversation(session).id)
            alert = alerts.raise_signal(
                session, conversation, Level.CRISIS, ["Purple reason"], clock.now(), key="demo"
            )
            alert_id = int(alert.id)
        pager = Pager(clinic, SimulatorProvider(), texts_simulated=True)
        Paging(engine, clinic, clock, pager).page(alert_id)
        page: Any = browser.get("/demo/pager")
        assert page.status_code == 200 and "An alert (crisis) waits at Riverside Ketamine Clinic" in page.text
        assert "Nora Whitfield" in page.text and "text message" in page.text and "e-mail" in page.text
        assert "Purple" not in page.text
        link = re.search(r'href="http://localhost:8080(/staff/page/\w+)"', page.text)
        assert link is not None
        assert "Staff log-in" in browser.get(link[1]).text
