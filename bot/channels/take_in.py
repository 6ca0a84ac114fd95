"""Take in what the spool keeps, once and in order, the worrying first, when the database is back.

Each message is one transaction, and its own identifier keeps it from being stored twice: killed between any two steps,
whoever comes next begins again. A file goes when all that stands in it is committed.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sqlalchemy.engine import Engine
from sqlalchemy.exc import InternalError, NotSupportedError, ProgrammingError
from sqlalchemy.orm import Session

from bot.care.alerts import raise_signal
from bot.care.database import DatabaseUnavailable, transaction
from bot.care.models import Channel
from bot.channels.spool import LeftFile, Spool, in_order
from bot.channels.spool_records import Kept, Key, frame
from bot.clinic.errors import AftercareError
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

log = logging.getLogger(__name__)

EVERY = 2.0
"""Seconds between two looks whether the database is back."""

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


class Failed(StillKept):
    """A message could not be stored for a reason of its own."""


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
        self._done_for_others: set[Key] = set()
        # What the round has read from the files of dead processes; None before it has, and between two rounds.
        self._left: dict[Key, Kept] | None = None
        self._taking: set[Key] = set()
        self._free = threading.Condition()

    def register(self, channel: Channel, storing: Storing) -> None:
        """Who stores the messages of a channel."""
        self._channels[channel.value] = storing

    def first(self, channel: Channel, sender: str) -> None:
        """Take in what is kept of a sender before a new message of theirs is stored, so that none overtakes another.

        Whoever has nothing kept waits for nobody, and whoever has waits for nothing but their own: after an outage
        under load, everybody would be kept behind everybody, and nothing would come to an end.
        Raises DatabaseUnavailable, StillKept.
        """
        theirs = (channel.value, sender)
        while own := [one for one in self._waiting() if (one.channel, one.sender) == theirs]:
            self._one(own[0])
        self._of_others(*theirs)

    def known(self, channel: Channel, sender: str, external_id: str) -> Kept | None:
        """A message that is delivered again while a round takes in what is kept, it among the rest: its answer is
        known, and nothing has to be screened or waited for. None otherwise."""
        return self.spool.known((channel.value, sender, external_id)) if self._turn.locked() else None

    def run(self) -> bool:
        """Take in what is kept, if the database is back. True where nothing of ours waits any more. What only memory
        holds goes to the disk before, if there is room again: this process may be killed while the database is away.
        """
        if not self.spool.anything():
            self._done_for_others.clear()
            return True
        self.spool.write_held()
        try:
            self._round()
        except (DatabaseUnavailable, StillKept):
            return False
        return True

    def _round(self) -> None:
        if not self._turn.acquire(blocking=False):
            raise StillKept()
        try:
            with self.spool.left_behind() as files:
                left: dict[Key, Kept] = {}
                for kept in in_order(file.records for file in files):
                    if kept.key not in self._stored:
                        left.setdefault(kept.key, kept)
                self._left = left
                # Looked at anew after each message: what comes meanwhile and worries more goes before the rest.
                while waiting := in_turn(self._waiting()):
                    self._one(waiting[0])
                    if files and not left:
                        self._through(files)
                        files = []
                self._through(files)
        finally:
            self._left = None
            self._turn.release()

    def _waiting(self) -> list[Kept]:
        """What is to be stored, of each sender in the order in which it came."""
        return list(in_order([list((self._left or {}).values()), self.spool.pending()]))

    def _one(self, kept: Kept) -> None:
        """Store one message, so that it waits no longer, after all older ones of the same sender."""
        self._of_others(kept.channel, kept.sender, kept.at)
        with self._alone(kept.key):
            if not any(one is kept for one in self._waiting()):
                return
            self._take(kept)
            left = self._left or {}
            if left.get(kept.key) is kept:
                self._stored.add(kept.key)  # a round that broke off before does not begin anew
                del left[kept.key]
            else:
                self.spool.done(kept)

    def _of_others(self, channel: str, sender: str, before: datetime | None = None) -> None:
        """Store what other processes, alive, dead or frozen, keep of a sender on this disk, that came before a time.
        Each finds later that it is stored: to wait for the slowest would cost order, or a worrying message its time.
        What cannot be stored is left to whoever keeps it, after as many tries. Raises DatabaseUnavailable, StillKept.
        """
        for kept in self.spool.of_others(channel, sender):
            if before is not None and kept.at >= before:
                return
            with self._alone(kept.key):
                if kept.key in self._stored or kept.key in self._done_for_others:
                    continue
                self._take(kept, ours=False)
                self._done_for_others.add(kept.key)

    @contextmanager
    def _alone(self, key: Key) -> Iterator[None]:
        """One thread at a time is at a message: whoever comes second finds it done."""
        with self._free:
            self._free.wait_for(lambda: key not in self._taking)
            self._taking.add(key)
        try:
            yield
        finally:
            with self._free:
                self._taking.discard(key)
                self._free.notify_all()

    def _through(self, files: list[LeftFile]) -> None:
        """All that stands in the files of dead processes is stored: they go."""
        for file in files:
            for line in file.damaged:
                log.error("%s holds a line that cannot be read; it lies in the dead letters.", file.path.name)
                self.spool.bury(line)
            file.remove()
        if self._stored:
            log.warning("%d messages that dead processes had kept were taken in.", len(self._stored))
        self._stored.clear()

    def _take(self, kept: Kept, ours: bool = True) -> None:
        """Store one message. Raises DatabaseUnavailable, and StillKept where it failed and is tried again; after too
        many times a person has to look at it, whom whoever keeps it tells. ours: whether that is this process."""
        try:
            self._try(kept)
        except Failed:
            self._failed[kept.key] += 1
            if self._failed[kept.key] < TRIES:
                raise
            if ours:
                self._give_up(kept)
        self._failed.pop(kept.key, None)

    def _try(self, kept: Kept) -> None:
        """Store one message. Raises DatabaseUnavailable, and StillKept; Failed where it lies at the message."""
        try:
            with transaction(self._engine) as session:
                self._channels[kept.channel].take(session, kept, self._now())
        except (DatabaseUnavailable, ProgrammingError, InternalError, NotSupportedError) as error:
            # Also a database that is there but not migrated yet, or just was: nothing is wrong with the message.
            raise error if isinstance(error, DatabaseUnavailable) else StillKept() from error
        except Exception as error:
            # The name only: a traceback of the database's may hold the patient's words.
            log.error("a kept message could not be taken in: %s", type(error).__name__)
            raise Failed() from None

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


def in_turn(waiting: Sequence[Kept]) -> list[Kept]:
    """Kept messages in the order in which they are stored: those of whoever wrote the most worrying one first, and of
    each sender in the order given."""
    worst: dict[tuple[str, str], Level] = {}
    for one in waiting:
        sender = one.channel, one.sender
        worst[sender] = max(one.verdict.level, worst.get(sender, Level.NONE))
    return sorted(waiting, key=lambda one: worst[one.channel, one.sender].rank, reverse=True)


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
