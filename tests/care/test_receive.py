"""A message is stored once, in order, with its verdict, its alert and its job, or not at all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care import conversations, jobs
from bot.care.conversations import Reply
from bot.care.database import DatabaseUnavailable, engine_for, transaction
from bot.care.models import (
    Alert,
    AlertEvent,
    Channel,
    Conversation,
    Message,
    Patient,
    PhoneNumber,
)
from bot.care.transcript import messages_before
from tests.care.conftest import AT, HELP, Care

ANSWER = "answer"


def test_message_verdict_alert_and_job_are_stored_together(care: Care) -> None:
    received = care.delivered("i cannot stop vomiting", "urgent", "Vomiting that does not stop", choice="1")
    message = received.message
    assert received.new and received.reply is None
    assert (message.seq, message.state, message.level, message.choice) == (1, "received", "urgent", "1")
    assert message.verdict["reasons"] == ["Vomiting that does not stop"]
    alert = care.look(lambda session: session.query(Alert).filter_by(message_id=message.id).one())
    assert (alert.level, alert.state) == ("urgent", "open")
    assert care.jobs() == [(ANSWER, "answer", {"conversation_id": care.conversation_id})]


def test_a_transaction_that_fails_leaves_nothing(care: Care) -> None:
    def events() -> int:
        return int(care.look(lambda session: session.query(AlertEvent).count()))

    before = events()
    for level in ("urgent", "crisis"):
        with pytest.raises(RuntimeError), transaction(care.engine) as session:
            care.receive(session, "gone", level)
            raise RuntimeError("the process was killed here")
    assert care.count(Message) == care.count(Alert) == 0
    assert care.jobs() == []
    assert events() == before
    assert care.delivered().message.seq == 1


def test_the_same_delivery_again_is_the_same_message_and_no_second_job(care: Care) -> None:
    first = care.delivered("hello", external_id="once")
    again = care.delivered("hello", external_id="once")
    assert first.new and not again.new
    assert again.message.id == first.message.id
    assert care.count(Message) == len(care.jobs()) == 1


def test_the_same_crisis_again_gets_the_same_reply_and_no_second_alert(care: Care) -> None:
    first = care.delivered("i want to die", "crisis", "Thoughts of suicide", external_id="once")
    # Redelivered when the clinic has opened: the words that were given are given again.
    again = care.delivered(
        "i want to die",
        "crisis",
        "Thoughts of suicide",
        external_id="once",
        immediate_reply=Reply("Other words"),
    )
    assert first.reply is not None and again.reply is not None
    assert (again.reply.id, again.reply.text) == (first.reply.id, HELP.text)
    assert care.count(Message) == 2
    assert (
        care.look(lambda session: session.query(AlertEvent).filter_by(message_id=first.message.id).count())
        == 1
    )


def test_one_identifier_on_two_channels_is_two_messages(care: Care) -> None:
    assert care.delivered(external_id="same", channel=Channel.WEB).new
    assert care.delivered(external_id="same", channel=Channel.SMS).new


@pytest.mark.parametrize("level", ["none", "crisis"])
def test_two_deliveries_at_the_same_moment_are_one_message(care: Care, level: str) -> None:
    ready = threading.Barrier(2)

    def deliver(_: int) -> tuple[int, bool]:
        ready.wait()
        received = care.delivered("twice", level, external_id="once")
        return int(received.message.id), received.new

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(deliver, range(2)))
    assert len({message for message, _ in answers}) == 1
    assert sorted(new for _, new in answers) == [False, True]
    assert care.count(Message) == (2 if level == "crisis" else 1)
    assert len(care.jobs()) == (0 if level == "crisis" else 1)


def test_numbers_have_no_gaps_whatever_happens_at_once(care: Care) -> None:
    def deliver(number: int) -> None:
        level = ("none", "urgent", "crisis")[number % 3]
        if number % 5 == 4:
            with pytest.raises(RuntimeError), transaction(care.engine) as session:
                care.receive(session, "gone", level)
                raise RuntimeError
        else:
            care.delivered("kept", level)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(deliver, range(60)))
    messages = care.look(lambda session: messages_before(session, care.conversation_id, None, 200))
    replies = [message for message in messages if message.sender == "assistant"]
    kept = [number for number in range(60) if number % 5 != 4]
    assert [message.seq for message in messages] == list(range(1, len(messages) + 1))
    assert len(messages) - len(replies) == len(kept)
    assert len(replies) == sum(number % 3 == 2 for number in kept)
    # Each reply stands right behind what it answers: nobody came between.
    assert all(messages[reply.seq - 2].id == reply.reply_to_id for reply in replies)
    assert care.count(Alert) == 1
    assert care.look(lambda session: session.get(Conversation, care.conversation_id)).last_seq == len(
        messages
    )


def test_a_crisis_is_answered_in_the_request_and_by_no_worker(care: Care) -> None:
    received = care.delivered("i want to die", "crisis", "Thoughts of suicide")
    assert received.reply is not None
    assert (received.reply.text, received.reply.kind, received.reply.level) == (HELP.text, "safety", "crisis")
    assert received.reply.reply_to_id == received.message.id
    assert received.message.state == "answered"
    assert care.jobs() == []


def test_with_a_person_a_message_is_held_and_a_crisis_still_answered(care: Care, nurse: int) -> None:
    with transaction(care.engine) as session:
        session.get(Conversation, care.conversation_id).owner_id = nurse
    assert care.delivered("are you there?").message.state == "held"
    urgent = care.delivered("i cannot stop vomiting", "urgent")
    assert urgent.message.state == "held"
    assert care.count(Alert) == 1
    crisis = care.delivered("i want to die", "crisis")
    assert crisis.reply is not None and crisis.message.state == "answered"
    assert care.jobs() == []


def test_on_sms_the_reply_is_queued_unless_the_request_carries_it(care: Care) -> None:
    queued = care.delivered("i want to die", "crisis", channel=Channel.SMS)
    assert queued.reply is not None and queued.reply.state == "queued"
    assert care.jobs() == [("deliver", "care", {"message_id": queued.reply.id})]
    carried = care.delivered("i mean it", "crisis", channel=Channel.SMS, reply_in_request=True)
    assert carried.reply is not None and carried.reply.state == "sent"
    assert len(care.jobs()) == 1


def test_what_the_channel_answers_itself_gets_no_job(care: Care) -> None:
    assert care.delivered("STOP", channel=Channel.SMS, answered_here=True).message.state == "answered"
    assert care.jobs() == []


def test_an_unknown_conversation_takes_nothing_in(care: Care) -> None:
    care.conversation_id += 1_000_000
    with pytest.raises(Exception, match="No row was found"):
        care.delivered()


def test_pages_and_positions(care: Care) -> None:
    for number in range(1, 8):
        care.delivered(f"message {number}")

    def seqs(read: object) -> list[int]:
        return [message.seq for message in care.look(read)]  # type: ignore[arg-type]

    here = care.conversation_id
    assert seqs(lambda s: messages_before(s, here, None, 3)) == [5, 6, 7]
    assert seqs(lambda s: messages_before(s, here, 5, 3)) == [2, 3, 4]
    assert seqs(lambda s: messages_before(s, here, 1, 3)) == []


def test_the_oldest_unanswered_message_is_next(care: Care) -> None:
    first, second = care.delivered("first").message, care.delivered("second").message
    assert care.look(lambda s: conversations.oldest_unanswered(s, care.conversation_id)).id == first.id
    with transaction(care.engine) as session:
        session.get(Message, first.id).state = "answered"
    assert care.look(lambda s: conversations.oldest_unanswered(s, care.conversation_id)).id == second.id
    assert care.look(lambda s: conversations.waiting_for_answer(s, care.conversation_id))


def test_the_question_just_asked_is_that_of_our_last_message(care: Care) -> None:
    def question(session: Session) -> str | None:
        return conversations.question_just_asked(session, care.conversation_id)

    assert care.look(question) is None
    for asked in ("mood 0-10", None):
        with transaction(care.engine) as session:
            conversation = conversations.lock(session, care.conversation_id)
            conversations.say(
                session, conversation, Reply("Words", question=asked), channel=Channel.WEB, now=AT
            )
        care.delivered("7")
        assert care.look(question) == asked


def test_a_number_and_a_patient_have_one_conversation_each(engine: Engine) -> None:
    with transaction(engine) as session:
        patient = Patient(name="Maria Lopez")
        session.add(patient)
        session.flush()
        patient_id = patient.id
    ready = threading.Barrier(4)

    def by_number(_: int) -> int:
        with transaction(engine) as session:
            ready.wait()
            return int(conversations.conversation_for_number(session, "+16465550100").id)

    def by_patient(_: int) -> int:
        with transaction(engine) as session:
            ready.wait()
            return int(conversations.conversation_of(session, session.get(Patient, patient_id)).id)

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(by_number, range(4)))) == 1
        assert len(set(threads.map(by_patient, range(4)))) == 1
    with transaction(engine) as session:
        assert session.query(PhoneNumber).filter_by(number="+16465550100").count() == 1


def test_a_job_for_later_holds_no_lock(care: Care) -> None:
    with transaction(care.engine) as session, pytest.raises(ValueError, match="must hold no lock"):
        jobs.defer(session, "page", queue="care", lock="conversation:1", at=AT)


def test_a_database_that_goes_away_at_the_job_is_a_database_that_is_away(care: Care) -> None:
    with pytest.raises(DatabaseUnavailable), transaction(care.engine) as session:
        own = session.execute(text("select pg_backend_pid()")).scalar_one()
        with transaction(care.engine) as other:
            other.execute(text("select pg_terminate_backend(:pid)"), {"pid": own})
        jobs.defer_answer(session, care.conversation_id)
    assert care.jobs() == []


def test_an_error_of_the_database_quotes_no_patient(database_url: str, care: Care) -> None:
    engine = engine_for(database_url)
    with pytest.raises(Exception) as caught, transaction(engine) as session:
        care.receive(session, "my secret words", choice="x" * 300)
    engine.dispose()
    assert "secret" not in str(caught.value)
