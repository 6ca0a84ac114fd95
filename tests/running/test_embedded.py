"""The embedded PostgreSQL: it starts, keeps what was written, ends with its holder, and says why it cannot start."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from bot.clinic.paths import ROOT
from bot.embedded import EmbeddedPostgres, running_url
from bot.postgres_programs import EmbeddedDatabaseError

pytestmark = pytest.mark.processes


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="aftercare-test-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(home: Path) -> Iterator[EmbeddedPostgres]:
    made = EmbeddedPostgres(home / "postgres", home / "postgres.log")
    yield made
    made.stop()


def query(url: str, statement: str) -> str:
    connection = psycopg2.connect(url.replace("+psycopg2", ""))
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return str(cursor.fetchone()[0]) if cursor.description else ""
    finally:
        connection.close()


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def test_what_was_written_is_there_after_a_restart(server: EmbeddedPostgres) -> None:
    url = server.start()
    query(url, "CREATE TABLE kept AS SELECT 'ß ok'::text AS word")
    server.stop()
    assert not server.running
    assert server.start() == url
    assert query(url, "SELECT word FROM kept") == "ß ok"
    assert query(url, "SHOW timezone") == "UTC"
    assert query(url, "SELECT lower('ÄÖ')") == "äö"


def test_only_its_own_user_reaches_it(server: EmbeddedPostgres) -> None:
    url = server.start()
    assert query(url, "SHOW listen_addresses") == ""
    socket = server.socket_folder / ".s.PGSQL.5432"
    assert socket.stat().st_mode & 0o077 == 0
    assert server.folder.stat().st_mode & 0o077 == 0


def test_a_failed_statement_leaves_no_words_in_the_log(server: EmbeddedPostgres) -> None:
    url = server.start()
    query(url, "CREATE TABLE told (words text NOT NULL, number int CHECK (number > 0))")
    for statement in (
        "INSERT INTO told VALUES ('the patient said', -1)",
        "SELECT 'the patient said' FROM nowhere",
    ):
        with pytest.raises(psycopg2.Error):
            query(url, statement)
    server.stop()
    log = server.log.read_text()
    assert "ERROR" in log
    assert "the patient said" not in log


def test_running_url_is_of_the_living_only(server: EmbeddedPostgres) -> None:
    assert running_url(server.folder) is None
    url = server.start()
    assert running_url(server.folder) == url
    server.stop()
    assert running_url(server.folder) is None


_HOLDER = """
import sys, time
from pathlib import Path
from bot.embedded import EmbeddedPostgres
home = Path(sys.argv[1])
server = EmbeddedPostgres(home / "postgres", home / "postgres.log")
print(server.start(), flush=True)
time.sleep(600)
"""


def start_holder(home: Path) -> tuple[subprocess.Popen[str], psutil.Process]:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().startswith("postgresql+psycopg2://")
    pid = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
    return holder, psutil.Process(pid)


def finish(holder: subprocess.Popen[str]) -> None:
    holder.wait(10)
    assert holder.stdout is not None
    holder.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
def test_it_ends_with_a_holder_that_is_killed(home: Path) -> None:
    holder, postmaster = start_holder(home)
    holder.kill()
    finish(holder)
    assert wait_for(lambda: not postmaster.is_running() or postmaster.status() == psutil.STATUS_ZOMBIE)
    assert wait_for(lambda: running_url(home / "postgres") is None)


def test_an_orphan_is_ended_and_its_data_taken_over(home: Path, server: EmbeddedPostgres) -> None:
    holder, postmaster = start_holder(home)
    try:
        url = running_url(home / "postgres")
        assert url
        query(url, "CREATE TABLE kept AS SELECT 7 AS number")
        assert query(server.start(), "SELECT number FROM kept") == "7"
        assert not postmaster.is_running() or postmaster.status() == psutil.STATUS_ZOMBIE
    finally:
        holder.kill()
        finish(holder)


def test_a_stale_note_with_somebody_elses_number(server: EmbeddedPostgres) -> None:
    """After a restart of the machine the number in postmaster.pid may be anybody's; here it is this very test's."""
    url = server.start()
    query(url, "CREATE TABLE kept AS SELECT 7 AS number")
    note = (server.folder / "postmaster.pid").read_text()
    assert server._process is not None
    server._process.send_signal(signal.SIGKILL)
    server._process.wait(10)
    (server.folder / "postmaster.pid").write_text(note.replace(note.split()[0], str(os.getpid()), 1))
    assert running_url(server.folder) is None
    assert query(server.start(), "SELECT number FROM kept") == "7"


def test_a_path_too_long_for_a_socket(home: Path) -> None:
    deep = home / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    for folder in (deep, deep.parent):
        folder.chmod(0o711)
    server = EmbeddedPostgres(deep / "postgres", home / "postgres.log")
    try:
        assert query(server.start(), "SELECT 1") == "1"
        assert server.socket_folder.stat().st_mode & 0o077 == 0
    finally:
        server.stop()
        shutil.rmtree(server.socket_folder, ignore_errors=True)


def test_data_of_another_version(server: EmbeddedPostgres) -> None:
    server.folder.mkdir()
    (server.folder / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedDatabaseError, match=r"of PostgreSQL 16.*pg_dump"):
        server.start()


def test_damaged_data(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.folder / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(EmbeddedDatabaseError, match=r"stopped while starting: .*DATABASE_URL") as caught:
        server.start()
    assert str(server.log) in str(caught.value)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    server = EmbeddedPostgres(tmp_path / "file" / "postgres", tmp_path / "postgres.log")
    with pytest.raises(EmbeddedDatabaseError, match="DATABASE_URL"):
        server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="concerns root only: run the tests as root to have it checked")
def test_root_is_told_of_a_closed_folder(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedDatabaseError, match="AFTERCARE_HOME"):
        EmbeddedPostgres(closed / "postgres", home / "postgres.log").start()
    assert closed.stat().st_mode & 0o777 == 0o700, "root's folder was opened"


@pytest.mark.skipif(os.geteuid() != 0, reason="concerns root only: run the tests as root to have it checked")
def test_root_needs_no_open_project_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project below root's closed home: the server's programs are copied, the home stays closed."""
    monkeypatch.setattr("bot.embedded.reachable_by_all", lambda path: "pgserver" not in str(path))
    server = EmbeddedPostgres(home / "postgres", home / "postgres.log")
    try:
        assert query(server.start(), "SELECT 1") == "1"
        assert list((home / "postgres-18").rglob("bin/postgres"))
    finally:
        server.stop()
