"""Where a question stands: around midnight, with two infusions a week, over a change of the clocks, and by report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from bot.clinic.settings import Clinic
from bot.guidance.errors import NoTimeZone
from bot.guidance.phases import (
    HORIZON,
    Phase,
    Placement,
    Report,
    infusion_day,
    phase_of,
    placement_of_report,
    same_day_ends,
)

NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    """A local time of New York."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    "infusion, now, phase",
    [
        ("2026-11-21 14:00", "2026-11-21 13:59", Phase.BEFORE),
        ("2026-11-21 14:00", "2026-11-21 14:00", Phase.SAME_DAY),
        ("2026-11-21 14:00", "2026-11-21 23:59", Phase.SAME_DAY),
        ("2026-11-21 14:00", "2026-11-22 00:30", Phase.SAME_DAY),
        ("2026-11-21 14:00", "2026-11-22 05:59", Phase.SAME_DAY),
        ("2026-11-21 14:00", "2026-11-22 06:00", Phase.NEXT_DAY),
        ("2026-11-21 14:00", "2026-11-23 05:59", Phase.NEXT_DAY),
        ("2026-11-21 14:00", "2026-11-23 06:00", Phase.LATER),
        ("2026-11-21 20:30", "2026-11-22 08:29", Phase.SAME_DAY),  # at least 12 hours
        ("2026-11-21 20:30", "2026-11-22 08:30", Phase.NEXT_DAY),
        ("2026-11-21 20:30", "2026-11-23 06:00", Phase.LATER),
        (
            "2026-11-21 23:30",
            "2026-11-22 12:00",
            Phase.SAME_DAY,
        ),  # it ended after midnight: Sunday's infusion
        ("2026-11-21 23:30", "2026-11-23 06:00", Phase.NEXT_DAY),
    ],
)
def test_one_infusion(infusion: str, now: str, phase: Phase, clinic: Clinic) -> None:
    assert phase_of(at(now), [at(infusion)], clinic) == Placement(phase, at(infusion))


def test_whenever_an_infusion_ends_a_night_and_half_a_day_lie_before_the_next_day(clinic: Clinic) -> None:
    """The cautious reading of "the next day", around the clock and over both changes of it: never on the date on which
    the infusion ended, never less than twelve hours later, and a later infusion never allows anything earlier."""
    for first in ("2026-11-20 00:00", "2026-10-31 00:00", "2026-03-07 00:00"):
        before = at(first)
        for quarter in range(4 * 48):
            infusion = at(first).astimezone(timezone.utc) + timedelta(minutes=15 * quarter)
            ends = same_day_ends(infusion, clinic)
            ended = (infusion + timedelta(minutes=45)).astimezone(NEW_YORK)
            assert ends.astimezone(NEW_YORK).date() > ended.date()
            assert ends - infusion >= timedelta(hours=12) and ends >= before
            before = ends


def test_one_that_ends_after_midnight_belongs_to_the_day_that_has_begun(clinic: Clinic) -> None:
    ends_before, ends_after = at("2026-11-21 23:14"), at("2026-11-21 23:15")
    assert same_day_ends(ends_before, clinic) == at("2026-11-22 11:14")
    assert same_day_ends(ends_after, clinic) == at("2026-11-23 06:00")


def test_no_treatment_is_unknown(clinic: Clinic) -> None:
    assert phase_of(at("2026-11-21 10:00"), [], clinic) == Placement(Phase.UNKNOWN, None)


def test_the_clinic_sets_the_hour_and_the_hours(make_clinic: Callable[..., Clinic]) -> None:
    clinic = make_clinic(same_day={"until": "09:00", "at_least_hours": 20})
    assert same_day_ends(at("2026-11-21 10:00"), clinic) == at("2026-11-22 09:00")
    assert same_day_ends(at("2026-11-21 16:00"), clinic) == at("2026-11-22 12:00")


MONDAY, THURSDAY = "2026-11-16 10:00", "2026-11-19 10:00"


@pytest.mark.parametrize(
    "now, about_before, phase, infusion",
    [
        ("2026-11-16 15:00", False, Phase.SAME_DAY, MONDAY),
        ("2026-11-16 15:00", True, Phase.BEFORE, THURSDAY),
        ("2026-11-17 12:00", False, Phase.NEXT_DAY, MONDAY),
        ("2026-11-17 12:00", True, Phase.BEFORE, THURSDAY),
        ("2026-11-18 20:00", False, Phase.LATER, MONDAY),
        ("2026-11-18 20:00", True, Phase.BEFORE, THURSDAY),
        ("2026-11-19 08:00", False, Phase.BEFORE, THURSDAY),  # the day of the coming one: all is about it
        ("2026-11-19 11:00", False, Phase.SAME_DAY, THURSDAY),
        ("2026-11-19 11:00", True, Phase.SAME_DAY, THURSDAY),  # none is coming any more
    ],
)
def test_two_infusions_a_week(
    now: str, about_before: bool, phase: Phase, infusion: str, clinic: Clinic
) -> None:
    placement = phase_of(at(now), [at(THURSDAY), at(MONDAY)], clinic, about_before=about_before)
    assert placement == Placement(phase, at(infusion))


