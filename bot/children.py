"""Child processes that never outlive us, and the lock that keeps a second instance from starting."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from bot.clinic.errors import AftercareError

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

# Loaded before any fork: between fork and exec nothing may be imported.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class AlreadyRunning(AftercareError):
    """Another instance holds the lock of this data folder."""

    code = "AC011"

    def __init__(self, pid: int | None, address: str | None, home: Path) -> None:
        self.pid, self.address = pid, address
        who = f"process {pid}" if pid else "another process"
        where = f" and answers at {address}" if address else ""
        super().__init__(
            f"Aftercare is already running here: {who}{where}. Stop it there with Ctrl-C"
            + (f" (or: kill {pid})" if pid else "")
            + f", or run this one beside it with another AFTERCARE_HOME (now {home}) and AFTERCARE_PORT."
        )


class InstanceLock:
    """One instance for each data folder. The kernel frees the lock with its holder, even when that one is killed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._path = home / "run.lock"
        self._file: IO[str] | None = None

    def take(self) -> InstanceLock:
        """Take the lock or raise AlreadyRunning, which names the holder."""
        file = open(self._path, "a+", encoding="utf-8")  # noqa: SIM115 - stays open as long as the lock is held
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            holder = self.holder()
            raise AlreadyRunning(holder.get("pid"), holder.get("address"), self.home) from None
        self._file = file
        self.describe(None)
        return self

    def describe(self, address: str | None) -> None:
        """Write down who holds the lock and where it answers, for whoever comes second."""
        if self._file is None:
            raise ValueError("The lock is not held.")
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": os.getpid(), "address": address}, self._file)
        self._file.flush()

    def holder(self) -> dict[str, Any]:
        """What the holder wrote down; empty when it wrote nothing."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def release(self) -> None:
        """Give the lock back. Safe to call twice."""
        if self._file is not None:
            self._file.close()
            self._file = None


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    output: int | IO[bytes],
    cwd: Path,
    user: int | None = None,
    group: int | None = None,
    end_with: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, so that Ctrl-C reaches us alone and we stop it in order.

    output: where its standard output and error go. user, group: whom it runs as (for root only).
    end_with: on Linux, the signal it gets when we die, however we die. Call from the main thread: the kernel sends
    that signal when the thread that started the child ends. Raises OSError when the program cannot be started.
    """
    as_user: dict[str, Any] = {} if user is None else {"user": user, "group": group, "extra_groups": []}
    return subprocess.Popen(
        list(command),
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_bound_to_us(int(end_with)),
        **as_user,
    )


def _bound_to_us(number: int) -> Callable[[], None] | None:
    """Runs in the child after it changed its user: a change of user clears the death signal."""
    if _libc is None:
        return None
    libc, parent = _libc, os.getpid()

    def bind() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # we died before the child could ask to be told
            os._exit(1)

    return bind


def send(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the child and all that it started. Nothing happens when they are gone."""
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        pass
    except PermissionError:  # macOS answers so for a group of which only zombies are left
        pass
