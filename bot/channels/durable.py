"""Files that are on the disk itself when a call returns."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def content_of(descriptor: int) -> bytes:
    """All that stands in an open file, from its beginning. Raises OSError."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read()


def write_all(descriptor: int, content: bytes) -> None:
    """All of it, on the disk when this returns. Raises OSError."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.fsync(descriptor)


def append_whole(descriptor: int, line: bytes) -> None:
    """Put a line at the end, on the disk when this returns, or nothing of it. Raises OSError."""
    before = os.lseek(descriptor, 0, os.SEEK_END)
    try:
        write_all(descriptor, line)
    except OSError:
        # Half a line would spoil the next one; without it that one also fits where there is little room.
        with suppress(OSError):
            os.ftruncate(descriptor, before)
        raise


def sync_folder(folder: Path) -> None:
    """A new name in a folder is on the disk when the folder is. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_still(path: Path, descriptor: int) -> bool:
    """Whether the open file is the one that has this name now, and not one that it replaced. Raises OSError."""
    return os.stat(path).st_ino == os.fstat(descriptor).st_ino
