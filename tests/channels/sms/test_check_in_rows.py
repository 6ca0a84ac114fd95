"""A grave answer in a row of numbers gets the approved text in the answer to the very request: no worker runs here."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.care import check_ins
from bot.care.conversations import Reply, lock, say
from bot.care.database import transaction
from bot.care.models import Alert, Channel, CheckIn
from bot.clinic.clock import FixedClock
from bot.clinic.instruments import Instrument, load_instrument
from tests.channels.sms.support import Carrier, FakeScreen, Record, new_sid, said

DAILY, PHQ9 = load_instrument("daily"), load_instrument("phq9")


@pytest.fixture
def screen() -> FakeScreen:
    return Rules()


class Rules(FakeScreen):
    """Reads a number to a question about death as the rules do."""

    def assess(self, text: str, context: str | None = None):  # type: ignore[no-untyped-def]
        """2 and 3 of the daily check-in, everything above 0 of the PHQ-9's last item."""
        grave = {DAILY.item("safety").context: ("2", "3"), PHQ9.items[8].context: ("1", "2", "3")}
        known = super().assess(text, context)
        return super().assess(self.crisis_words) if text in grave.get(context or "", ()) else known


def asks(record: Record, number: str, instrument: Instrument, clock: FixedClock) -> None:
    """The first item is the last thing that we wrote."""
    with transaction(record.engine) as session:
        conversation = lock(session, int(record.conversation(number).id))
        check_ins.start(session, int(conversation.id), instrument, clock.now())
        asked = Reply("How is your mood?", question=instrument.items[0].context)
        say(session, conversation, asked, channel=Channel.SMS, now=clock.now())


def values(record: Record, number: str) -> dict[str, float | None]:
    with transaction(record.engine) as session:
        [check_in] = session.execute(
            select(CheckIn).where(CheckIn.conversation_id == record.conversation(number).id)
        ).scalars()
        assert len(check_in.answers) == len(check_ins.values(check_in)), "each was logged once"
        return check_ins.values(check_in)


@pytest.mark.parametrize(
    ("instrument", "row", "logged"),
    [
        (DAILY, "6 2 1 2", {"mood": 6.0, "side_effects": 2.0, "sleep": 1.0, "safety": 2.0}),
        (DAILY, "6, 2, 1, yes", {"mood": 6.0, "side_effects": 2.0, "sleep": 1.0, "safety": 2.0}),
        (PHQ9, "1 1 1 1 1 1 1 1 2", {item.key: 1.0 for item in PHQ9.items} | {PHQ9.items[8].key: 2.0}),
    ],
)
def test_the_text_and_the_alert_come_at_once(
    carrier: Carrier,
    record: Record,
    clock: FixedClock,
    number: str,
    instrument: Instrument,
    row: str,
    logged: dict[str, float],
) -> None:
    carrier.text(number, "hello")
    asks(record, number, instrument, clock)
    sid = new_sid()
    answer = said(carrier.text(number, row, sid))
    assert "988" in answer[0]
    [alert] = record.of(Alert, number, Alert.id)
    assert (alert.level, alert.state) == ("crisis", "open")
    assert values(record, number) == logged
    # No worker has anything left to do with it, and the same delivery again does nothing more.
    assert record.from_patient(number)[-1].state == "answered"
    assert said(carrier.text(number, row, sid)) == answer
    assert len(record.of(Alert, number, Alert.id)) == 1 and values(record, number) == logged


@pytest.mark.parametrize("row", ["6 2 1 1", "6 2 1", "5"])
def test_a_row_without_a_grave_answer_waits_for_the_worker(
    carrier: Carrier, record: Record, clock: FixedClock, number: str, row: str
) -> None:
    carrier.text(number, "hello")
    asks(record, number, DAILY, clock)
    assert said(carrier.text(number, row)) == []
    assert record.of(Alert, number, Alert.id) == []
    assert values(record, number) == {}
