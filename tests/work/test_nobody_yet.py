"""When everybody was paged in vain, a patient in danger is told so: once, honestly, and not on a phone that may be
watched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from bot.care import alerts, conversations, ownership
from bot.care.database import transaction
from bot.care.models import Channel, Message
from bot.channels.sms.providers import NoProvider
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.work.nobody_yet import tell_of_nobody_yet
from bot.work.pager import Pager
from bot.work.paging import Paging
from bot.work.sweep import stand_in_for_care_worker
from tests.tables import empty_tables
from tests.work.paging_scene import OPEN, Duty

WORDS = dict.fromkeys(Channel, "Nora writes with you now.")


@dataclass
class Night:
    """Nobody acknowledges: pages are shown in place of sending, and time passes."""

    duty: Duty
    conversation: int = 0
    alert: int = 0

    def writes(
        self, text: str, level: str = "crisis", channel: Channel = Channel.WEB, fired: tuple[str, ...] = ()
    ) -> None:
        number = len(self.said()) + 1000 if self.conversation else 0
        with transaction(self.duty.engine) as session:
            if not self.conversation:
                made = (
                    conversations.conversation_for_number(session, "+12125550161")
                    if channel is Channel.SMS
                    else conversations.start_conversation(session)
                )
                self.conversation = int(made.id)
            conversations.receive(
                session,
                self.conversation,
                channel=channel,
                external_id=f"night-{number}-{self.duty.clock.now()}",
                text=text,
                verdict=Verdict(Level(level), 0.9, ("A reason",), fired=fired),
                now=self.duty.clock.now(),
            )
            found = alerts.unresolved_alert(session, self.conversation)
            self.alert = int(found.id) if found is not None else 0

    def passes(self, minutes: float) -> None:
        self.duty.pass_time(minutes, step=1)
        self.look()

    def look(self) -> int:
        return tell_of_nobody_yet(self.duty.engine, Phrases.load(), self.duty.clinic, self.duty.clock)

    def said(self) -> list[Message]:
        with transaction(self.duty.engine) as session:
            found = session.query(Message).filter_by(conversation_id=self.conversation, kind="nobody_yet")
            return list(found.order_by(Message.seq))


@pytest.fixture
def night(engine: Engine) -> Night:
    empty_tables(engine, "procrastinate_jobs")
    duty = Duty(engine, load_clinic(), FixedClock(OPEN))
    pager = Pager(duty.clinic, NoProvider(), texts_simulated=True)
    duty.paging = Paging(engine, duty.clinic, duty.clock, pager)
    return Night(duty)


def test_once_when_everybody_was_paged_and_not_before(night: Night) -> None:
    night.writes("i want to end it tonight")
    night.passes(17)
    assert night.said() == []
    night.passes(2)
    (told,) = night.said()
    assert "nobody has answered yet" in told.text and "988" in told.text and "911" in told.text
    night.passes(60)
    assert len(night.said()) == 1
    night.writes("are you there, i will do it", "crisis")
    night.passes(1)
    assert len(night.said()) == 1


def test_a_text_message_gets_a_text_message_unless_it_opted_out(night: Night) -> None:
    night.writes("quiero morir, ya no puedo mas", channel=Channel.SMS)
    night.passes(20)
    (told,) = night.said()
    assert (told.channel, told.state) == ("sms", "queued") and "oprima 2" in told.text
    assert len(told.text) <= 160


@pytest.mark.parametrize("level", ["urgent", "unassessed"])
def test_who_is_in_no_danger_is_not_frightened(night: Night, level: str) -> None:
    night.writes("my arm is sore", level)
    night.passes(30)
    assert night.said() == []


def test_not_on_a_phone_that_may_be_watched(night: Night) -> None:
    from bot.safety.replies import rule_kinds

    rule = next(
        one for one, (level, kind) in rule_kinds().items() if (level, kind) == (Level.CRISIS, "being_harmed")
    )
    night.writes("he hits me", fired=(rule,))
    night.passes(30)
    assert night.said() == []


def test_not_where_a_person_is_there(night: Night) -> None:
    night.writes("i want to end it tonight")
    night.duty.pass_time(10, step=1)
    nurse, now = night.duty.nurse(), night.duty.clock.now()
    with transaction(night.duty.engine) as session:
        ownership.take_over(
            session, night.conversation, nurse, now, expected_owner_id=None, announcement=WORDS
        )
    night.passes(30)
    assert night.said() == []


def test_not_where_somebody_had_it_and_left(night: Night) -> None:
    night.writes("i want to end it tonight")
    night.duty.acknowledge(night.alert)
    night.passes(50)
    assert night.duty.climbs()[-1].cause == "left" and night.duty.climbs()[-1].state == "exhausted"
    assert night.said() == []


def test_web_says_it_where_no_care_worker_is(night: Night) -> None:
    night.writes("i want to end it tonight")
    started = night.duty.clock.now() - timedelta(hours=1)
    for _ in range(20):
        night.duty.clock.move(timedelta(minutes=1))
        duty = night.duty
        assert stand_in_for_care_worker(
            duty.engine, Phrases.load(), duty.clinic, duty.clock, started, duty.paging
        )
    assert len(night.said()) == 1
