"""One patient who writes in the web chat and by text message: one conversation, one crisis, one alert."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine

from bot.care.database import transaction
from bot.care.models import Alert, Message, Patient, PhoneNumber
from bot.care.ownership import reply_channel
from bot.channels.web_chat.sessions import open_session
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.web import create_app
from tests.channels.sms.support import Carrier, fresh_number, said
from tests.channels.web_chat.support import (
    TUESDAY_NOON,
    Browser,
    Served,
    conversation_of,
    next_state,
    parts,
    unlimited,
)

CRISIS = "i want to kill myself"


@pytest.fixture
def web(engine: Engine, database_url: str) -> Iterator[str]:
    served = Served(create_app(parts(database_url, engine, FixedClock(TUESDAY_NOON), clinic=unlimited())))
    yield served.base
    served.stop()


@pytest.fixture
def carrier(web: str) -> Carrier:
    return Carrier(web, public=load_clinic().web.public_url, token="0" * 32)


@pytest.fixture
def number() -> str:
    return fresh_number()


@pytest.fixture
def browser(web: str, engine: Engine, number: str) -> Iterator[Browser]:
    """The browser of a verified patient, whose number staff have entered."""
    with transaction(engine) as session:
        patient = Patient(name="Maria Lopez")
        session.add(patient)
        session.flush()
        token, opened = open_session(session, TUESDAY_NOON, patient)
        session.add(PhoneNumber(number=number, conversation_id=opened.conversation_id))
    one = Browser(web)
    one.client.cookies.set("aftercare_session", token)
    one.open()
    yield one
    one.client.close()


def test_a_crisis_by_text_is_a_crisis_in_the_chat_and_one_alert(
    browser: Browser, carrier: Carrier, number: str, engine: Engine
) -> None:
    with browser.events() as events:
        next_state(events, crisis=False)
        assert "988" in said(carrier.text(number, CRISIS))[0]
        next_state(events, crisis=True)
    assert "988" in browser.send(f"{CRISIS} today").json()["reply"]["text"]
    shown = [
        (one["from"], one["channel"]) for one in browser.messages()["messages"] if one["level"] == "none"
    ]
    assert ("patient", "sms") in shown and ("patient", "web") in shown
    with transaction(engine) as session:
        assert session.query(Alert).filter_by(conversation_id=conversation_of(engine, browser)).count() == 1


def test_each_reply_goes_out_where_was_written_and_staff_write_where_was_written_last(
    browser: Browser, carrier: Carrier, number: str, engine: Engine
) -> None:
    where = conversation_of(engine, browser)
    for channel in ("sms", "web", "sms"):
        if channel == "sms":
            assert len(said(carrier.text(number, CRISIS))) >= 1
        else:
            assert browser.send(CRISIS).status_code == 202
        with transaction(engine) as session:
            assert reply_channel(session, where).value == channel
    with transaction(engine) as session:
        for reply in session.query(Message).filter_by(conversation_id=where, kind="safety"):
            assert reply.channel == reply.reply_to.channel
