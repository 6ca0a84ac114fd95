"""When the clinic is open: weekly hours and holidays of the roster. Where there are none yet, the hours of clinic.yml.

Nobody keeps a copy to answer by but whoever must answer with the database away: a change in the console counts at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Integer, String, Time, bindparam, case, cast, false, func, null, or_, select
from sqlalchemy.orm import Session

from bot.care.models import Holiday, OpeningHours
from bot.clinic.settings import WEEKDAYS, Clinic, Hours, is_within

LOOK_AHEAD = 28
"""Days in which the next opening, and the next person on call, are looked for."""

MIDNIGHT = time(0, 0)
"""As a closing time, and as the end of a shift: that of the day's end."""


@dataclass(frozen=True)
class OpeningTimes:
    """The clinic's week, by `WEEKDAYS`, and the days on which it is closed (with their names), on its wall clock."""

    zone: ZoneInfo
    hours: Mapping[str, Hours | None]
    holidays: Mapping[date, str] = field(default_factory=dict)

    def is_open(self, at: datetime) -> bool:
        """Whether the clinic is open at `at` (aware). The closing time itself is closed."""
        local = at.astimezone(self.zone)
        return local.date() not in self.holidays and is_within(self.hours, local)

    def next_opening(self, at: datetime) -> datetime:
        """When the clinic is open next: `at` itself where it is, or where it never opens within LOOK_AHEAD days."""
        if self.is_open(at):
            return at
        today = at.astimezone(self.zone).date()
        for day in (today + timedelta(days=days) for days in range(LOOK_AHEAD)):
            hours = self.hours[WEEKDAYS[day.weekday()]]
            if hours is None or day in self.holidays:
                continue
            opening = datetime.combine(day, hours.open, self.zone).astimezone(timezone.utc)
            if opening > at:
                return opening
        return at


def by_file(clinic: Clinic) -> OpeningTimes:
    """What clinic.yml says: what counts before anything else was ever read."""
    return OpeningTimes(clinic.zone, clinic.opening_hours)


def opening_times(session: Session, clinic: Clinic) -> OpeningTimes:
    """The clinic's hours and holidays as they are now, in one statement."""
    week = select(
        OpeningHours.weekday,
        OpeningHours.opens,
        OpeningHours.closes,
        cast(null(), Date),
        cast(null(), String),
    )
    days = select(cast(null(), Integer), cast(null(), Time), cast(null(), Time), Holiday.day, Holiday.name)
    hours: dict[str, Hours | None] = {}
    holidays: dict[date, str] = {}
    for weekday, opens, closes, day, name in session.execute(week.union_all(days)):
        if weekday is None:
            holidays[day] = name
        else:
            hours[WEEKDAYS[weekday]] = None if opens is None else Hours(opens, _close(closes))
    in_order = {day: hours.get(day, clinic.opening_hours[day]) for day in WEEKDAYS}
    return OpeningTimes(clinic.zone, in_order, holidays)


def open_now(session: Session, clinic: Clinic, at: datetime) -> bool:
    """Whether the clinic is open at `at` (aware), in one statement."""
    return decided(session.execute(_OPEN_NOW, roster_time(at, clinic)).scalar_one(), clinic, at)


def _is_open_by_roster() -> Any:
    clock = bindparam("roster_clock", type_=Time())
    ends = or_(OpeningHours.closes > clock, OpeningHours.closes == MIDNIGHT)
    hours = select(func.coalesce((OpeningHours.opens <= clock) & ends, false())).where(
        OpeningHours.weekday == bindparam("roster_weekday")
    )
    holiday = select(Holiday.day).where(Holiday.day == bindparam("roster_day")).exists()
    return case((holiday, false()), else_=hours.scalar_subquery())


IS_OPEN_BY_ROSTER: Final = _is_open_by_roster()
"""SQL: whether the clinic is open, as a column for `decided`: null where there are no hours yet. Executed with
`roster_time`."""

_OPEN_NOW: Final = select(IS_OPEN_BY_ROSTER)


def roster_time(at: datetime, clinic: Clinic) -> dict[str, Any]:
    """`at` (aware) on the clinic's wall clock, as the values of IS_OPEN_BY_ROSTER."""
    local = at.astimezone(clinic.zone)
    return {
        "roster_clock": local.time().replace(tzinfo=None),
        "roster_weekday": local.weekday(),
        "roster_day": local.date(),
    }


def decided(by_roster: bool | None, clinic: Clinic, at: datetime) -> bool:
    """What IS_OPEN_BY_ROSTER found; what clinic.yml says where it found no hours."""
    return clinic.is_open(at) if by_roster is None else by_roster


def _close(closes: time) -> time:
    return time.max if closes == MIDNIGHT else closes
