"""One number texts faster than a person writes: all of it is stored, nothing grave is lost, and little goes out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.care.models import Alert, Item
from bot.channels.limits import Limits
from bot.clinic.clock import FixedClock
from bot.clinic.settings import Limits as Settings
from tests.channels.sms.support import Carrier, Record, new_sid, said, sms_routes


@pytest.fixture
def crowded(served: Any, parts_of_web: dict[str, Any], number: str) -> Carrier:
    """A carrier whose number has sent all that is answered in a minute."""
    few = parts_of_web["clinic"].copy(update={"limits": Settings(texts=5)})
    carrier = Carrier(served(sms_routes(**{**parts_of_web, "limits": Limits(few)})))
    for _ in range(5):
        assert said(carrier.text(number, "hello")) == []
    return carrier


def test_what_is_too_much_is_stored_told_once_and_not_answered(
    crowded: Carrier, number: str, record: Record
) -> None:
    first = crowded.text(number, "hello again")
    assert "many texts" in said(first)[0] and "988" in said(first)[0]
    assert [said(crowded.text(number, f"hello {n}")) for n in range(10)] == [[]] * 10
    theirs = record.from_patient(number)
    assert len(theirs) == 16
    assert [one.state for one in theirs] == ["received"] * 5 + ["answered"] * 11
    (item,) = record.of(Item, number, Item.id)
    assert "faster than one person" in item.reason


def test_a_crisis_in_a_flood_is_answered_and_an_alert(crowded: Carrier, number: str, record: Record) -> None:
    for _ in range(3):
        crowded.text(number, "hello")
    assert "988" in said(crowded.text(number, "i want to kill myself"))[0]
    assert [one.level for one in record.of(Alert, number, Alert.id)] == ["crisis"]


def test_a_carriers_word_counts_in_a_flood_as_well(crowded: Carrier, number: str, record: Record) -> None:
    crowded.text(number, "hello")
    assert "will not text you again" in said(crowded.text(number, "STOP"))[0]
    assert record.phone(number).opted_out_at is not None
    # And then nothing goes out any more.
    assert said(crowded.text(number, "hello")) == []


def test_the_same_delivery_again_gets_the_same_answer(crowded: Carrier, number: str) -> None:
    sid = new_sid()
    first = said(crowded.text(number, "hello again", sid))
    assert first and said(crowded.text(number, "hello again", sid)) == first


def test_it_is_said_again_after_a_while(crowded: Carrier, number: str, clock: FixedClock) -> None:
    assert said(crowded.text(number, "hello"))
    clock.move(timedelta(minutes=11))
    assert said(crowded.text(number, "hello"))


def test_another_number_is_not_held_up(crowded: Carrier, number: str, record: Record) -> None:
    crowded.text(number, "hello")
    other = "+17185550199"
    crowded.text(other, "can i drive?")
    assert [one.state for one in record.from_patient(other)] == ["received"]
