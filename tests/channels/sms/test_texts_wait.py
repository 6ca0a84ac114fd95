"""While nothing sends our texts, whoever texts is told so in the one answer that still goes out: to the carrier."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.care import alerts, conversations, ownership
from bot.care.database import transaction
from bot.care.models import Alert, Channel, Message
from bot.channels.sms.sending import Sending
from bot.guidance.phrases import Phrases
from tests.channels.sms.support import TUESDAY_NOON, Carrier, Record, new_sid, said, sms_routes, staff_member


@pytest.fixture
def sending() -> Sending:
    return Sending(stopped=True)


@pytest.fixture
def carrier(served: Any, parts_of_web: dict[str, Any], sending: Sending) -> Carrier:
    return Carrier(served(sms_routes(**parts_of_web, sending=sending)))


@pytest.fixture
def wait(phrases: Phrases, clinic: Any) -> str:
    return phrases.say("texts_wait", "sms", clinic)


def test_an_ordinary_text_gets_it_once_and_the_same_delivery_again_the_same(
    carrier: Carrier, record: Record, number: str, wait: str, sending: Sending
) -> None:
    sid = new_sid()
    assert said(carrier.text(number, "can i drive tonight?", sid)) == [wait]
    assert said(carrier.text(number, "can i drive tonight?", sid)) == [wait]
    assert said(carrier.text(number, "and tomorrow?")) == []
    assert "988" in wait and "911" in wait and len(wait) <= 306
    (told,) = [one for one in record.of(Message, number, Message.seq) if one.kind == "texts_wait"]
    assert (told.state, told.channel) == ("sent", "sms")
    questions = [one.state for one in record.of(Message, number, Message.seq) if one.sender == "patient"]
    assert questions == ["received", "received"]


def test_in_a_crisis_the_safety_text_comes_first_and_then_that_nobody_was_reached(
    carrier: Carrier, number: str, phrases: Phrases, clinic: Any
) -> None:
    texts = said(carrier.text(number, "i want to kill myself"))
    assert "988" in texts[0] and texts[-1] == phrases.say("not_paged", "sms", clinic)
    assert texts.count(texts[-1]) == 1
    assert phrases.say("not_paged", "sms", clinic) not in said(carrier.text(number, "i will kill myself now"))


@pytest.mark.parametrize("how", ["acknowledged", "taken over"])
def test_nobody_is_told_that_nobody_was_reached_who_has_somebody(
    carrier: Carrier, record: Record, engine: Engine, number: str, sending: Sending, how: str
) -> None:
    sending.stopped = False
    carrier.text(number, "i want to kill myself")
    (alert,) = record.of(Alert, number, Alert.id)
    with transaction(engine) as session:
        nurse = staff_member(session)
        if how == "acknowledged":
            alerts.acknowledge(session, alert.id, nurse, TUESDAY_NOON)
        else:
            words = dict.fromkeys(Channel, "Nora writes now.")
            conversation = int(conversations.conversation_for_number(session, number).id)
            ownership.take_over(
                session, conversation, nurse, TUESDAY_NOON, expected_owner_id=None, announcement=words
            )
    sending.stopped = True
    carrier.text(number, "i will kill myself now")
    assert "not_paged" not in [one.kind for one in record.of(Message, number, Message.seq)]


def test_a_carrier_word_and_somebody_who_opted_out_get_nothing_besides(
    carrier: Carrier, number: str, wait: str
) -> None:
    assert wait not in said(carrier.text(number, "STOP"))
    assert said(carrier.text(number, "can i drive tonight?")) == []


def test_while_texts_go_out_nothing_is_said(carrier: Carrier, number: str, sending: Sending) -> None:
    sending.stopped = False
    assert said(carrier.text(number, "can i drive tonight?")) == []
