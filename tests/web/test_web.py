"""What faces the network: headers on every answer, errors that quote nobody, no Rasa, clear words at a failed start."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.engine import Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from bot import web
from bot.clinic.clock import FixedClock
from bot.clinic.paths import ROOT
from bot.security import HEADERS
from bot.web import create_app
from tests.channels.web_chat.support import Served, parts

WORDS = "my grandmother's silver teapot"


def paths(app: Starlette) -> list[tuple[str, str]]:
    """(method, path) of every route, mounts included, with something in place of parameters."""
    found = [
        ("GET", "/nothing-here"),
        ("DELETE", "/healthz"),
        ("GET", "/widget/nothing.js"),
        ("GET", "/widget/"),
    ]

    def walk(routes: Any, prefix: str = "") -> None:
        for route in routes:
            if isinstance(route, Mount):
                walk(route.routes or [], prefix + route.path)
            elif isinstance(route, Route):
                path = prefix + route.path.replace("{", "").replace(":int}", "").replace("}", "")
                found.extend((method, path) for method in route.methods or () if method != "HEAD")

    walk(app.routes)
    return found


def test_every_answer_carries_the_security_headers(browser: TestClient) -> None:
    asked = paths(browser.app)  # type: ignore[arg-type]
    assert {"/chat/messages", "/chat/events", "/sms/inbound", "/staff", "/readyz", "/demo/be", "/"} <= {
        path for _, path in asked
    }
    for method, path in asked:
        browser.cookies.clear()  # with one, an events stream would not end
        answer = browser.request(method, path, follow_redirects=False)
        for name in HEADERS:
            assert name in answer.headers, (method, path, answer.status_code, name)
        assert "frame-ancestors" in answer.headers["content-security-policy"], path
        assert answer.headers["x-content-type-options"] == "nosniff", path


def test_a_stream_carries_them_too(engine: Engine, database_url: str, clock: FixedClock) -> None:
    served = Served(create_app(parts(database_url, engine, clock)))
    with httpx.Client(base_url=served.base) as client:
        client.post("/chat/session", json={})
        with client.stream("GET", "/chat/events") as answer:
            assert HEADERS.keys() <= {name.title() for name in answer.headers}
    served.stop()


def test_an_address_that_is_not_there_is_said_so(browser: TestClient) -> None:
    for method, path, status in (
        ("GET", "/nothing", 404),
        ("POST", "/healthz", 405),
        ("GET", "/demo/page/x", 404),
    ):
        answer = browser.request(method, path)
        assert answer.status_code == status
        assert answer.json()["error"]["code"] == "AC100"


def broken(browser: TestClient) -> Starlette:
    """The application with two routes that fail with a patient's words."""
    app = browser.app

    async def fail(request: Request) -> None:
        raise RuntimeError(WORDS)

    async def fail_later(request: Request) -> StreamingResponse:
        async def body() -> Any:
            yield b"begun"
            raise RuntimeError(WORDS)

        return StreamingResponse(body())

    assert isinstance(app, Starlette)
    app.router.routes += [Route("/broken", fail), Route("/broken-later", fail_later)]
    return app


def test_an_unforeseen_error_is_honest_and_quotes_nobody(
    browser: TestClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    served = Served(broken(browser))
    with httpx.Client(base_url=served.base) as client, caplog.at_level(logging.DEBUG):
        answer = client.get("/broken")
        assert answer.status_code == 500
        assert (
            answer.json()["error"]["code"] == "AC001"
            and "Please try again" in answer.json()["error"]["message"]
        )
        assert "content-security-policy" in answer.headers
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/broken-later")
        assert client.get("/healthz").status_code == 200
    served.stop()
    written = capfd.readouterr()
    for log in (answer.text, caplog.text, written.out, written.err):
        assert WORDS not in log and "Traceback" not in log
    assert "GET /broken failed: RuntimeError in " in caplog.text


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_web_loads_neither_rasa_nor_tensorflow() -> None:
    code = (
        "import sys, bot.web; "
        "heavy = {'rasa', 'rasa_sdk', 'tensorflow', 'sanic', 'keras', 'jax'} & {m.split('.')[0] for m in sys.modules}; "
        "print(sorted(heavy))"
    )
    done = run(code)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


START = "import sys; from bot.web import main; sys.exit(main())"


def test_without_an_address_of_a_database_it_says_what_to_do() -> None:
    done = run(START, DATABASE_URL="")
    assert done.returncode == 2
    assert "DATABASE_URL is not set. Start everything with `aftercare run`." in done.stderr


def test_with_wrong_settings_it_names_them(tmp_path: Path) -> None:
    wrong = tmp_path / "clinic.yml"
    wrong.write_text((ROOT / "clinic.yml").read_text().replace("America/New_York", "Mars/Olympus"))
    done = run(START, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing", AFTERCARE_CLINIC=str(wrong))
    assert done.returncode == 1
    assert "web cannot start" in done.stderr and "time_zone" in done.stderr
    assert "Traceback" not in done.stderr


def test_with_an_address_of_another_database_it_names_the_fix() -> None:
    done = run(START, DATABASE_URL="sqlite:///care.db")
    assert done.returncode == 1
    assert "PostgreSQL only" in done.stderr and "Traceback" not in done.stderr


def test_what_is_loaded_before_it_serves_is_not_looked_through_again_and_again() -> None:
    """The collector would stop every request for as long as that takes."""
    code = """
import gc, sys
from bot import web

class Server:
    started = True
    def __init__(self, config): pass
    def run(self): print(gc.get_freeze_count())

web.load_parts = web.create_app = lambda given: given
web.server_settings = lambda *given: given
web.EndingWhenStuck = Server
sys.exit(web.main())
"""
    done = run(code, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100_000


@pytest.mark.parametrize(
    ("mode", "there", "loaded"), [("full", True, True), ("full", False, False), ("rules_only", False, True)]
)
def test_a_missing_model_file_is_known(
    monkeypatch: pytest.MonkeyPatch, mode: str, there: bool, loaded: bool, database_url: str
) -> None:
    class AScreen:
        reader = object() if there else None

        @staticmethod
        def load(mode: str) -> type[AScreen]:
            return AScreen

    clinic = web.load_clinic().copy(update={"safety_reading": mode})
    monkeypatch.setattr(web, "load_clinic", lambda: clinic)
    monkeypatch.setattr(web, "Screen", AScreen)
    assert web.load_parts(database_url).model_loaded is loaded
