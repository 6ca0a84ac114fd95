"""Patients are told how their messages are screened, and a notice that nothing is screened stands."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.engine import Engine

from bot.care import conversations
from bot.care.database import transaction
from bot.care.models import Channel
from bot.care.turn import begin
from bot.channels.first_contact import counts_since, first_contact, is_due, notice_kind
from bot.clinic.settings import load_clinic
from bot.guidance.gsm7 import segments
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

NOON = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.SMS])
@pytest.mark.parametrize(
    ("mode", "says"),
    [("full", "A program checks"), ("rules_only", "list"), ("off", "othing checks")],
)
def test_the_first_message_says_what_checks_them(channel: Channel, mode: str, says: str) -> None:
    clinic = load_clinic().copy(update={"safety_reading": mode})
    text = first_contact(clinic, Phrases.load(), channel, NOON).text
    assert says.lower() in text.lower() and "988" in text and "911" in text
    assert channel is Channel.WEB or segments(text) <= 2


@pytest.mark.parametrize(("mode", "again"), [("full", False), ("rules_only", False), ("off", True)])
def test_a_notice_that_nothing_is_screened_stands(engine: Engine, mode: str, again: bool) -> None:
    clinic = load_clinic().copy(update={"safety_reading": mode})
    with transaction(engine) as session:
        conversation = conversations.start_conversation(session)
        here = int(conversation.id)
        assert is_due(session, here, clinic, NOON)
        first = first_contact(clinic, Phrases.load(), Channel.WEB, NOON)
        conversations.say(session, conversation, first, channel=Channel.WEB, now=NOON)
        assert not is_due(session, here, clinic, NOON + timedelta(hours=23))
        assert is_due(session, here, clinic, NOON + timedelta(days=2)) is again


def test_who_was_told_of_another_screening_is_told_of_this_one_once(engine: Engine) -> None:
    """The clinic changes `safety_reading`, and changes it back."""
    phrases = Phrases.load()
    with transaction(engine) as session:
        conversation = conversations.start_conversation(session)
        here = int(conversation.id)
        for hour, mode in enumerate(("full", "rules_only", "off", "full", "rules_only")):
            clinic = load_clinic().copy(update={"safety_reading": mode})
            now = NOON + timedelta(hours=hour)
            assert is_due(session, here, clinic, now), mode
            notice = first_contact(clinic, phrases, Channel.WEB, now)
            conversations.say(session, conversation, notice, channel=Channel.WEB, now=now)
            assert not is_due(session, here, clinic, now + timedelta(minutes=30)), mode


def test_the_assistant_says_so_with_its_next_answer(engine: Engine) -> None:
    """What the answer worker looks at when a turn begins, in its one statement."""
    full, rules_only = (
        load_clinic().copy(update={"safety_reading": mode}) for mode in ("full", "rules_only")
    )
    with transaction(engine) as session:
        conversation = conversations.start_conversation(session)
        here = int(conversation.id)
        notice = first_contact(full, Phrases.load(), Channel.WEB, NOON)
        conversations.say(session, conversation, notice, channel=Channel.WEB, now=NOON)
        conversations.receive(
            session,
            here,
            channel=Channel.WEB,
            external_id="after-the-change",
            text="can i drive?",
            verdict=Verdict(Level.NONE),
            now=NOON,
        )
        for clinic, greeted in ((full, True), (rules_only, False)):
            turn = begin(session, here, NOON, notice_kind(clinic), counts_since(clinic, NOON))
            assert turn is not None and turn.begun is not None and turn.begun.greeted is greeted
