"""From infusions to times: in their windows, at most one a day, whatever the clocks of the world do."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.care.check_in_plan import Planned, share_of, times
from bot.clinic.check_in_settings import CheckIns, PlanEntry

SHIPPED = CheckIns()
NEW_YORK = ZoneInfo("America/New_York")
# Those that are still of use, the odd ones among them: half hours, whole days skipped, clocks that change at midnight.
ZONES = sorted(
    name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "System"))
)

zones = st.sampled_from(ZONES).map(ZoneInfo)
FIRST, LAST = (datetime.fromisoformat(day) for day in ("2010-01-01", "2035-01-01"))
moments = st.datetimes(FIRST, LAST, timezones=st.just(timezone.utc))
courses = st.lists(moments, min_size=1, max_size=2) | moments.flatmap(
    lambda first: st.lists(
        st.timedeltas(timedelta(0), timedelta(days=40)).map(lambda later: first + later),
        min_size=1,
        max_size=8,
    )
)


@st.composite
def plans(draw: st.DrawFn) -> CheckIns:
    """Any plan that clinic.yml may hold."""
    entries = []
    for day in sorted(draw(st.sets(st.integers(0, 40), max_size=7))):
        begin = draw(st.integers(0, 22 * 60))
        end = draw(st.integers(begin + 60, 24 * 60 - 1))
        window = (time(begin // 60, begin % 60), time(end // 60, end % 60))
        entries.append(
            PlanEntry(key=f"day_{day}", day=day, window=window, hours_after=draw(st.integers(0, 12)))
        )
    quiet = (time(23, 59), time(0, 0))
    hours, minutes = draw(st.integers(2, 96)), draw(st.integers(0, 180))
    return CheckIns(plan=entries, quiet_hours=quiet, expire_after_hours=hours, spread_minutes=minutes)


shares = st.floats(0, 1, exclude_max=True)


def planned(infusions: list[datetime], plan: CheckIns, zone: ZoneInfo, share: float = 0.0) -> list[Planned]:
    return times(list(enumerate(infusions, 1)), plan, zone, share)


@settings(max_examples=150, deadline=None)
@given(courses, plans(), zones, shares)
def test_every_check_in_is_in_its_window_and_there_is_one_a_day_at_most(
    infusions: list[datetime], plan: CheckIns, zone: ZoneInfo, share: float
) -> None:
    found = planned(infusions, plan, zone, share)
    entries = {entry.key: entry for entry in plan.plan}
    days = []
    for one in found:
        entry, infusion = entries[one.key], infusions[one.treatment_id - 1]
        local = one.due_at.astimezone(zone)
        days.append(local.date())
        assert local.date() == infusion.astimezone(zone).date() + timedelta(days=entry.day)
        assert one.due_at <= one.send_by
        assert one.due_at >= infusion + timedelta(hours=entry.hours_after)
        # At the window's beginning or later; where the clock jumps over the beginning, right after the jump.
        assert local.time() >= entry.window[0]
        assert one.due_at < one.expires_at <= one.due_at + timedelta(hours=plan.expire_after_hours)
    assert len(days) == len(set(days))
    for earlier, later in zip(found, found[1:], strict=False):
        assert earlier.due_at < later.due_at and earlier.expires_at <= later.due_at


@settings(max_examples=150, deadline=None)
@given(courses, plans(), zones)
def test_from_the_day_of_an_infusion_on_only_its_own_plan_counts(
    infusions: list[datetime], plan: CheckIns, zone: ZoneInfo
) -> None:
    for one in planned(infusions, plan, zone):
        mine = infusions[one.treatment_id - 1]
        day = one.due_at.astimezone(zone).date()
        assert not any(other > mine and other.astimezone(zone).date() <= day for other in infusions)


@settings(max_examples=80, deadline=None)
@given(moments, zones)
def test_the_shipped_plan_of_one_infusion_is_whole(infusion: datetime, zone: ZoneInfo) -> None:
    """Only an infusion in the second half of the day loses its evening, and a day that a zone skipped its check-in."""
    keys = [one.key for one in planned([infusion], SHIPPED, zone)]
    local = infusion.astimezone(zone)
    wanted = [entry.key for entry in SHIPPED.plan]
    if local.hour >= 15:
        assert set(wanted) - set(keys) <= {"evening", *skipped(zone)}
    else:
        assert set(wanted) - set(keys) <= skipped(zone)


def skipped(zone: ZoneInfo) -> set[str]:
    """Two zones went over the date line and left out a day."""
    return {entry.key for entry in SHIPPED.plan} if zone.key in ("Pacific/Apia", "Pacific/Fakaofo") else set()


@settings(max_examples=80, deadline=None)
@given(courses, plans(), zones)
def test_the_order_in_which_infusions_are_recorded_does_not_matter(
    infusions: list[datetime], plan: CheckIns, zone: ZoneInfo
) -> None:
    numbered = list(enumerate(infusions, 1))
    assert times(numbered, plan, zone) == times(numbered[::-1], plan, zone)


def at(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def shown(found: list[Planned], zone: ZoneInfo = NEW_YORK) -> list[tuple[str, str]]:
    return [(one.key, f"{one.due_at.astimezone(zone):%a %d %b %H:%M %z}") for one in found]


@pytest.mark.parametrize(
    ("infusion", "offsets"),
    [
        ("2026-03-06 10:00", ["-0500", "-0500", *["-0400"] * 5]),
        ("2026-10-30 10:00", ["-0400", "-0400", *["-0500"] * 5]),
    ],
)
def test_a_plan_over_a_change_of_the_clocks_keeps_the_patients_hours(
    infusion: str, offsets: list[str]
) -> None:
    found = planned([at(infusion)], SHIPPED, NEW_YORK)
    local = [one.due_at.astimezone(NEW_YORK) for one in found]
    assert [f"{one:%H:%M}" for one in local] == ["18:00", "09:00", *["10:00"] * 5]
    assert [f"{one:%z}" for one in local] == offsets


def test_a_course_of_three_in_a_week_asks_once_a_day_and_ends_with_the_last_plan() -> None:
    found = planned(
        [at("2026-03-16 10:00"), at("2026-03-18 10:00"), at("2026-03-20 16:00")], SHIPPED, NEW_YORK
    )
    assert shown(found) == [
        ("evening", "Mon 16 Mar 18:00 -0400"),
        ("next_morning", "Tue 17 Mar 09:00 -0400"),
        ("evening", "Wed 18 Mar 18:00 -0400"),
        ("next_morning", "Thu 19 Mar 09:00 -0400"),
        ("evening", "Fri 20 Mar 20:00 -0400"),
        ("next_morning", "Sat 21 Mar 09:00 -0400"),
        ("day_3", "Mon 23 Mar 10:00 -0400"),
        ("day_7", "Fri 27 Mar 10:00 -0400"),
        ("day_14", "Fri 03 Apr 10:00 -0400"),
        ("day_21", "Fri 10 Apr 10:00 -0400"),
        ("day_28", "Fri 17 Apr 10:00 -0400"),
    ]


@settings(max_examples=150, deadline=None)
@given(courses, plans(), zones, shares)
def test_who_is_asked_later_is_asked_in_the_first_half_of_what_is_left(
    infusions: list[datetime], plan: CheckIns, zone: ZoneInfo, share: float
) -> None:
    first, later = planned(infusions, plan, zone), planned(infusions, plan, zone, share)
    assert [(one.treatment_id, one.key, one.send_by) for one in first] == [
        (one.treatment_id, one.key, one.send_by) for one in later
    ]
    for one, other in zip(first, later, strict=True):
        assert timedelta(0) <= other.due_at - one.due_at <= timedelta(minutes=plan.spread_minutes)
        assert other.due_at - one.due_at <= other.send_by - other.due_at


def test_patients_are_spread_evenly_and_each_keeps_the_minute() -> None:
    shares = [share_of(patient) for patient in range(1, 1001)]
    assert shares == [share_of(patient) for patient in range(1, 1001)]
    counts = [sum(part <= 10 * share < part + 1 for share in shares) for part in range(10)]
    assert min(counts) > 70 and max(counts) < 130


def test_too_late_an_infusion_has_no_evening() -> None:
    found = planned([at("2026-03-16 17:00")], SHIPPED, NEW_YORK)
    assert [one.key for one in found][:2] == ["next_morning", "day_3"]


def test_an_evening_ends_when_the_morning_begins() -> None:
    evening, morning, day_3, *_ = planned([at("2026-03-16 10:00")], SHIPPED, NEW_YORK)
    assert evening.expires_at == morning.due_at
    assert morning.expires_at == morning.due_at + timedelta(hours=36) < day_3.due_at


def test_a_day_that_a_zone_left_out_has_no_check_in() -> None:
    """In Samoa there was no 30 December 2011."""
    apia = ZoneInfo("Pacific/Apia")
    found = planned([at("2011-12-27 10:00", apia)], SHIPPED, apia)
    assert [one.key for one in found] == ["evening", "next_morning", "day_7", "day_14", "day_21", "day_28"]