def test_the_day_after_one_infusion_stays_its_day_even_when_another_comes_that_day(clinic: Clinic) -> None:
    placement = phase_of(at("2026-11-17 07:00"), [at(MONDAY), at("2026-11-17 15:00")], clinic)
    assert placement == Placement(Phase.NEXT_DAY, at(MONDAY))


def test_beyond_the_horizon_a_coming_infusion_draws_nothing(clinic: Clinic) -> None:
    now, last = at("2026-11-10 12:00"), at("2026-11-02 10:00")
    near, far = now + HORIZON, now + HORIZON + timedelta(minutes=1)
    assert phase_of(now, [last, near], clinic, about_before=True) == Placement(Phase.BEFORE, near)
    assert phase_of(now, [last, far], clinic, about_before=True) == Placement(Phase.LATER, last)
    assert phase_of(now, [far], clinic) == Placement(Phase.BEFORE, far)


@pytest.mark.parametrize(
    "infusion, ends",
    [
        ("2026-10-31 14:00", "2026-11-01 06:00"),  # the night is an hour longer
        ("2026-03-07 14:00", "2026-03-08 06:00"),  # and an hour shorter
        ("2026-10-31 19:30", "2026-11-01 06:30"),  # 12 hours that hold the doubled one
        ("2026-03-07 19:30", "2026-03-08 08:30"),
    ],
)
def test_the_clocks_change_in_the_night_after(infusion: str, ends: str, clinic: Clinic) -> None:
    end = at(ends)
    assert same_day_ends(at(infusion), clinic) == end.astimezone(timezone.utc)
    moment = timedelta(seconds=1)
    assert phase_of(end.astimezone(timezone.utc) - moment, [at(infusion)], clinic).phase is Phase.SAME_DAY
    assert phase_of(end.astimezone(timezone.utc), [at(infusion)], clinic).phase is Phase.NEXT_DAY


def test_times_of_other_zones_are_the_same_moments(clinic: Clinic) -> None:
    infusion = at("2026-11-21 14:00").astimezone(ZoneInfo("Asia/Tokyo"))
    assert (
        phase_of(at("2026-11-22 00:30").astimezone(timezone.utc), [infusion], clinic).phase is Phase.SAME_DAY
    )
    assert infusion_day(infusion, clinic).isoformat() == "2026-11-21"


def test_a_time_without_a_zone_is_refused(clinic: Clinic) -> None:
    naive = datetime(2026, 11, 21, 14)  # noqa: DTZ001 - the point of the test
    with pytest.raises(NoTimeZone, match="time zone"):
        phase_of(naive, [], clinic)
    with pytest.raises(NoTimeZone, match="time zone"):
        phase_of(at("2026-11-21 15:00"), [naive], clinic)


@pytest.mark.parametrize(
    "report, now, phase",
    [
        ("today", "2026-11-21 15:00", Phase.SAME_DAY),
        ("today", "2026-11-22 00:30", Phase.SAME_DAY),
        ("yesterday", "2026-11-22 00:30", Phase.SAME_DAY),
        ("yesterday", "2026-11-22 09:00", Phase.NEXT_DAY),
        ("yesterday", "2026-11-22 23:30", Phase.NEXT_DAY),
        ("earlier", "2026-11-22 09:00", Phase.LATER),
        ("not_yet", "2026-11-22 09:00", Phase.BEFORE),
    ],
)
def test_what_a_patient_says(report: Report, now: str, phase: Phase, clinic: Clinic) -> None:
    placement = placement_of_report(report, at(now), clinic)
    assert placement.phase is phase
    if placement.infusion_at is not None:
        assert phase_of(at(now), [placement.infusion_at], clinic) == placement


def test_what_a_patient_said_ages(clinic: Clinic) -> None:
    placement = placement_of_report("today", at("2026-11-21 15:00"), clinic)
    assert placement.infusion_at is not None
    assert phase_of(at("2026-11-22 10:00"), [placement.infusion_at], clinic).phase is Phase.NEXT_DAY


def test_who_says_today_at_half_past_midnight_may_drive_that_morning(clinic: Clinic) -> None:
    placement = placement_of_report("today", at("2026-11-22 00:30"), clinic)
    assert placement.infusion_at is not None
    assert same_day_ends(placement.infusion_at, clinic) == at("2026-11-22 06:00")
