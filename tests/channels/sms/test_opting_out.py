"""Opting out in words where no dialogue hears it: beside a crisis, and in answer to what we asked after it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.care.consent import OPT_OUT_REPLY
from bot.care.models import Alert, FollowUp, Item
from bot.guidance.gsm7 import segments
from tests.channels.sms.support import TUESDAY_NOON, Carrier, Record, new_sid, said

CRISIS = "I want to kill myself"
CLINIC = "(212) 555-0142"


@pytest.mark.parametrize(
    "words",
    [
        "please stop texting me",
        "no more texts",
        "skip and stop texting me",
        "no. stop texting me, it is my business",
    ],
)
def test_in_answer_to_our_question_it_is_an_opt_out_and_lies_before_staff(
    carrier: Carrier, record: Record, number: str, words: str
) -> None:
    carrier.text(number, CRISIS)
    [last] = said(carrier.text(number, words))
    assert "988" in last and CLINIC in last and "not text you any more" in last
    assert segments(last) == 1
    assert record.phone(number).opted_out_at == TUESDAY_NOON
    [item] = record.of(Item, number, Item.id)
    assert "Somebody must phone" in item.reason
    [alert] = record.of(Alert, number, Alert.id)
    assert (alert.level, alert.state) == ("crisis", "open")
    [asked] = record.of(FollowUp, number, FollowUp.id)
    assert asked.ended_at is not None
    assert record.from_patient(number)[-1].state == "answered"


def test_beside_a_crisis_the_safety_text_comes_first_and_nothing_is_asked(
    carrier: Carrier, record: Record, number: str
) -> None:
    crisis, last = said(carrier.text(number, f"{CRISIS}. stop texting me"))
    assert "glad you told me" in crisis and "not text you any more" in last
    assert record.phone(number).opted_out_at == TUESDAY_NOON
    assert record.of(FollowUp, number, FollowUp.id) == []
    [item] = record.of(Item, number, Item.id)
    assert "Somebody must phone" in item.reason


def test_the_same_delivery_again_gets_the_same_and_records_once(
    carrier: Carrier, record: Record, number: str
) -> None:
    sid = new_sid()
    first = said(carrier.text(number, f"{CRISIS}. stop texting me", sid))
    stored = len(record.messages(number))
    assert said(carrier.text(number, f"{CRISIS}. stop texting me", sid)) == first
    assert len(record.messages(number)) == stored
    assert len(record.of(Item, number, Item.id)) == 1


def test_whoever_refuses_with_it_is_still_in_crisis(carrier: Carrier, record: Record, number: str) -> None:
    carrier.text(number, CRISIS)
    carrier.text(number, "skip and stop texting me")
    assert record.from_patient(number)[-1].level == "crisis"
    # Afterwards a grave message still gets its text.
    [crisis] = said(carrier.text(number, CRISIS))
    assert "glad you told me" in crisis


def test_in_spanish_the_last_text_is_spanish(
    carrier: Carrier, record: Record, number: str, screen: Any
) -> None:
    screen.crisis_words = "ya no quiero vivir"
    carrier.text(number, "ya no quiero vivir, ayuda por favor")
    [last] = said(carrier.text(number, "dejen de escribirme"))
    assert "No le enviaremos" in last and "oprima 2" in last
    assert record.phone(number).opted_out_at == TUESDAY_NOON


def test_outside_a_crisis_the_dialogue_hears_it(carrier: Carrier, record: Record, number: str) -> None:
    assert said(carrier.text(number, "please stop texting me")) == []
    assert record.from_patient(number)[0].state == "received"
    assert record.phone(number).opted_out_at is None


def test_somebody_elses_texts_are_no_opt_out(carrier: Carrier, record: Record, number: str) -> None:
    carrier.text(number, CRISIS)
    carrier.text(number, "my ex won't stop texting me")
    assert record.phone(number).opted_out_at is None
    assert all(message.kind != OPT_OUT_REPLY for message in record.messages(number))
