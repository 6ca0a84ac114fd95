"""After a crisis text in the web chat: a question with buttons, and how somebody is reached whom nobody can phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from bot.care import conversations
from bot.care.alerts import unresolved_alert
from bot.care.database import transaction
from bot.care.follow_up import Told, told
from bot.care.models import Alert, Channel, Message, Patient, PhoneNumber, StaffMember, WebSession
from bot.clinic.clock import FixedClock
from tests.channels.web_chat.support import Browser, conversation_of, next_state

CRISIS = "I want to kill myself"


def texts(answer: Any) -> list[str]:
    """What the answer to a request says, in order."""
    assert answer.status_code == 202, answer.text
    body = answer.json()
    return [one["text"] for one in ([body["reply"]] if body["reply"] else []) + body["more"]]


def alert_of(engine: Engine, browser: Browser) -> Alert:
    with transaction(engine) as session:
        found = unresolved_alert(session, conversation_of(engine, browser))
        assert found is not None
        return found


def told_of(engine: Engine, browser: Browser) -> Told:
    with transaction(engine) as session:
        found = told(session, alert_of(engine, browser))
        assert found is not None
        for row in (*found.answers, *found.whereabouts):
            assert row.message.text
        return found


@pytest.fixture
def known(browser: Browser, engine: Engine) -> Browser:
    """A browser of a patient with a phone number on record."""
    with transaction(engine) as session:
        patient = Patient(name="Pat Doe", phone="+12125550123")
        session.add(patient)
        session.flush()
        conversation = conversations.lock(session, conversation_of(engine, browser))
        conversation.patient = patient
    return browser


def test_a_known_patient_gets_the_crisis_text_and_a_question_with_buttons(known: Browser) -> None:
    answer = known.send(CRISIS)
    crisis, question = texts(answer)
    assert "988" in crisis and "acting on this today" in question
    [last] = answer.json()["more"]
    assert [one["payload"] for one in last["buttons"]] == ["1", "2", "3"]
    assert known.messages()["messages"][-1]["text"] == question


def test_a_tapped_button_answers(known: Browser, engine: Engine) -> None:
    known.send(CRISIS)
    [plan] = texts(known.send("Not sure", choice="3"))
    assert "something at hand" in plan
    assert [row.words for row in told_of(engine, known).answers] == [
        "Asked whether they think of acting on it today: not sure."
    ]


def test_sending_again_gets_the_same_and_asks_nothing_twice(known: Browser) -> None:
    first = texts(known.send(CRISIS, "the-same"))
    stored = len(known.messages()["messages"])
    assert texts(known.send(CRISIS, "the-same")) == first
    assert len(known.messages()["messages"]) == stored


def test_the_question_waits_for_the_patient_whatever_the_channel_and_the_process(
    known: Browser, engine: Engine, database_url: str, serve: Any, new_browser: Any, clock: FixedClock
) -> None:
    known.send(CRISIS)
    other = new_browser(serve(database_url, engine, clock))
    other.open()
    with transaction(engine) as session:
        theirs = session.execute(
            select(WebSession).where(WebSession.conversation_id == conversation_of(engine, other))
        ).scalar_one()
        theirs.conversation_id = conversation_of(engine, known)
    assert "911" in texts(other.send("1"))[0]
    assert alert_of(engine, known).reasons[0].endswith("today: YES.")


def test_whom_nobody_can_phone_is_asked_once_for_a_number_and_a_place(
    browser: Browser, engine: Engine
) -> None:
    crisis, reach, question = texts(browser.send(CRISIS))
    assert "988" in crisis and "You do not have to" in reach and "acting on this today" in question
    assert len(texts(browser.send(CRISIS + " really"))) == 1


def test_a_number_is_kept_with_the_alert_and_verified_by_nobody(browser: Browser, engine: Engine) -> None:
    browser.send(CRISIS)
    [kept] = texts(browser.send("(646) 555-0199 im at 12 oak street"))
    assert "cannot say how soon" in kept and "988" in kept
    [where] = told_of(engine, browser).whereabouts
    assert where.number == "+16465550199"
    with transaction(engine) as session:
        known = select(PhoneNumber).where(PhoneNumber.conversation_id == conversation_of(engine, browser))
        assert session.execute(known).first() is None
    # The question still waits: a number to call was no answer to it.
    assert "something at hand" in texts(browser.send("no"))[0]
    assert alert_of(engine, browser).state == "open"


@pytest.mark.parametrize("words", ["I'm at my sister's on Elm Ave", "im near the bus station", "10027"])
def test_a_place_alone_is_kept_too(browser: Browser, engine: Engine, words: str) -> None:
    browser.send(CRISIS)
    texts(browser.send(words))
    [where] = told_of(engine, browser).whereabouts
    assert where.number is None and where.message.text == words


def test_who_refuses_is_helped_all_the_same(browser: Browser, engine: Engine) -> None:
    browser.send(CRISIS)
    answer = browser.send("why would I tell you where I live")
    assert texts(answer) == []  # the dialogue answers, with the way to help
    assert alert_of(engine, browser).level == "crisis"
    assert told_of(engine, browser).whereabouts == []


def test_a_patient_with_a_number_on_record_is_not_asked_for_one(known: Browser, engine: Engine) -> None:
    known.send(CRISIS)
    assert texts(known.send("call my mom at 646 555 0199")) == []
    assert told_of(engine, known).whereabouts == []


@pytest.mark.parametrize("words", ["jk", "nvm", "it was my brother"])
def test_taking_it_back_is_added_and_closes_nothing(browser: Browser, engine: Engine, words: str) -> None:
    browser.send(CRISIS)
    before = alert_of(engine, browser)
    assert texts(browser.send(words)) == []
    after = alert_of(engine, browser)
    assert (after.id, after.level, after.state) == (before.id, "crisis", "open")
    with transaction(engine) as session:
        kinds = [event.kind for event in session.get(Alert, after.id).events]
    assert kinds == ["opened", "added"]


def test_an_emergency_and_a_stranger_are_asked_nothing(browser: Browser) -> None:
    assert len(texts(browser.send("chest pain"))) == 1


def test_staff_who_speak_are_not_spoken_over(browser: Browser, engine: Engine) -> None:
    browser.send(CRISIS)
    with transaction(engine) as session:
        nurse = StaffMember(name="Nora", email="n@clinic.example", role="nurse", password_hash="-")
        session.add(nurse)
        session.flush()
        conversations.lock(session, conversation_of(engine, browser)).owner_id = nurse.id
    assert texts(browser.send("2")) == []
    assert [row.meaning for row in told_of(engine, browser).answers] == ["no"]
    with transaction(engine) as session:
        last = session.execute(
            select(Message)
            .where(Message.conversation_id == conversation_of(engine, browser), Message.sender == "patient")
            .order_by(Message.seq.desc())
            .limit(1)
        ).scalar_one()
        assert last.state == "held" and last.channel == Channel.WEB.value


def test_the_question_reaches_an_open_page_without_any_worker(browser: Browser) -> None:
    browser.send(CRISIS)
    with browser.events() as events:
        assert next_state(events, crisis=True)
    assert "acting on this today" in browser.messages()["messages"][-1]["text"]


def test_three_messages_are_read_as_one(browser: Browser) -> None:
    assert texts(browser.send("it is all arranged")) == []
    crisis, *_ = texts(browser.send("look after the dog"))
    assert "988" in crisis


def test_a_no_to_a_question_that_is_hours_old_is_noted_and_nothing_follows(
    new_browser: Any, engine: Engine, database_url: str, serve: Any, clock: FixedClock
) -> None:
    browser = new_browser(serve(database_url, engine, clock))
    browser.open()
    browser.send(CRISIS)
    clock.move(timedelta(hours=3))
    assert texts(browser.send("2")) == []
    assert [row.meaning for row in told_of(engine, browser).answers] == ["no"]
