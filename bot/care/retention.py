"""What is removed when its time is over, a batch at a time, each in the caller's transaction.

Nothing is removed of a conversation that is not settled: one under a legal hold, or in which an alert, an item, a
message or a member of staff has something to do. Rows that figures and the audit rest on lose their words and stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, delete, literal_column, not_, or_, select, text, true, update
from sqlalchemy import tuple_ as row_of
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from bot.care.holds import held_conversation
from bot.care.models import (
    Alert,
    AlertState,
    CheckInAnswer,
    Conversation,
    FollowUpAnswer,
    Item,
    Message,
    MessageState,
    Page,
    PageLink,
    PageState,
    Sender,
    StaffSession,
    TrackerState,
    WebSession,
    Whereabouts,
)
from bot.care.prepared import constant

_WAITING = (MessageState.RECEIVED.value, MessageState.HELD.value, MessageState.QUEUED.value)


@dataclass(frozen=True)
class Batch:
    """What one batch did. removed: so many; last: where the next one goes on, or None: there is no more."""

    removed: int
    last: Any = None


def settled(conversation: Any = Conversation) -> Any:
    """SQL: nobody has anything to do in this conversation any more, and no hold covers it."""
    open_alert = select(Alert.id).where(
        Alert.conversation_id == conversation.id, Alert.state != constant(AlertState.RESOLVED.value)
    )
    open_item = select(Item.id).where(Item.conversation_id == conversation.id, Item.closed_at.is_(None))
    waiting = [
        select(Message.id).where(Message.conversation_id == conversation.id, Message.state == constant(state))
        for state in _WAITING
    ]
    return and_(
        conversation.owner_id.is_(None),
        *(not_(one.correlate(conversation).exists()) for one in (open_alert, open_item, *waiting)),
        not_(held_conversation(conversation)),
    )


def expire_messages(session: Session, before: datetime, now: datetime, after: Any, limit: int) -> Batch:
    """Remove the words of messages of settled conversations from before `before`: theirs and ours, and what check-ins
    and the questions after a crisis quote of them. after: where the batch before ended, or None."""
    candidates = select(Message.id, Message.at, settled()).join(Message.conversation)
    candidates = candidates.where(Message.expired_at.is_(None), Message.at < before)
    if after is not None:
        candidates = candidates.where(row_of(Message.at, Message.id) > row_of(*after))
    found = session.execute(candidates.order_by(Message.at, Message.id).limit(limit)).all()
    ids = [one[0] for one in found if one[2]]
    if ids:
        verdict = Message.verdict.op("||")(literal_column("'{\"evidence\": []}'::jsonb", JSONB))
        empty = literal_column("'[]'::jsonb", JSONB)
        values = {
            "text": "",
            "choice": None,
            "verdict": verdict,
            "buttons": empty,
            "expired_at": now,
            "encoded": None,
            "question": case((Message.sender != Sender.STAFF.value, Message.question)),
        }
        _run(session, update(Message).where(Message.id.in_(ids)).values(**values))
        _run(session, update(CheckInAnswer).where(CheckInAnswer.message_id.in_(ids)).values(raw=""))
        _run(session, update(FollowUpAnswer).where(FollowUpAnswer.message_id.in_(ids)).values(words=""))
        _run(session, update(Whereabouts).where(Whereabouts.message_id.in_(ids)).values(number=None))
    return Batch(len(ids), (found[-1][1], found[-1][0]) if len(found) == limit else None)


def forget_trackers(session: Session, before: datetime, after: Any, limit: int) -> Batch:
    """Delete Rasa's memory of settled conversations in which nothing was said since `before`."""
    rows = select(TrackerState.conversation_id, TrackerState.updated_at < before, settled()).join(
        Conversation, Conversation.id == TrackerState.conversation_id
    )
    ids, last = _page_of(session, rows, TrackerState.conversation_id, after, limit)
    _run(session, delete(TrackerState).where(TrackerState.conversation_id.in_(ids)))
    return Batch(len(ids), last)


def forget_browsers(
    session: Session, before: datetime, lasts: timedelta, idle: timedelta, after: Any, limit: int
) -> Batch:
    """Delete patients' sessions that ended before `before`: by hand, after `lasts`, or after `idle` unused. Those of
    conversations under a hold stay; what else waits there needs no browser that is over."""
    ended = or_(
        WebSession.revoked_at < before,
        WebSession.created_at < before - lasts,
        WebSession.last_seen_at < before - idle,
    )
    free = not_(held_conversation(Conversation)).label("free")
    rows = select(WebSession.id, ended, free).join(WebSession.conversation)
    ids, last = _page_of(session, rows, WebSession.id, after, limit)
    _run(session, delete(WebSession).where(WebSession.id.in_(ids)))
    return Batch(len(ids), last)


def forget_log_ins(session: Session, before: datetime, after: Any, limit: int) -> Batch:
    """Delete sessions of staff that nobody has used since `before`."""
    rows = select(StaffSession.id, StaffSession.last_seen_at < before, true())
    ids, last = _page_of(session, rows, StaffSession.id, after, limit)
    _run(session, delete(StaffSession).where(StaffSession.id.in_(ids)))
    return Batch(len(ids), last)


def forget_pages(session: Session, before: datetime, after: Any, limit: int) -> Batch:
    """Delete pages of alerts that were resolved before `before` in settled conversations, and test pages so old."""
    over = or_(
        and_(Page.alert_id.is_(None), Page.state != constant(PageState.DUE.value)),
        and_(Alert.resolved_at < before, settled()),
    )
    candidates = select(Page.id, Page.due_at, over).outerjoin(Page.alert).outerjoin(Alert.conversation)
    candidates = candidates.where(Page.due_at < before)
    if after is not None:
        candidates = candidates.where(row_of(Page.due_at, Page.id) > row_of(*after))
    found = session.execute(candidates.order_by(Page.due_at, Page.id).limit(limit)).all()
    ids = [one[0] for one in found if one[2]]
    _run(session, delete(PageLink).where(PageLink.page_id.in_(ids)))
    _run(session, delete(Page).where(Page.id.in_(ids)))
    return Batch(len(ids), (found[-1][1], found[-1][0]) if len(found) == limit else None)


def forget_jobs(session: Session, before: datetime, limit: int) -> Batch:
    """Delete jobs that failed or were cancelled, and of which nothing was heard since `before`."""
    statement = text(
        "delete from procrastinate_jobs where id in ("
        " select jobs.id from procrastinate_jobs jobs"
        " where jobs.status in ('failed', 'cancelled', 'aborted', 'succeeded')"
        " and not exists (select 1 from procrastinate_events events"
        "  where events.job_id = jobs.id and events.at >= :before)"
        " and not exists (select 1 from procrastinate_periodic_defers defers where defers.job_id = jobs.id)"
        " limit :most)"
    )
    removed = session.execute(statement, {"before": before, "most": limit}).rowcount
    return Batch(removed, "more" if removed == limit else None)


def _page_of(session: Session, rows: Any, key: Any, after: Any, limit: int) -> tuple[list[Any], Any]:
    """Of the next `limit` rows (key, due, settled) behind `after`: the keys that are due and settled, and the last key
    where there may be more."""
    if after is not None:
        rows = rows.where(key > after)
    found = session.execute(rows.order_by(key).limit(limit)).all()
    return [one[0] for one in found if one[1] and one[2]], found[-1][0] if len(found) == limit else None


def _run(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
