"""What a round asks of the record before it sends or ends a check-in. Nothing here changes anything."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.care import check_in_consent
from bot.care.models import (
    Channel,
    CheckIn,
    CheckInAnswer,
    CheckInState,
    Conversation,
    Message,
    WebSession,
)
from bot.care.prepared import constant

FIRST_CHECK_IN = "check_in_first"
"""The kind of the message that says who writes, how often and how to stop."""

STILL_WRITING = timedelta(hours=1)
"""A check-in whose last answer is younger than this is not cut off: neither by the next one nor by its own end."""

ANSWERED_LATELY = timedelta(hours=4)
"""Who has just done a check-in of their own accord is not asked the same again."""


def introduced(session: Session, conversation: Conversation, channel: Channel) -> bool:
    """Whether the patient was told on this channel who writes, how often and how to stop, since they last agreed."""
    agreed = [
        one.given_at
        for one in check_in_consent.standing(session, int(conversation.patient_id))
        if one.channel == channel.value
    ]
    statement = select(Message.id).where(
        Message.conversation_id == conversation.id,
        Message.kind == FIRST_CHECK_IN,
        Message.channel == channel.value,
        Message.at >= max(agreed),
    )
    return session.execute(statement.limit(1)).first() is not None


def last_touched(session: Session, row: CheckIn) -> datetime:
    """When a check-in that was begun was begun, answered or paused last (aware)."""
    last = session.execute(
        select(func.max(CheckInAnswer.at)).where(CheckInAnswer.check_in_id == row.id)
    ).scalar_one()
    found: datetime = max(one for one in (last, row.started_at, row.paused_at) if one is not None)
    return found


def answering_now(session: Session, row: CheckIn, now: datetime) -> bool:
    """Whether the patient of `row` is in the middle of another check-in. One that rests is no reason against what a
    member of staff wants sent."""
    statement = select(CheckIn).where(
        CheckIn.conversation_id == row.conversation_id, CheckIn.state == constant(CheckInState.OPEN.value)
    )
    under_way = session.execute(statement).scalar_one_or_none()
    if under_way is None or (row.requested_by_id is not None and under_way.paused_at is not None):
        return False
    return now - last_touched(session, under_way) < STILL_WRITING


def just_answered(session: Session, row: CheckIn, now: datetime) -> bool:
    """Whether the patient has finished one with the same questions within ANSWERED_LATELY."""
    statement = select(CheckIn.id).where(
        CheckIn.conversation_id == row.conversation_id,
        CheckIn.instrument == row.instrument,
        CheckIn.state == constant(CheckInState.FINISHED.value),
        CheckIn.ended_at > now - ANSWERED_LATELY,
    )
    return session.execute(statement.limit(1)).first() is not None


def has_browser(session: Session, conversation_id: int) -> bool:
    """Whether there is a browser of which we know that it is the patient's."""
    statement = select(WebSession.id).where(
        WebSession.conversation_id == conversation_id,
        WebSession.verified.is_(True),
        WebSession.revoked_at.is_(None),
    )
    return session.execute(statement.limit(1)).first() is not None
