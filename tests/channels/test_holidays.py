"""What patients are told of opening hours follows the holidays of the roster as well as the hours of clinic.yml."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions import base
from bot.care import conversations, ownership, roster_edits
from bot.care.database import transaction
from bot.care.models import Channel, Message, StaffMember
from bot.care.opening import open_now
from bot.care.turn import Turn
from bot.channels.first_contact import first_contact
from bot.channels.immediate import immediate_reply
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.guidance.library import Library
from bot.guidance.phases import Phase, Placement
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.work.quiet_owners import tell_of_quiet_owners
from tests.tables import empty_tables

CLINIC, PHRASES = load_clinic(), Phrases.load()
NOON = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)  # Tuesday noon in New York: the clinic is open
NIGHT = NOON + timedelta(hours=11)


@pytest.fixture
def ordinary(engine: Engine) -> Iterator[Session]:
    """A roster in which both members of staff are on call in opening hours."""
    empty_tables(engine, "procrastinate_jobs")
    with transaction(engine) as session:
        roster_edits.seed(session, CLINIC)
        yield session


@pytest.fixture
def holiday(ordinary: Session) -> Session:
    """The same, on a holiday."""
    roster_edits.add_holiday(ordinary, NOON.date(), "Town day")
    return ordinary


def first(session: Session, at: datetime) -> str:
    return first_contact(CLINIC, PHRASES, Channel.WEB, at, session).text


def test_open_is_in_the_hours_and_on_no_holiday(ordinary: Session) -> None:
    assert open_now(ordinary, CLINIC, NOON) and not open_now(ordinary, CLINIC, NIGHT)
    roster_edits.add_holiday(ordinary, NOON.date(), "Town day")
    assert not open_now(ordinary, CLINIC, NOON)
    assert open_now(ordinary, CLINIC, NOON + timedelta(days=1))


def test_the_first_notice_promises_nobody_on_a_holiday(holiday: Session) -> None:
    off, on = first(holiday, NOON), first(holiday, NOON + timedelta(days=1))
    assert off == first(holiday, NIGHT) != on
    assert CLINIC.after_hours_phone in off


def test_nor_does_an_answer_to_something_urgent(holiday: Session) -> None:
    conversation = conversations.start_conversation(holiday)
    message = Message(text="words")

    def variant(at: datetime) -> str | None:
        return base.on_shift_variant("urgent", Turn(holiday, conversation, message, at))

    assert variant(NOON) is None
    assert variant(NOON + timedelta(days=1)) == "on_shift"


def test_nor_a_crisis_text(holiday: Session) -> None:
    verdict = Verdict(Level.CRISIS, 1.0)

    def said(at: datetime) -> str:
        reply = immediate_reply(verdict, "words", Channel.WEB, PHRASES, CLINIC, at, session=holiday)
        assert reply is not None
        return reply.text

    assert said(NOON) == said(NIGHT) != said(NOON + timedelta(days=1))


def test_an_answer_names_the_number_that_is_answered_then() -> None:
    library = Library.load()
    topics = [
        one.topic
        for one in library.topics.values()
        if CLINIC.phone in library.answer(one.topic, Placement(Phase.LATER), "web", CLINIC, NOON).text
        and CLINIC.after_hours_phone
        in library.answer(one.topic, Placement(Phase.LATER), "web", CLINIC, NOON, lambda: False).text
    ]
    assert topics


def test_a_nurse_who_is_quiet_on_a_holiday_has_gone_home(engine: Engine, ordinary: Session) -> None:
    ordinary.commit()
    clock = FixedClock(NOON)
    with transaction(engine) as session:
        nurse = StaffMember(name="Nora", email="nora@clinic.example", role="nurse", password_hash="-")
        session.add(nurse)
        conversation = conversations.start_conversation(session)
        session.flush()
        words = dict.fromkeys(Channel, "Nora writes with you now.")
        ownership.take_over(
            session, int(conversation.id), int(nurse.id), NOON, expected_owner_id=None, announcement=words
        )
        conversations.receive(
            session,
            int(conversation.id),
            channel=Channel.WEB,
            external_id="1",
            text="hello?",
            verdict=Verdict(Level.NONE),
            now=NOON,
        )
    clock.move(timedelta(minutes=CLINIC.handover.quiet_minutes_closed + 1))
    assert tell_of_quiet_owners(engine, PHRASES, CLINIC, clock) == 0
    with transaction(engine) as session:
        roster_edits.add_holiday(session, NOON.date(), "Town day")
    assert tell_of_quiet_owners(engine, PHRASES, CLINIC, clock) == 1
