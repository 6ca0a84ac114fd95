"""Sessions end, floods wait, slow bodies are let go, other sites get a jar of their own; a crisis passes."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.care import browsers
from bot.care.database import transaction
from bot.care.models import Alert, Lately, Message
from bot.channels import bodies
from bot.clinic.clock import FixedClock
from bot.clinic.settings import Limits, load_clinic
from tests.channels.web_chat.support import SITE, TUESDAY_NOON, Browser, conversation_of, seqs, unlimited

FEW = Limits(messages=5, messages_per_address=8, sessions_per_address=5, texts=5)
CRISIS = "i want to kill myself"


@pytest.fixture
def strict(serve: Callable[..., str], database_url: str, engine: Engine, clock: FixedClock) -> str:
    """A web process that lets few through; what other tests sent from this address is forgotten."""
    with transaction(engine) as session:
        session.query(Lately).delete()
    return serve(database_url, engine, clock, clinic=load_clinic().copy(update={"limits": FEW}))


def test_a_flood_of_one_browser_waits_and_its_crisis_does_not(
    strict: str, new_browser: Callable[..., Browser], engine: Engine
) -> None:
    browser = new_browser(strict)
    browser.open()
    for _ in range(5):
        assert browser.send("hello").status_code == 202
    refused = browser.send("hello again")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "AC111")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert "sent by itself" in refused.json()["error"]["message"] and refused.json()["error"]["phone"]
    for words in (CRISIS, "i have chest pain", "unreadable"):
        assert browser.send(words).status_code == 202
    with transaction(engine) as session:
        alert = session.query(Alert).filter_by(conversation_id=conversation_of(engine, browser)).one()
        assert alert.level == "crisis"


def test_what_staff_must_see_is_stored_in_a_flood_too(
    strict: str, new_browser: Callable[..., Browser], engine: Engine
) -> None:
    browser = new_browser(strict)
    browser.open()
    for _ in range(5):
        browser.send("hello")
    assert browser.send("hello again").status_code == 429
    assert browser.send("i keep vomiting", "urgent-one").status_code == 202
    with transaction(engine) as session:
        conversation = conversation_of(engine, browser)
        assert session.query(Message).filter_by(conversation_id=conversation, external_id="urgent-one").one()
        assert session.query(Alert).filter_by(conversation_id=conversation).one().level == "urgent"


def test_many_browsers_of_one_address_wait_together(strict: str, new_browser: Callable[..., Browser]) -> None:
    two = [new_browser(strict), new_browser(strict)]
    for browser in two:
        browser.open()
    answers = [browser.send("hello").status_code for _ in range(5) for browser in two]
    assert answers.count(202) == 8 and answers.count(429) == 2


def test_where_counting_fails_messages_are_stored_and_the_process_counts_alone(
    strict: str, new_browser: Callable[..., Browser], engine: Engine
) -> None:
    browser = new_browser(strict)
    browser.open()
    with transaction(engine) as session:
        session.execute(text("alter table lately rename to lately_away"))
    try:
        answers = [browser.send("hello").status_code for _ in range(6)]
    finally:
        with transaction(engine) as session:
            session.execute(text("alter table lately_away rename to lately"))
    assert answers == [202] * 5 + [429]
    with transaction(engine) as session:
        conversation = conversation_of(engine, browser)
        assert session.query(Message).filter_by(conversation_id=conversation, sender="patient").count() == 5


def test_too_many_new_chats_wait_and_a_crisis_opens_one_all_the_same(
    strict: str, new_browser: Callable[..., Browser], engine: Engine
) -> None:
    known = new_browser(strict)
    known.open()
    for _ in range(4):
        new_browser(strict).open()
    late = new_browser(strict)
    refused = late.client.post("/chat/session", json={})
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
    assert known.client.post("/chat/session", json={}).status_code == 200  # who is in goes on
    assert late.send(CRISIS).status_code == 202
    with transaction(engine) as session:
        assert session.query(Alert).filter_by(conversation_id=conversation_of(engine, late)).count() == 1


def test_who_is_behind_a_trusted_proxy_is_counted_for_themselves(
    serve: Callable[..., str],
    database_url: str,
    engine: Engine,
    clock: FixedClock,
    new_browser: Callable[..., Browser],
) -> None:
    demo = load_clinic()
    web = demo.web.copy(update={"trusted_proxies": ("127.0.0.1/32",)})
    base = serve(database_url, engine, clock, clinic=demo.copy(update={"limits": FEW, "web": web}))

    def status(address: str) -> int:
        headers = {"x-forwarded-for": f"10.9.9.9, {address}"}
        return new_browser(base).client.post("/chat/session", json={}, headers=headers).status_code

    assert [status("198.51.100.1") for _ in range(6)] == [200] * 5 + [429]
    assert status("198.51.100.2") == 200


@pytest.mark.parametrize(("idle", "most", "after"), [(7, 90, 8), (30, 30, 31)])
def test_a_session_ends_unused_and_in_any_case(
    idle: int,
    most: int,
    after: int,
    serve: Callable[..., str],
    database_url: str,
    engine: Engine,
    clock: FixedClock,
    new_browser: Callable[..., Browser],
) -> None:
    demo = unlimited()
    web = demo.web.copy(update={"session_idle_days": idle, "session_days": most})
    browser = new_browser(serve(database_url, engine, clock, clinic=demo.copy(update={"web": web})))
    shown = browser.open()["conversation"]
    step = timedelta(days=after if idle < most else 5)
    for _ in range(1 if idle < most else 6):
        assert browser.client.get("/chat/messages").status_code == 200
        clock.move(step)
    clock.move(timedelta(days=1))
    assert browser.client.get("/chat/messages").status_code == 401
    assert browser.open()["conversation"] != shown


def test_a_browser_in_use_does_not_end_as_unused(
    serve: Callable[..., str],
    database_url: str,
    engine: Engine,
    clock: FixedClock,
    new_browser: Callable[..., Browser],
) -> None:
    browser = new_browser(serve(database_url, engine, clock, clinic=unlimited()))
    browser.open()
    for _ in range(3):
        clock.move(timedelta(days=25))
        assert browser.client.get("/chat/messages").status_code == 200


def test_an_ended_browser_is_let_go_in_the_middle_of_its_stream(browser: Browser, engine: Engine) -> None:
    conversation_id = conversation_of(engine, browser)
    with browser.events(after=0) as events:
        assert seqs(events, 1) == [1]
        with transaction(engine) as session:
            assert browsers.end_all(session, conversation_id, TUESDAY_NOON) == 1
        assert [event.name for event in events if event.name == "message"] == []  # and the stream ends
    assert browser.client.get("/chat/events").status_code == 401


@pytest.mark.parametrize(
    ("site", "partitioned"),
    [("cross-site", True), (None, True), ("same-site", False), ("same-origin", False)],
)
def test_a_page_of_another_site_keeps_its_session_in_a_jar_of_its_own(
    embedding: Browser, site: str | None, partitioned: bool
) -> None:
    headers = {"origin": SITE} | ({"sec-fetch-site": site} if site else {})
    cookie = embedding.client.post("/chat/session", json={}, headers=headers).headers["set-cookie"]
    assert ("Partitioned" in cookie) is partitioned
    assert ("SameSite=None" in cookie and "Secure" in cookie) is partitioned
    parsed = SimpleCookie(cookie.replace("; Partitioned", ""))["aftercare_session"]
    assert parsed["httponly"] and parsed["path"] == "/"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_a_browser_that_hides_its_origin_changes_nothing(
    browser: Browser, headers: dict[str, str], status: int
) -> None:
    assert browser.client.post("/chat/session", json={}, headers=headers).status_code == status


def test_a_body_that_does_not_come_is_not_waited_for(web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies.read_body, "__defaults__", (0.3,))
    address = urlsplit(web)
    with socket.create_connection((address.hostname, address.port), timeout=20) as line:
        line.sendall(
            b"POST /chat/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b'Content-Length: 50\r\n\r\n{"id": "half'
        )
        answer = line.recv(4096).decode()
    assert answer.startswith("HTTP/1.1 408") and "AC112" in answer
