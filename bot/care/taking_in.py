"""Messages that were kept on a disk while the database was away, and stored later: the trace that this leaves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import audit
from bot.care.models import AuditEntry, Message

TAKEN_IN = "message.taken_in"


def record_taken_in(session: Session, message: Message, now: datetime) -> None:
    """Write down, in the caller's transaction, that a message came earlier than it could be stored."""
    late = int((now - message.at).total_seconds())
    audit.record(session, TAKEN_IN, now, subject=_subject(int(message.id)), late_seconds=late)


def taken_in_since(session: Session, message_id: int, since: datetime) -> bool:
    """Whether a message could be stored only at or after `since` (aware): until then nobody could have answered it."""
    statement = select(AuditEntry.id).where(
        AuditEntry.action == TAKEN_IN, AuditEntry.subject == _subject(message_id), AuditEntry.at >= since
    )
    return session.execute(statement.limit(1)).first() is not None


def _subject(message_id: int) -> str:
    return f"message:{message_id}"
