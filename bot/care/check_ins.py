"""Mood check-ins: begun, answered item by item, ended, and read back as a series."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from bot.care.models import CheckIn, CheckInAnswer, CheckInState
from bot.clinic.instruments import Instrument, Item, Parsed


def open_check_in(session: Session, conversation_id: int) -> CheckIn | None:
    """The check-in that is under way, if there is one."""
    statement = select(CheckIn).where(
        CheckIn.conversation_id == conversation_id, CheckIn.state == CheckInState.OPEN.value
    )
    return session.execute(statement).scalar_one_or_none()


def sent_check_in(session: Session, conversation_id: int, now: datetime) -> CheckIn | None:
    """The newest check-in that we sent and that still waits for its first answer, if there is one."""
    statement = select(CheckIn).where(
        CheckIn.conversation_id == conversation_id,
        CheckIn.state == CheckInState.SENT.value,
        CheckIn.expires_at > now,
    )
    return session.execute(statement.order_by(CheckIn.sent_at.desc()).limit(1)).scalar_one_or_none()


def start(session: Session, conversation_id: int, instrument: Instrument, now: datetime) -> CheckIn:
    """Begin a check-in, or go on with the one that is under way with the same questionnaire.

    One that was sent with this questionnaire and still waits for an answer is the one that begins. One that is under
    way with another questionnaire ends as partial: two sets of questions at once help nobody.
    """
    under_way = open_check_in(session, conversation_id)
    if under_way is not None:
        if (under_way.instrument, under_way.instrument_version) == (instrument.key, instrument.version):
            return under_way
        end(session, under_way, instrument, now)
    waiting = sent_check_in(session, conversation_id, now)
    if waiting is not None and waiting.instrument == instrument.key:
        waiting.state = CheckInState.OPEN.value
        waiting.instrument_version = instrument.version
        waiting.started_at = now
        session.flush()
        return waiting
    check_in = CheckIn(
        conversation_id=conversation_id,
        instrument=instrument.key,
        instrument_version=instrument.version,
        state=CheckInState.OPEN.value,
        started_at=now,
    )
    session.add(check_in)
    session.flush()
    return check_in


def next_item(check_in: CheckIn, instrument: Instrument) -> Item | None:
    """The first item without an answer, or None when all have one."""
    answered = {answer.item for answer in check_in.answers}
    return next((item for item in instrument.items if item.key not in answered), None)


def log_answer(
    session: Session,
    check_in: CheckIn,
    item: Item,
    raw: str,
    parsed: Parsed,
    message_id: int | None,
    now: datetime,
) -> CheckInAnswer:
    """Store an answer as typed and as understood. An earlier answer to the same item stays as it is."""
    answer = CheckInAnswer(
        check_in_id=check_in.id,
        item=item.key,
        raw=raw,
        value=parsed.value,
        skipped=parsed.skipped,
        message_id=message_id,
        at=now,
    )
    session.add(answer)
    session.flush()
    session.expire(check_in, ["answers"])
    return answer


def end(session: Session, check_in: CheckIn, instrument: Instrument, now: datetime) -> None:
    """End a check-in: finished when every item has an answer (or was skipped), else partial."""
    complete = next_item(check_in, instrument) is None
    check_in.state = (CheckInState.FINISHED if complete else CheckInState.PARTIAL).value
    check_in.ended_at = now
    session.flush()


def break_off(session: Session, conversation_id: int, now: datetime) -> None:
    """End the check-in that is under way, if there is one, because something more important happened. It is partial.

    Waits for nobody: a turn that has the row locked is ending the check-in itself, and one that logs an answer does not
    stand in the way of the weaker lock.
    """
    statement = select(CheckIn).where(
        CheckIn.conversation_id == conversation_id, CheckIn.state == CheckInState.OPEN.value
    )
    check_in = session.execute(
        statement.with_for_update(key_share=True, skip_locked=True)
    ).scalar_one_or_none()
    if check_in is not None:
        check_in.state = CheckInState.PARTIAL.value
        check_in.ended_at = now
        session.flush()


def series(session: Session, conversation_id: int, limit: int = 100) -> Sequence[CheckIn]:
    """The last `limit` check-ins of a conversation that were begun, with their answers, oldest first."""
    statement = select(CheckIn).where(
        CheckIn.conversation_id == conversation_id, CheckIn.started_at.is_not(None)
    )
    newest = statement.options(selectinload(CheckIn.answers)).order_by(CheckIn.started_at.desc()).limit(limit)
    return list(reversed(session.execute(newest).scalars().all()))
