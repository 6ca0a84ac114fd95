"""Mood check-ins: begun, answered item by item, ended, and read back as a series."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, selectinload

from bot.care.models import Alert, CheckIn, CheckInAnswer, CheckInState
from bot.care.prepared import constant
from bot.clinic.corrections import Correction, correction
from bot.clinic.instruments import Instrument, Item, Parsed, load_instrument
from bot.safety.levels import Level

CORRECTED_WITHIN = timedelta(hours=24)
"""How long after its end a check-in takes corrections."""


def open_check_in(session: Session, conversation_id: int) -> CheckIn | None:
    """The check-in that is under way, if there is one."""
    statement = select(CheckIn).where(
        CheckIn.conversation_id == conversation_id, CheckIn.state == constant(CheckInState.OPEN.value)
    )
    return session.execute(statement).scalar_one_or_none()


def sent_check_in(session: Session, conversation_id: int, now: datetime) -> CheckIn | None:
    """The newest check-in that we sent and that still waits for its first answer, if there is one."""
    statement = select(CheckIn).where(
        CheckIn.conversation_id == conversation_id,
        CheckIn.state == constant(CheckInState.SENT.value),
        CheckIn.expires_at > now,
    )
    return session.execute(statement.order_by(CheckIn.sent_at.desc()).limit(1)).scalar_one_or_none()


def current(session: Session, conversation_id: int, now: datetime) -> CheckIn | None:
    """The check-in that an answer belongs to: the one under way, else the newest that was sent and still waits."""
    under_way = CheckIn.state == constant(CheckInState.OPEN.value)
    waits = and_(CheckIn.state == constant(CheckInState.SENT.value), CheckIn.expires_at > now)
    statement = select(CheckIn).where(CheckIn.conversation_id == conversation_id, or_(under_way, waits))
    newest_first = statement.order_by(under_way.desc(), CheckIn.sent_at.desc()).limit(1)
    return session.execute(newest_first).scalar_one_or_none()


def may_concern(conversation_id: Any, now: Any) -> Any:
    """SQL: whether the conversation has a check-in that a message could belong to: one that waits for an answer, or one
    whose answers may still be corrected. Where it has none, nothing about check-ins needs to be asked.
    conversation_id, now: values, or SQL."""
    waits = and_(CheckIn.state == constant(CheckInState.SENT.value), CheckIn.expires_at > now)
    lately = or_(CheckIn.ended_at.is_(None), CheckIn.ended_at >= now - CORRECTED_WITHIN)
    corrected = and_(CheckIn.started_at.is_not(None), lately)
    open_or = or_(CheckIn.state == constant(CheckInState.OPEN.value), waits, corrected)
    return select(CheckIn.id).where(CheckIn.conversation_id == conversation_id, open_or).exists()


def start(session: Session, conversation_id: int, instrument: Instrument, now: datetime) -> CheckIn:
    """Begin a check-in, or go on with the one that is under way with the same questionnaire.

    One that was sent with this questionnaire and still waits for an answer is the one that begins. One that is under
    way with another questionnaire ends as partial: two sets of questions at once help nobody. None of them rests any
    more (bot/care/check_in_pauses.py).
    """
    under_way = open_check_in(session, conversation_id)
    if under_way is not None:
        if (under_way.instrument, under_way.instrument_version) == (instrument.key, instrument.version):
            return _goes_on(under_way)
        end(session, under_way, instrument, now)
    sent = sent_check_in(session, conversation_id, now)
    if sent is not None and sent.instrument == instrument.key:
        sent.state = CheckInState.OPEN.value
        sent.instrument_version = instrument.version
        sent.started_at = now
        session.flush()
        return _goes_on(sent)
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


def _goes_on(check_in: CheckIn) -> CheckIn:
    if check_in.paused_at is not None:
        check_in.paused_at = check_in.paused_because = None
    return check_in


def taken_back(
    session: Session, conversation_id: int, text: str, now: datetime
) -> tuple[CheckIn, Correction] | None:
    """The answer that `text` takes back, of the check-in that takes corrections; None where it takes none back."""
    check_in = correctable(session, conversation_id, now)
    if check_in is None:
        return None
    instrument = load_instrument(str(check_in.instrument))
    item = next_item(check_in, instrument) if check_in.state == CheckInState.OPEN.value else None
    found = correction(answered(check_in, instrument), item, text)
    return None if found is None else (check_in, found)


def answered(check_in: CheckIn, instrument: Instrument) -> list[tuple[Item, float | None]]:
    """The items with an answer and the number that counts, the latest answer first."""
    items = ((instrument.item(key), answer.value) for key, answer in reversed(newest(check_in).items()))
    return [(item, value) for item, value in items if item is not None]


def waiting(check_in: CheckIn, instrument: Instrument) -> list[Item]:
    """The items without an answer, in order."""
    answered = {answer.item for answer in check_in.answers}
    return [item for item in instrument.items if item.key not in answered]


def next_item(check_in: CheckIn, instrument: Instrument) -> Item | None:
    """The first item without an answer, or None when all have one."""
    return next(iter(waiting(check_in, instrument)), None)


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


def newest(check_in: CheckIn) -> dict[str, CheckInAnswer]:
    """The answer that counts for each item, in the order of their writing: the last one, corrections included."""
    answers: dict[str, CheckInAnswer] = {}
    for answer in check_in.answers:
        answers.pop(answer.item, None)
        answers[answer.item] = answer
    return answers


def values(check_in: CheckIn) -> dict[str, float | None]:
    """The number that counts for each answered item; None where it was skipped or answered in words."""
    return {key: answer.value for key, answer in newest(check_in).items()}


def last_answer(session: Session, check_in: CheckIn, item: Item) -> CheckInAnswer | None:
    """The answer of an earlier check-in that "same as yesterday" repeats: the last number given to `item`, or None.

    To a question about thoughts of death it repeats the last answer or none: not an earlier one where that was left
    out, and no "no" from before a crisis, which may be what "yesterday" means.
    """
    statement = (
        select(CheckInAnswer)
        .join(CheckIn)
        .where(
            CheckIn.conversation_id == check_in.conversation_id,
            CheckIn.id != check_in.id,
            CheckInAnswer.item == item.key,
        )
    )
    if not item.grave:
        statement = statement.where(CheckInAnswer.value.is_not(None))
    order = (CheckIn.started_at.desc(), CheckInAnswer.id.desc())
    last: CheckInAnswer | None = session.execute(statement.order_by(*order).limit(1)).scalar_one_or_none()
    if last is None or last.value is None:
        return None
    if item.grave and not item.is_grave(Parsed(float(last.value))) and _crisis_since(session, last, check_in):
        return None
    return last


def given_last(session: Session, conversation_id: int, question: str | None, now: datetime) -> str | None:
    """What "same as yesterday" says, where the open item of a check-in is the `question` that we asked last: the number
    that it repeats, or "" where there is none to repeat. None where no check-in asks."""
    check_in = current(session, conversation_id, now) if question is not None else None
    if check_in is None:
        return None
    item = next_item(check_in, load_instrument(str(check_in.instrument)))
    if item is None or item.context != question or item.kind == "word":
        return None
    last = last_answer(session, check_in, item)
    return f"{last.value:g}" if last is not None else ""


def _crisis_since(session: Session, answer: CheckInAnswer, check_in: CheckIn) -> bool:
    statement = select(Alert.id).where(
        Alert.conversation_id == check_in.conversation_id,
        Alert.level == Level.CRISIS.value,
        Alert.last_at > answer.at,
    )
    return session.execute(statement.limit(1)).first() is not None


def correctable(session: Session, conversation_id: int, now: datetime) -> CheckIn | None:
    """The check-in that a correction belongs to: the newest that was begun, while it is under way or just over."""
    statement = select(CheckIn).where(
        CheckIn.conversation_id == conversation_id, CheckIn.started_at.is_not(None)
    )
    check_in = session.execute(statement.order_by(CheckIn.started_at.desc()).limit(1)).scalar_one_or_none()
    if check_in is None or (check_in.ended_at is not None and check_in.ended_at < now - CORRECTED_WITHIN):
        return None
    return check_in


def carry_over(session: Session, earlier: CheckIn, later: CheckIn, now: datetime) -> None:
    """Give `later` the answers of `earlier`: a longer questionnaire that begins with the questions of a shorter one."""
    for answer in newest(earlier).values():
        session.add(
            CheckInAnswer(
                check_in_id=later.id,
                item=answer.item,
                raw=answer.raw,
                value=answer.value,
                skipped=answer.skipped,
                message_id=answer.message_id,
                at=now,
            )
        )
    session.flush()
    session.expire(later, ["answers"])


def series(session: Session, conversation_id: int, limit: int = 100) -> Sequence[CheckIn]:
    """The last `limit` check-ins of a conversation that were begun, with their answers, oldest first."""
    statement = select(CheckIn).where(
        CheckIn.conversation_id == conversation_id, CheckIn.started_at.is_not(None)
    )
    newest = statement.options(selectinload(CheckIn.answers)).order_by(CheckIn.started_at.desc()).limit(limit)
    return list(reversed(session.execute(newest).scalars().all()))
