"""Somebody who comes for the first time while the database is away is heard: a session that is stored later."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.engine import Engine

from bot.care import browsers
from bot.care.database import engine_for, transaction
from bot.care.models import Alert, Item, Message, WebSession
from bot.channels.spool import Spool
from bot.channels.web_chat.tokens import COOKIE, HEADER, token_hash
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from tests.channels.web_chat.support import NOWHERE, SITE, TUESDAY_NOON, Browser, conversation_of, unlimited

CRISIS = "i want to kill myself"
Back = Callable[[Browser], None]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def stranger(
    serve: Callable[..., str], clock: FixedClock, new_browser: Callable[..., Browser], spool: Spool
) -> Browser:
    """A browser without a cookie, and a web process whose database is away."""
    demo = unlimited()
    web = demo.web.copy(update={"allowed_origins": (SITE,)})
    clinic = demo.copy(update={"web": web})
    return new_browser(serve(NOWHERE, engine_for(NOWHERE), clock, spool=spool, clinic=clinic))


@pytest.fixture
def comes_back(
    serve: Callable[..., str], database_url: str, engine: Engine, clock: FixedClock, spool: Spool
) -> Back:
    """The database is back: what was kept is taken in, and the browser talks to a process that has it."""

    def move(browser: Browser) -> None:
        browser.client.base_url = httpx.URL(serve(database_url, engine, clock, spool=spool))
        for _ in range(300):
            if not spool.anything():
                return
            time.sleep(0.1)
        raise AssertionError("what was kept was not taken in")

    return move


def patients(browser: Browser) -> list[str]:
    return [one["text"] for one in browser.messages()["messages"] if one["from"] == "patient"]


def test_a_first_message_is_kept_with_a_session_and_is_there_when_the_database_is_back(
    stranger: Browser, comes_back: Back, engine: Engine
) -> None:
    first = stranger.send("can i drive tonight?", "my-id")
    assert (first.status_code, first.json()["kept"]) == (202, True)
    token = stranger.client.cookies[COOKIE]
    assert stranger.send("and when?").json()["kept"] is True
    assert stranger.client.cookies[COOKIE] == token
    comes_back(stranger)
    assert stranger.send("hello?").status_code == 202
    assert patients(stranger) == ["can i drive tonight?", "and when?", "hello?"]
    assert stranger.client.cookies[COOKIE] == token
    # Sent again, since the answer was lost: one message.
    assert stranger.send("can i drive tonight?", "my-id").json()["message"]["text"] == "can i drive tonight?"
    assert len(patients(stranger)) == 3
    with transaction(engine) as session:
        assert session.query(WebSession).filter_by(token_hash=token_hash(token)).one().verified is False
        assert session.query(Item).filter_by(conversation_id=conversation_of(engine, stranger)).count() == 0


def test_a_crisis_gets_its_text_and_later_its_alert(
    stranger: Browser, comes_back: Back, engine: Engine
) -> None:
    kept = stranger.send(CRISIS)
    assert kept.status_code == 202 and kept.json()["kept"] is True
    assert (
        "988" in kept.json()["reply"]["text"] and "cannot reach our care team" in kept.json()["reply"]["text"]
    )
    comes_back(stranger)
    stranger.open()
    assert stranger.send("hello").status_code == 202
    assert patients(stranger) == [CRISIS, "hello"]
    with transaction(engine) as session:
        alert = session.query(Alert).filter_by(conversation_id=conversation_of(engine, stranger)).one()
        assert alert.level == "crisis"


def test_opening_the_chat_is_refused_and_gives_the_session_that_keeps_the_messages_together(
    stranger: Browser, comes_back: Back
) -> None:
    refused = stranger.client.post("/chat/session", json={})
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "AC107")
    token = stranger.client.cookies[COOKIE]
    refused = stranger.client.post("/chat/session", json={})
    assert refused.status_code == 503 and "set-cookie" not in refused.headers
    stranger.send("one")
    comes_back(stranger)
    opened = stranger.open()
    assert stranger.client.cookies[COOKIE] == token
    assert stranger.send("two", conversation=opened["conversation"]).status_code == 202
    assert patients(stranger) == ["one", "two"]


def test_a_page_that_keeps_its_token_gets_one_too(stranger: Browser, comes_back: Back) -> None:
    theirs = {"origin": SITE, "sec-fetch-site": "cross-site"}
    refused = stranger.client.post("/chat/session", json={"keep": "page"}, headers=theirs)
    assert refused.status_code == 503 and "set-cookie" not in refused.headers
    token = refused.json()["token"]
    body = {"id": "one", "text": "can i drive?"}
    kept = stranger.client.post("/chat/messages", json=body, headers=theirs | {HEADER: token})
    assert kept.status_code == 202 and kept.json()["kept"] is True and "token" not in kept.json()


def test_an_ended_session_of_an_outage_opens_nothing_again(
    stranger: Browser, comes_back: Back, engine: Engine, clock: FixedClock, spool: Spool
) -> None:
    stranger.send("one")
    comes_back(stranger)
    stranger.open()
    with transaction(engine) as session:
        browsers.end_all(session, conversation_of(engine, stranger), TUESDAY_NOON)
    assert stranger.client.get("/chat/messages").status_code == 401


def test_new_chats_of_an_outage_are_counted_and_a_crisis_is_not(
    serve: Callable[..., str], clock: FixedClock, new_browser: Callable[..., Browser]
) -> None:
    demo = load_clinic()
    few = demo.limits.copy(update={"sessions_per_address": 2})
    base = serve(NOWHERE, engine_for(NOWHERE), clock, clinic=demo.copy(update={"limits": few}))
    codes: list[Any] = [new_browser(base).send("hello").status_code for _ in range(3)]
    assert codes == [202, 202, 429]
    late = new_browser(base).send(CRISIS)
    assert late.status_code == 202 and "988" in late.json()["reply"]["text"]


def test_the_same_outage_in_two_browsers_is_two_conversations(
    stranger: Browser, comes_back: Back, new_browser: Callable[..., Browser], engine: Engine
) -> None:
    other = new_browser(stranger.base)
    stranger.send("of one", "same-id")
    other.send("of the other", "same-id")
    comes_back(stranger)
    comes_back(other)
    assert patients(stranger) == ["of one"] and patients(other) == ["of the other"]
    with transaction(engine) as session:
        found = session.query(Message).filter_by(external_id="same-id").all()
        assert len({one.conversation_id for one in found}) == 2
