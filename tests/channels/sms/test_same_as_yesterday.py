"""A text that says "same as yesterday" to the question about thoughts of death: read as the answer that it repeats."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.care import check_ins
from bot.care.conversations import Reply, lock, say
from bot.care.database import transaction
from bot.care.models import Channel
from bot.clinic.clock import FixedClock
from bot.clinic.instruments import Parsed, load_instrument
from tests.channels.sms.support import Carrier, FakeScreen, Record

DAILY = load_instrument("daily")
SAFETY = DAILY.item("safety")


def asked_about_death(record: Record, number: str, clock: FixedClock, yesterday: float | None) -> None:
    """Yesterday it was answered so (None: left out), and today the question is the last thing that we wrote."""
    now, conversation_id = clock.now(), int(record.conversation(number).id)
    with transaction(record.engine) as session:
        for at, values in ((now - timedelta(days=1), (6.0, 1.0, 2.0, yesterday)), (now, (6.0, 1.0, 2.0))):
            check_in = check_ins.start(session, conversation_id, DAILY, at)
            for item, value in zip(DAILY.items, values, strict=False):
                parsed = Parsed(value, skipped=value is None)
                check_ins.log_answer(session, check_in, item, "as typed", parsed, None, at)
            if at < now:
                check_ins.end(session, check_in, DAILY, at)
        asks = Reply("We ask everybody this.", question=SAFETY.context)
        say(session, lock(session, conversation_id), asks, channel=Channel.SMS, now=now)


@pytest.mark.parametrize(
    ("yesterday", "read"),
    [
        (1.0, ("1", SAFETY.context)),
        (2.0, ("2", SAFETY.context)),
        (3.0, ("3", SAFETY.context)),
        (None, ("same as yesterday", None)),
    ],
)
def test_what_the_screen_reads(
    carrier: Carrier,
    record: Record,
    screen: FakeScreen,
    clock: FixedClock,
    number: str,
    yesterday: float | None,
    read: tuple[str, str | None],
) -> None:
    carrier.text(number, "hello")
    asked_about_death(record, number, clock, yesterday)
    carrier.text(number, "same as yesterday")
    assert screen.asked[-1] == read
    assert record.messages(number)[-1].text == "same as yesterday"


def test_other_words_are_read_as_they_are(
    carrier: Carrier, record: Record, screen: FakeScreen, clock: FixedClock, number: str
) -> None:
    carrier.text(number, "hello")
    asked_about_death(record, number, clock, 2.0)
    carrier.text(number, "not the same as yesterday")
    assert screen.asked[-1] == ("not the same as yesterday", SAFETY.context)
