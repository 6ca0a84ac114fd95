"""The section check_ins of clinic.yml: what it may say, and what somebody who wrote it wrong is told."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import pytest

from bot.clinic.check_in_settings import CheckIns
from bot.clinic.errors import ClinicSettingsError
from bot.clinic.paths import ROOT
from bot.clinic.settings import load_clinic

DEMO = (ROOT / "clinic.yml").read_text(encoding="utf-8")
EVENING = "{ key: evening, day: 0, window: [18:00, 20:30], hours_after: 4, instrument: daily }"


def load(tmp_path: Path, old: str, new: str) -> CheckIns:
    assert DEMO.count(old) == 1, f"the demo clinic.yml does not hold {old!r} exactly once"
    path = tmp_path / "clinic.yml"
    path.write_text(DEMO.replace(old, new), encoding="utf-8")
    return load_clinic(path).check_ins


def test_the_demo_clinic_says_what_is_shipped() -> None:
    written = load_clinic(ROOT / "clinic.yml").check_ins
    assert written.plan == CheckIns().plan
    assert [(one.key, one.day) for one in written.plan] == [
        ("evening", 0),
        ("next_morning", 1),
        *((f"day_{day}", day) for day in (3, 7, 14, 21, 28)),
    ]
    assert written.weeks == 4


def test_no_plan_at_all_is_a_plan(tmp_path: Path) -> None:
    start = DEMO.index("  plan:\n")
    end = DEMO.index("\n\n", start)
    assert load(tmp_path, DEMO[start:end], "  plan: []").plan == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (EVENING, EVENING.replace("18:00", "20:00"), ("window", "shorter than 60 minutes", "later end")),
        (EVENING, EVENING.replace("20:30", "22:30"), ("evening", "quiet hours", "Move the window")),
        (EVENING, EVENING.replace("[18:00, 20:30]", "evening"), ("window", "Write [10:00, 14:00]")),
        (EVENING, EVENING.replace("[18:00, 20:30]", "[18:00, 25:00]"), ("window", "not a time of day")),
        (EVENING, EVENING.replace("day: 0", "day: 1"), ("next_morning", "in order, at most one a day")),
        (EVENING, EVENING.replace("key: evening", "key: day_3"), ("day_3", "stands in it twice")),
        (EVENING, EVENING.replace("key: evening", "key: This evening"), ("key", "small letters")),
        (EVENING, EVENING.replace("daily", "dayly"), ("instrument", "no questionnaire", "daily")),
        (EVENING, EVENING.replace("day: 0", "day: -1"), ("day", "0 or more")),
        (EVENING, EVENING.replace("hours_after: 4", "hours_afer: 4"), ("hours_afer", "hours_after instead")),
        ("[21:00, 08:00]", "[21:00, 21:00]", ("quiet_hours", "same time")),
        ("remind_after_hours: 2", "remind_after_hours: soon", ("remind_after_hours", "whole number")),
        ("expire_after_hours: 36", "expire_after_hours: 500", ("expire_after_hours", "96 or less")),
        ("Riverside care team", "Riverside Ketamine Clinic", ("sender", "Ketamin", "without it")),
        ("Riverside care team", "The depression unit", ("sender", "depress")),
        ("Riverside care team", "The whole team of the Riverside Clinic", ("sender", "30 characters")),
    ],
)
def test_what_is_wrong_is_named_with_its_fix(
    tmp_path: Path, old: str, new: str, says: tuple[str, ...]
) -> None:
    with pytest.raises(ClinicSettingsError) as caught:
        load(tmp_path, old, new)
    (problem,) = caught.value.problems
    assert "check_ins" in problem and all(part in problem for part in says), problem


@pytest.mark.parametrize(
    ("hours", "at", "quiet"),
    [
        ((time(21), time(8)), time(20, 59), False),
        ((time(21), time(8)), time(21), True),
        ((time(21), time(8)), time(7, 59), True),
        ((time(21), time(8)), time(8), False),
        ((time(1), time(5)), time(0, 59), False),
        ((time(1), time(5)), time(3), True),
    ],
)
def test_quiet_hours_over_midnight_and_within_a_day(hours: tuple[time, time], at: time, quiet: bool) -> None:
    assert CheckIns(quiet_hours=hours, plan=()).is_quiet(datetime.combine(date(2026, 3, 1), at)) is quiet


@pytest.mark.parametrize("minutes", ["-1", "181", "half an hour"])
def test_a_spread_that_makes_no_sense_is_refused(tmp_path: Path, minutes: str) -> None:
    with pytest.raises(ClinicSettingsError, match="spread_minutes"):
        load(tmp_path, "spread_minutes: 30", f"spread_minutes: {minutes}")
