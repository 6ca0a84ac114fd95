"""What check-ins show over days, put before staff. The rules are data (data/signals.yml); see bot/care/signal_rules.py.

A signal raises an alert or joins one. Nothing here lowers or closes anything, and a good answer takes nothing back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.care.alerts import raise_signal
from bot.care.models import CheckIn, CheckInReason, CheckInState
from bot.care.series import check_ins_in_order, newest_answers, total_of
from bot.care.signal_rules import Seen, evaluate, load_signals

LOOKED_AT = 60
"""Check-ins: further back nothing of these rules reaches."""


def assess_check_in(session: Session, check_in: CheckIn, now: datetime) -> None:
    """Raise what a check-in with at least one answer shows, in the caller's transaction.

    Called after every answer and at the end; what was raised for this check-in by the same rule is not raised again.
    Raises SignalsBroken where data/signals.yml is wrong.
    """
    known = _known(session, int(check_in.conversation_id))
    if check_in in known:
        _raise(session, known[: known.index(check_in) + 1], now)


def assess_missed(session: Session, conversation_id: int, now: datetime) -> None:
    """Raise what it means that the last check-in or check-ins were not answered. Called when one has expired."""
    known = _known(session, conversation_id)
    if known and _missed(known[-1]):
        _raise(session, known, now)


def seen(check_in: CheckIn) -> Seen:
    """A check-in as the rules see it."""
    answers = newest_answers(check_in)
    values = {item: float(one.value) for item, one in answers.items() if one.value is not None}
    total, complete = total_of(str(check_in.instrument), values)
    return Seen(
        instrument=str(check_in.instrument),
        values=values,
        skipped=frozenset(item for item, one in answers.items() if one.skipped),
        total=total,
        complete=complete,
        missed=_missed(check_in),
    )


def _known(session: Session, conversation_id: int) -> list[CheckIn]:
    """Check-ins that say something, oldest first: those with an answer, and those that were sent for nothing."""
    return [
        one for one in check_ins_in_order(session, conversation_id, LOOKED_AT) if one.answers or _missed(one)
    ]


def _missed(check_in: CheckIn) -> bool:
    # One that could not be sent is our silence, not the patient's; and who wrote of something worrying was not silent.
    expired = check_in.state == CheckInState.EXPIRED.value and check_in.sent_at is not None
    return expired and not check_in.answers and check_in.reason != CheckInReason.WORRY_INSTEAD.value


def _raise(session: Session, check_ins: Sequence[CheckIn], now: datetime) -> None:
    # Silence is counted from the last answer on: the same silence is one signal, however often it is looked at.
    about = next((one for one in reversed(check_ins) if one.answers), check_ins[-1])
    for found in evaluate(load_signals(), [seen(one) for one in check_ins]):
        key = ":".join(filter(None, (found.rule.id, str(about.id), found.occurrence)))
        raise_signal(
            session,
            int(about.conversation_id),
            found.rule.level,
            [found.reason],
            now,
            key=key,
            check_in_id=int(about.id),
        )
