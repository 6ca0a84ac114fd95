"""Whether the audit is what was written: every entry, in the order of commits, under a hash that covers the one before.

The database makes the chain (migration 0006); this checks it with a computation of its own. A chain shows that an
entry was changed, put in or taken out. That its *end* was cut off, or that the owner of the database made all of it
anew, shows only against a head that was noted elsewhere: `aftercare verify-audit` prints one and takes one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import Text, cast, select, text
from sqlalchemy.orm import Session

from bot.care.models import AuditEntry, AuditLink
from bot.clinic.errors import AftercareError

AT_ONCE = 5_000
"""Rows that are held in memory at a time."""


class BadHead(AftercareError):
    """What was given as the noted head of the audit is none."""

    code, status = "AC260", 422


class NotChained(AftercareError):
    """The database is older than the chain."""

    code, status = "AC265", 409


@dataclass(frozen=True)
class Head:
    """The end of the chain at some time: how many entries, and the hash that covers all of them."""

    position: int = 0
    hash: str = ""

    def __str__(self) -> str:
        return f"{self.position}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """What `str` of a head gave. Raises BadHead."""
        match = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", text.strip())
        if match is None:
            raise BadHead(
                "A noted head is the number of entries, a colon and 64 hexadecimal digits. Copy it from what an "
                "earlier `aftercare verify-audit` printed."
            )
        return cls(int(match[1]), match[2])


@dataclass(frozen=True)
class Checked:
    """What was found. broken: in words, one for each place, naming the entry; head: where the chain ends now."""

    entries: int
    head: Head
    broken: tuple[str, ...]


def verify(session: Session, noted: Head | None = None) -> Checked:
    """Check the whole chain, and that it still holds what was `noted` of it earlier. Reads, and changes nothing.

    Raises NotChained.
    """
    if session.execute(text("select to_regclass('audit_link')")).scalar() is None:
        raise NotChained(
            "This database is of an earlier version. Bring it up to date first: aftercare migrate."
        )
    broken: list[str] = []
    head, entries = Head(), 0
    noted_hash = "" if noted is None or noted.position else noted.hash
    for row in _rows(session):
        entries += 1
        if row.entry_id is None:
            broken.append(f"Entry {row.linked} was taken out of the audit (position {row.position}).")
        elif row.position != head.position + 1:
            broken.append(
                f"Before entry {row.entry_id}, entries were taken out of the chain: "
                f"position {row.position} follows {head.position}."
            )
        elif row.hash != digest(head.hash, row):
            broken.append(
                f"Entry {row.entry_id} (position {row.position}) is not what was written, "
                "or what stood before it is not."
            )
        head = Head(int(row.position), str(row.hash))
        if noted is not None and noted.position == head.position:
            noted_hash = head.hash
    for entry_id in _outside(session):
        entries += 1
        broken.append(f"Entry {entry_id} is in the audit, but not in the chain.")
    if noted is not None and noted.hash != noted_hash:
        broken.append(
            f"The audit ended with {noted} when that was noted; it does not hold this any more. "
            "Its end was cut off, or it was written anew."
        )
    return Checked(entries, head, tuple(broken))


def digest(previous: str, row: Any) -> str:
    """The hash that belongs to an entry: over the hash before it and each field behind its length.

    row: with position, entry_id, at, staff_id, action, subject and detail, the last as PostgreSQL writes it.
    """
    return hashlib.sha256("".join(_behind_lengths(previous, row)).encode()).hexdigest()


def _behind_lengths(previous: str, row: Any) -> Iterator[str]:
    at: datetime = row.at
    fields = (
        previous,
        str(row.position),
        str(row.entry_id),
        at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "" if row.staff_id is None else str(row.staff_id),
        row.action,
        row.subject,
        row.detail,
    )
    return (f"{len(field)}:{field}" for field in fields)


def _rows(session: Session) -> Iterable[Any]:
    statement = (
        select(
            AuditLink.position,
            AuditLink.hash,
            AuditLink.entry_id.label("linked"),
            AuditEntry.id.label("entry_id"),
            AuditEntry.at,
            AuditEntry.staff_id,
            AuditEntry.action,
            AuditEntry.subject,
            cast(AuditEntry.detail, Text).label("detail"),
        )
        .outerjoin(AuditEntry, AuditEntry.id == AuditLink.entry_id)
        .order_by(AuditLink.position)
        .execution_options(yield_per=AT_ONCE)
    )
    rows: Iterable[Any] = session.execute(statement)
    return rows


def _outside(session: Session) -> list[int]:
    statement = (
        select(AuditEntry.id)
        .outerjoin(AuditLink, AuditLink.entry_id == AuditEntry.id)
        .where(AuditLink.position.is_(None))
        .order_by(AuditEntry.id)
    )
    return [int(one) for one in session.execute(statement).scalars()]
