"""The spool: messages that could not be stored, kept on this machine's disk until they can be.

`spool/` in the data folder (0700), one file a process (0600), one line a message: checksum, length, JSON. A line is on
the disk before its message is acknowledged. The process holds a lock on its file for as long as it lives, so that a
file without one was left by a dead process and may be taken in by another.
"""

from __future__ import annotations

import fcntl
import heapq
import logging
import os
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from bot.channels.dead_letters import ENDING, NAME, DeadLetters
from bot.channels.durable import append_whole, content_of, is_still, sync_folder
from bot.channels.spool_records import Kept, Key, frame, read_lines
from bot.clinic.errors import AftercareError
from bot.clinic.paths import data_home

log = logging.getLogger(__name__)

MOST_HELD = 1_000
"""Worrying messages that are held in memory at most, where the disk is full as well."""


class NotKept(AftercareError):
    """A message could be neither stored nor kept."""

    code, status = "AC120", 503

    def __init__(self, cause: OSError) -> None:
        super().__init__(
            f"The spool cannot be written ({type(cause).__name__}, {os.strerror(cause.errno or 0)}). Make room on the "
            "disk of the data folder, and see that the folder is ours."
        )


def spool_folder(home: Path | None = None) -> Path:
    """Where spool files lie. home: otherwise `data_home()`."""
    return (home or data_home()) / "spool"


def in_order(files: Iterable[Iterable[Kept]]) -> Iterator[Kept]:
    """What several processes kept, by when it came; within one process in its own order, be it that a clock jumped."""
    return heapq.merge(*files, key=lambda one: one.at)


