"""Mood check-ins: begun, answered item by item, ended, and read back as a series."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from bot.care.alerts import unresolved_alert
from bot.care.models import CheckIn, CheckInAnswer, CheckInState, Message, Sender
from bot.clinic.corrections import Correction, correction
from bot.clinic.going_on import goes_on
from bot.clinic.instruments import Instrument, Item, Parsed, load_instrument
from bot.safety.levels import Level

CORRECTED_WITHIN = timedelta(hours=24)
"""How long after its end a check-in takes corrections."""


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


def current(session: Session, conversation_id: int, now: datetime) -> CheckIn | None:
    """The check-in that an answer belongs to: the one under way, else the newest that was sent and still waits."""
    return open_check_in(session, conversation_id) or sent_check_in(session, conversation_id, now)


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


def awaits(session: Session, conversation_id: int, text: str, question: str | None, now: datetime) -> bool:
    """True where a message is for a check-in: the dialogue is in its form then, whatever it remembers itself.

    question: what we asked last, in the reader's words, or None. That is the open item's; or nothing was asked, and
    `text` answers it all the same, says to go on, or takes back an answer that was given lately. After a crisis or an
    emergency that nobody has resolved nothing but "check in" begins again, and what a member of staff wrote is answered
    to them.
    """
    check_in = current(session, conversation_id, now)
    if check_in is not None:
        instrument = load_instrument(str(check_in.instrument))
        item = next_item(check_in, instrument)
        if item is not None and item.context == question:
            return True
        if item is not None and question is None and goes_on(item, waiting(check_in, instrument), text):
            return not _sober(session, conversation_id) and not _staff_spoke_last(session, conversation_id)
    return question is None and taken_back(session, conversation_id, text, now) is not None


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


def _sober(session: Session, conversation_id: int) -> bool:
    alert = unresolved_alert(session, conversation_id)
    return alert is not None and Level(alert.level).immediate


def _staff_spoke_last(session: Session, conversation_id: int) -> bool:
    statement = select(Message.sender).where(
        Message.conversation_id == conversation_id, Message.sender != Sender.PATIENT.value
    )
    last = session.execute(statement.order_by(Message.seq.desc()).limit(1)).scalar_one_or_none()
    return last == Sender.STAFF.value


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


def last_answer(session: Session, check_in: CheckIn, item: str) -> CheckInAnswer | None:
    """The last number that the patient gave to `item` in an earlier check-in, or None: for "same as yesterday"."""
    statement = (
        select(CheckInAnswer)
        .join(CheckIn)
        .where(
            CheckIn.conversation_id == check_in.conversation_id,
            CheckIn.id != check_in.id,
            CheckInAnswer.item == item,
            CheckInAnswer.value.is_not(None),
        )
    )
    order = (CheckIn.started_at.desc(), CheckInAnswer.id.desc())
    return session.execute(statement.order_by(*order).limit(1)).scalar_one_or_none()


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
