"""All that the list of the queue shows, read in one place: what a page draws is what its stream compares."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from sqlalchemy.orm import Session

from bot.care import roster
from bot.care.paging_view import Outlook, Standing, outlooks, standing
from bot.care.queue import Queue, queue
from bot.care.queue_entries import ALERT
from bot.clinic.settings import Clinic
from bot.staff.faults import Faults, OnDisk, look


@dataclass(frozen=True)
class Board:
    """What the list shows: the queue, where the ladder of each open alert stands, whether paging works, and what is
    wrong with the assistant itself."""

    queue: Queue
    outlooks: Mapping[int, Outlook] = field(default_factory=dict)
    standing: Standing | None = None
    faults: Faults = field(default_factory=Faults)

    @property
    def version(self) -> str:
        """Changes with anything that the list shows, and with nothing else."""
        return digest((self.queue, self.outlooks, self.standing, self.faults))


def board(session: Session, clinic: Clinic, disk: OnDisk, now: datetime) -> Board:
    """The list as it is now. disk: what this machine's disk holds."""
    state = queue(session, now)
    found = roster.read(session, clinic)
    ids = [entry.id for entry in state.waiting if entry.sort == ALERT]
    return Board(
        queue=state,
        outlooks=outlooks(session, ids, found, now),
        standing=standing(session, found, now),
        faults=look(session, disk, clinic.version, now),
    )


def digest(shown: Any) -> str:
    """A short mark of what is shown, the same for the same: it tells that something changed, and no word of it."""
    return hashlib.sha256(json.dumps(shown, default=_plain).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):  # the same moment reads the same, whoever stored it in whatever zone
        return value.astimezone(timezone.utc).isoformat()
    if dataclasses.is_dataclass(value):
        return [getattr(value, one.name) for one in dataclasses.fields(value)]
    return str(value)
