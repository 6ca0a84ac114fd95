"""Take in what the spool keeps, once and in order, when the database is back.

Each message is one transaction, and its own identifier keeps it from being stored twice: killed between any two steps,
whoever comes next begins again. A file goes when all that stands in it is committed.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sqlalchemy.engine import Engine
from sqlalchemy.exc import InternalError, ProgrammingError
from sqlalchemy.orm import Session

from bot.care.alerts import raise_signal
from bot.care.database import DatabaseUnavailable, transaction
from bot.care.models import Channel
from bot.channels.spool import Spool
from bot.channels.spool_records import Kept, Key, frame
from bot.clinic.errors import AftercareError
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

log = logging.getLogger(__name__)

EVERY = 2.0
"""Seconds between two looks whether the database is back."""

BUSY = 2.0
"""Seconds that a new message waits for older ones to be taken in. It is kept behind them otherwise."""

DEAD_LETTER = (
    "A message came that could not be stored, so nobody has read it. Phone the patient, and ask whoever runs the "
    "assistant for the dead letters."
)
"""For staff."""

DISK_PATIENCE = 3.0
"""Seconds given to the disk. The database had its time already, and the carrier waits 15 in all."""

TRIES = 10
"""Times that a message may fail for reasons of its own before a person has to look at it."""


class Storing(Protocol):
    """What a channel does with its messages that were kept. All of it in the caller's transaction."""

    def take(self, session: Session, kept: Kept, now: datetime) -> None:
        """Store a message once, with all that follows from it. now: aware."""

    def conversation_of(self, session: Session, kept: Kept) -> int:
        """Where a message belongs. May be asked for one that cannot be stored."""


class StillKept(AftercareError):
    """Older messages are not all taken in yet; what comes now is kept behind them."""

    code, status = "AC121", 503

    def __init__(self) -> None:
        super().__init__("Messages that were kept are still being taken in. Try again in a few seconds.")


class TakeIn:
    """Takes in what this process keeps and what dead ones left. One round at a time in a process."""

    def __init__(self, engine: Engine, now: Callable[[], datetime], spool: Spool) -> None:
        """now: the current time, aware."""
        self.spool = spool
        self._engine, self._now = engine, now
        self._channels: dict[str, Storing] = {}
        self._turn = threading.Lock()
        self._failed: Counter[Key] = Counter()
        self._stored: set[Key] = set()

    def register(self, channel: Channel, storing: Storing) -> None:
        """Who stores the messages of a channel."""
        self._channels[channel.value] = storing

    def first(self, channel: Channel, sender: str) -> None:
        """Take in what is kept before a new message is stored, so that none of the same sender overtakes another.

        Whoever has nothing kept waits for nobody: after an outage under load, everybody would be kept behind those who
        are taken in, and nothing would come to an end. Raises DatabaseUnavailable, StillKept.
        """
        if self.spool.anything_of(channel.value, sender):
            self._round(BUSY)

    def known(self, channel: Channel, sender: str, external_id: str) -> Kept | None:
        """A message that is delivered again while a round takes in what is kept, it among the rest: its answer is
        known, and nothing has to be screened or waited for. None otherwise."""
        return self.spool.known((channel.value, sender, external_id)) if self._turn.locked() else None

    def run(self) -> bool:
        """Take in what is kept, if the database is back. True where nothing of ours waits any more."""
        if not self.spool.anything():
            return True
        try:
            self._round(0.0)
        except (DatabaseUnavailable, StillKept):
            return False
        return True

    def _round(self, patience: float) -> None:
        if not self._turn.acquire(timeout=patience):
            raise StillKept()
        try:
            self._left_behind()
            while batch := self.spool.pending():
                for kept in batch:
                    self._take(kept)
                    self.spool.done(kept)
        finally:
            self._turn.release()

    def _left_behind(self) -> None:
        with self.spool.left_behind() as files:
            everything = [kept for file in files for kept in file.records]
            for kept in sorted(everything, key=lambda one: one.at):
                if kept.key not in self._stored:  # a round that broke off before does not begin anew
                    self._take(kept)
                    self._stored.add(kept.key)
            for file in files:
                for line in file.damaged:
                    log.error(
                        "%s holds a line that cannot be read; it lies in the dead letters.", file.path.name
                    )
                    self.spool.bury(line)
                file.remove()
            self._stored.clear()
            if everything:
                log.warning("%d messages that dead processes had kept were taken in.", len(everything))

    def _take(self, kept: Kept) -> None:
        """Store one message. Raises DatabaseUnavailable, and StillKept where it failed and is tried again."""
        try:
            with transaction(self._engine) as session:
                self._channels[kept.channel].take(session, kept, self._now())
        except (DatabaseUnavailable, ProgrammingError, InternalError) as error:
            # Also a database that is there but not migrated yet: nothing is wrong with the message.
            raise error if isinstance(error, DatabaseUnavailable) else StillKept() from error
        except Exception as error:
            # The name only: a traceback of the database's may hold the patient's words.
            log.error("a kept message could not be taken in: %s", type(error).__name__)
            self._failed[kept.key] += 1
            if self._failed[kept.key] < TRIES:
                raise StillKept() from None
            self._give_up(kept)
        self._failed.pop(kept.key, None)

    def _give_up(self, kept: Kept) -> None:
        """Put a message that cannot be stored where a person finds it, and tell staff to ask for it."""
        self.spool.bury(frame(kept))
        log.critical("Message %s cannot be stored: it lies in the dead letters.", kept.external_id)
        level = max(kept.verdict.level, Level.UNASSESSED)
        try:
            with transaction(self._engine) as session:
                conversation_id = self._channels[kept.channel].conversation_of(session, kept)
                key = dead_letter_key(kept)
                raise_signal(session, conversation_id, level, [DEAD_LETTER], self._now(), key=key)
        except DatabaseUnavailable:
            raise
        except Exception as error:
            log.critical("staff could not be told of a dead letter: %s", type(error).__name__)


def dead_letter_key(kept: Kept) -> str:
    """What names the alert of a message that can never be stored."""
    return f"dead_letter:{kept.channel}:{kept.external_id}"


def graver(kept: Verdict, read_again: Verdict) -> Verdict:
    """The verdict that counts: the one from when the message came, unless the question before it makes it graver."""
    return read_again if read_again.level > kept.level else kept


def late(verdict: Verdict, came_at: datetime, now: datetime) -> Verdict:
    """The verdict with a reason that tells staff for how many minutes the message could not reach them."""
    minutes = int((now - came_at).total_seconds() // 60)
    if minutes < 1 or not verdict.level.needs_staff:
        return verdict
    reason = f"A fault kept this message from you for {minutes} minute{'s' if minutes > 1 else ''}."
    return replace(verdict, reasons=(*verdict.reasons, reason))
