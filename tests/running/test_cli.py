"""The other commands: accounts and migrations; and what they say when something is wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.care import staff_accounts
from bot.care.database import engine_for, transaction
from bot.care.models import AuditEntry
from bot.cli import main
from bot.clinic.clock import SystemClock
from bot.clinic.paths import ROOT
from bot.staff.accounts import log_in

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def test_help_names_every_command() -> None:
    output = CliRunner().invoke(main, ["--help"]).output
    for name in ("run", "train", "classify", "explain", "staff", "migrate", "database-url", "doctor",
        "backup", "restore", "hold", "dead-letters"):  # fmt: skip
        assert re.search(rf"^  {name} ", output, re.MULTILINE), output


def test_staff_add_makes_somebody_who_can_log_in(
    fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    arguments = ["staff", "add", "Nora Whitfield", "--email", "nora@hill.example", "--role", "clinician"]
    password = "river stone lantern"
    asked = CliRunner().invoke(main, arguments, input=f"{password}\n{password}\n")
    assert asked.exit_code == 0, asked.output
    assert password not in asked.output
    engine = engine_for(fresh_database_url)
    with transaction(engine) as session:
        assert log_in(session, "nora@hill.example", password, SystemClock().now()).token
        member = staff_accounts.by_email(session, "nora@hill.example")
        assert member is not None and (member.name, member.role) == ("Nora Whitfield", "clinician")
        entry = session.query(AuditEntry).filter_by(action="account.added").one()
        assert (entry.subject, entry.detail) == (f"staff:{member.id}", {"role": "clinician"})
    engine.dispose()
    again = CliRunner().invoke(main, [*arguments, "--generate"])
    assert again.exit_code == 1 and "[AC" in again.stderr, "the same address twice"


def test_staff_add_can_make_the_password(fresh_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    made = CliRunner().invoke(
        main, ["staff", "add", "Dan", "--email", "dan@hill.example", "--role", "nurse", "--generate"]
    )
    password = re.search(r"Password: (\S+)", made.output)
    assert made.exit_code == 0 and password
    engine = engine_for(fresh_database_url)
    with transaction(engine) as session:
        assert log_in(session, "dan@hill.example", password[1], SystemClock().now()).token
    engine.dispose()


@pytest.mark.parametrize(
    "email, role, password, words",
    [
        ("dan", "nurse", "river stone lantern", "not an e-mail address"),
        ("dan@hill.example", "janitor", "river stone lantern", "not a role"),
        ("dan@hill.example", "nurse", "short", "at least 12 characters"),
    ],
)
def test_staff_add_says_what_is_wrong(
    database_url: str, monkeypatch: pytest.MonkeyPatch, email: str, role: str, password: str, words: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    found = CliRunner().invoke(
        main, ["staff", "add", "Dan", "--email", email, "--role", role], input=f"{password}\n{password}\n"
    )
    assert found.exit_code == 1 and words in found.stderr


def test_migrate_and_a_database_that_is_not_there(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert CliRunner().invoke(main, ["migrate"]).exit_code == 0
    monkeypatch.setenv("DATABASE_URL", NOWHERE)
    away = CliRunner().invoke(main, ["migrate"])
    assert away.exit_code == 1 and "cannot be reached" in away.stderr and "DATABASE_URL" in away.stderr


@pytest.mark.processes
def test_database_url_names_what_runs_and_says_where_nothing_does(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@db.example/care")
    given = CliRunner().invoke(main, ["database-url"])
    assert given.output.strip() == "postgresql://somebody@db.example/care"
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("AFTERCARE_HOME", str(tmp_path))
    nothing = CliRunner().invoke(main, ["database-url"])
    assert nothing.exit_code == 1 and "No database runs here" in nothing.output and "AC018" in nothing.output


def test_migrate_starts_the_embedded_database_and_stops_it(
    session_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.embedded import running_url

    home = session_folder / "migrate"
    monkeypatch.setenv("AFTERCARE_HOME", str(home))
    assert CliRunner().invoke(main, ["migrate"]).exit_code == 0
    assert (home / "postgres" / "PG_VERSION").exists()
    assert running_url(home / "postgres") is None


@pytest.mark.processes
def test_commands_wait_for_nothing_that_they_do_not_need() -> None:
    """`aftercare train --if-needed` runs at each start: it must not import what takes seconds."""
    code = (
        "import sys, bot.cli, bot.train; bot.train.outdated();"
        "print([name for name in ('rasa', 'tensorflow', 'numpy', 'spacy', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.processes
def test_telemetry_is_off_whatever_the_environment_says() -> None:
    code = "import os, bot.cli; print(os.environ['RASA_TELEMETRY_ENABLED'])"
    env = {"PATH": "/usr/bin:/bin", "RASA_TELEMETRY_ENABLED": "true"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "false"
