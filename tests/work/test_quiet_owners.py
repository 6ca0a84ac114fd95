"""A member of staff who has gone quiet: the queue says so, and the patient hears it once."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.engine import Engine

from bot.care import ownership
from bot.care.conversations import conversation_for_number, receive, start_conversation
from bot.care.database import transaction
from bot.care.models import Channel, Conversation, Item, ItemKind, Message, StaffMember
from bot.care.numbers import hold
from bot.care.quiet_owners import OWNER_QUIET
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.work.quiet_owners import tell_of_quiet_owners

NOON = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
CLINIC, PHRASES = load_clinic(), Phrases.load()
TOLD = dict.fromkeys(Channel, "Nora writes with you now.")
_people = itertools.count()


class Scene:
    """One conversation that a nurse has taken over at NOON."""

    def __init__(self, engine: Engine, number: str = "") -> None:
        self.engine, self.clock, self.number = engine, FixedClock(NOON), number
        with transaction(engine) as session:
            nurse = StaffMember(
                email=f"{next(_people)}@c.example", name="Nora", role="nurse", password_hash="x"
            )
            session.add(nurse)
            found = conversation_for_number(session, number) if number else start_conversation(session)
            session.flush()
            self.nurse, self.id = int(nurse.id), int(found.id)
        self.write("hello?")
        self.take_over()

    def write(self, text: str) -> None:
        """The patient writes."""
        with transaction(self.engine) as session:
            receive(
                session,
                self.id,
                channel=Channel.SMS if self.number else Channel.WEB,
                external_id=uuid.uuid4().hex,
                text=text,
                verdict=Verdict(Level.NONE),
                now=self.clock.now(),
                phone=hold(session, self.number) if self.number else None,
            )

    def take_over(self) -> None:
        """The nurse has it."""
        with transaction(self.engine) as session:
            ownership.take_over(
                session, self.id, self.nurse, self.clock.now(), expected_owner_id=None, announcement=TOLD
            )

    def reply(self) -> None:
        """The nurse writes."""
        with transaction(self.engine) as session:
            seen, once = int(session.get(Conversation, self.id).last_seq), uuid.uuid4().hex
            ownership.write(session, self.id, self.nurse, "Hi.", self.clock.now(), once=once, seen=seen)

    def round(self, after: timedelta = timedelta()) -> int:
        """What the care worker does, so much later."""
        self.clock.move(after)
        return tell_of_quiet_owners(self.engine, PHRASES, CLINIC, self.clock)

    def told(self) -> list[Message]:
        """What the patient was told of it."""
        with transaction(self.engine) as session:
            return session.query(Message).filter_by(conversation_id=self.id, kind=OWNER_QUIET).all()

    def items(self) -> list[Item]:
        """The open ones in the queue."""
        with transaction(self.engine) as session:
            found = session.query(Item).filter_by(conversation_id=self.id, kind=ItemKind.OWNER_QUIET.value)
            return found.filter(Item.closed_at.is_(None)).all()


@pytest.fixture
def scene(engine: Engine) -> Scene:
    made = Scene(engine)
    yield made
    with transaction(engine) as session:  # not to be met by the next test's rounds
        for message in session.query(Message).filter_by(conversation_id=made.id, state="held"):
            message.state = "answered"


def test_after_the_set_time_the_queue_says_so_and_the_patient_hears_it_once(scene: Scene) -> None:
    assert scene.round(timedelta(minutes=29)) == 0
    assert scene.round(timedelta(minutes=2)) == 1
    assert scene.round(timedelta(hours=1)) == 0
    assert len(scene.told()) == 1 and "call" in scene.told()[0].text
    (item,) = scene.items()
    assert "Nora" in item.reason and "31 minutes" in item.reason


def test_after_closing_it_is_too_long_sooner(scene: Scene) -> None:
    scene.clock.move(timedelta(minutes=5, hours=6))  # 18:05, the clinic closed at 18:00
    scene.reply()
    scene.write("are you there?")
    assert scene.round(timedelta(minutes=14)) == 0
    assert scene.round(timedelta(minutes=2)) == 1


def test_a_reply_ends_it_and_the_next_long_wait_is_told_again(scene: Scene) -> None:
    scene.round(timedelta(minutes=31))
    scene.reply()
    assert scene.items() == []
    scene.write("thank you, and one more thing")
    assert scene.round(timedelta(minutes=10)) == 0
    assert scene.round(timedelta(minutes=21)) == 1
    assert (len(scene.told()), len(scene.items())) == (2, 1)


def test_a_colleague_who_takes_over_ends_it(scene: Scene) -> None:
    scene.round(timedelta(minutes=31))
    with transaction(scene.engine) as session:
        colleague = StaffMember(email="col@c.example", name="Dan", role="nurse", password_hash="x")
        session.add(colleague)
        session.flush()
        ownership.take_over(
            session,
            scene.id,
            int(colleague.id),
            scene.clock.now(),
            expected_owner_id=scene.nurse,
            announcement=TOLD,
        )
    assert scene.items() == []


def test_nobody_waits_where_everything_was_answered(scene: Scene) -> None:
    scene.reply()
    assert scene.round(timedelta(hours=9)) == 0


def test_who_opted_out_is_not_texted_and_the_queue_says_it_all_the_same(engine: Engine) -> None:
    scene = Scene(engine, "+12125550177")
    with transaction(engine) as session:
        hold(session, "+12125550177").opted_out_at = NOON
    assert scene.round(timedelta(minutes=31)) == 1
    assert (len(scene.told()), len(scene.items())) == (0, 1)
