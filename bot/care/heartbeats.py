"""Processes say that they work; others look when they last did."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.care.models import Heartbeat

EVERY = timedelta(seconds=10)
FRESH = timedelta(seconds=60)
"""A process that has not been heard of for longer counts as gone."""

FORGET_AFTER = timedelta(days=1)


def process_name(kind: str) -> str:
    """A name for this process that no other process has at the same time."""
    return f"{kind}@{_machine()}:{os.getpid()}"


def _machine() -> str:
    return socket.gethostname()[:40]


def beat(session: Session, kind: str, started_at: datetime, now: datetime, **detail: Any) -> None:
    """Say that this process works. detail: what others should know (versions, whether it is ready)."""
    values = {"kind": kind, "pid": os.getpid(), "started_at": started_at, "at": now, "detail": detail}
    statement = insert(Heartbeat).values(process=process_name(kind), **values)
    session.execute(statement.on_conflict_do_update(index_elements=["process"], set_=values))
    session.execute(delete(Heartbeat).where(Heartbeat.at < now - FORGET_AFTER))


def say_goodbye(session: Session, kind: str) -> None:
    """This process ends on purpose."""
    session.execute(delete(Heartbeat).where(Heartbeat.process == process_name(kind)))


def disagreeing(session: Session, clinic_version: str, now: datetime) -> tuple[str, ...]:
    """The kinds of process that were heard of lately and run with other settings of the clinic than those named, each
    once. A process that does not say which it has is not counted."""
    statement = select(Heartbeat).where(Heartbeat.at > now - FRESH)
    found = session.execute(statement).scalars()
    return tuple(
        sorted({one.kind for one in found if one.detail.get("clinic", clinic_version) != clinic_version})
    )


def with_another_secret(session: Session, fingerprint: str | None, now: datetime) -> tuple[str, ...]:
    """The kinds of process that were heard of lately and sign with another secret than the one of that fingerprint,
    each once. A process that does not say what it signs with is not counted."""
    if fingerprint is None:
        return ()
    found = session.execute(select(Heartbeat).where(Heartbeat.at > now - FRESH)).scalars()
    return tuple(
        sorted({one.kind for one in found if (one.detail.get("secret") or fingerprint) != fingerprint})
    )


def on_other_disks(session: Session, names: Sequence[str], now: datetime) -> tuple[int, ...]:
    """What lies on the disks of other machines, as their web processes say it, added up. names: of the details in which
    each says it, as counts of its whole machine."""
    most: dict[str, dict[str, int]] = {}
    for one in alive(session, "web", now):
        machine = str(one.process).partition("@")[2].rpartition(":")[0]
        if machine != _machine():
            counts = most.setdefault(machine, {})
            for name in names:
                counts[name] = max(counts.get(name, 0), int(one.detail.get(name, 0)))
    return tuple(sum(counts[name] for counts in most.values()) for name in names)


def disagreeing_since(session: Session, now: datetime) -> datetime | None:
    """Since when processes that were heard of lately run with different settings of the clinic; None where they agree.

    Who was killed is heard of for FRESH longer: what began less than that ago may be a restart, and no disagreement.
    """
    found = session.execute(select(Heartbeat).where(Heartbeat.at > now - FRESH)).scalars().all()
    first: dict[str, datetime] = {}
    for one in found:
        version = one.detail.get("clinic")
        if version is not None:
            first[version] = min(one.started_at, first.get(version, one.started_at))
    return sorted(first.values())[1] if len(first) > 1 else None


def alive(session: Session, kind: str, now: datetime) -> Sequence[Heartbeat]:
    """The processes of a kind (web, answer, care) that were heard of lately."""
    statement = select(Heartbeat).where(Heartbeat.kind == kind, Heartbeat.at > now - FRESH)
    return session.execute(statement.order_by(Heartbeat.at.desc())).scalars().all()
