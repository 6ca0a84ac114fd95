"""Processes run with different settings: patients hear that the clinic's numbers may be wrong, and whom to call."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.care import alerts, conversations, heartbeats
from bot.care.conversations import Reply, question_just_asked
from bot.care.database import transaction
from bot.care.models import Channel, Disposition, Heartbeat, Message, MessageState
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.guidance.phrases import Phrases
from bot.work.misled import tell_of_differing_settings
from tests.tables import empty_tables
from tests.work.night_scene import HARMED, Night
from tests.work.paging_scene import OPEN, Duty


@dataclass
class Quarrel(Night):
    """Processes that beat, with these settings of the clinic or those."""

    def beats(self, kind: str, version: str, started: datetime | None = None) -> None:
        now = self.duty.clock.now()
        with transaction(self.duty.engine) as session:
            session.query(Heartbeat).filter_by(kind=kind).delete()
            beat = Heartbeat(process=f"{kind}@x:1", kind=kind, pid=1, at=now, detail={"clinic": version})
            beat.started_at = started or OPEN
            session.add(beat)

    def differ(self, seconds: float = 0) -> None:
        """Time passes while one process has other settings; each beats at the end."""
        self.duty.clock.move(timedelta(seconds=seconds))
        self.beats("web", "new")
        self.beats("answer", "old")

    def asks(
        self, text: str = "can i drive?", channel: Channel = Channel.WEB, question: str | None = None
    ) -> None:
        """A message that worries nobody, answered."""
        self.writes(text, "none", channel)
        self.answered(question)

    def answered(self, question: str | None = None) -> None:
        with transaction(self.duty.engine) as session:
            conversation = conversations.lock(session, self.conversation)
            for one in session.query(Message).filter_by(state="received"):
                one.state = MessageState.ANSWERED.value
                reply, channel = Reply("An answer.", question=question), Channel(one.channel)
                now = self.duty.clock.now()
                conversations.say(session, conversation, reply, channel=channel, now=now, reply_to=one)

    def look(self) -> int:
        return tell_of_differing_settings(self.duty.engine, Phrases.load(), self.duty.clinic, self.duty.clock)

    def heard(self) -> list[str]:
        return [str(one.text) for one in self.said("settings_differ")]

    def phrase(self, key: str, channel: str = "web") -> str:
        return Phrases.load().say(key, channel, self.duty.clinic)


@pytest.fixture
def quarrel(engine: Engine) -> Quarrel:
    empty_tables(engine, "procrastinate_jobs", "heartbeat")
    return Quarrel(Duty(engine, load_clinic(), FixedClock(OPEN)))


def test_who_writes_while_they_differ_is_told_once_after_the_answer(quarrel: Quarrel) -> None:
    quarrel.differ(120)
    quarrel.writes("can i drive?", "none")
    assert quarrel.look() == 0
    quarrel.answered()
    assert quarrel.look() == 1
    assert quarrel.heard() == [quarrel.phrase("settings_differ")]
    assert "911" in quarrel.heard()[0] and quarrel.duty.clinic.phone not in quarrel.heard()[0]
    for _ in range(8):
        quarrel.differ(900)
        quarrel.asks()
        assert quarrel.look() == 0


def test_in_a_crisis_the_ambulance_and_the_crisis_line_are_named(quarrel: Quarrel) -> None:
    quarrel.differ(120)
    quarrel.writes("i want to end it tonight")
    quarrel.answered()
    quarrel.look()
    assert quarrel.heard() == [quarrel.phrase("settings_differ_danger")]
    assert "988" in quarrel.heard()[0] and "911" in quarrel.heard()[0]
    assert quarrel.duty.clinic.phone not in quarrel.heard()[0]


def test_by_text_message_and_in_spanish(quarrel: Quarrel) -> None:
    quarrel.differ(120)
    quarrel.writes("quiero morir, ya no puedo mas", channel=Channel.SMS)
    quarrel.answered()
    quarrel.look()
    (told,) = quarrel.said("settings_differ")
    assert (told.channel, told.state) == ("sms", "queued")
    assert told.text == quarrel.phrase("settings_differ_danger_es", "sms") and len(told.text) <= 160


def test_on_a_phone_that_may_be_watched_no_danger_is_named(quarrel: Quarrel) -> None:
    quarrel.differ(120)
    quarrel.writes("he hits me", fired=(HARMED,))
    quarrel.answered()
    quarrel.look()
    assert quarrel.heard() == [quarrel.phrase("settings_differ")]


def test_after_the_alert_is_resolved_it_is_said_as_to_anybody(quarrel: Quarrel) -> None:
    quarrel.writes("i want to end it tonight")
    quarrel.answered()
    quarrel.duty.acknowledge(quarrel.alert)
    with transaction(quarrel.duty.engine) as session:
        nurse, now = quarrel.duty.nurse(), quarrel.duty.clock.now()
        alerts.resolve(session, quarrel.alert, nurse, Disposition.REACHED_SAFE, "Spoke.", now)
    quarrel.differ(120)
    quarrel.asks()
    quarrel.look()
    assert quarrel.heard() == [quarrel.phrase("settings_differ")]


def test_the_question_that_was_asked_stays_open(quarrel: Quarrel) -> None:
    quarrel.differ(120)
    quarrel.asks(question="mood")
    assert quarrel.look() == 1
    with transaction(quarrel.duty.engine) as session:
        assert question_just_asked(session, quarrel.conversation) == "mood"


def test_a_restart_is_no_quarrel(quarrel: Quarrel) -> None:
    """The old process was killed and is heard of for a minute; the new one has the new settings."""
    quarrel.asks()
    quarrel.beats("answer", "old")
    for seconds in (1, 20, 20, 18):
        quarrel.duty.clock.move(timedelta(seconds=seconds))
        quarrel.beats("web", "new", OPEN + timedelta(seconds=1))
        quarrel.asks()
        assert quarrel.look() == 0
    quarrel.duty.clock.move(timedelta(seconds=2))
    quarrel.beats("web", "new", OPEN + timedelta(seconds=1))
    assert quarrel.look() == 0


def test_where_they_agree_nobody_is_told_and_one_statement_is_made(quarrel: Quarrel) -> None:
    quarrel.beats("web", "same")
    quarrel.beats("answer", "same")
    quarrel.duty.clock.move(timedelta(seconds=50))
    quarrel.asks()
    made: list[str] = []
    event.listen(quarrel.duty.engine, "before_cursor_execute", lambda *given: made.append(given[2]))
    assert quarrel.look() == 0
    assert (
        len([one for one in made if "heartbeat" in one])
        == 1
        == len([one for one in made if "select" in one.lower()])
    )


def test_who_wrote_before_and_who_wrote_long_ago_is_left_in_peace(quarrel: Quarrel) -> None:
    quarrel.asks()
    quarrel.duty.clock.move(timedelta(minutes=10))
    began = quarrel.duty.clock.now()
    quarrel.beats("web", "new", began)
    quarrel.beats("answer", "old")
    quarrel.duty.clock.move(timedelta(minutes=2))
    quarrel.beats("web", "new", began)
    quarrel.beats("answer", "old")
    assert quarrel.look() == 0
    quarrel.asks()
    quarrel.duty.clock.move(timedelta(minutes=70))
    quarrel.beats("web", "new", began)
    quarrel.beats("answer", "old")
    assert quarrel.look() == 0


def test_not_where_a_person_speaks_with_them(quarrel: Quarrel) -> None:
    quarrel.differ(120)
    quarrel.asks()
    quarrel.taken_over()
    assert quarrel.look() == 0


def test_a_second_quarrel_is_told_again_but_not_within_the_hour(quarrel: Quarrel) -> None:
    quarrel.differ(120)
    quarrel.asks()
    assert quarrel.look() == 1
    for minutes, told in ((10, 0), (60, 1)):
        quarrel.duty.clock.move(timedelta(minutes=minutes))
        began = quarrel.duty.clock.now()
        quarrel.duty.clock.move(timedelta(minutes=2))
        quarrel.beats("web", "new", began)
        quarrel.beats("answer", "old", began)
        quarrel.asks()
        assert quarrel.look() == told


def test_two_processes_say_it_once(quarrel: Quarrel) -> None:
    quarrel.differ(120)
    quarrel.asks()
    with ThreadPoolExecutor(4) as threads:
        told = [threads.submit(quarrel.look) for _ in range(4)]
    assert sum(one.result() for one in told) == 1 == len(quarrel.heard())


def test_a_process_that_does_not_say_what_it_has_counts_for_nothing(quarrel: Quarrel) -> None:
    quarrel.beats("web", "new")
    with transaction(quarrel.duty.engine) as session:
        session.add(Heartbeat(process="care@x:1", kind="care", pid=1, at=OPEN, started_at=OPEN, detail={}))
        assert heartbeats.disagreeing_since(session, OPEN) is None
