"""Dead letters: messages that can never be stored, in a file beside the spool, until a person has dealt with them."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.channels.durable import append_whole, content_of, is_still, sync_folder, write_all
from bot.channels.spool_records import Kept, read_lines

NAME = "dead-letters"
ENDING = ".spool"


@dataclass(frozen=True)
class DeadLetter:
    """One line. kept: the message, or None where the line is damaged."""

    line: bytes
    kept: Kept | None


class DeadLetters:
    """The file of one machine. Any process may call anything; each call raises OSError where the disk refuses."""

    def __init__(self, spool: Path) -> None:
        """spool: the spool's folder, which is there when something is added."""
        self._spool = spool
        self.path = spool / NAME

    def add(self, line: bytes) -> None:
        """Put a line at the end, on the disk itself when this returns."""
        with self._locked(make=True) as descriptor:
            if descriptor is not None:
                append_whole(descriptor, line.strip(b"\n") + b"\n")

    def all(self) -> list[DeadLetter]:
        """In the order in which they were given up."""
        try:
            return _letters(self.path.read_bytes())
        except FileNotFoundError:
            return []

    def try_again(self, letters: list[DeadLetter]) -> int:
        """Put messages where the web processes look every two seconds, and take them out of here. Gives how many; a
        damaged one is no message, and stays. Killed in the middle, a message is in both places, and stored once."""
        messages = [one for one in letters if one.kept is not None]
        if messages:
            path = self._spool / f"again-{secrets.token_hex(6)}{ENDING}"
            self._put(path, [one.line for one in messages])
            self.remove(messages)
        return len(messages)

    def remove(self, letters: list[DeadLetter]) -> int:
        """Take lines out for good. Gives how many were there."""
        gone = {one.line for one in letters}
        with self._locked() as descriptor:
            if descriptor is None:
                return 0
            there = _letters(content_of(descriptor))
            left = [one.line for one in there if one.line not in gone]
            if left:
                # A new file takes the old one's name: whoever waits for the lock sees that it is the old one's.
                self._put(self.path, left)
            else:
                self.path.unlink()
                sync_folder(self._spool)
            return len(there) - len(left)

    def _put(self, path: Path, lines: list[bytes]) -> None:
        """Write a file that appears whole, and belongs to whom the spool belongs, should root be at work here."""
        unnamed = path.with_suffix(".new")
        flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC
        descriptor = os.open(unnamed, flags, 0o600)
        try:
            if os.geteuid() == 0:
                owner = self._spool.stat()
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            write_all(descriptor, b"".join(line + b"\n" for line in lines))
        finally:
            os.close(descriptor)
        unnamed.rename(path)
        sync_folder(self._spool)

    @contextmanager
    def _locked(self, make: bool = False) -> Iterator[int | None]:
        """The file, opened and locked; None where there is none."""
        while True:
            try:
                flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if make else 0)
                descriptor = os.open(self.path, flags, 0o600)
            except FileNotFoundError:
                yield None
                return
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                with suppress(FileNotFoundError):
                    if is_still(self.path, descriptor):
                        yield descriptor
                        return
            finally:
                os.close(descriptor)


def _letters(content: bytes) -> list[DeadLetter]:
    found = []
    for line in content.split(b"\n"):
        if line:
            records = read_lines(line + b"\n").records
            found.append(DeadLetter(line, records[0] if records else None))
    return found
