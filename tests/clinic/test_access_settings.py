"""The section `access` of `clinic.yml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.clinic.access_settings import ALL_ROLES
from bot.clinic.errors import ClinicSettingsError
from bot.clinic.paths import ROOT
from bot.clinic.settings import Clinic, load_clinic

DEMO = (ROOT / "clinic.yml").read_text(encoding="utf-8")


def with_line(tmp_path: Path, old: str, new: str) -> Clinic:
    assert DEMO.count(old) == 1
    path = tmp_path / "clinic.yml"
    path.write_text(DEMO.replace(old, new), encoding="utf-8")
    return load_clinic(path)


def test_the_demo_asks_for_no_second_factor() -> None:
    access = load_clinic().access
    assert (access.second_factor, access.idle_minutes, access.longest_hours) == ((), 15, 12)


def test_whoever_takes_the_line_out_asks_everybody(tmp_path: Path) -> None:
    assert with_line(tmp_path, "  second_factor: []\n", "").access.second_factor == ALL_ROLES


def test_some_roles(tmp_path: Path) -> None:
    clinic = with_line(tmp_path, "second_factor: []", "second_factor: [clinician, admin]")
    assert clinic.access.second_factor == ("clinician", "admin")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("second_factor: []", "second_factor: [boss]", "nurse, clinician, admin, auditor"),
        ("second_factor: []", "second_factor: yes", "Write a list"),
        ("idle_minutes: 15", "idle_minutes: 600", "Write 60 or less"),
        ("longest_hours: 12", "longest_hours: 0", "Write 1 or more"),
        ("longest_hours: 12", "longest_hour: 12", "longest_hours"),
    ],
)
def test_a_bad_value_is_named_with_its_fix(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(ClinicSettingsError, match=says):
        with_line(tmp_path, old, new)
