"""The other commands: accounts, migrations, training, the doctor; and what they say when something is wrong."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from bot import train
from bot.care import staff_accounts
from bot.care.database import engine_for, transaction
from bot.cli import main
from bot.clinic.clock import SystemClock
from bot.clinic.paths import ROOT
from bot.language.errors import TrainingDataError
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


# --- train -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of a few files for the bookkeeping of training."""
    for source in train.DIALOGUE_SOURCES:
        path = tmp_path / source
        if path.suffix:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
        else:
            path.mkdir(parents=True)
            (path / "a.yml").write_text("x")
    models = tmp_path / "models"
    models.mkdir()
    monkeypatch.setattr(train, "ROOT", tmp_path)
    monkeypatch.setattr(train, "MODELS", models)
    monkeypatch.setattr(train, "STAMP", models / "trained.json")
    monkeypatch.setattr(train, "HEADS", models / "heads.npz")
    monkeypatch.setattr(train, "DIALOGUE", models / "aftercare.tar.gz")
    monkeypatch.setattr(train, "LOG", tmp_path / ".cache" / "train.log")
    (models / "heads.npz").write_text("x")
    (models / "aftercare.tar.gz").write_text("x")
    stamp = {
        "reader": train.fingerprint(train.READER_SOURCES),
        "dialogue": train.fingerprint(train.DIALOGUE_SOURCES),
    }
    (models / "trained.json").write_text(json.dumps(stamp))
    return tmp_path


def test_nothing_is_trained_twice(project: Path) -> None:
    assert train.outdated() == []
    said: list[str] = []
    train.train(said.append)
    assert said == []


@pytest.mark.parametrize(
    "changed, expected",
    [
        ("data/nlu/a.yml", ["reader", "dialogue"]),
        ("data/nlu/new.yml", ["reader", "dialogue"]),
        ("encoder/model/encoder.json", ["reader", "dialogue"]),
        ("domain.yml", ["dialogue"]),
        ("data/stories/a.yml", ["dialogue"]),
        ("README.md", []),
        ("bot/language/__pycache__/x.pyc", []),
    ],
)
def test_what_has_changed_decides_what_is_trained(project: Path, changed: str, expected: list[str]) -> None:
    path = project / changed
    path.parent.mkdir(exist_ok=True)
    path.write_text("changed")
    assert train.outdated() == expected


@pytest.mark.parametrize(
    "lost, expected",
    [("models/heads.npz", ["reader"]), ("models/aftercare.tar.gz", ["dialogue"]),
     ("models/trained.json", ["reader", "dialogue"])],
)  # fmt: skip
def test_a_lost_model_is_trained_again(project: Path, lost: str, expected: list[str]) -> None:
    (project / lost).unlink()
    assert train.outdated() == expected


def test_a_damaged_note_counts_as_none(project: Path) -> None:
    (project / "models/trained.json").write_text("{")
    assert train.outdated() == ["reader", "dialogue"]


def test_a_training_that_fails_says_where_to_look(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rasa = project / "rasa-stand-in"
    rasa.write_text("#!/bin/sh\necho 'domain.yml: intent nonsense is not known'\nexit 1\n")
    rasa.chmod(0o755)
    monkeypatch.setattr("bot.train.sys.executable", str(rasa))
    (project / "domain.yml").write_text("changed")
    found = CliRunner().invoke(main, ["train"])
    assert found.exit_code == 1
    assert "intent nonsense is not known" in found.stderr and "train.log" in found.stderr
    assert train.outdated() == ["dialogue"], "a failed training must not count as done"


def test_the_models_of_this_project_are_current() -> None:
    """Set-up trains them; tests that load the model would otherwise judge an old one."""
    assert train.outdated() == [], "run: .venv/bin/aftercare train"


def test_a_dialogue_that_cannot_be_trained_is_said_with_rasas_last_lines(project: Path) -> None:
    (project / "models" / "aftercare.tar.gz").unlink()
    with pytest.raises(train.TrainingFailed, match=r"could not train the dialogue \(code 1\)") as said:
        train.train(lambda _: None)
    assert "Failed to validate YAML" in str(said.value)
    assert train.outdated() == ["dialogue"]  # what failed is tried again next time


def test_a_reader_that_cannot_be_trained_stops_the_training_beside_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object, **__: object) -> None:
        raise TrainingDataError("data/nlu/ask_driving.yml cannot be read.")

    monkeypatch.setattr("bot.language.training.train_heads", unreadable)
    with pytest.raises(TrainingDataError):
        train.train(lambda _: None, force=True)
    assert not [
        process for process in psutil.Process().children(recursive=True) if "rasa" in process.cmdline()
    ]
    assert train.outdated() == []  # what was there is still there, and still fits


