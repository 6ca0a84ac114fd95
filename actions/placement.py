"""Where a patient stands between infusions, for a question: from the record, or from what they told us."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import Any

from rasa_sdk import Tracker

from actions.base import clinic
from bot.care.people import treatments_of
from bot.care.turn import Turn
from bot.guidance.entry import Entry
from bot.guidance.phases import AFTER, Phase, Placement, phase_of, placement_of_report

TOLD_INFUSION = "told_infusion"

NOT_YET_HOLDS = timedelta(hours=12)
"""How long "not yet" is believed: the next infusion may be tomorrow, and nobody would tell us."""

NOON = time(12, 0)

SOON = 60
"""Days: a date that lies no farther ahead is that of a coming infusion, any other was last year's."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def placement_for(entry: Entry, tracker: Tracker, turn: Turn, shift: str | None = None) -> Placement:
    """The placement of the patient for a question on `entry`.

    The record comes first; without one, what the patient told us, which ages like a record. shift: "tomorrow" where the
    question is about the next day; a topic whose time is computed needs no shift, its answer names the time.
    """
    infusions = treatments_of(turn.session, turn.conversation)
    if not infusions:
        told = tracker.get_slot(TOLD_INFUSION)
        placement = _told(told, turn.now) if isinstance(told, dict) else Placement(Phase.UNKNOWN)
        infusions = [placement.infusion_at] if placement.infusion_at is not None else []
        if not infusions:
            return placement
    placement = phase_of(turn.now, infusions, clinic(), entry.about_before)
    if shift and entry.rule is None and placement.phase in AFTER:
        shifted = phase_of(_noon_tomorrow(turn.now), infusions, clinic(), entry.about_before)
        return Placement(shifted.phase, placement.infusion_at) if shifted.phase in AFTER else placement
    return placement


def told(report: str, now: datetime) -> dict[str, Any]:
    """What to remember of the patient's own report: today, yesterday, earlier, not_yet, a weekday, a date ("11-20")."""
    report = _by_calendar(report, now.astimezone(clinic().zone).date())
    placement = placement_of_report(report, now, clinic())  # type: ignore[arg-type]
    at = placement.infusion_at
    return {"report": report, "infusion_at": at.isoformat() if at else None, "told_at": now.isoformat()}


def _by_calendar(report: str, today: date) -> str:
    """A weekday or a date as one of the four reports; of two days that could be meant, the later: it promises less."""
    if report in WEEKDAYS:
        return _days_ago((today.weekday() - WEEKDAYS.index(report)) % 7)
    if "-" not in report:
        return report
    month, day = (int(part) for part in report.split("-"))
    years = (today.year, today.year - 1)
    days = [(today - date(year, month, day)).days for year in years if _exists(year, month, day)]
    if not days:
        return "today"
    return _days_ago(days[0] if days[0] >= -SOON else days[-1])


def _days_ago(days: int) -> str:
    if days < 0:
        return "not_yet"
    return ("today", "yesterday")[days] if days < 2 else "earlier"


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def _told(told: dict[str, Any], now: datetime) -> Placement:
    if told.get("infusion_at"):
        at = datetime.fromisoformat(told["infusion_at"])
        return Placement(phase_of(now, [at], clinic()).phase, at)
    if now - datetime.fromisoformat(told["told_at"]) < NOT_YET_HOLDS:
        return Placement(Phase.BEFORE)
    return Placement(Phase.UNKNOWN)


def _noon_tomorrow(now: datetime) -> datetime:
    local = now.astimezone(clinic().zone)
    return datetime.combine(local.date() + timedelta(days=1), NOON, tzinfo=clinic().zone)
