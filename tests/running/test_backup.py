"""A backup is the whole record; read into an empty database it is the same rows, and the assistant works on."""

from __future__ import annotations

import getpass
import hashlib
import itertools
import os
import stat
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect, text
from sqlalchemy.engine import Engine

from bot import backup
from bot.backup import BackupFailed, RestoreFailed, read_backup, write_backup
from bot.care import conversations, people
from bot.care.database import DatabaseUnavailable, engine_for, is_current, transaction
from bot.care.models import AuditEntry, Channel
from bot.cli import main
from bot.embedded import EmbeddedPostgres, create_database
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

NOW = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
NOWHERE = "postgresql://nobody:secret-word@127.0.0.1:1/nothing"
_numbers = itertools.count(1)


@pytest.fixture
def empty_url(postgres_server: EmbeddedPostgres) -> str:
    name = f"restored_{next(_numbers)}"
    create_database(postgres_server.url("postgres"), name)
    return postgres_server.url(name)


@pytest.fixture
def full_url(fresh_database_url: str) -> str:
    """A database with a patient, a worrying message with its alert, and a job."""
    engine = engine_for(fresh_database_url)
    with transaction(engine) as session:
        patient = people.enrol(session, people.Details("Zoë Q. O'Hara", phone="(212) 555-0123"), NOW)
        write(session, int(patient.conversation.id), "línea 1\nline \\ 2 \t 🙂", "crisis")
        write(session, int(patient.conversation.id), "can i drive", "none")
    engine.dispose()
    return fresh_database_url


def write(session: object, conversation_id: int, words: str, level: str) -> None:
    conversations.receive(
        session,  # type: ignore[arg-type]
        conversation_id,
        channel=Channel.WEB,
        external_id=f"delivery-{next(_numbers)}",
        text=words,
        verdict=Verdict(Level(level), 0.9, ("A reason",), ((0, 3),)),
        now=NOW,
    )


def rows(engine: Engine) -> dict[str, tuple[int, str]]:
    """Of every table of the database, Procrastinate's included: how many rows, and a hash of what stands in them."""
    found = {}
    with engine.connect() as connection:
        for table in sorted(inspect(engine).get_table_names()):
            lines = sorted(connection.execute(text(f'select t::text from "{table}" t')).scalars())
            found[table] = (len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest())
    return found


def test_the_same_rows_in_an_empty_database(full_url: str, empty_url: str, tmp_path: Path) -> None:
    file = tmp_path / "monday.backup"
    assert write_backup(full_url, file) == file.stat().st_size > 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["monday.backup"]
    read_backup(empty_url, file)
    before, after = engine_for(full_url), engine_for(empty_url)
    here = rows(before)
    assert {name: here[name][0] for name in ("patient", "message", "alert", "procrastinate_jobs")} == {
        "patient": 1,
        "message": 2,
        "alert": 1,
        "procrastinate_jobs": here["procrastinate_jobs"][0],
    }
    assert here["procrastinate_jobs"][0] > 0
    assert rows(after) == here
    assert is_current(after)
    # Numbers go on where they were, and the rules of the tables are there.
    with transaction(after) as session:
        patient = people.enrol(session, people.Details("Ben", phone="(212) 555-0124"), NOW)
        write(session, int(patient.conversation.id), "hello", "none")
    with pytest.raises(Exception, match="append-only"), transaction(after) as session:
        session.execute(text("delete from alert_event"))
    before.dispose()
    after.dispose()


def test_a_database_with_tables_is_left_alone(full_url: str, tmp_path: Path) -> None:
    file = tmp_path / "one"
    write_backup(full_url, file)
    engine = engine_for(full_url)
    before = rows(engine)
    with pytest.raises(RestoreFailed, match=r"holds tables already.*createdb"):
        read_backup(full_url, file)
    assert rows(engine) == before
    engine.dispose()


