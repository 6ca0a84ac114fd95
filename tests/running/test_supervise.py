"""`aftercare run` with real processes: stand-ins for web and workers, the real supervisor and the real database."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import psutil
import psycopg2
import pytest

from bot.clinic.paths import ROOT
from bot.embedded import running_url

pytestmark = pytest.mark.processes

STAND_IN = Path(__file__).with_name("stand_in.py")
_RUN = """
import sys
from bot.clinic.errors import AftercareError
from bot.supervise import Supervisor
notes, *what = sys.argv[1:]
commands = {name: (sys.executable, %r, notes, name, does) for name, does in zip(("web", "answer", "care"), what)}
try:
    sys.exit(Supervisor(commands=commands).run())
except AftercareError as error:
    sys.exit(str(error))
"""


class Run:
    """One supervisor as a process, and what it printed so far."""

    def __init__(self, folder: Path, port: int, what: tuple[str, str, str], **env: str) -> None:
        self.notes = folder / "notes"
        self.notes.mkdir(exist_ok=True)
        self.home = folder / "home"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("AFTERCARE_")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _RUN % str(STAND_IN), str(self.notes), *what],
            cwd=ROOT,
            env={**clean, "AFTERCARE_HOME": str(self.home), "AFTERCARE_PORT": str(port), **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = ""
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.output += line

    def pids(self, name: str) -> list[int]:
        path = self.notes / f"{name}.pids"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def says(self, pattern: str, seconds: float = 40.0) -> bool:
        return wait_for(lambda: re.search(pattern, self.output) is not None, seconds)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(40)
        self._reader.join(10)
        return code


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="aftercare-test-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


Start = Callable[..., Run]


@pytest.fixture
def start(folder: Path, port: int) -> Iterator[Start]:
    runs: list[Run] = []

    def _start(*what: str, at: int = port, **env: str) -> Run:
        runs.append(Run(folder, at, what or ("serve", "sleep", "sleep"), **env))  # type: ignore[arg-type]
        return runs[-1]

    yield _start
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
        run.end()


def test_it_starts_tells_where_to_go_and_stops_everything(start: Start, port: int) -> None:
    run = start()
    assert run.says("Ctrl-C stops all"), run.output
    for place in ("/", "/demo/phone", "/staff"):
        assert re.search(rf"http://localhost:{port}{place}\s", run.output), run.output
    assert wait_for(lambda: bool(run.pids("answer") and run.pids("care")))
    assert "Assistant ready" not in run.output
    (run.notes / "ready").touch()
    assert run.says("Assistant ready"), run.output
    pids = [pid for name in ("web", "answer", "care") for pid in run.pids(name)]
    postmaster = int((run.home / "postgres" / "postmaster.pid").read_text().split()[0])
    assert run.end(signal.SIGINT) == 0
    assert not any(alive(pid) for pid in [*pids, postmaster])
    assert {path.name for path in run.notes.glob("*.stopped")} == {
        "web.stopped",
        "answer.stopped",
        "care.stopped",
    }


def test_children_know_the_database_and_send_no_telemetry(start: Start) -> None:
    run = start()
    assert run.says("Ctrl-C stops all") and wait_for(lambda: (run.notes / "care.env").exists())
    env = dict(line.split("=", 1) for line in (run.notes / "web.env").read_text().splitlines() if "=" in line)
    assert env["DATABASE_URL"] == running_url(run.home / "postgres")
    assert env["RASA_TELEMETRY_ENABLED"] == "false"
    assert env["AFTERCARE_HOME"] == str(run.home)
    connection = psycopg2.connect(env["DATABASE_URL"].replace("+psycopg2", ""))
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM alembic_version")
        assert cursor.fetchone() == (1,)
    connection.close()


def test_the_demo_log_in_stays_the_same(start: Start) -> None:
    pattern = r"demo log-in: nurse@demo, password (\S+)\)"
    run = start()
    assert run.says(pattern), run.output
    first = re.search(pattern, run.output)
    kept = run.home / "demo-login"
    assert kept.stat().st_mode & 0o077 == 0
    run.end()
    again = start()
    assert again.says(pattern), again.output
    second = re.search(pattern, again.output)
    assert first and second and first[1] == second[1] and len(first[1]) >= 12
    again.end()
    kept.unlink()
    third = start()
    assert third.says("aftercare staff add"), third.output


def test_no_demo_log_in_outside_a_demo(start: Start, folder: Path) -> None:
    settings = folder / "clinic.yml"
    demo = (ROOT / "clinic.yml").read_text()
    settings.write_text(demo.replace("demo: true", "demo: false").replace("[text, email]", "[text]"))
    run = start(AFTERCARE_CLINIC=str(settings))
    assert run.says("Ctrl-C stops all"), run.output
    assert "nurse@demo" not in run.output and "/demo/phone" not in run.output
    assert not (run.home / "demo-login").exists()


def test_what_dies_is_started_again_and_says_so_once(start: Start) -> None:
    run = start("serve", "sleep", "sleep")
    assert wait_for(lambda: bool(run.pids("care")), 40)
    os.kill(run.pids("care")[0], signal.SIGKILL)
    assert wait_for(lambda: len(run.pids("care")) == 2)
    assert (
        len(re.findall(r"care was ended by SIGKILL .*starting it again in 1 s.*care\.log", run.output)) == 1
    )
    assert len(run.pids("web")) == 1 and alive(run.pids("web")[0])


def test_what_keeps_dying_is_tried_at_growing_intervals(start: Start) -> None:
    run = start("serve", "die", "sleep")
    assert run.says(r"starting it again in 4 s"), run.output
    pauses = re.findall(
        r"answer ended with code 3 .*?again in (\d) s\. Its last line: .*?answer has no model", run.output
    )
    assert pauses[:3] == ["1", "2", "4"]
    assert "[answer] 2026-01-01 00:00:00 ERROR answer has no model" in run.output
    assert "INFO answer is up" not in run.output, "only warnings and errors belong on the screen"
    assert "INFO answer is up" in (run.home / "logs" / "answer.log").read_text()


def test_the_database_is_started_again(start: Start) -> None:
    run = start()
    assert run.says("Ctrl-C stops all")
    os.kill(int((run.home / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    assert run.says("embedded database ended"), run.output

    def answers() -> bool:
        try:
            psycopg2.connect((running_url(run.home / "postgres") or "").replace("+psycopg2", "")).close()
            return True
        except psycopg2.OperationalError:
            return False

    assert wait_for(lambda: running_url(run.home / "postgres") is not None and answers())
    assert run.end() == 0


def test_a_program_that_does_not_listen_is_killed(start: Start) -> None:
    run = start("serve", "deaf", "sleep")
    assert wait_for(lambda: bool(run.pids("answer")), 40)
    assert wait_for(lambda: (run.notes / "answer.env").exists())
    time.sleep(0.3)
    assert run.end(signal.SIGTERM) == 0
    assert "answer does not stop; killing it" in run.output
    assert not alive(run.pids("answer")[0])


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
def test_nothing_outlives_a_supervisor_that_is_killed(start: Start) -> None:
    run = start()
    assert wait_for(lambda: bool(run.pids("answer") and run.pids("care")), 40)
    pids = [pid for name in ("web", "answer", "care") for pid in run.pids(name)]
    postmaster = int((run.home / "postgres" / "postmaster.pid").read_text().split()[0])
    run.process.kill()
    assert wait_for(lambda: not any(alive(pid) for pid in [*pids, postmaster]))
    again = start()
    assert again.says("Ctrl-C stops all"), again.output


def test_a_second_one_beside_a_running_one(start: Start, port: int) -> None:
    run = start()
    assert run.says("Ctrl-C stops all")
    second = start()
    assert second.process.wait(30) == 1
    assert second.says(
        rf"already running here: process {run.process.pid} and answers at http://localhost:{port}\."
    )
    assert alive(run.pids("web")[0]) and len(run.pids("web")) == 1


@pytest.mark.parametrize("value", ["web", "0", "70000", "-1", "８０"])
def test_a_port_that_is_none(start: Start, value: str) -> None:
    run = start(AFTERCARE_PORT=value)
    assert run.process.wait(30) == 1
    assert run.says("AFTERCARE_PORT is .* not a port")
    assert not (run.home / "postgres").exists(), (
        "nothing is started before the settings are known to be right"
    )


def test_a_port_that_is_taken(start: Start, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        run = start()
        assert run.process.wait(30) == 1
        assert run.says(f"cannot listen on 127.0.0.1 port {port} .*AFTERCARE_PORT=")


def test_settings_that_are_wrong(start: Start, folder: Path) -> None:
    settings = folder / "clinic.yml"
    settings.write_text((ROOT / "clinic.yml").read_text().replace("America/New_York", "Mars"))
    run = start(AFTERCARE_CLINIC=str(settings))
    assert run.process.wait(30) == 1
    assert run.says("clinic.yml: time_zone: 'Mars' is not a time zone")


def test_a_database_that_is_not_there(start: Start) -> None:
    """Web has to run, to tell patients honestly; the workers wait."""
    run = start(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert run.says("The database cannot be reached: .*tried again"), run.output
    assert run.says("Ctrl-C stops all"), run.output
    assert run.pids("web") and not run.pids("answer") and not run.pids("care")
    assert not (run.home / "postgres").exists()
    assert run.end() == 0


def test_a_database_that_comes_later(start: Start, folder: Path) -> None:
    from bot.embedded import EmbeddedPostgres

    server = EmbeddedPostgres(folder / "theirs", folder / "theirs.log", careless=True)
    try:
        url = server.start()
        server.stop()
        run = start(DATABASE_URL=url)
        assert run.says("cannot be reached"), run.output
        server.start()
        assert run.says("The database answers now"), run.output
        assert wait_for(lambda: bool(run.pids("answer") and run.pids("care")))
        run.end()
        assert server.running, "a database that we did not start is not ours to stop"
    finally:
        server.stop()


def test_tables_that_a_newer_version_has_migrated(start: Start, fresh_database_url: str) -> None:
    """Going back after an upgrade: everything runs, and says on what."""
    with psycopg2.connect(fresh_database_url.replace("+psycopg2", "")) as connection:
        connection.cursor().execute("update alembic_version set version_num = '9999'")
    connection.close()
    run = start(DATABASE_URL=fresh_database_url)
    assert run.says("migrated by a newer Aftercare, to 9999"), run.output
    assert wait_for(lambda: bool(run.pids("web") and run.pids("answer") and run.pids("care"))), run.output
    assert run.end() == 0


def test_tables_that_make_no_sense(start: Start, fresh_database_url: str) -> None:
    with psycopg2.connect(fresh_database_url.replace("+psycopg2", "")) as connection:
        connection.cursor().execute("update alembic_version set version_num = '0000'")
    connection.close()
    run = start(DATABASE_URL=fresh_database_url)
    assert run.process.wait(30) == 1
    assert run.says("The database says that its tables are those of '0000'"), run.output


def test_an_address_that_is_no_postgresql(start: Start) -> None:
    run = start(DATABASE_URL="sqlite:///x.db")
    assert run.process.wait(30) == 1
    assert run.says("PostgreSQL only")
