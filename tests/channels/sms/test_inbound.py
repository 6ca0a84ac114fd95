"""Text messages as the carrier delivers them, over the wire and into PostgreSQL."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text as sql
from sqlalchemy.engine import Engine

from bot.care import phones
from bot.care.conversations import SAFETY_REPLY, Reply, lock, say
from bot.care.database import transaction
from bot.care.models import Alert, Channel
from bot.care.people import Details, enrol
from bot.clinic.clock import FixedClock
from tests.channels.sms.support import (
    TUESDAY_NOON,
    Carrier,
    Record,
    fresh_number,
    new_sid,
    said,
    staff_member,
)


def jobs(engine: Engine, task: str, **arguments: int) -> int:
    """How many jobs of a task wait, of those with these arguments."""
    with engine.connect() as connection:
        rows = connection.execute(
            sql("select args from procrastinate_jobs where task_name = :task"), {"task": task}
        )
        return sum(all(row.args.get(name) == value for name, value in arguments.items()) for row in rows)


# --- proof ---


def test_a_signed_message_is_stored_and_given_to_the_assistant(
    carrier: Carrier, record: Record, engine: Engine, number: str
) -> None:
    sid = new_sid()
    assert said(carrier.text(number, "can i drive tonight?", sid)) == []
    (message,) = record.from_patient(number)
    assert (message.text, message.external_id, message.state, message.level) == (
        "can i drive tonight?",
        sid,
        "received",
        "none",
    )
    assert jobs(engine, "answer", conversation_id=message.conversation_id) == 1


def test_a_thousand_deliveries_with_every_third_repeated_are_stored_once_each(
    carrier: Carrier, record: Record
) -> None:
    numbers = [fresh_number() for _ in range(25)]
    sent = [
        (numbers[n % 25], "i want to kill myself" if n % 50 < 1 else f"message {n}", new_sid())
        for n in range(1_000)
    ]
    deliveries = sent + sent[::3]
    random.Random(7).shuffle(deliveries)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: (one[2], carrier.text(*one)), deliveries))
    # The same delivery, the same answer.
    told: dict[str, set[tuple[str, ...]]] = {}
    for sid, answer in answers:
        told.setdefault(sid, set()).add(tuple(said(answer)))
    assert all(len(texts) == 1 for texts in told.values())
    stored = [message for number in numbers for message in record.from_patient(number)]
    assert sorted(message.external_id for message in stored) == sorted(sid for _, _, sid in sent)
    for number in numbers:
        seqs = [message.seq for message in record.messages(number)]
        assert seqs == list(range(1, len(seqs) + 1))
    assert [len(record.of(Alert, number, Alert.id)) for number in numbers] == [1] + [0] * 24


def test_two_phones_are_one_patient_and_each_gets_its_own_answers(
    carrier: Carrier, record: Record, engine: Engine
) -> None:
    first, second = fresh_number(), fresh_number()
    with transaction(engine) as session:
        patient = enrol(session, Details("Ana", phone=first), TUESDAY_NOON)
        phones.attach(session, int(patient.id), second, TUESDAY_NOON)
    carrier.text(first, "can i drive?")
    carrier.text(second, "i have chest pain")
    assert record.conversation(first).id == record.conversation(second).id
    wrote = {message.text: message.phone_number_id for message in record.from_patient(first)}
    assert wrote == {"can i drive?": record.phone(first).id, "i have chest pain": record.phone(second).id}
    (safety,) = [message for message in record.messages(first) if message.kind == SAFETY_REPLY]
    assert safety.phone_number_id == record.phone(second).id
    assert len(record.of(Alert, first, Alert.id)) == 1


def test_a_shared_phone_gets_help_and_no_patients_conversation(
    carrier: Carrier, record: Record, engine: Engine, number: str
) -> None:
    with transaction(engine) as session:
        ana = enrol(session, Details("Ana", phone=number), TUESDAY_NOON)
        own = int(ana.conversation.id)
        ben = enrol(session, Details("Ben"), TUESDAY_NOON)
        phones.attach(session, int(ben.id), number, TUESDAY_NOON, shared=True)
    assert "988" in said(carrier.text(number, "i want to kill myself"))[0]
    conversation = record.conversation(number)
    assert (conversation.patient_id, conversation.id == own) == (None, False)
    assert len(record.of(Alert, number, Alert.id)) == 1


def test_the_same_delivery_twice_at_once_is_one_message(
    carrier: Carrier, record: Record, number: str
) -> None:
    sid = new_sid()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: said(carrier.text(number, "i want to kill myself", sid)), range(6)))
    assert len(record.from_patient(number)) == 1
    assert len({tuple(answer) for answer in answers}) == 1 and len(answers[0]) == 2
    assert len(record.of(Alert, number, Alert.id)) == 1


# --- worrying ---


@pytest.mark.parametrize(
    ("body", "level", "names"),
    [("i want to kill myself", "crisis", "988"), ("bad chest pain since the drip", "emergency", "911")],
)
def test_a_worrying_message_is_answered_in_the_request_and_again_on_redelivery(
    carrier: Carrier, record: Record, engine: Engine, number: str, body: str, level: str, names: str
) -> None:
    sid = new_sid()
    first = carrier.text(number, body, sid)
    text, *more = said(first)
    assert names in text and len(more) == (level == "crisis")
    assert said(carrier.text(number, body, sid)) == [text, *more]
    theirs, ours, *_ = record.messages(number)
    assert (theirs.level, theirs.state) == (level, "answered")
    assert (ours.text, ours.kind, ours.state, ours.reply_to_id) == (text, "safety", "sent", theirs.id)
    assert jobs(engine, "deliver", message_id=ours.id) == 0
    assert jobs(engine, "answer", conversation_id=theirs.conversation_id) == 0
    (alert,) = record.of(Alert, number, Alert.id)
    assert (alert.level, alert.state) == (level, "open")


def test_an_urgent_message_raises_an_alert_and_waits_for_the_assistant(
    carrier: Carrier, record: Record, number: str
) -> None:
    assert said(carrier.text(number, "still vomiting since yesterday")) == []
    (alert,) = record.of(Alert, number, Alert.id)
    assert alert.level == "urgent"
    assert record.from_patient(number)[0].state == "received"


def test_the_screen_is_told_what_was_just_asked(
    carrier: Carrier, record: Record, engine: Engine, clock: FixedClock, number: str
) -> None:
    carrier.text(number, "check in")
    conversation_id = record.conversation(number).id
    question = "have you thought of ending your life?"
    with transaction(engine) as session:
        ours = Reply("Have you thought of ending your life? 1 no 2 yes", question=question)
        say(session, lock(session, conversation_id), ours, channel=Channel.SMS, now=clock.now())
    assert "988" in said(carrier.text(number, "yes"))[0]
    assert record.from_patient(number)[-1].level == "crisis"


# --- odd bodies ---


@pytest.mark.parametrize("written", ["{digits}", "1{digits}", "+1 ({area}) {rest}"])
def test_one_phone_is_one_conversation_however_it_is_written(
    carrier: Carrier, record: Record, number: str, written: str
) -> None:
    carrier.text(number, "hello")
    digits = number[2:]
    carrier.text(written.format(digits=digits, area=digits[:3], rest=digits[3:]), "hello again")
    assert len(record.from_patient(number)) == 2


def test_a_short_code_is_taken_in_all_the_same(carrier: Carrier, record: Record) -> None:
    code = str(10_000 + time.time_ns() % 89_999)
    assert "988" in said(carrier.text(code, "i want to kill myself"))[0]
    assert record.from_patient(code)[-1].level == "crisis"


# --- who speaks ---


def test_the_first_text_is_told_once_that_an_automated_service_reads_it(
    carrier: Carrier, record: Record, number: str
) -> None:
    carrier.text(number, "can i drive?")
    carrier.text(number, "and eat?")
    contacts = [message for message in record.messages(number) if message.kind == "first_contact"]
    assert len(contacts) == 1
    assert "utomated" in contacts[0].text and "988" in contacts[0].text
    assert contacts[0].state == "queued"


def test_while_staff_own_the_conversation_the_assistant_says_nothing_but_the_safety_text(
    carrier: Carrier, record: Record, engine: Engine, number: str
) -> None:
    carrier.text(number, "hello")
    conversation_id = int(record.conversation(number).id)
    with transaction(engine) as session:
        lock(session, conversation_id).owner_id = staff_member(session)
    assert said(carrier.text(number, "", NumMedia="1")) == []
    assert record.from_patient(number)[-1].state == "held"
    assert len(said(carrier.text(number, "i want to kill myself"))) == 1
