"""Who of the staff looked at or did what. Entries are only added; none holds a patient's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql import Select

from bot.care.models import AuditEntry


@dataclass(frozen=True)
class Filter:
    """Which entries are wanted; what is None or empty lets all pass.

    staff_id: who did it; action: dotted words, or their first ones (``alert`` finds ``alert.resolved``); subject:
    ``kind:identifier``; since, until: aware, the second excluded.
    """

    staff_id: int | None = None
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


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

    The database chains it at commit (bot/care/audit_chain.py). action: dotted words, such as ``alert.acknowledged``;
    subject: what it was done to, as ``kind:identifier``; detail: plain JSON types, identifiers and counts only.
    """
    entry = AuditEntry(at=now, staff_id=staff_id, action=action, subject=subject, detail=detail)
    session.add(entry)
    return entry


def is_noted(session: Session, staff_id: int, action: str, subject: str, since: datetime) -> bool:
    """Whether this member of staff has such an entry at or after `since` (aware)."""
    statement = select(AuditEntry.id).where(
        AuditEntry.staff_id == staff_id,
        AuditEntry.action == action,
        AuditEntry.subject == subject,
        AuditEntry.at >= since,
    )
    return session.execute(statement.limit(1)).first() is not None


def entries(
    session: Session, wanted: Filter = Filter(), before_id: int | None = None, limit: int = 100
) -> Sequence[AuditEntry]:
    """The newest entries first, at most `limit`; with `before_id`, those older than that one."""
    statement = _narrowed(select(AuditEntry), wanted).options(
        joinedload(AuditEntry.staff), joinedload(AuditEntry.link)
    )
    if before_id is not None:
        statement = statement.where(AuditEntry.id < before_id)
    return session.execute(statement.order_by(AuditEntry.id.desc()).limit(limit)).scalars().all()


def count(session: Session, wanted: Filter) -> int:
    """How many entries the filter lets pass."""
    return int(session.execute(_narrowed(select(func.count(AuditEntry.id)), wanted)).scalar_one())


def _narrowed(statement: Select, wanted: Filter) -> Select:
    if wanted.staff_id is not None:
        statement = statement.where(AuditEntry.staff_id == wanted.staff_id)
    if wanted.action:
        statement = statement.where(
            (AuditEntry.action == wanted.action)
            | AuditEntry.action.startswith(wanted.action + ".", autoescape=True)
        )
    if wanted.subject:
        statement = statement.where(AuditEntry.subject == wanted.subject)
    if wanted.since is not None:
        statement = statement.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditEntry.at < wanted.until)
    return statement