def test_a_damaged_file_leaves_the_database_empty(full_url: str, empty_url: str, tmp_path: Path) -> None:
    file = tmp_path / "one"
    write_backup(full_url, file)
    whole = file.read_bytes()
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 1
    for damaged in (whole[: len(whole) * 2 // 3], whole[:-1], bytes(changed), b"", b"not a backup"):
        file.write_bytes(damaged)
        with pytest.raises(RestoreFailed, match="damaged, cut short, or not written"):
            read_backup(empty_url, file)
    file.write_bytes(whole)
    read_backup(empty_url, file)  # so it was still empty


def test_a_backup_of_a_newer_aftercare_is_named(full_url: str, empty_url: str, tmp_path: Path) -> None:
    engine = engine_for(full_url)
    with transaction(engine) as session:
        session.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    write_backup(full_url, tmp_path / "one")
    with pytest.raises(RestoreFailed, match=r"newer Aftercare \(tables of 9999\)"):
        read_backup(empty_url, tmp_path / "one")


def test_an_older_backup_is_migrated(
    postgres_server: EmbeddedPostgres, empty_url: str, tmp_path: Path
) -> None:
    from alembic import command

    from bot.care.database import _config

    name = f"older_{next(_numbers)}"
    create_database(postgres_server.url("postgres"), name)
    command.upgrade(_config(postgres_server.url(name)), "0002")
    write_backup(postgres_server.url(name), tmp_path / "old")
    read_backup(empty_url, tmp_path / "old")
    engine = engine_for(empty_url)
    assert is_current(engine)
    engine.dispose()


def test_pg_restore_alone_reads_it_too(full_url: str, empty_url: str, tmp_path: Path) -> None:
    """Who has only PostgreSQL left needs nothing of ours."""
    write_backup(full_url, tmp_path / "one")
    address = empty_url.replace("+psycopg2", "")
    program = backup._program("pg_restore", "18")
    subprocess.run([program, "--exit-on-error", f"--dbname={address}", tmp_path / "one"], check=True)
    before, after = engine_for(full_url), engine_for(empty_url)
    assert rows(after) == rows(before)
    before.dispose()
    after.dispose()


def test_nothing_is_overwritten_and_nothing_half_is_left(full_url: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("kept")
    with pytest.raises(BackupFailed, match="there already"):
        write_backup(full_url, tmp_path / "there")
    assert (tmp_path / "there").read_text() == "kept"
    with pytest.raises(BackupFailed, match="could not be written"):
        write_backup(full_url, tmp_path / "missing" / "file")
    with pytest.raises(DatabaseUnavailable):
        write_backup(NOWHERE, tmp_path / "none")
    assert os.listdir(tmp_path) == ["there"]


def test_the_password_stands_on_no_command_line(
    full_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that shows how it was called, in place of pg_dump."""
    stand_in = tmp_path / "pg_dump"
    stand_in.write_text('#!/bin/sh\necho "error: $* and $PGPASSWORD" >&2\nexit 1\n')
    stand_in.chmod(0o755)
    monkeypatch.setattr(backup, "programs_folder", lambda: tmp_path)
    monkeypatch.setattr(backup, "_server_version", lambda url: "18")
    with pytest.raises(BackupFailed, match=r"nobody@127\.0\.0\.1:1/nothing --format.* and secret-word"):
        write_backup(NOWHERE, tmp_path / "one")


def test_the_servers_own_version_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "15" / "bin" / "pg_restore"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 'pg_restore (PostgreSQL) 15.18 (Debian 15.18-0)'\n")
    program.chmod(0o755)
    monkeypatch.setattr(backup, "_OF_THE_SYSTEM", tmp_path)
    monkeypatch.setenv("PATH", "")
    assert backup._program("pg_restore", "15") == program
    assert "pginstall18" in str(backup._program("pg_restore", "18"))
    assert "pginstall18" in str(backup._program("pg_restore", "14"))


def test_the_commands(full_url: str, empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = str(tmp_path / "file")
    monkeypatch.setenv("DATABASE_URL", full_url)
    written = CliRunner().invoke(main, ["backup", file])
    assert written.exit_code == 0 and file in written.output, written.output
    here = engine_for(full_url)
    with transaction(here) as session:
        (entry,) = session.query(AuditEntry)
        assert (entry.action, entry.subject) == ("backup.begun", "database")
        assert entry.detail == {"by": getpass.getuser()}
    here.dispose()
    again = CliRunner().invoke(main, ["restore", file])
    assert again.exit_code == 1 and "AC022" in again.stderr
    monkeypatch.setenv("DATABASE_URL", empty_url)
    restored = CliRunner().invoke(main, ["restore", file])
    assert restored.exit_code == 0, restored.output


def test_a_backup_that_cannot_be_recorded_is_written_and_says_so(
    full_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables of an older version, or a copy of the database that can only be read from."""
    engine, file = engine_for(full_url), str(tmp_path / "file")
    with transaction(engine) as session:
        session.execute(text("alter table audit_entry rename to audit_entry_before"))
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", full_url)
    written = CliRunner().invoke(main, ["backup", file])
    assert written.exit_code == 0 and os.path.exists(file), written.output
    assert "could not be recorded in the audit (backup.begun" in written.stderr


def test_without_a_database_there_is_nothing_to_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", NOWHERE)
    failed = CliRunner().invoke(main, ["backup", str(tmp_path / "file")])
    assert failed.exit_code == 1 and "recorded" not in failed.stderr and os.listdir(tmp_path) == []
