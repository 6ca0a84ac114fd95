"""The assistant under test: a copy of the project with a clinic and a data folder of its own, its processes real."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import yaml

from bot.postgres_programs import USER

from .carrier import ACCOUNT, PUBLIC, SENDER, TOKEN

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "actions", "bot", "data", "encoder", "guidance", "instruments", "migrations", "models", "widget/dist",
    "widget/demo", "alembic.ini", "clinic.yml", "config.yml", "credentials.yml", "domain.yml", "endpoints.yml",
    "pyproject.toml",
)  # fmt: skip
INSIDE = Path(__file__).with_name("inside")
FAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
"""Debian's package libfaketime; without it no clock jumps."""

WEB, ANSWER, CARE = "bot.web", "bot.workers.answer", "bot.workers.care"
LOG_IN = "nurse@demo"


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def copy_project(folder: Path) -> Path:
    """A copy that may be damaged, and that does not change while somebody works on the original."""
    copy = folder / "project"
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "*.lock")
    for name in COPIED:
        source, target = ROOT / name, copy / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=ignored)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return copy


def clinic_file(folder: Path, mail_port: int) -> Path:
    """The demo's clinic, always open, with our mail server, and with limits that let one machine play many patients."""
    content = yaml.load((ROOT / "clinic.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    content["opening_hours"] = {
        day: ["00:00", "24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    }
    content["web"]["public_url"] = PUBLIC
    content["limits"] = {
        **dict.fromkeys(("messages", "texts"), 1000),
        **dict.fromkeys(("messages_per_address", "sessions_per_address"), 100_000),
    }
    content["paging"]["urgent"] = "at_once"
    content["paging"].pop("test_at", None)
    content["paging"]["mail"] = {
        "host": "127.0.0.1",
        "port": mail_port,
        "security": "none",
        "sender": "aftercare@clinic.example",
    }
    path = folder / "clinic.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def environment(folder: Path, project: Path, carrier_url: str, mail_port: int, clock: bool) -> dict[str, str]:
    """What the processes find. clock: put a clock under them that can be moved."""
    for name in ("switches", "home"):
        (folder / name).mkdir(mode=0o711, exist_ok=True)
    env = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("AFTERCARE_") and key not in ("DATABASE_URL", "PYTHONPATH", "LD_PRELOAD")
    }
    env.update(
        AFTERCARE_HOME=str(folder / "home"),
        AFTERCARE_CLINIC=str(clinic_file(folder, mail_port)),
        AFTERCARE_SECRET="c" * 64,
        AFTERCARE_CHAOS=str(folder / "switches"),
        AFTERCARE_TWILIO_ACCOUNT_SID=ACCOUNT,
        AFTERCARE_TWILIO_AUTH_TOKEN=TOKEN,
        AFTERCARE_TWILIO_FROM=SENDER,
        AFTERCARE_TWILIO_API=carrier_url,
        AFTERCARE_TWILIO_KEYWORDS="aftercare",
        RASA_TELEMETRY_ENABLED="false",
        TF_CPP_MIN_LOG_LEVEL="3",
        SQLALCHEMY_SILENCE_UBER_WARNING="1",
        TOKENIZERS_PARALLELISM="false",
        PYTHONPATH=f"{INSIDE}{os.pathsep}{project}",
        no_proxy="127.0.0.1,localhost",
    )
    if clock and FAKETIME is not None:
        (folder / "clock").write_text("+0\n", encoding="ascii")
        env.update(
            LD_PRELOAD=str(FAKETIME),
            FAKETIME_TIMESTAMP_FILE=str(folder / "clock"),
            FAKETIME_CACHE_DURATION="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1",
        )
    return env


class Assistant:
    """What `aftercare run` starts. Everything below `folder`, which any user can enter."""

    def __init__(self, folder: Path, carrier_url: str, mail_port: int, clock: bool = False) -> None:
        self.folder, self.project = folder, copy_project(folder)
        self.port = free_port()
        self.env = environment(folder, self.project, carrier_url, mail_port, clock)
        self.env["AFTERCARE_PORT"] = str(self.port)
        self.home, self.clock = folder / "home", (folder / "clock" if clock and FAKETIME else None)
        self.limited: dict[int, tuple[int, int]] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._log = open(folder / "run.log", "ab")  # noqa: SIM115 - open as long as the assistant runs

    @property
    def webs(self) -> list[str]:
        """Addresses at which patients reach the assistant."""
        return [f"http://127.0.0.1:{self.port}"]

    @property
    def own_addresses(self) -> list[str]:
        """Where each web process listens itself."""
        return self.webs

    @property
    def web_processes(self) -> int:
        """How many there are."""
        return 1

    @property
    def database(self) -> str:
        """The address of the database, as libpq knows it."""
        return f"postgresql://{USER}@/aftercare?host={quote(str(self.home / 'postgres'), safe='')}"

    @property
    def database_folder(self) -> Path:
        return self.home / "postgres"

    def start(self) -> None:
        """Start it, or start it again."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "run"],
            cwd=self.project,
            env=self.env,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )

    def tick(self) -> None:
        """What has to be looked after while it runs: `aftercare run` does it all."""

    def kill(self) -> None:
        """kill -9 of the supervisor, with which everything ends."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Ctrl-C."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(40)
            self.kill()
        self._log.close()

    def processes(self, module: str) -> list[psutil.Process]:
        """The processes that run a module."""
        return [one for one in self._children() if module in _command(one)]

    def postmaster(self) -> psutil.Process | None:
        """The database's first process."""
        try:
            return psutil.Process(int((self.database_folder / "postmaster.pid").read_text().split()[0]))
        except (OSError, ValueError, IndexError, psutil.Error):
            return None

    def spooled(self) -> int:
        """Bytes of messages on this machine's disk that wait for the database."""
        size = 0
        for path in (self.home / "spool").glob("*.spool"):
            with suppress(OSError):  # taken in just now
                size += path.stat().st_size
        return size

    def log_in(self) -> tuple[str, str]:
        """Address and password of a nurse's account."""
        lines = (self.home / "demo-login").read_text().split()
        return lines[0], lines[1]

    def _children(self) -> list[psutil.Process]:
        if self._process is None:
            return []
        with suppress(psutil.Error):
            return psutil.Process(self._process.pid).children(recursive=True)
        return []


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def status(address: str) -> tuple[int, str]:
    """Status and body of a look at an address; 0 where nothing answers."""
    try:
        with _direct.open(address, timeout=30) as response:
            return int(response.status), response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def ready(webs: list[str]) -> bool:
    """Whether every web process says that the whole works."""
    return all(status(web + "/readyz")[0] == 200 for web in webs)


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Look until it holds; False where it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def in_turn(addresses: list[str]) -> Callable[[], str]:
    """One address after the other."""
    round_and_round = itertools.cycle(addresses)
    return lambda: next(round_and_round)


@contextmanager
def started(assistant: Assistant, within: float = 600.0) -> Iterator[Assistant]:
    """Running, and ready to answer."""
    assistant.start()
    try:
        if not wait_for(lambda: ready(assistant.own_addresses), within):
            sys.stderr.write((assistant.folder / "run.log").read_text(errors="replace")[-3000:])
            raise RuntimeError(f"the assistant was not ready: see {assistant.folder}")
        yield assistant
    finally:
        assistant.stop()
