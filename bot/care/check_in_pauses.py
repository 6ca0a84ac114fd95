"""Check-ins that rest: the patient wrote something worrying, or wants to go on later.

What was answered is kept. A check-in that rests for a worry asks nothing and reminds of nothing; the patient may go on
with it until it ends by itself (`bot.work.check_ins`).
"""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.care import check_ins
from bot.care.check_in_rows import grave_row
from bot.care.models import CheckIn, CheckInPause, CheckInState, Message
from bot.care.signals import assess_check_in
from bot.clinic.answers import bare, leading, repeats
from bot.clinic.errors import AftercareError
from bot.clinic.instruments import Parsed, load_instrument

log = logging.getLogger(__name__)


def pause(check_in: CheckIn, because: CheckInPause, now: datetime) -> None:
    """Let a check-in rest that was sent or begun. Something worrying is not forgotten over a later "not now"."""
    if check_in.paused_because != CheckInPause.WORRY.value:
        check_in.paused_at, check_in.paused_because = now, because.value
    if because is CheckInPause.WORRY:
        check_in.remind_at = None


def rest_or_end(session: Session, check_in: CheckIn, now: datetime) -> None:
    """After a grave answer nothing more is asked: the check-in rests, or is over where it was the last answer."""
    instrument = load_instrument(str(check_in.instrument))
    if check_ins.next_item(check_in, instrument) is None:
        if check_in.ended_at is None:
            check_ins.end(session, check_in, instrument, now)
    elif check_in.ended_at is None:
        pause(check_in, CheckInPause.WORRY, now)
        session.flush()


def pause_for_worry(
    session: Session,
    conversation_id: int,
    now: datetime,
    message: Message | None = None,
    question: str | None = None,
) -> None:
    """Something worrying was written: the check-in that is under way, or was sent and waits, rests from now on.

    message: the worrying message, where it may begin with an answer ("2", "1. i took all of them") to `question`, which
    was asked last; the answer is logged, and what it shows is put before staff with the rest. Never raises for what is
    wrong with a check-in: the worrying message and its alert are in the same transaction, and come first.
    """
    try:
        with session.begin_nested():
            _pause_for_worry(session, conversation_id, now, message, question)
    except (AftercareError, SQLAlchemyError) as error:
        log.error("A check-in of conversation %d was not paused: %s", conversation_id, type(error).__name__)


def _pause_for_worry(
    session: Session, conversation_id: int, now: datetime, message: Message | None, question: str | None
) -> None:
    check_in = _waiting(session, conversation_id, now)
    answered = (
        check_in is not None
        and message is not None
        and (
            _log_row(session, check_in, message, question, now)
            or _log(session, check_in, message, question, now)
        )
    )
    if message is not None and not answered:
        _put_right(session, conversation_id, message, now)
    if check_in is not None:
        rest_or_end(session, check_in, now)


def _log_row(
    session: Session, check_in: CheckIn, message: Message, question: str | None, now: datetime
) -> bool:
    """Log all answers of a row with a grave one: it was heard without a worker, who would. True where it is one."""
    text, conversation_id = str(message.text), int(check_in.conversation_id)
    row = grave_row(session, conversation_id, text, question, now) if message.choice is None else None
    if row is None:
        return False
    begun = check_ins.start(session, conversation_id, load_instrument(str(check_in.instrument)), now)
    for item, parsed in row:
        check_ins.log_answer(session, begun, item, text, parsed, int(message.id), now)
    assess_check_in(session, begun, now)
    return True


def _log(session: Session, check_in: CheckIn, message: Message, question: str | None, now: datetime) -> bool:
    """Log what a message answers to the open item, where that is the `question` asked last. True where it does."""
    instrument = load_instrument(str(check_in.instrument))
    item = check_ins.next_item(check_in, instrument)
    if item is None or item.kind == "word" or item.context != question:
        return False
    words = str(message.choice or message.text)
    if repeats(words):
        last = check_ins.last_answer(session, check_in, item)
        parsed = Parsed(float(last.value)) if last is not None else None
    else:
        parsed = bare(item, words) or leading(item, words)
    if parsed is None:
        return False
    begun = check_ins.start(session, int(check_in.conversation_id), instrument, now)
    check_ins.log_answer(session, begun, item, message.text, parsed, int(message.id), now)
    assess_check_in(session, begun, now)
    return True


def _put_right(session: Session, conversation_id: int, message: Message, now: datetime) -> None:
    """Log the grave answer that a message puts in the place of another: it was heard without a worker, who would."""
    found = check_ins.taken_back(session, conversation_id, str(message.text), now)
    if found is not None and found[1].item.is_grave(found[1].parsed):
        check_in, put_right = found
        check_ins.log_answer(
            session, check_in, put_right.item, message.text, put_right.parsed, int(message.id), now
        )
        assess_check_in(session, check_in, now)


def _waiting(session: Session, conversation_id: int, now: datetime) -> CheckIn | None:
    """The check-in that an answer would go to, locked. Waits for nobody: a turn that has the row locked is pausing or
    ending it itself, and one that logs an answer does not stand in the way of the weaker lock."""
    known = check_ins.current(session, conversation_id, now)
    if known is None:
        return None
    states = (CheckInState.OPEN.value, CheckInState.SENT.value)
    statement = select(CheckIn).where(CheckIn.id == known.id, CheckIn.state.in_(states))
    return session.execute(
        statement.with_for_update(key_share=True, skip_locked=True).execution_options(populate_existing=True)
    ).scalar_one_or_none()
