"""`aftercare run`: starts the database and the three processes, keeps them running, and stops them all."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from types import FrameType

from bot.children import InstanceLock
from bot.clinic.errors import AftercareError
from bot.clinic.paths import ROOT, data_home
from bot.clinic.settings import Clinic, load_clinic
from bot.embedded import EmbeddedPostgres
from bot.programs import Program

STOP_SECONDS = 9.0
"""What the processes have to finish; a worker takes up to 8 s for the job under way."""

WEB_FIRST = 30.0
"""Seconds for which the others wait for web: messages are taken in before anything else uses the processor."""

TELL_AGAIN = 30.0
"""Seconds between two lines about something that still is not as it should be."""

LOOK_AGAIN = 5.0
"""Seconds between two tries to reach a database."""

MIGRATIONS = ROOT / "migrations" / "versions"

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONUNBUFFERED": "1",
}
"""Environment of every process of ours: no telemetry, and no notices of libraries in our logs."""

COMMANDS: dict[str, Sequence[str]] = {
    "web": (sys.executable, "-m", "bot.web"),
    "answer": (sys.executable, "-m", "bot.workers.answer"),
    "care": (sys.executable, "-m", "bot.workers.care"),
}


# A proxy of the environment is not for looks at our own processes.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class PortTaken(AftercareError):
    """The address that web shall listen on is not free, or makes no sense."""

    code = "AC013"


@dataclass
class Supervisor:
    """Runs everything until it is told to stop. commands: what to run by name; `web` comes first."""

    commands: Mapping[str, Sequence[str]] = field(default_factory=lambda: dict(COMMANDS))
    home: Path = field(default_factory=data_home)
    _stop: Event = field(default_factory=Event)
    _printing: Lock = field(default_factory=Lock)
    _programs: dict[str, Program] = field(default_factory=dict)
    _database: EmbeddedPostgres | None = None
    _login: str = ""
    _next_database_start: float = 0.0
    _told: dict[str, float] = field(default_factory=dict)

    def run(self) -> int:
        """Run until SIGINT, SIGTERM or SIGHUP. Gives the exit code; raises AftercareError when it cannot start."""
        started = time.monotonic()
        lock = InstanceLock(self.home).take()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup we go on without a terminal
            signal.signal(signal.SIGHUP, self._on_signal)
        try:
            clinic = load_clinic()
            host, port = listen_address()
            address = _address(host, port)
            lock.describe(address)
            self.say(f"{clinic.name}: starting. Data and logs are kept in {self.home}")
            url = self._start_database()
            self._prepare_programs(url, host, port)
            return self._supervise(clinic, url, address, started)
        finally:
            self._stop_all()
            lock.release()

    def say(self, line: str) -> None:
        """Show one line to the operator."""
        with self._printing:
            print(line, flush=True)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()

    def _start_database(self) -> str:
        given = os.environ.get("DATABASE_URL", "").strip()
        if given:
            return given
        self._database = EmbeddedPostgres(self.home / "postgres", self._logs() / "postgres.log")
        return self._database.start()

    def _logs(self) -> Path:
        folder = self.home / "logs"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _prepare_programs(self, url: str, host: str, port: int) -> None:
        env = {**os.environ, **QUIET, "DATABASE_URL": url, "AFTERCARE_HOME": str(self.home)}
        env.update(AFTERCARE_HOST=host, AFTERCARE_PORT=str(port))
        for name, command in self.commands.items():
            self._programs[name] = Program(name, command, env=env, cwd=ROOT, logs=self._logs(), say=self.say)

    def _supervise(self, clinic: Clinic, url: str, address: str, started: float) -> int:
        running: list[Program] = []
        if self._tables_are_known_to_be_there():
            self._start("web", running)
        migrated = self._prepare(clinic, url)
        self._start("web", running)
        told_address = told_ready = False
        next_look = next_migration = 0.0
        while not self._stop.wait(0.2):
            now = time.monotonic()
            self._keep_database()
            for program in running:
                program.tick()
            if not migrated and now >= next_migration:
                migrated = self._prepare(clinic, url)
                next_migration = time.monotonic() + LOOK_AGAIN
                if migrated:
                    self.say("The database answers now.")
            if now >= next_look and not (told_address and told_ready):
                next_look = now + (0.5 if not told_address else 1.0)
                if not told_address and _status(address + "/healthz") == 200:
                    told_address = True
                    self._welcome(clinic, address, now - started)
                elif told_address and _status(address + "/readyz") == 200:
                    told_ready = True
                    self.say(f"Assistant ready: it answers now ({now - started:.0f} s after the start).")
            if migrated and len(running) < len(self.commands) and (told_address or now - started > WEB_FIRST):
                for name in self.commands:
                    self._start(name, running)
        self.say("Stopping.")
        return 0

    def _start(self, name: str, running: list[Program]) -> None:
        program = self._programs[name]
        if program not in running:
            program.start()
            running.append(program)

    def _welcome(self, clinic: Clinic, address: str, seconds: float) -> None:
        self.say(f"Messages are taken in now ({seconds:.0f} s after the start).")
        self.say(f"  Chat:             {address}/")
        if clinic.demo:
            self.say(f"  Phone simulator:  {address}/demo/phone")
        self.say(f"  Staff console:    {address}/staff" + (f"   {self._login}" if self._login else ""))
        self.say(
            "The assistant is loading; until it is ready, messages wait and none is refused. Ctrl-C stops all."
        )

    def _prepare(self, clinic: Clinic, url: str) -> bool:
        """Bring the database up to date; False (and a line now and then) while it cannot be reached."""
        # Deferred: SQLAlchemy and the console take a second to import, and web shall be on its way by then.
        from bot.prepare import NotReachable, bring_up_to_date, demo_login, forget_earlier_processes

        try:
            bring_up_to_date(url)
        except NotReachable as error:
            self._say_now_and_then(
                f"The database cannot be reached: {error.reason}. "
                f"Web runs and says so to patients; it is tried again every {LOOK_AGAIN:.0f} s."
            )
            return False
        if self._database is not None:
            forget_earlier_processes(url)
            (self.home / "tables").write_text(_tables(), encoding="utf-8")
        self._login = demo_login(url, self.home) if clinic.demo else ""
        return True

    def _tables_are_known_to_be_there(self) -> bool:
        """Whether the embedded database was brought up to date by this very code, at an earlier start."""
        try:
            return (
                self._database is not None and (self.home / "tables").read_text(encoding="utf-8") == _tables()
            )
        except OSError:
            return False

    def _keep_database(self) -> None:
        """Start the embedded database again should it have ended; what happens to it must not end us."""
        if self._database is None or self._database.running or time.monotonic() < self._next_database_start:
            return
        self.say(f"The embedded database ended; starting it again (log: {self._database.log}).")
        try:
            self._database.start()
        except AftercareError as error:
            self._next_database_start = time.monotonic() + LOOK_AGAIN
            self._say_now_and_then(str(error))

    def _say_now_and_then(self, line: str) -> None:
        """Show a line unless it was shown within the last half minute."""
        now = time.monotonic()
        if now - self._told.get(line, -TELL_AGAIN) >= TELL_AGAIN:
            self._told[line] = now
            self.say(line)

    def _stop_all(self) -> None:
        """Tell everything to stop, wait, kill what does not; the database last, since the others write to it."""
        deadline = time.monotonic() + STOP_SECONDS
        for program in self._programs.values():
            program.ask_to_stop()
        for program in self._programs.values():
            program.wait_stopped(deadline)
        if self._database is not None:
            self._database.stop()


def listen_address() -> tuple[str, int]:
    """Where web shall listen: AFTERCARE_HOST (default 127.0.0.1) and AFTERCARE_PORT (default 8080).

    Raises PortTaken when that is no address of this machine, or something else listens there.
    """
    host = os.environ.get("AFTERCARE_HOST", "").strip() or "127.0.0.1"
    text = os.environ.get("AFTERCARE_PORT", "").strip() or "8080"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise PortTaken(
            f"AFTERCARE_PORT is {text!r}, not a port. Write a number from 1024 to 65535, such as 8090."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, int(text)))
        except (OSError, UnicodeError) as error:
            raise PortTaken(
                f"Web cannot listen on {host} port {text} ({error}). "
                "Choose another port: AFTERCARE_PORT=8090 make run (and, for other machines, AFTERCARE_HOST=0.0.0.0)."
            ) from error
    return host, int(text)


def _tables() -> str:
    """Names and sizes of the migrations: what the tables should look like."""
    return "".join(f"{path.name} {path.stat().st_size}\n" for path in sorted(MIGRATIONS.glob("*.py")))


def _address(host: str, port: int) -> str:
    """What to type into a browser on this machine."""
    if host in ("127.0.0.1", "0.0.0.0", "::", "::1"):
        return f"http://localhost:{port}"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _status(address: str) -> int | None:
    """HTTP status of a look at `address`; None when nothing answers within two seconds."""
    try:
        with _direct.open(address, timeout=2) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return None
