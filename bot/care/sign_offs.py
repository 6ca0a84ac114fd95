"""Which guidance entries a clinician has signed. A signature is bound to the content by its hash."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from bot.care.models import GuidanceSignOff


def sign(session: Session, topic: str, version: str, content_hash: str, staff_id: int, now: datetime) -> bool:
    """Sign an entry. False where this member of staff has signed this very content already."""
    known = select(GuidanceSignOff.id).where(
        GuidanceSignOff.topic == topic,
        GuidanceSignOff.hash == content_hash,
        GuidanceSignOff.staff_id == staff_id,
    )
    if session.execute(known).first() is not None:
        return False
    session.add(GuidanceSignOff(topic=topic, version=version, hash=content_hash, staff_id=staff_id, at=now))
    session.flush()
    return True


def newest(session: Session) -> dict[str, GuidanceSignOff]:
    """The newest signature under each topic, whatever its content was; a topic that nobody signed is not in it."""
    statement = (
        select(GuidanceSignOff).options(joinedload(GuidanceSignOff.staff)).order_by(GuidanceSignOff.id)
    )
    return {str(row.topic): row for row in session.execute(statement).scalars()}


def signatures(session: Session, hashes: Iterable[str]) -> dict[str, list[GuidanceSignOff]]:
    """The signatures under the given contents, oldest first, by hash; a content that nobody signed is not in it."""
    statement = select(GuidanceSignOff).options(joinedload(GuidanceSignOff.staff))
    found: dict[str, list[GuidanceSignOff]] = {}
    for row in session.execute(
        statement.where(GuidanceSignOff.hash.in_(list(hashes))).order_by(GuidanceSignOff.id)
    ).scalars():
        found.setdefault(row.hash, []).append(row)
    return found
