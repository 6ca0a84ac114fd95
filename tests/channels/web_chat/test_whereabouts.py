"""A number and a place of somebody whom nobody can phone are kept beside the alert, whether we asked or not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.care.alerts import unresolved_alert
from bot.care.database import transaction
from bot.care.follow_up import Told, told
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from tests.channels.web_chat.support import Browser, conversation_of

CRISIS = "I want to kill myself"
NUMBER = "+16465550199"


def texts(answer: Any) -> list[str]:
    body = answer.json()
    return [one["text"] for one in ([body["reply"]] if body["reply"] else []) + body["more"]]


def shown(engine: Engine, browser: Browser) -> Told | None:
    with transaction(engine) as session:
        found = told(session, unresolved_alert(session, conversation_of(engine, browser)))
        for row in found.whereabouts if found is not None else ():
            assert row.message.text
        return found


def numbers(engine: Engine, browser: Browser) -> list[str | None]:
    found = shown(engine, browser)
    return [one.number for one in found.whereabouts] if found is not None else []


def reasons(engine: Engine, browser: Browser) -> list[str]:
    with transaction(engine) as session:
        alert = unresolved_alert(session, conversation_of(engine, browser))
        assert alert is not None
        return [str(one) for one in alert.reasons if one.startswith("Wrote")]


def test_a_number_in_the_crisis_message_is_kept_and_not_asked_for(browser: Browser, engine: Engine) -> None:
    answered = texts(browser.send(f"{CRISIS}, call me 646 555 0199"))
    assert len(answered) == 2 and "acting on this today" in answered[1]
    assert numbers(engine, browser) == [NUMBER]
    assert reasons(engine, browser) == ["Wrote a number: see below. Not verified."]


def test_a_place_in_the_crisis_message_is_kept(browser: Browser, engine: Engine) -> None:
    browser.send(f"{CRISIS}. I\u2019m at the bridge on Elm")
    assert reasons(engine, browser) == ["Wrote where they are: see below. Not verified."]


def test_in_an_emergency_it_is_kept_and_nothing_is_said_of_it(browser: Browser, engine: Engine) -> None:
    browser.send("chest pain")
    assert texts(browser.send("646 555 0199, im at 12 oak street")) == []
    assert numbers(engine, browser) == [NUMBER]
    assert reasons(engine, browser) == ["Wrote a number and where they are: see below. Not verified."]
    assert texts(browser.send("chest pain and 646 555 0198"))[0].startswith(
        "This may be an emergency. Call 911"
    )
    assert numbers(engine, browser) == [NUMBER, "+16465550198"]


def test_an_answer_that_tells_a_place_as_well_is_both(browser: Browser, engine: Engine) -> None:
    browser.send(CRISIS)
    browser.send("yes, im at the bridge on elm")
    found = shown(engine, browser)
    assert found is not None and [one.meaning for one in found.answers] == ["yes"]
    assert len(found.whereabouts) == 1


def test_after_the_questions_ended_hours_later(
    new_browser: Any, engine: Engine, database_url: str, serve: Any, clock: FixedClock
) -> None:
    browser = new_browser(serve(database_url, engine, clock))
    browser.open()
    browser.send(CRISIS)
    browser.send("jk")
    clock.move(timedelta(hours=5))
    assert texts(browser.send("im at the bridge on elm")) == []
    assert len(numbers(engine, browser)) == 1


@pytest.mark.parametrize(
    "number", ["988", "911", load_clinic().phone, load_clinic().on_call[0].phone, "1-800-273-8255"]
)
def test_numbers_that_are_not_theirs_are_not_kept(browser: Browser, engine: Engine, number: str) -> None:
    browser.send(CRISIS)
    browser.send(f"i tried {number}")
    assert numbers(engine, browser) == []


def test_what_is_neither_is_not_kept(browser: Browser, engine: Engine) -> None:
    browser.send(CRISIS)
    for words in ("i'm in a dark place", "im on my own", "I am at my limit", "i\u2019m in pain"):
        browser.send(words)
    assert numbers(engine, browser) == []


def test_a_long_answer_is_not_said_to_be_missing(browser: Browser, engine: Engine) -> None:
    browser.send(CRISIS)
    browser.send("not sure, I keep going back and forth about it all the time")
    found = shown(engine, browser)
    assert found is not None and [one.meaning for one in found.answers] == ["unsure"]
    assert not found.waiting
