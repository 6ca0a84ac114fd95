"""What waits for somebody, or is held by law, stays at any age."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.care import alerts, holds
from bot.care.database import transaction
from bot.care.models import (
    Alert,
    AlertState,
    Conversation,
    ItemKind,
    MessageState,
    Page,
    Patient,
    TrackerState,
    WebSession,
)
from bot.clinic.clock import FixedClock
from bot.work import retention
from bot.work.retention import Retention
from tests.work.retention_scene import BEGIN, member, page_of, patient, said, words


def waits_open_alert(session: Session, conversation: Any) -> None:
    said(session, conversation, "i want to die", "crisis")


def waits_acknowledged_alert(session: Session, conversation: Any) -> None:
    said(session, conversation, "i want to die", "crisis")
    session.execute(select(Alert)).scalars().one().state = AlertState.ACKNOWLEDGED.value


def waits_open_item(session: Session, conversation: Any) -> None:
    message = said(session, conversation, "does my insurance pay")
    alerts.open_item(session, ItemKind.QUESTION, message, "Not covered.", BEGIN)


def waits_held(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello").state = MessageState.HELD.value


def waits_unanswered(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello").state = MessageState.RECEIVED.value


def waits_unsent(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello").state = MessageState.QUEUED.value


def waits_staff(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello")
    conversation.owner_id = member(session).id


def waits_hold(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello")
    holds.place(session, int(conversation.patient_id), "letter of 3 March", "root", BEGIN)


def waits_hold_of_one_merged(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello")
    twice = patient(session)
    holds.place(session, int(twice.id), "letter of 3 March", "root", BEGIN)
    twice.merged_into_id = conversation.patient_id


def waits_hold_of_whom_one_was_merged_into(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello")
    counts, third = patient(session), patient(session)
    session.get(Patient, conversation.patient_id).merged_into_id = counts.id
    third.merged_into_id = counts.id
    holds.place(session, int(counts.id), "letter of 3 March", "root", BEGIN)
    assert holds.is_held(session, int(third.id)), "one person, whichever record is asked for"


def waits_hold_of_whom_the_visitor_was(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello")
    known = patient(session)
    holds.place(session, int(known.id), "letter of 3 March", "root", BEGIN)
    conversation.continued_in_id = known.conversation.id


WAITS = {name: value for name, value in globals().items() if name.startswith("waits_")}


@pytest.mark.parametrize("waits", WAITS.values(), ids=list(WAITS))
def test_where_somebody_has_something_to_do_or_a_hold_stands_all_stays(
    work: Retention, clock: FixedClock, waits: Any
) -> None:
    with transaction(work.engine) as session:
        conversation = patient(session).conversation
        said(session, conversation, "older words")
        waits(session, conversation)
        session.add(TrackerState(conversation_id=conversation.id, state={}, updated_at=BEGIN))
        session.add(page_of(session, conversation))
        before = words(session, conversation)
    clock.move(timedelta(days=4_000))
    assert work.run() == {}
    with transaction(work.engine) as session:
        assert words(session, conversation) == before and "older words" in before
        assert session.execute(select(func.count(Page.id))).scalar_one() == 1
        assert session.execute(select(func.count(TrackerState.conversation_id))).scalar_one() == 1


def test_a_lifted_hold_holds_no_more(work: Retention, clock: FixedClock) -> None:
    with transaction(work.engine) as session:
        one = patient(session)
        said(session, one.conversation, "hello")
        holds.place(session, int(one.id), "letter", "root", BEGIN)
        assert holds.is_held(session, int(one.id))
    clock.move(timedelta(days=401))
    assert work.run() == {}
    with transaction(work.engine) as session:
        holds.lift(session, int(one.id), "root", clock.now())
        assert not holds.is_held(session, int(one.id))
    assert work.run() == {"messages": 2}


def test_many_batches_and_some_that_must_stay_between(
    work: Retention, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_A_TIME", 3)
    with transaction(work.engine) as session:
        free, kept = patient(session), patient(session)
        for number in range(8):
            said(session, kept.conversation, f"kept {number}", at=BEGIN + timedelta(minutes=2 * number))
            said(session, free.conversation, f"free {number}", at=BEGIN + timedelta(minutes=2 * number + 1))
        holds.place(session, int(kept.id), "letter", "root", BEGIN)
    clock.move(timedelta(days=401))
    assert work.run() == {"messages": 16}
    with transaction(work.engine) as session:
        assert set(words(session, free.conversation)) == {""}
        assert "" not in words(session, kept.conversation)


def test_browsers_of_whom_a_hold_covers_stay(work: Retention, clock: FixedClock) -> None:
    with transaction(work.engine) as session:
        kept, free, visitor = patient(session), patient(session), Conversation()
        session.add(visitor)
        session.flush()
        visitor.continued_in_id = kept.conversation.id
        for number, conversation in enumerate((kept.conversation, free.conversation, visitor)):
            session.add(
                WebSession(
                    token_hash=str(number),
                    conversation_id=conversation.id,
                    created_at=BEGIN,
                    last_seen_at=BEGIN,
                )
            )
        holds.place(session, int(kept.id), "letter of 3 March", "root", BEGIN)
    clock.move(timedelta(days=4_000))
    assert work.run() == {"browsers": 1}
    with transaction(work.engine) as session:
        assert sorted(session.execute(select(WebSession.token_hash)).scalars()) == ["0", "2"]
        holds.lift(session, int(kept.id), "root", clock.now())
    assert work.run() == {"browsers": 2}
