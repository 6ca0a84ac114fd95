"""A text that was kept since the database was slow, and that the database stored after all: nothing is said twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care.conversations import Reply, lock
from bot.care.models import Alert, FollowUp, Message
from bot.care.models import FollowUpAnswer as Answered
from bot.channels.sms.given import Answered as Remembered
from bot.channels.sms.inbound import Intake
from bot.channels.sms.texts import Answer, InboundText
from bot.channels.spool import Spool
from bot.channels.spool_records import Kept
from bot.channels.take_in import TakeIn
from bot.clinic.clock import FixedClock
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from tests.channels.sms.sending import Post
from tests.channels.sms.support import Carrier, FakeScreen, Record, callbacks_of, new_sid, said, sms_routes

CRISIS = "i want to kill myself"
SECOND = timedelta(seconds=1)


@pytest.fixture
def take_in(parts_of_web: dict[str, Any], engine: Engine) -> TakeIn:
    return TakeIn(engine, parts_of_web["clock"].now, parts_of_web["spool"])


Patient = Callable[[float], Carrier]


@pytest.fixture
def with_patience(
    served: Any, parts_of_web: dict[str, Any], take_in: TakeIn, carrier: Carrier, number: str
) -> Patient:
    """A number that has written before, and a web process that gives the database so many seconds."""
    carrier.text(number, "hello")
    return lambda seconds: Carrier(served(sms_routes(**parts_of_web, take_in=take_in, patience=seconds)))


@pytest.fixture
def impatient(with_patience: Patient) -> Carrier:
    """It gives up while whoever stores is held up."""
    return with_patience(0.5)


@pytest.fixture
def waiting(with_patience: Patient) -> Carrier:
    """It has time enough for what nothing holds up, on a busy machine too."""
    return with_patience(4.0)


@contextmanager
def slow(engine: Engine, record: Record, number: str) -> Iterator[None]:
    """Whoever stores a message of this number waits."""
    with Session(engine, future=True) as session, session.begin():
        lock(session, int(record.conversation(number).id))
        yield


def stored(record: Record, number: str, sid: str) -> list[Message]:
    """The message and what replies to it, once the database has stored it after all."""
    for _ in range(300):
        messages = record.messages(number)
        found = [one for one in messages if one.external_id == sid]
        if found:
            return found + [one for one in messages if one.reply_to_id == found[0].id]
        time.sleep(0.05)
    raise AssertionError("the database never stored it")


def out(messages: list[Message]) -> list[str]:
    """What of ours the phone has or will get."""
    return [str(one.text) for one in messages[1:] if one.state != "withheld"]


def test_the_safety_text_that_was_given_is_the_one_that_stands(
    impatient: Carrier,
    carrier: Carrier,
    engine: Engine,
    record: Record,
    number: str,
    take_in: TakeIn,
    screen: FakeScreen,
) -> None:
    sid = new_sid()
    with slow(engine, record, number):
        (given,) = said(impatient.text(number, CRISIS, sid))
        assert "cannot reach our staff" in given
    late = stored(record, number, sid)
    assert [one.kind for one in late[1:]] == ["safety", "follow_up"]
    screened = len(screen.asked)
    assert take_in.run() is True
    assert len(screen.asked) == screened, "what is stored already needs no second look"
    for _ in range(2):
        assert take_in.run() is True
        assert out(stored(record, number, sid)) == [given]
        # The carrier, which may not have got our answer, is told the same.
        assert said(carrier.text(number, CRISIS, sid)) == [given]
    messages = stored(record, number, sid)
    assert [(one.state, one.failure) for one in messages[1:]] == [
        ("withheld", "said in other words"),
        ("withheld", "said in other words"),
        ("sent", None),
    ]
    assert messages[-1].level == "crisis"
    assert len(record.of(Alert, number, Alert.id)) == 1


def test_no_answer_belongs_to_a_question_that_never_went_out(
    impatient: Carrier, carrier: Carrier, engine: Engine, record: Record, number: str
) -> None:
    sid = new_sid()
    with slow(engine, record, number):
        impatient.text(number, CRISIS, sid)
    stored(record, number, sid)
    # What is kept of a number is taken in before its next text is looked at.
    assert said(carrier.text(number, "1")) == []
    (asked,) = record.of(FollowUp, number, FollowUp.id)
    assert (asked.ending, asked.asked_at) == ("not_asked", None)
    with Session(engine) as session:
        assert session.query(Answered).filter_by(follow_up_id=asked.id).count() == 0
    assert record.from_patient(number)[-1].state == "received"


def test_a_question_that_was_stored_as_given_is_sent_where_nothing_was_said_in_its_place(
    impatient: Carrier,
    carrier: Carrier,
    engine: Engine,
    record: Record,
    number: str,
    take_in: TakeIn,
    post: Post,
) -> None:
    assert len(said(carrier.text(number, CRISIS))) == 2  # and the question whether they are safe
    with slow(engine, record, number):
        sid = new_sid()
        (notice,) = said(impatient.text(number, "2", sid))
        assert "saved your message" in notice
    assert [one.kind for one in stored(record, number, sid)[1:]] == ["follow_up"]
    take_in.run()
    question, told = stored(record, number, sid)[1:]
    assert (told.text, told.state) == (notice, "sent")
    assert (question.kind, question.state) == ("follow_up", "queued")
    for one in record.messages(number):
        if one.state == "queued":
            assert post.deliver(int(one.id)).kind == "sent"
    assert [one["body"] for one in post.double.messages][-1] == question.text


def test_what_one_process_said_of_the_fault_is_not_sent_again_for_another_that_said_nothing(
    impatient: Carrier, record: Record, number: str, take_in: TakeIn, clock: FixedClock
) -> None:
    """Two processes kept a delivery each of the same text, and one of them had told the patient a moment before."""
    sid = new_sid()
    text = asdict(InboundText(sid=sid, number=number, text="can i drive?"))
    now, told = clock.now(), Reply("Saved, and not read yet.", kind="kept")
    for spool, at, what in ((Spool(take_in.spool.folder), now, told), (take_in.spool, now + SECOND, None)):
        spool.keep(Kept("sms", number, sid, at, text, Verdict(Level.NONE), what))
    assert take_in.run() is True
    assert [(one.kind, one.state) for one in stored(record, number, sid)[1:]] == [("kept", "sent")]
    assert out(stored(record, number, sid)) == [told.text]


def states(messages: list[Message]) -> list[tuple[str, str]]:
    return [(str(one.kind), str(one.state)) for one in messages[1:]]


GIVEN = [("safety", "sent"), ("follow_up", "sent")]


def test_a_text_that_was_answered_gets_the_same_answer_with_the_database_away(
    waiting: Carrier, engine: Engine, record: Record, number: str, take_in: TakeIn
) -> None:
    sid = new_sid()
    given = said(waiting.text(number, CRISIS, sid))
    assert len(given) == 2 and "being told" in given[0]
    with slow(engine, record, number):
        assert said(waiting.text(number, CRISIS, sid)) == given
    assert not take_in.spool.anything()
    assert states(stored(record, number, sid)) == GIVEN
    # The question was asked, and the answer belongs to it.
    waiting.text(number, "1")
    with Session(engine) as session:
        (asked,) = record.of(FollowUp, number, FollowUp.id)
        assert session.query(Answered).filter_by(follow_up_id=asked.id).count() == 1


def test_nothing_to_say_is_an_answer_too(
    waiting: Carrier, engine: Engine, record: Record, number: str, take_in: TakeIn
) -> None:
    sid = new_sid()
    assert said(waiting.text(number, "can i drive?", sid)) == []
    with slow(engine, record, number):
        assert said(waiting.text(number, "can i drive?", sid)) == []
    assert not take_in.spool.anything()


@pytest.mark.parametrize("step", ["assess", "keep"])
def test_of_two_deliveries_at_once_the_one_that_was_answered_speaks_for_both(
    waiting: Carrier,
    engine: Engine,
    record: Record,
    number: str,
    take_in: TakeIn,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """One delivery has lost its patience; before it is kept, or while it is, the other one is answered."""
    sid, first, once = new_sid(), list[list[str]](), getattr(Intake, step)
    waits = slow(engine, record, number)

    def meanwhile(self: Intake, *given: Any) -> Any:
        if not first:
            first.append([])
            waits.__exit__(None, None, None)
            first[0] = said(waiting.text(number, CRISIS, sid))
        return once(self, *given)

    monkeypatch.setattr(Intake, step, meanwhile)
    waits.__enter__()
    assert said(waiting.text(number, CRISIS, sid)) == first[0]
    assert len(first[0]) == 2 and take_in.run() is True
    assert states(stored(record, number, sid)) == GIVEN


def test_of_two_deliveries_at_once_the_one_that_was_kept_speaks_for_both(
    waiting: Carrier, record: Record, number: str, take_in: TakeIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One delivery is being stored; before it is answered, the other one is kept and answered."""
    sid, told, store = new_sid(), list[Answer | None](), Intake.store

    def meanwhile(self: Intake, sms: InboundText) -> Answer | None:
        answer = store(self, sms)
        told.append(self.keep(sms, self.assess(sms), take_in.spool))
        return answer

    monkeypatch.setattr(Intake, "store", meanwhile)
    (given,) = said(waiting.text(number, CRISIS, sid))
    assert told[0] is not None and given == told[0].text and "cannot reach our staff" in given
    assert take_in.run() is True
    assert out(stored(record, number, sid)) == [given]