# --- doctor ----------------------------------------------------------------------------------------------------------


def doctor() -> tuple[int, dict[str, str]]:
    result = CliRunner().invoke(main, ["doctor"])
    lines = (re.match(r"(\S+) +(\S+) +(.*)", line) for line in result.output.splitlines())
    return result.exit_code, {line[2]: f"{line[1]} {line[3]}" for line in lines if line}


def test_doctor_finds_nothing_to_mend_here(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AFTERCARE_PORT", str(free.getsockname()[1]))
    code, found = doctor()
    assert set(found) == {
        "python",
        "disk",
        "memory",
        "clinic.yml",
        "guidance",
        "signals",
        "texts",
        "models",
        "database",
        "address",
        "files",
        "clock",
        "spool",
        "paging",
    }
    assert code == 0, found
    assert found["database"].startswith("ok PostgreSQL 18")
    assert found["clinic.yml"].startswith("note") and "demo" in found["clinic.yml"]


def test_doctor_says_that_the_carrier_cannot_reach_us(monkeypatch: pytest.MonkeyPatch) -> None:
    account = {"ACCOUNT_SID": "AC" + "1" * 32, "AUTH_TOKEN": "t" * 32, "FROM": "+12125550142"}
    for name, value in account.items():
        monkeypatch.setenv(f"AFTERCARE_TWILIO_{name}", value)
    code, found = doctor()
    assert code == 1 and found["texts"].startswith("MEND") and "public https address" in found["texts"]
    monkeypatch.delenv("AFTERCARE_TWILIO_FROM")
    assert "AFTERCARE_TWILIO_FROM is missing" in doctor()[1]["texts"]


def test_doctor_says_which_text_is_too_long_for_this_clinic(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = tmp_path / "clinic.yml"
    name = (
        "The Riverside Center for Ketamine Treatment, Psychiatry, Pain and Integrative Medicine of New York"
    )
    settings.write_text((ROOT / "clinic.yml").read_text().replace("Riverside Ketamine Clinic", name))
    monkeypatch.setenv("AFTERCARE_CLINIC", str(settings))
    found = doctor()[1]["guidance"]
    assert found.startswith("note") and "Shorten the text" in found


def test_doctor_says_that_the_embedded_database_asks_for_no_password() -> None:
    _, found = doctor()
    assert found["database"].startswith("note") and "asks for no password" in found["database"]


def test_doctor_names_what_to_mend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, project: Path) -> None:
    (project / "models/heads.npz").unlink()
    settings = tmp_path / "clinic.yml"
    settings.write_text((ROOT / "clinic.yml").read_text().replace("America/New_York", "Mars"))
    monkeypatch.setenv("AFTERCARE_CLINIC", str(settings))
    monkeypatch.setenv("DATABASE_URL", NOWHERE)
    monkeypatch.setenv("AFTERCARE_PORT", "web")
    code, found = doctor()
    assert code == 1
    assert found["clinic.yml"].startswith("MEND") and "time_zone" in found["clinic.yml"]
    assert found["models"].startswith("MEND") and "aftercare train" in found["models"]
    assert found["database"].startswith("MEND") and "cannot be reached" in found["database"]
    assert found["address"].startswith("MEND") and "AFTERCARE_PORT" in found["address"]


def test_doctor_sees_a_database_that_is_not_migrated(
    fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_for(fresh_database_url)
    with transaction(engine) as session:
        session.execute(text("DELETE FROM alembic_version"))
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    _, found = doctor()
    assert found["database"].startswith("MEND") and "aftercare migrate" in found["database"]


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
