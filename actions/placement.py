"""Where a patient stands between infusions, for a question: from the record, or from what they told us."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from rasa_sdk import Tracker

from actions.base import clinic
from bot.care.people import treatments_of
from bot.care.turn import Turn
from bot.guidance.entry import Entry
from bot.guidance.phases import AFTER, Phase, Placement, infusion_day, phase_of, placement_of_report

TOLD_INFUSION = "told_infusion"

NOT_YET_HOLDS = timedelta(hours=12)
"""How long "not yet" is believed: the next infusion may be tomorrow, and nobody would tell us."""

NOON = time(12, 0)

SOON = 60
"""Days: a date that lies no farther ahead is that of a coming infusion, any other was last year's."""

LATELY = ("today", "yesterday")
"""Reports that name the day. "Earlier" is no day: it is in no contradiction to a record."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def placement_for(entry: Entry, tracker: Tracker, turn: Turn, shift: str | None = None) -> Placement:
    """The placement of the patient for a question on `entry`.

    The record comes first; without one, what the patient told us, which ages like a record. An infusion that they say
    was on a later day than any on record counts beside the record: it may not be written down yet, and whoever had one
    this morning must not be answered as a week ago. shift: "tomorrow" where the question is about the next day; a topic
    whose time is computed needs no shift, its answer names the time.
    """
    infusions = treatments_of(turn.session, turn.conversation)
    remembered = tracker.get_slot(TOLD_INFUSION)
    if isinstance(remembered, dict) and not _on_record(remembered, infusions, turn.now):
        placement = _told(remembered, turn.now)
        if placement.infusion_at is None:
            return placement
        infusions = [*infusions, placement.infusion_at]
    if not infusions:
        return Placement(Phase.UNKNOWN)
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


def told_report(tracker: Tracker, turn: Turn) -> str | None:
    """What the answers take from the patient's own words: today, yesterday, earlier, not_yet; None: by the record."""
    remembered = tracker.get_slot(TOLD_INFUSION)
    if not isinstance(remembered, dict):
        return None
    infusions = treatments_of(turn.session, turn.conversation)
    return None if _on_record(remembered, infusions, turn.now) else str(remembered["report"])


def _on_record(told: dict[str, Any], infusions: Sequence[datetime], now: datetime) -> bool:
    """Whether the record says as much as the patient did: it has infusions, and theirs is on no later day."""
    if not infusions or told.get("report") not in LATELY:
        return bool(infusions)
    day = infusion_day(datetime.fromisoformat(told["infusion_at"]), clinic())
    return any(infusion_day(at, clinic()) >= day for at in infusions if at <= now)


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