def test_only_so_many_answers_are_remembered() -> None:
    remembered = Remembered(most=2)
    for number in range(3):
        remembered.add(f"SM{number}", None)
    assert remembered.of("SM0") is None
    assert remembered.of("SM1") is not None and remembered.of("SM2") is not None


def test_a_report_that_a_withheld_text_arrived_makes_its_question_asked(
    impatient: Carrier, carrier: Carrier, engine: Engine, record: Record, number: str, take_in: TakeIn
) -> None:
    """One web process answered, and another one, which could not know, kept the text when it came again."""
    sid = new_sid()
    given = carrier.text(number, CRISIS, sid)
    with slow(engine, record, number):
        impatient.text(number, CRISIS, sid)
    assert take_in.run() is True
    assert states(stored(record, number, sid))[:2] == [("safety", "withheld"), ("follow_up", "withheld")]
    for address in callbacks_of(given):
        assert carrier.report(address, new_sid(), "delivered").status_code == 204
    assert states(stored(record, number, sid))[:2] == [("safety", "delivered"), ("follow_up", "delivered")]
    carrier.text(number, "1")
    (asked,) = record.of(FollowUp, number, FollowUp.id)
    with Session(engine) as session:
        assert session.query(Answered).filter_by(follow_up_id=asked.id).count() == 1
    assert asked.ending != "not_asked"
