"""Both systems as their own documentation starts them, on one PostgreSQL server of this measurement."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import yaml

from bench.patients import AftercarePatient, Patient, StockPatient
from bench.stock import project
from bot.care.database import migrate
from bot.clinic.checking import TextLoader
from bot.clinic.paths import ROOT
from bot.embedded import USER, EmbeddedPostgres, create_database

PORT = 18_472
STOCK = f"http://127.0.0.1:{project.PORT}"
PUBLIC = "https://chat.clinic.example"
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
}
READY_WITHIN = 900.0


class NotReady(RuntimeError):
    """A system did not come up; the message has the end of its log."""


@dataclass
class System:
    """One of the two. start() returns when the first message was answered, and says how long both took."""

    name: str
    commands: list[list[str]]
    folder: Path
    environment: dict[str, str]
    logs: Path
    patient: Callable[[], Patient]
    takes_in: str
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> tuple[float, float]:
        """Seconds until messages are taken in, and until the first one was answered. Raises NotReady."""
        self._must_be_free()
        began = time.perf_counter()
        for number, command in enumerate(self.commands):
            with open(self.logs / f"{self.name}-{number}.log", "ab") as log:
                self._processes.append(
                    subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=log, stderr=log)
                )
        return asyncio.run(self._until_answered(began))

    def _must_be_free(self) -> None:
        """What another run left behind would be measured in our place."""
        address = urlsplit(self.takes_in)
        with socket.socket() as probe:
            if probe.connect_ex((str(address.hostname), int(address.port or 80))) == 0:
                raise NotReady(
                    f"Something listens on {address.netloc} already, perhaps left by an "
                    "earlier run: stop it, then begin again."
                )

    async def _until_answered(self, began: float) -> tuple[float, float]:
        import aiohttp

        async with aiohttp.ClientSession() as client:
            while True:
                self._look(began)
                try:
                    async with client.get(self.takes_in) as response:
                        if response.status == 200:
                            break
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)
        taken_in = time.perf_counter() - began
        patient = self.patient()
        await patient.open()
        while not (await patient.say("can i drive home tonight?")).reply:
            self._look(began)
            await asyncio.sleep(0.2)
        answered = time.perf_counter() - began
        await patient.close()
        return taken_in, answered

    def _look(self, began: float) -> None:
        ended = [one for one in self._processes if one.poll() is not None]
        if ended or time.perf_counter() - began > READY_WITHIN:
            tails = [
                path.read_text(errors="replace")[-2000:] for path in self.logs.glob(f"{self.name}-*.log")
            ]
            raise NotReady(f"{self.name} did not start.\n" + "\n---\n".join(tails))

    def processes(self) -> dict[str, psutil.Process]:
        """What runs, by a name that a reader understands."""
        found: dict[str, psutil.Process] = {}
        for process in self._processes:
            own = psutil.Process(process.pid)
            for one in (own, *own.children(recursive=True)):
                found[_named(one.cmdline())] = one
        return found

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """One of its processes stands still meanwhile: what it should do waits. Raises KeyError where none has that
        name."""
        process = self.processes()[name]
        process.suspend()
        try:
            yield
        finally:
            process.resume()

    def stop(self) -> None:
        """Stop everything, and wait."""
        for process in self._processes:
            process.send_signal(signal.SIGINT)
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                for one in (*psutil.Process(process.pid).children(recursive=True), process):
                    one.kill()
                process.wait(10)
        self._processes.clear()


def _named(command: list[str]) -> str:
    line = " ".join(command)
    for word, name in (
        ("bot.web", "web"),
        ("bot.workers.answer", "answer worker"),
        ("bot.workers.care", "care worker"),
        ("rasa run actions", "action server"),
        ("rasa run", "Rasa server"),
        ("aftercare run", "supervisor"),
        ("bot.cli run", "supervisor"),
    ):
        if word in line:
            return name
    return line[:40]


def settings(folder: Path) -> Path:
    """The demo's clinic.yml with a public address, and limits that let one machine play many patients."""
    content = yaml.load((ROOT / "clinic.yml").read_text(encoding="utf-8"), Loader=TextLoader)
    content["web"]["public_url"] = PUBLIC
    many = {"messages": 1000, "messages_per_address": 100_000, "sessions_per_address": 100_000, "texts": 1000}
    content["limits"] = many
    path = folder / "clinic.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def aftercare(server: EmbeddedPostgres, folder: Path, database: str = "aftercare_bench") -> System:
    """Ours: `aftercare run` on a database of the measurement's server."""
    create_database(server.url("postgres"), database)
    environment = {
        **os.environ,
        **QUIET,
        "DATABASE_URL": server.url(database),
        "AFTERCARE_HOME": str(folder / "home"),
        "AFTERCARE_CLINIC": str(settings(folder)),
        "AFTERCARE_PORT": str(PORT),
    }
    address = f"http://127.0.0.1:{PORT}"
    return System(
        name="aftercare",
        commands=[[sys.executable, "-m", "bot.cli", "run"]],
        folder=ROOT,
        environment=environment,
        logs=folder,
        patient=lambda: AftercarePatient(address),
        takes_in=f"{address}/healthz",
    )


def stock(server: EmbeddedPostgres, folder: Path, database: str = "stock_bench") -> System:
    """Stock Rasa: `rasa run` with REST channel and SQL tracker store, and `rasa run actions`."""
    create_database(server.url("postgres"), database)
    environment = {
        **os.environ,
        **QUIET,
        "PYTHONPATH": str(ROOT),
        "SANIC_HOST": "127.0.0.1",
        "STOCK_DB": database,
        "STOCK_USER": USER,
        "STOCK_SOCKET": str(server.socket_folder),
        "STOCK_DSN": server.url(database).replace("+psycopg2", ""),
    }
    rasa = [sys.executable, "-m", "rasa"]
    serve = [
        *rasa, "run", "-i", "127.0.0.1", "--port", str(project.PORT), "--model", "models/stock.tar.gz",
        "--endpoints", "endpoints.yml", "--credentials", "credentials.yml", "--enable-api",
    ]  # fmt: skip
    actions = [
        *rasa,
        "run",
        "actions",
        "--port",
        str(project.ACTION_PORT),
        "--actions",
        "bench.stock.actions",
    ]
    address = STOCK
    return System(
        name="stock",
        commands=[serve, actions],
        folder=project.PROJECT,
        environment=environment,
        logs=folder,
        patient=lambda: StockPatient(address),
        takes_in=f"{address}/",
    )


@contextmanager
def postgres() -> Iterator[tuple[EmbeddedPostgres, Path]]:
    """A PostgreSQL server with the product's own settings (durable), and a folder that goes with it."""
    # Short: the database server's socket has its name in it.
    with tempfile.TemporaryDirectory(prefix="aftercare-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        server = EmbeddedPostgres(folder / "postgres", folder / "postgres.log")
        server.start()
        try:
            yield server, folder
        finally:
            server.stop()


def migrated(server: EmbeddedPostgres, database: str = "aftercare_bench") -> None:
    """Make our tables in the measurement's database."""
    migrate(server.url(database))
