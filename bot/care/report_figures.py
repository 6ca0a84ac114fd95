"""All figures of the reports of one period: reckoned from the record, or kept from a little while ago.

What a large clinic's year comes to takes seconds to reckon. The care worker does that beforehand for each period that
the console offers, and keeps what came out with its time; the page says as of when its figures are. What is reckoned
in no time is never kept: a small clinic always reads the record itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.care import reports
from bot.care.models import ReportSnapshot
from bot.care.reports import Completion, Delivery, FalseAlarms, Handling, Outcome, Paged, Period, Reception
from bot.care.series import CourseDay, course_after_treatment

DAYS = (7, 30, 90, 365)
"""The periods that can be asked for, each up to now."""

KEPT_FOR = timedelta(days=1)
"""An older snapshot is no answer any more: better to wait for the true figures."""


@dataclass(frozen=True)
class Figures:
    """What happened in a period. as_of: when it was reckoned; the other fields: bot/care/reports.py, and the course of
    mood after a treatment."""

    as_of: datetime
    outcomes: Sequence[Outcome]
    handling: Sequence[Handling]
    false_alarms: Sequence[FalseAlarms]
    receptions: Sequence[Reception]
    completion: Sequence[Completion]
    course: Sequence[CourseDay]
    deliveries: Sequence[Delivery]
    pages: Sequence[Paged]


_ROWS = {
    "outcomes": Outcome,
    "handling": Handling,
    "false_alarms": FalseAlarms,
    "receptions": Reception,
    "completion": Completion,
    "course": CourseDay,
    "deliveries": Delivery,
    "pages": Paged,
}


def reckon(session: Session, days: int, zone: ZoneInfo, now: datetime) -> Figures:
    """The figures of the last `days` days before `now` (aware), from the record itself. zone: of the calendar."""
    period = Period(now - timedelta(days=days), now)
    return Figures(
        as_of=now,
        outcomes=reports.outcomes(session, period),
        handling=reports.handling(session, period),
        false_alarms=reports.false_alarms(session, period),
        receptions=reports.receptions(session, period),
        completion=reports.completion(session, period),
        course=course_after_treatment(session, zone, first=period.first, last=period.last),
        deliveries=reports.deliveries(session, period),
        pages=reports.pages(session, period),
    )


def figures(session: Session, days: int, zone: ZoneInfo, now: datetime) -> Figures:
    """The figures of the last `days` days: those that are kept, otherwise reckoned now."""
    found = session.get(ReportSnapshot, days)
    if found is None or now - found.as_of > KEPT_FOR:
        return reckon(session, days, zone, now)
    rows = {name: [kind(**row) for row in found.figures[name]] for name, kind in _ROWS.items()}
    return Figures(as_of=found.as_of, **rows)


def keep(session: Session, days: int, what: Figures) -> None:
    """Keep the figures of the last `days` days in place of those that are kept."""
    rows = {name: [asdict(row) for row in getattr(what, name)] for name in _ROWS}
    values = {"as_of": what.as_of, "figures": rows}
    statement = insert(ReportSnapshot).values(days=days, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["days"], set_=values))


def forget(session: Session, days: int) -> None:
    """Keep none: they are reckoned when somebody asks."""
    session.execute(delete(ReportSnapshot).where(ReportSnapshot.days == days))


def is_kept_since(session: Session, days: int, since: datetime) -> bool:
    """Whether figures are kept that were reckoned at `since` or later (aware)."""
    statement = select(ReportSnapshot.days).where(ReportSnapshot.days == days, ReportSnapshot.as_of >= since)
    return session.execute(statement).first() is not None
