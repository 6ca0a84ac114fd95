"""The clock that tests move, and the folder that this machine keeps things in."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.clinic.clock import Clock, FixedClock, SystemClock
from bot.clinic.paths import ROOT, data_home


def test_system_clock_is_aware_and_utc() -> None:
    now = SystemClock().now()
    assert now.utcoffset() == timedelta(0)
    assert isinstance(SystemClock(), Clock)


def test_fixed_clock_stands_and_moves() -> None:
    clock = FixedClock(datetime(2026, 3, 1, 20, 0, tzinfo=ZoneInfo("America/New_York")))
    assert clock.now() == clock.now() == datetime(2026, 3, 2, 1, 0, tzinfo=timezone.utc)
    assert clock.now().tzinfo is timezone.utc
    clock.move(timedelta(hours=-2))
    assert clock.now() == datetime(2026, 3, 1, 23, 0, tzinfo=timezone.utc)


def test_fixed_clock_refuses_a_naive_time() -> None:
    with pytest.raises(ValueError, match="time zone"):
        FixedClock(datetime(2026, 3, 1))  # noqa: DTZ001 - the very fault


def test_root_is_the_project() -> None:
    assert (ROOT / "pyproject.toml").is_file() and (ROOT / "bot").is_dir()


def test_data_home_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCARE_HOME", str(tmp_path / "kept" / "here"))
    assert data_home() == tmp_path / "kept" / "here"
    assert data_home().is_dir()
    assert data_home().stat().st_mode & 0o066 == 0, "others can read or list it"


def test_data_home_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AFTERCARE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    home = data_home()
    assert home.parent == tmp_path / ".local" / "share" / "aftercare"
    assert home == data_home(), "the same project keeps the same folder"