class LeftFile:
    """A file that a dead process left, locked by us. records: in the order in which they were written."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path, self._descriptor = path, descriptor
        lines = read_lines(content_of(descriptor))
        self.records, self.damaged = lines.records, lines.damaged
        if lines.torn:
            log.warning("%s ends in half a line: a message that was never acknowledged.", path.name)

    def remove(self) -> None:
        """Everything in it is stored."""
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Give it back, to be taken in later unless it was removed. Safe to call twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


class Spool:
    """What this process keeps, and eyes on what others left. Any thread may call anything."""

    def __init__(self, folder: Path) -> None:
        """folder: made at first need."""
        self.folder = folder
        self._lock = threading.Lock()
        self._pending: dict[Key, Kept] = {}
        self._held: set[Key] = set()
        self._read: dict[Path, tuple[int, dict[tuple[str, str], list[Kept]]]] = {}
        self._path: Path | None = None
        self._descriptor = -1

    def keep(self, kept: Kept) -> Kept:
        """Write a message to the disk, and return when it is there. The same delivery again writes nothing, and returns
        what was kept the first time. Raises NotKept; a worrying message is then held in memory, as long as that lasts.
        """
        with self._lock:
            known = self._pending.get(kept.key)
            if known is not None and kept.key not in self._held:
                return known
            try:
                self._append(frame(known or kept))
            except OSError as error:
                if kept.verdict.level.needs_staff and len(self._held) < MOST_HELD:
                    self._pending.setdefault(kept.key, kept)
                    self._held.add(kept.key)
                raise NotKept(error) from error
            self._held.discard(kept.key)
            return self._pending.setdefault(kept.key, kept)

    def write_held(self) -> None:
        """Write what is held in memory to the disk, in the order in which it came, as far as there is room. Each is
        written once, be it that its delivery comes again meanwhile."""
        with self._lock:
            held = [key for key in self._pending if key in self._held]
        written = 0
        for key in held:
            with self._lock:  # given back after each: somebody's new message may be waiting to be kept
                if key not in self._held:
                    continue
                try:
                    self._append(frame(self._pending[key]))
                except OSError:
                    break
                self._held.discard(key)
                written += 1
        if written:
            log.warning("%d messages that the full disk had left in memory are on it now.", written)

    def known(self, key: Key) -> Kept | None:
        """What this process keeps on the disk of an earlier delivery; None where there is nothing."""
        with self._lock:
            return None if key in self._held else self._pending.get(key)

    def pending(self) -> list[Kept]:
        """What this process keeps, in the order in which it came."""
        with self._lock:
            return list(self._pending.values())

    def told_since(self, channel: str, sender: str, since: datetime) -> bool:
        """Whether a message of this sender that is kept here was answered with a text at or after `since` (aware)."""
        return any(
            kept.told is not None and (kept.channel, kept.sender) == (channel, sender) and kept.at >= since
            for kept in self.pending()
        )

    def done(self, kept: Kept) -> None:
        """This message is stored. With the last one the file goes."""
        with self._lock:
            self._pending.pop(kept.key, None)
            self._held.discard(kept.key)
            if not self._pending and self._path is not None:
                with suppress(OSError):  # what stays is found to be stored already by whoever takes it in
                    self._path.unlink()
                os.close(self._descriptor)
                self._path, self._descriptor = None, -1

    @contextmanager
    def left_behind(self) -> Iterator[list[LeftFile]]:
        """The files of dead processes, locked for the length of the block."""
        left: list[LeftFile] = []
        try:
            for path in self._others():
                if found := _lock_left(path):
                    left.append(found)
            yield left
        finally:
            for one in left:
                one.close()

    def anything(self) -> bool:
        """Whether any process keeps something here."""
        return bool(self._pending) or bool(self._others())

    def of_others(self, channel: str, sender: str) -> Iterator[Kept]:
        """What other processes, be they dead, keep of this sender here, in the order in which it came; some of it may
        be stored by now. Cheap enough to be asked before each message."""
        return in_order(self._by_sender(path).get((channel, sender), []) for path in self._others())

    def _by_sender(self, path: Path) -> dict[tuple[str, str], list[Kept]]:
        """What a file of another process holds. It is read again only where it has grown."""
        try:
            size = path.stat().st_size
            known = self._read.get(path)
            if known is None or known[0] != size:
                found: dict[tuple[str, str], list[Kept]] = {}
                for one in read_lines(path.read_bytes()).records:
                    found.setdefault((one.channel, one.sender), []).append(one)
                known = self._read[path] = size, found
            return known[1]
        except OSError:  # taken in by somebody, just now
            self._read.pop(path, None)
            return {}

    def waiting(self) -> int:
        """How many messages wait on this machine for the database, those of other processes included."""
        return len(self.pending()) + sum(_count(path) for path in self._others())

    def dead_letters(self) -> int:
        """How many messages wait for a person, since they can never be stored."""
        return _count(self.folder / NAME)

    def bury(self, line: bytes) -> None:
        """Put what can never be stored where a person finds it. line: as it was written. Raises NotKept."""
        try:
            self._make_folder()
            DeadLetters(self.folder).add(line)
        except OSError as error:
            raise NotKept(error) from error

    def _append(self, line: bytes) -> None:
        if self._path is None:
            self._path, self._descriptor = self._begin()
        append_whole(self._descriptor, line)

    def _begin(self) -> tuple[Path, int]:
        """A file of our own. It gets its name when it is locked: before, another process might take it for left."""
        self._make_folder()
        path = self.folder / f"{os.getpid()}-{secrets.token_hex(6)}{ENDING}"
        unnamed = path.with_suffix(".new")
        flags = os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_RDWR | os.O_CLOEXEC
        descriptor = os.open(unnamed, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unnamed.rename(path)
            sync_folder(self.folder)
        except OSError:
            os.close(descriptor)
            for one in (unnamed, path):
                one.unlink(missing_ok=True)
            raise
        return path, descriptor

    def _make_folder(self) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(self.folder.parent)
        if self.folder.stat().st_mode & 0o077:
            self.folder.chmod(0o700)

    def _others(self) -> list[Path]:
        try:
            names = os.listdir(self.folder)
        except OSError:
            names = []
        own = self._path.name if self._path is not None else ""
        there = [self.folder / name for name in sorted(names) if name.endswith(ENDING) and name != own]
        for path in list(self._read):
            if path not in there:
                self._read.pop(path, None)
        return there


def _lock_left(path: Path) -> LeftFile | None:
    """The file, locked; None where its process lives, or where another one has just taken it in."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_still(path, descriptor):
            return LeftFile(path, descriptor)
    except OSError:
        pass
    os.close(descriptor)
    return None


def _count(path: Path) -> int:
    try:
        with open(path, "rb") as file:
            return sum(1 for line in file if line.strip())
    except OSError:
        return 0
