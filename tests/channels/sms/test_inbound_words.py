"""STOP, START, HELP and their kin, as carriers and people use them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.care import alerts
from bot.care.database import transaction
from bot.care.models import Alert, Disposition, Item
from bot.channels.sms.settings import SmsSettings
from tests.channels.sms.support import (
    TUESDAY_NOON,
    Carrier,
    Record,
    new_sid,
    said,
    sms_routes,
    staff_member,
)


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Stop. ", "END", "QUIT", "CANCEL", "UNSUBSCRIBE", "REVOKE", "OPTOUT"]
)
def test_a_word_that_ends_texts_is_recorded_and_answered_with_the_numbers(
    carrier: Carrier, record: Record, engine: Engine, number: str, word: str
) -> None:
    (text,) = said(carrier.text(number, word))
    assert "988" in text and "(212) 555-0142" in text
    assert record.phone(number).opted_out_at == TUESDAY_NOON
    (message, _) = record.messages(number)
    assert message.state == "answered"
    assert record.of(Item, number, Item.id) == []


@pytest.mark.parametrize("text", ["stop please", "please don't stop", "the end", "help me sleep"])
def test_a_sentence_with_such_a_word_is_a_message(
    carrier: Carrier, record: Record, number: str, text: str
) -> None:
    assert said(carrier.text(number, text)) == []
    assert record.phone(number).opted_out_at is None
    assert record.from_patient(number)[0].state == "received"


@pytest.mark.parametrize("word", ["START", "unstop", "YES"])
def test_texts_are_on_again_after_start(carrier: Carrier, record: Record, number: str, word: str) -> None:
    carrier.text(number, "STOP")
    (text,) = said(carrier.text(number, word))
    assert "on again" in text
    assert record.phone(number).opted_out_at is None


def test_yes_is_an_answer_where_nobody_opted_out(carrier: Carrier, record: Record, number: str) -> None:
    assert said(carrier.text(number, "yes")) == []
    assert record.from_patient(number)[0].state == "received"


def test_help_is_answered_with_the_numbers(carrier: Carrier, record: Record, number: str) -> None:
    (text,) = said(carrier.text(number, "HELP"))
    assert "988" in text and "911" in text and "(212) 555-0142" in text
    assert record.phone(number).opted_out_at is None


@pytest.mark.parametrize(
    "word",
    [
        "STOP",
        "STOPALL",
        "END",
        "QUIT",
        "CANCEL",
        "UNSUBSCRIBE",
        "REVOKE",
        "OPTOUT",
        "Opt out",
        "HELP",
        "INFO",
    ],
)
def test_such_a_word_inside_an_alert_is_put_before_staff(
    carrier: Carrier, record: Record, engine: Engine, number: str, word: str
) -> None:
    carrier.text(number, "i want to kill myself")
    sid = new_sid()
    carrier.text(number, word, sid)
    carrier.text(number, word, sid)
    (item,) = record.of(Item, number, Item.id)
    assert "Somebody must phone" in item.reason


@pytest.mark.parametrize("word", ["START", "UNSTOP"])
def test_a_word_that_turns_texts_on_again_lies_before_nobody(
    carrier: Carrier, record: Record, number: str, word: str
) -> None:
    carrier.text(number, "i want to kill myself")
    carrier.text(number, "STOP")
    (wish,) = record.of(Item, number, Item.id)
    assert "on again" in said(carrier.text(number, word))[0]
    assert record.phone(number).opted_out_at is None
    assert [item.id for item in record.of(Item, number, Item.id)] == [wish.id]


def test_after_the_alert_is_resolved_stop_is_only_stop(
    carrier: Carrier, record: Record, engine: Engine, number: str
) -> None:
    carrier.text(number, "i want to kill myself")
    (alert,) = record.of(Alert, number, Alert.id)
    with transaction(engine) as session:
        nurse = staff_member(session)
        alerts.acknowledge(session, alert.id, nurse, TUESDAY_NOON)
        alerts.resolve(session, alert.id, nurse, Disposition.REACHED_SAFE, "Phoned.", TUESDAY_NOON)
    carrier.text(number, "STOP")
    assert record.of(Item, number, Item.id) == []


@pytest.mark.parametrize("fields", [{}, {"OptOutType": "STOP"}], ids=["default", "advanced"])
def test_where_the_carrier_answers_its_words_we_only_record_them(
    served: Any, parts_of_web: dict[str, Any], record: Record, number: str, fields: dict[str, str]
) -> None:
    settings = parts_of_web["settings"]
    parts_of_web["settings"] = SmsSettings(
        "twilio",
        settings.public_url,
        settings.account_sid,
        settings.auth_token,
        settings.sender,
        words_answered_by="carrier",
    )
    carrier = Carrier(served(sms_routes(**parts_of_web)))
    assert said(carrier.text(number, "STOP", **fields)) == []
    assert record.phone(number).opted_out_at is not None
    (message,) = record.messages(number)
    assert message.state == "answered"


def test_a_crisis_is_answered_after_an_opt_out_too(carrier: Carrier, record: Record, number: str) -> None:
    carrier.text(number, "STOP")
    assert len(said(carrier.text(number, "i want to kill myself"))) == 1
    # Nothing else goes out: not even the word about who is writing here.
    carrier.text(number, "are you there")
    assert [message.kind for message in record.messages(number) if message.sender != "patient"] == [
        "carrier_word",
        "safety",
    ]
