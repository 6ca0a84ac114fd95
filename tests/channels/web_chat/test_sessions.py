"""Sessions are made by the server, cannot be guessed, end when revoked, and open one conversation only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.care.database import transaction
from bot.care.models import Alert, Patient, WebSession
from bot.channels.web_chat.sessions import open_session
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from tests.channels.web_chat.support import JSON, SITE, TUESDAY_NOON, Browser, conversation_of

COOKIE = "aftercare_session"


def cookie_of(answer: Any) -> Any:
    return SimpleCookie(answer.headers["set-cookie"])[COOKIE]


def test_a_first_visit_gets_a_session_and_the_notice(new_browser: Callable[..., Browser]) -> None:
    browser = new_browser()
    opened = browser.open()
    clinic = load_clinic()
    assert opened["clinic"] == {
        "name": clinic.name,
        "phone": clinic.phone,
        "after_hours_phone": clinic.after_hours_phone,
        "crisis_line": "988",
        "ambulance": "911",
        "on_shift": True,
    }
    assert (opened["verified"], opened["name"], opened["crisis"], opened["last_seq"]) == (
        False,
        None,
        False,
        1,
    )
    (notice,) = browser.messages()["messages"]
    assert (notice["seq"], notice["from"], notice["kind"]) == (1, "assistant", "first_contact")
    assert "automated" in notice["text"]


def test_the_cookie_is_out_of_the_reach_of_scripts_and_other_sites(
    new_browser: Callable[..., Browser],
) -> None:
    cookie = cookie_of(new_browser().client.post("/chat/session", json={}))
    assert cookie["httponly"] and cookie["samesite"] == "lax" and cookie["path"] == "/"
    assert not cookie["secure"]  # on http://localhost it would never come back
    assert len(cookie.value) >= 43  # 256 bits


def test_over_tls_the_cookie_stays_on_tls(
    serve: Callable[..., str],
    database_url: str,
    engine: Engine,
    clock: FixedClock,
    new_browser: Callable[..., Browser],
) -> None:
    demo = load_clinic()
    web = demo.web.copy(update={"public_url": "https://chat.clinic.example"})
    base = serve(database_url, engine, clock, clinic=demo.copy(update={"web": web}))
    # What ends TLS in front of us hands plain HTTP on, with the name that the browser asked for.
    answer = new_browser(base).client.post("/chat/session", json={}, headers={"host": "chat.clinic.example"})
    assert cookie_of(answer)["secure"]


def test_sessions_differ_and_only_their_hash_is_stored(
    new_browser: Callable[..., Browser], engine: Engine
) -> None:
    tokens = set()
    for _ in range(5):
        browser = new_browser()
        browser.open()
        tokens.add(browser.client.cookies[COOKIE])
    assert len(tokens) == 5
    with transaction(engine) as session:
        stored = {row.token_hash for row in session.query(WebSession)}
    assert not tokens & stored


def test_coming_back_is_the_same_session(browser: Browser) -> None:
    token = browser.client.cookies[COOKIE]
    browser.send("hello")
    again = browser.open()
    assert again["last_seq"] == 2
    assert browser.client.cookies[COOKIE] == token
    assert [message["seq"] for message in browser.messages()["messages"]] == [1, 2]


def everything(browser: Browser) -> list[Any]:
    return [
        browser.send("hello"),
        browser.client.get("/chat/messages"),
        browser.client.get("/chat/events"),
    ]


@pytest.mark.parametrize("token", [None, "", "x", "a" * 43, "' or 1=1 --", "\u00e9"])
def test_an_unknown_session_is_refused(new_browser: Callable[..., Browser], token: str | None) -> None:
    browser = new_browser()
    if token is not None:
        browser.client.headers["cookie"] = f"{COOKIE}={token}"
    for answer in everything(browser):
        assert answer.status_code == 401
        error = answer.json()["error"]
        assert error["code"] == "AC101" and error["phone"] == load_clinic().phone


def test_a_revoked_session_is_refused_and_a_new_one_is_another_conversation(
    browser: Browser, engine: Engine
) -> None:
    before = conversation_of(engine, browser)
    with transaction(engine) as session:
        session.query(WebSession).filter_by(conversation_id=before).update({"revoked_at": TUESDAY_NOON})
    assert [answer.status_code for answer in everything(browser)] == [401, 401, 401]
    assert browser.open()["last_seq"] == 1
    assert conversation_of(engine, browser) != before


def test_a_crisis_through_an_ended_session_says_where_it_is_now(browser: Browser, engine: Engine) -> None:
    before = browser.open()["conversation"]
    assert browser.send("hello").json()["conversation"] == before
    ended = conversation_of(engine, browser)
    with transaction(engine) as session:
        session.query(WebSession).filter_by(conversation_id=ended).update({"revoked_at": TUESDAY_NOON})
    answer = browser.send("i want to kill myself", conversation=before).json()
    assert answer["conversation"] == browser.open()["conversation"] != before
    assert [one["text"] for one in browser.messages()["messages"]][:2] == [
        "i want to kill myself",
        answer["reply"]["text"],
    ]


def test_a_crisis_without_a_session_is_stored_and_answered_all_the_same(
    new_browser: Callable[..., Browser], engine: Engine
) -> None:
    browser = new_browser()
    answer = browser.send("i want to kill myself")
    assert answer.status_code == 202
    assert "988" in answer.json()["reply"]["text"]
    # The browser has a session from now on, and staff have the alert.
    assert [message["from"] for message in browser.messages()["messages"]][:2] == ["patient", "assistant"]
    with transaction(engine) as session:
        alert = session.query(Alert).filter_by(conversation_id=conversation_of(engine, browser)).one()
        assert alert.level == "crisis"


def test_one_browser_never_reads_another_conversation(new_browser: Callable[..., Browser]) -> None:
    maria, daniel = new_browser(), new_browser()
    maria.open()
    theirs = daniel.open()["conversation"]
    maria.send("a secret of maria")
    assert "secret" not in str(daniel.messages())
    with daniel.events(after=0) as events:
        assert next(events).data["kind"] == "first_contact"
        assert next(events).name == "state"
    # Naming the other's conversation opens nothing.
    for answer in (
        maria.client.get("/chat/messages", params={"conversation": theirs}),
        maria.client.get("/chat/events", params={"conversation": theirs}),
    ):
        assert answer.status_code == 409


def test_what_was_typed_to_one_conversation_does_not_land_in_another(
    browser: Browser, new_browser: Callable[..., Browser]
) -> None:
    shown = browser.open()["conversation"]
    assert browser.send("hello", conversation=shown).status_code == 202
    # In another tab somebody else is let in, so that the cookie is theirs by now.
    other = new_browser()
    other.open()
    browser.client.cookies.set(COOKIE, other.client.cookies[COOKIE], domain="127.0.0.1")
    refused = browser.send("meant for maria", conversation=shown)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "AC108")
    assert "reply" not in refused.json()
    assert "988" in browser.send("i want to kill myself", conversation=shown).json()["reply"]["text"]
    assert len(other.messages()["messages"]) == 1


def test_a_patient_whom_staff_have_verified_is_known_by_name(
    new_browser: Callable[..., Browser], engine: Engine
) -> None:
    with transaction(engine) as session:
        patient = Patient(name="Maria Lopez")
        session.add(patient)
        session.flush()
        tokens = [open_session(session, TUESDAY_NOON, patient)[0] for _ in range(2)]
    phone, laptop = new_browser(), new_browser()
    for browser, token in zip((phone, laptop), tokens):
        browser.client.cookies.set(COOKIE, token)
        opened = browser.open()
        assert (opened["verified"], opened["name"]) == (True, "Maria Lopez")
    phone.send("from the phone")
    assert laptop.messages()["messages"][-1]["text"] == "from the phone"


ORIGINS = [
    ({"origin": "https://evil.example"}, 403),
    ({"origin": "null"}, 403),
    ({"origin": "https://evil.example", "sec-fetch-site": "cross-site"}, 403),
    ({"origin": "http://localhost:8080.evil.example"}, 403),
    ({"origin": "http://localhost:8080"}, 200),  # web.public_url
    ({"sec-fetch-site": "same-origin", "origin": "https://chat.clinic.example"}, 200),
    ({}, 200),
]


@pytest.mark.parametrize(("headers", "status"), ORIGINS)
def test_pages_of_other_origins_may_not_use_the_chat(
    browser: Browser, headers: dict[str, str], status: int
) -> None:
    answer = browser.client.post("/chat/session", json={}, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"]["code"] == "AC105"
        body = b'{"id": "cross", "text": "not mine"}'
        assert browser.client.post("/chat/messages", content=body, headers=JSON | headers).status_code == 403
        assert browser.client.get("/chat/messages", headers=headers).status_code == 403
        assert len(browser.messages()["messages"]) == 1


def shared(answer: Any) -> tuple[str | None, str | None]:
    names = ("access-control-allow-origin", "access-control-allow-credentials")
    return answer.headers.get(names[0]), answer.headers.get(names[1])


def test_a_page_of_an_allowed_origin_may_use_the_chat(embedding: Browser) -> None:
    theirs = {"origin": SITE, "sec-fetch-site": "same-site"}
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    for path in ("/chat/session", "/chat/messages", "/chat/events"):
        answer = embedding.client.options(path, headers=theirs | asked)
        assert answer.status_code == 204 and shared(answer) == (SITE, "true")
        assert (
            answer.headers["access-control-allow-headers"] == "Content-Type, Last-Event-ID, Aftercare-Session"
        )
    for answer in (
        embedding.client.post("/chat/messages", json={"id": "a", "text": "x"}, headers=theirs),
        embedding.client.post("/chat/session", json={}, headers=theirs),
        embedding.client.get("/chat/messages", headers=theirs),
    ):
        assert shared(answer) == (SITE, "true")
        assert "Origin" in answer.headers["vary"]
    with embedding.client.stream("GET", "/chat/events", headers=theirs) as answer:
        assert answer.status_code == 200 and shared(answer) == (SITE, "true")


def test_our_own_pages_may_and_nobody_else_is_let_read(embedding: Browser) -> None:
    own = embedding.client.post("/chat/session", json={}, headers={"origin": embedding.base})
    assert own.status_code == 200 and shared(own) == (None, None)
    others = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    for answer in (
        embedding.client.options("/chat/messages", headers=others),
        embedding.client.get("/chat/messages", headers=others),
    ):
        assert answer.status_code == 403 and shared(answer) == (None, None)
    # What is not the chat is shared with nobody.
    assert shared(embedding.client.get("/readyz", headers={"origin": SITE})) == (None, None)
    assert shared(embedding.client.get("/staff", headers={"origin": SITE})) == (None, None)


def test_out_of_hours_nobody_is_said_to_be_there(
    serve: Callable[..., str],
    database_url: str,
    engine: Engine,
    clock: FixedClock,
    new_browser: Callable[..., Browser],
) -> None:
    clock.move(timedelta(hours=10))
    browser = new_browser(serve(database_url, engine, clock))
    assert browser.open()["clinic"]["on_shift"] is False
    refused = browser.client.get("/chat/messages", params={"before": "x"}).json()
    assert refused["error"]["phone"] == load_clinic().after_hours_phone
