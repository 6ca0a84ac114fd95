"""Where a patient stands between infusions.

Phases are hours, not dates: `same_day` lasts until the clinic's hour of the next morning (`same_day.until`, 06:00)
and at least `same_day.at_least_hours` (12) after the infusion, so that half past midnight is still the same day.
`next_day` follows until that hour of the morning after; `later` is everything beyond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum
from typing import Literal

from bot.clinic.settings import Clinic
from bot.guidance.errors import NoTimeZone

INFUSION_LASTS = timedelta(minutes=45)
"""How long a drip runs (source 002, "IV works quickly"). One that ends after midnight belongs to the day it ends on."""

HORIZON = timedelta(days=14)
"""How far ahead a coming infusion draws the questions about *before* to itself. Preparing begins a week ahead at most
(source 000 asks to stop alcohol, tobacco and cannabis a week before); two weeks leave room for who plans early."""

_REPORTED_HOUR = time(18, 0)
# For a patient who only says "yesterday": an hour by which clinics have finished their last infusion.

Report = Literal["today", "yesterday", "earlier", "not_yet"]


class Phase(str, Enum):
    """Where in time a question stands, seen from one infusion."""

    BEFORE = "before"
    SAME_DAY = "same_day"
    NEXT_DAY = "next_day"
    LATER = "later"
    UNKNOWN = "unknown"


AFTER = (Phase.SAME_DAY, Phase.NEXT_DAY, Phase.LATER)
"""The phases that an infusion lies behind."""


@dataclass(frozen=True)
class Placement:
    """The phase, and the infusion that it is counted from (aware; None when nobody knows it)."""

    phase: Phase
    infusion_at: datetime | None = None


def phase_of(
    now: datetime, treatments: Sequence[datetime], clinic: Clinic, about_before: bool = False
) -> Placement:
    """Place a question that is asked at `now`.

    treatments: when the patient's infusions are (or were) given, in any order, all aware. about_before: the question is
    about preparing (`Entry.about_before`): it belongs to the coming infusion within HORIZON, where there is one. Other
    questions belong to the last infusion, with one exception: on the day of a coming infusion, once the last one is
    `later`, everything is about the coming one ("can I drive today?" two hours before the drip).
    No treatments: phase unknown. Raises NoTimeZone for a naive datetime.
    """
    now = _utc(now, "The current time")
    times = sorted(_utc(at, "The time of an infusion") for at in treatments)
    past = [at for at in times if at <= now]
    coming = [at for at in times if at > now]
    if not times:
        return Placement(Phase.UNKNOWN)
    if not past:
        return Placement(Phase.BEFORE, coming[0])
    last = _after(now, past[-1], clinic)
    if coming:
        today = now.astimezone(clinic.zone).date() == coming[0].astimezone(clinic.zone).date()
        if (about_before and coming[0] - now <= HORIZON) or (today and last.phase is Phase.LATER):
            return Placement(Phase.BEFORE, coming[0])
    return last


def placement_of_report(report: Report, now: datetime, clinic: Clinic) -> Placement:
    """Place a patient who is in no record and answered when the infusion was.

    The moment returned is the latest that plausibly fits, so that a time computed from it is not too early: "today" is
    now (but 18:00 of the day before, while it is before the clinic's `same_day.until`: who says "today" at 00:30 has
    not slept since), "yesterday" and "earlier" are 18:00 of yesterday and of the day before it. Keep `infusion_at` and
    hand it to `phase_of` later on: the answer ages like a record. Raises NoTimeZone for a naive datetime.
    """
    now = _utc(now, "The current time")
    if report == "not_yet":
        return Placement(Phase.BEFORE)
    local = now.astimezone(clinic.zone)
    night = local.time() < clinic.same_day.until
    if report == "today" and not night:
        return _after(now, now, clinic)
    days = 2 if report == "earlier" else 1
    evening = datetime.combine(local.date() - timedelta(days=days), _REPORTED_HOUR, tzinfo=clinic.zone)
    return _after(now, evening.astimezone(timezone.utc), clinic)


def nominal_infusion(phase: Phase, now: datetime, clinic: Clinic) -> datetime:
    """The moment to count from when only the phase after an infusion is known: the latest that fits. Aware, UTC."""
    reports: dict[Phase, Report] = {Phase.SAME_DAY: "today", Phase.NEXT_DAY: "yesterday"}
    placed = placement_of_report(reports.get(phase, "earlier"), now, clinic).infusion_at
    return placed or _utc(now, "The current time")


def infusion_day(infusion_at: datetime, clinic: Clinic) -> date:
    """The local date that an infusion counts for: the one that it ends on."""
    ended = _utc(infusion_at, "The time of an infusion") + INFUSION_LASTS
    return ended.astimezone(clinic.zone).date()


def same_day_ends(infusion_at: datetime, clinic: Clinic) -> datetime:
    """When `same_day` is over and `next_day` begins. Aware, UTC."""
    at = _utc(infusion_at, "The time of an infusion")
    morning = _morning(infusion_day(at, clinic) + timedelta(days=1), clinic)
    return max(morning, at + timedelta(hours=clinic.same_day.at_least_hours))


def next_day_ends(infusion_at: datetime, clinic: Clinic) -> datetime:
    """When `next_day` is over and `later` begins: the clinic's morning hour, a local day on. Aware, UTC."""
    first = same_day_ends(infusion_at, clinic).astimezone(clinic.zone).date()
    return _morning(first + timedelta(days=1), clinic)


def _after(now: datetime, infusion_at: datetime, clinic: Clinic) -> Placement:
    if now < same_day_ends(infusion_at, clinic):
        return Placement(Phase.SAME_DAY, infusion_at)
    if now < next_day_ends(infusion_at, clinic):
        return Placement(Phase.NEXT_DAY, infusion_at)
    return Placement(Phase.LATER, infusion_at)


def _morning(day: date, clinic: Clinic) -> datetime:
    return datetime.combine(day, clinic.same_day.until, tzinfo=clinic.zone).astimezone(timezone.utc)


def _utc(at: datetime, what: str) -> datetime:
    # Compared in UTC throughout: Python compares two datetimes of one zone by wall time, wrong around a DST change.
    if at.tzinfo is None:
        raise NoTimeZone(what)
    return at.astimezone(timezone.utc)
