"""What staff see first: the queue of everything that waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.care import heartbeats
from bot.care.models import Alert, AlertState, Item
from bot.care.prepared import constant
from bot.care.queue_entries import (
    ALERT,
    MOST_SHOWN,
    Entry,
    alerts_in_queue,
    count_held,
    held_in_queue,
    items_in_queue,
)
from bot.safety.levels import Level


@dataclass(frozen=True)
class Queue:
    """The whole queue. waiting: nobody deals with it; taken: acknowledged alerts. Each by level, then oldest first.

    left_out: how many lines more there are, of whatever sort, than MOST_SHOWN of each;
    silent: the kinds of worker (answer, care) that nobody has heard of lately.
    """

    waiting: tuple[Entry, ...]
    taken: tuple[Entry, ...]
    left_out: int = 0
    silent: tuple[str, ...] = ()

    @property
    def highest(self) -> Level:
        """The highest level that waits."""
        return max((entry.level for entry in self.waiting), key=lambda level: level.rank, default=Level.NONE)

    @property
    def alerts_waiting(self) -> int:
        """How many alerts nobody has acknowledged."""
        return sum(entry.sort == ALERT for entry in self.waiting)


def queue(session: Session, now: datetime) -> Queue:
    """Everything that waits for a person, and whether the workers are there."""
    entries = [*alerts_in_queue(session), *items_in_queue(session), *held_in_queue(session)]
    entries.sort(key=lambda entry: (-entry.level.rank, entry.since, entry.sort, entry.id))
    unresolved = select(func.count(Alert.id)).where(Alert.state != constant(AlertState.RESOLVED.value))
    open_ = select(func.count(Item.id)).where(Item.closed_at.is_(None))
    counts = [int(session.execute(query).scalar_one()) for query in (unresolved, open_)]
    counts.append(count_held(session))
    return Queue(
        waiting=tuple(entry for entry in entries if entry.waiting),
        taken=tuple(entry for entry in entries if not entry.waiting),
        left_out=sum(max(0, count - MOST_SHOWN) for count in counts),
        silent=tuple(kind for kind in ("answer", "care") if not heartbeats.alive(session, kind, now)),
    )
