"""docs/security.md says when its claims were run and with what: all files that it names."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from bot.clinic.paths import ROOT
from bot.staff.permissions import Role
from tests.attack.test_every_route import ROLES

SAID = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    \.venv/bin/pytest (.+)$", SAID, re.MULTILINE)


def test_the_document_says_when_and_with_what() -> None:
    told = re.search(r"was run last on (\d{4}-\d{2}-\d{2})", SAID)
    assert told and date.fromisoformat(told[1]).year >= 2026
    asked = {one for line in COMMANDS for one in line.split()}
    assert (
        asked and [one for one in asked if not (ROOT / "tests" / one.removeprefix("tests/")).exists()] == []
    )


def test_every_file_that_holds_an_attack_off_is_run() -> None:
    table = SAID.partition("| attack | what holds | where |")[2].partition("Found by this")[0]
    named = set(re.findall(r"(test_\w+\.py)", table))
    run = {path.name for line in COMMANDS for one in line.split() for path in _files(one)}
    assert len(named) > 10 and named <= run


def test_every_role_is_attacked_with() -> None:
    assert set(ROLES) == {None, *Role}
    assert "as nobody, nurse, clinician, administrator and auditor" in SAID


def _files(asked: str) -> list[Path]:
    path = ROOT / asked
    return sorted(path.glob("test_*.py")) if path.is_dir() else [path]
