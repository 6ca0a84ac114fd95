"""Whoever is being harmed may be watched: nothing that the page is told of their message tells it from any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.care.database import engine_for, transaction
from bot.care.models import Alert
from bot.channels.spool import Spool
from bot.channels.take_in import TakeIn
from bot.channels.web_chat.sessions import open_session
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.guidance.phrases import Phrases
from tests.channels.keeping import taking
from tests.channels.web_chat.support import NOWHERE, TUESDAY_NOON, Browser, conversation_of, next_state

HARMED = "he hits me and reads my phone"
OWN = "i want to kill myself"


def said(variant: str) -> str:
    return Phrases.load().say("being_harmed", "web", load_clinic(), variant=variant)


def levels(messages: list[dict[str, Any]]) -> set[str]:
    return {one["level"] for one in messages}


def looks_like_any_other(browser: Browser) -> None:
    """The page loaded again, its history and its stream."""
    assert browser.open()["crisis"] is False
    assert levels(browser.messages()["messages"]) == {"none"}
    with browser.events() as events:
        for event in events:
            if event.name == "state":
                assert event.data["crisis"] is False
                break
            assert event.data["level"] == "none"


def test_the_answer_the_history_and_the_stream_are_neutral_and_staff_see_the_crisis(
    browser: Browser, engine: Engine
) -> None:
    answers = [browser.send(HARMED, "one-id").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert (answers[0]["reply"]["text"], answers[0]["reply"]["level"]) == (said("told"), "none")
    assert answers[0]["more"] == []
    looks_like_any_other(browser)
    # What is less than grave and joins the alert changes nothing of that.
    browser.send("i keep vomiting")
    looks_like_any_other(browser)
    with transaction(engine) as session:
        alert = session.query(Alert).filter_by(conversation_id=conversation_of(engine, browser)).one()
        assert (alert.level, alert.state) == ("crisis", "open")


def test_an_open_page_is_told_nothing_while_it_happens(browser: Browser) -> None:
    with browser.events() as events:
        next_state(events, typing=False)
        browser.send(HARMED)
        browser.send("hello?")  # its typing is the next state that is news
        for event in events:
            if event.name == "state":
                assert event.data["crisis"] is False
                if event.data["typing"]:
                    break
            else:
                assert event.data["level"] == "none"


@pytest.mark.parametrize("order", [(HARMED, OWN), (OWN, HARMED)])
def test_where_their_own_life_is_in_danger_help_comes_to_the_front(
    browser: Browser, order: tuple[str, ...]
) -> None:
    told = {words: browser.send(words).json()["reply"]["level"] for words in order}
    assert told == {HARMED: "none", OWN: "crisis"}
    assert browser.open()["crisis"] is True
    assert levels(browser.messages()["messages"]) == {"none", "crisis"}
    with browser.events() as events:
        assert next_state(events)["crisis"] is True


@pytest.fixture
def token(engine: Engine) -> str:
    """A cookie of a session that was opened while the database was there."""
    with transaction(engine) as session:
        return open_session(session, TUESDAY_NOON)[0]


def test_kept_while_the_database_is_away_and_taken_in_it_is_neutral_as_well(
    serve: Callable[..., str],
    database_url: str,
    engine: Engine,
    clock: FixedClock,
    new_browser: Callable[..., Browser],
    token: str,
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path / "spool")
    away = new_browser(serve(NOWHERE, engine_for(NOWHERE), clock, spool=spool))
    away.client.cookies.set("aftercare_session", token)
    answers = [away.send(HARMED, "kept-id").json() for _ in range(2)]
    assert answers[0] == answers[1] and answers[0]["kept"] is True
    assert (answers[0]["reply"]["text"], answers[0]["reply"]["level"]) == (said("not_told"), "none")
    take_in: TakeIn = taking(engine, clock, spool)
    assert take_in.run() is True
    back = new_browser(serve(database_url, engine, clock))
    back.client.cookies.set("aftercare_session", token)
    assert said("not_told") in {one["text"] for one in back.messages()["messages"]}
    looks_like_any_other(back)
    with transaction(engine) as session:
        alert = session.query(Alert).filter_by(conversation_id=conversation_of(engine, back)).one()
        assert alert.level == "crisis"


def test_with_database_and_disk_away_it_is_neutral_as_well(
    serve: Callable[..., str],
    clock: FixedClock,
    new_browser: Callable[..., Browser],
    token: str,
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("where a folder should be")
    spool = Spool(tmp_path / "file" / "spool")
    browser = new_browser(serve(NOWHERE, engine_for(NOWHERE), clock, spool=spool))
    browser.client.cookies.set("aftercare_session", token)
    refused = browser.send(HARMED)
    assert refused.status_code == 503
    assert (refused.json()["reply"]["text"], refused.json()["reply"]["level"]) == (said("not_told"), "none")
