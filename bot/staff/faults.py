"""What is wrong with the assistant itself, for the queue to say in red."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.care import heartbeats
from bot.clinic.secret import fingerprint

KEPT, DEAD = "kept", "dead_letters"
"""Details of a web process's heartbeat: what its machine's disk holds."""


def _none() -> int:
    return 0


@dataclass(frozen=True)
class OnDisk:
    """What the web process knows of this machine's disk. Both count when they are called.

    waiting: messages that could not be stored and are kept until they can be; dead_letters: those that never can.
    """

    waiting: Callable[[], int] = _none
    dead_letters: Callable[[], int] = _none


@dataclass(frozen=True)
class Faults:
    """waiting, dead_letters: as in OnDisk, counted, with what other machines say of theirs; disagreeing: the kinds of
    process (web, answer, care) that run with another clinic.yml than this one; other_secret: those that sign with
    another secret."""

    waiting: int = 0
    dead_letters: int = 0
    disagreeing: tuple[str, ...] = ()
    other_secret: tuple[str, ...] = ()


def look(session: Session, disk: OnDisk, clinic_version: str, now: datetime) -> Faults:
    """What is wrong now. clinic_version: of the settings that this process runs with."""
    kept, dead = heartbeats.on_other_disks(session, (KEPT, DEAD), now)
    disagreeing = heartbeats.disagreeing(session, clinic_version, now)
    other_secret = heartbeats.with_another_secret(session, fingerprint(), now)
    return Faults(disk.waiting() + kept, disk.dead_letters() + dead, disagreeing, other_secret)
