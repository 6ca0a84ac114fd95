"""Who of the staff looked at or did what. Entries are only added; none holds a patient's words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from bot.care.models import AuditEntry


def record(
    session: Session,
    action: str,
    now: datetime,
    *,
    staff_id: int | None = None,
    subject: str = "",
    **detail: Any,
) -> AuditEntry:
    """Add an entry in the caller's transaction: the act and its trace are both there, or neither.

    action: dotted words, such as ``alert.acknowledged``; subject: what it was done to, as ``kind:identifier``;
    detail: plain JSON types, identifiers and counts only.
    """
    entry = AuditEntry(at=now, staff_id=staff_id, action=action, subject=subject, detail=detail)
    session.add(entry)
    return entry


def entries(session: Session, before_id: int | None = None, limit: int = 100) -> Sequence[AuditEntry]:
    """The newest entries first, at most `limit`; with `before_id`, those older than that one."""
    statement = select(AuditEntry).options(joinedload(AuditEntry.staff))
    if before_id is not None:
        statement = statement.where(AuditEntry.id < before_id)
    return session.execute(statement.order_by(AuditEntry.id.desc()).limit(limit)).scalars().all()
