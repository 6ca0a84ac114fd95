"""`aftercare doctor` names what to mend, and nothing else."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from bot.care.database import engine_for, transaction
from bot.cli import main
from bot.clinic.paths import ROOT

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


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
        "proxy",
        "log-in",
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
