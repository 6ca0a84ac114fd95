"""A child program that is kept running: restarted with growing pauses, its output logged, its warnings shown."""

from __future__ import annotations

import logging
import re
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from threading import Thread

from bot.children import send, spawn

PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before the first, second, ... restart in a row; the last one is kept."""

STEADY = 60.0
"""A program that ran this many seconds was well: its next restart is a first one again."""

LOG_BYTES, LOG_FILES = 2_000_000, 5

# What is worth a look on the screen; everything is in the log.
_ALARMING = re.compile(r"\b(WARNING|ERROR|CRITICAL)\b")
_SHOWN = 200  # characters of a line

Say = Callable[[str], None]


class Program:
    """One program that shall run. `tick` it often, from the main thread."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        logs: Path,
        say: Say,
        pauses: Sequence[float] = PAUSES,
        steady: float = STEADY,
    ) -> None:
        """name: what people see, also the name of its log in the folder `logs`. say: shows one line to the operator."""
        self.name = name
        self.command = list(command)
        self.log = logs / f"{name}.log"
        self.restarts = 0
        self._env, self._cwd, self._say = env, cwd, say
        self._pauses, self._steady = pauses, steady
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: Thread | None = None
        self._last_lines: deque[str] = deque(maxlen=1)
        self._started_at = 0.0
        self._next_start: float | None = None
        self._in_a_row = 0

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start it now, and keep it running from here on."""
        self._next_start = None
        self._started_at = time.monotonic()
        self._last_lines.clear()
        try:
            self._process = spawn(self.command, env=self._env, output=subprocess.PIPE, cwd=self._cwd)
        except OSError as error:
            self._process = None
            self._plan_restart(f"{self.name} cannot be started ({error})")
            return
        self._reader = Thread(target=self._read, args=(self._process,), name=f"log-{self.name}", daemon=True)
        self._reader.start()

    def tick(self) -> None:
        """Look after it: notice that it ended, start it again when its pause is over."""
        if self._process is not None and self._process.poll() is not None:
            code, ran = self._process.returncode, time.monotonic() - self._started_at
            self._forget()
            if ran >= self._steady:
                self._in_a_row = 0
            self._plan_restart(f"{self.name} {_ending(code)} after {ran:.0f} s")
        if self._next_start is not None and time.monotonic() >= self._next_start:
            self.restarts += 1
            self.start()

    def ask_to_stop(self) -> None:
        """Tell it to finish; it is not restarted any more."""
        self._next_start = None
        if self._process is not None:
            send(self._process, signal.SIGTERM)

    def wait_stopped(self, deadline: float) -> None:
        """Wait for its end until `deadline` (of time.monotonic), then kill it and what it started."""
        self._next_start = None
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._say(f"{self.name} does not stop; killing it.")
        self._forget()

    def _forget(self) -> None:
        if self._process is not None:
            send(self._process, signal.SIGKILL)  # whatever it started itself and left behind
            self._process.wait()
        if self._reader is not None:
            self._reader.join(2.0)
        self._process = self._reader = None

    def _plan_restart(self, what: str) -> None:
        pause = self._pauses[min(self._in_a_row, len(self._pauses) - 1)]
        self._in_a_row += 1
        self._next_start = time.monotonic() + pause
        last = f" Its last line: {_short(self._last_lines[0])}" if self._last_lines else ""
        self._say(f"{what}; starting it again in {pause:.0f} s.{last} (log: {self.log})")

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """Copy its output into the log, line by line, until it ends. Runs in a thread of its own."""
        handler = RotatingFileHandler(self.log, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
        self.log.chmod(0o600)
        pipe = process.stdout
        if pipe is None:
            return
        with pipe:
            for raw in pipe:
                line = raw.decode("utf-8", errors="replace").rstrip()
                if not line:
                    continue
                self._last_lines.append(line)
                handler.emit(logging.LogRecord(self.name, logging.INFO, "", 0, line, None, None))
                if _ALARMING.search(line):
                    self._say(f"[{self.name}] {_short(line)}")
        handler.close()


def _short(line: str) -> str:
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
