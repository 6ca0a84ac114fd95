"""The reports in words: each a table that a person reads, a spreadsheet takes, and a drawing shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.care import reports
from bot.care.bars import Bar, bars, course
from bot.care.reports import FalseAlarms, Period
from bot.care.series import CourseDay, course_after_treatment
from bot.safety.levels import Level
from bot.staff import labels, page_labels

Cell = str | int | float | None

FEWEST = 5
"""Patients. Who may not read conversations sees no number that fewer than so many stand behind: a day of a single
patient's mood would be that patient's."""

READERS = {
    "rules": "Rules, alone or with the reader",
    "reader": "Trained reader alone",
    "window": "Several messages read together",
    "signals": "Check-ins over days",
    "unassessed": "Could not be screened",
    "staff": "Flagged by staff",
}
RECEPTIONS = {
    "answered": "Answered from the guidance",
    "asked_back": "Asked back",
    "handed": "Handed to a person",
    "not_covered": "Not covered, and not passed on",
    "safety": "Given the safety text",
    "talk": "Check-ins, greetings and the like",
    "waiting": "Still waiting",
    "failed": "Failed, and told so",
}


class Unit(str, Enum):
    """What the cells of a column are. DURATION: seconds; SHARE: 0 to 1."""

    WORDS = "words"
    COUNT = "count"
    DURATION = "duration"
    SHARE = "share"
    NUMBER = "number"

    def shown(self, cell: Cell) -> str:
        """A cell as a person reads it."""
        if cell is None:
            return "–"
        if self is Unit.DURATION:
            return duration(float(cell))
        if self is Unit.SHARE:
            return f"{float(cell):.0%}"
        return f"{cell:g}" if isinstance(cell, float) else str(cell)

    def exported(self, cell: Cell) -> Cell:
        """A cell as a spreadsheet reckons with it: durations in minutes, shares in percent."""
        if cell is None or isinstance(cell, str):
            return cell
        if self is Unit.DURATION:
            return round(cell / 60, 1)
        return round(100 * cell, 1) if self is Unit.SHARE else cell


_HEADINGS = {Unit.DURATION: " (minutes)", Unit.SHARE: " (%)"}


@dataclass(frozen=True)
class Column:
    """The heading of a column and what stands below it."""

    name: str
    unit: Unit = Unit.COUNT

    @property
    def exported(self) -> str:
        """The heading in a file, with its unit."""
        return self.name + _HEADINGS.get(self.unit, "")


@dataclass(frozen=True)
class Sheet:
    """One report. key: in addresses; says: how to read it; draw: the drawing in a width, None where it would say
    nothing; left_out: what is not in it although it happened."""

    key: str
    title: str
    says: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    draw: Callable[[int], str] | None = None
    left_out: str = ""


def duration(seconds: float) -> str:
    """Seconds as short as can be read at a glance."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.1f} days"


def sheets(session: Session, period: Period, zone: ZoneInfo, may_see_few: bool) -> list[Sheet]:
    """All reports of a period. may_see_few: whether numbers of fewer than `FEWEST` patients are shown."""
    return [
        _outcomes(session, period),
        *_handling(session, period),
        *_false_alarms(session, period),
        _receptions(session, period),
        _completion(session, period),
        _mood(session, period, zone, may_see_few),
        _deliveries(session, period),
        _pages(session, period),
    ]


def _bars(title: str, rows: Sequence[Bar], whole: float | None = None) -> Callable[[int], str] | None:
    return (
        (lambda width: bars(title, rows, width, whole))
        if any(row.value is not None for row in rows)
        else None
    )


def _rank(level: str) -> int:
    return -Level(level).rank if level else 1


def _level(level: str) -> str:
    return labels.LEVELS[level] if level else "All levels"


def _outcomes(session: Session, period: Period) -> Sheet:
    found = sorted(reports.outcomes(session, period), key=lambda one: (_rank(one.level), -one.alerts))
    names = {**labels.DISPOSITIONS, "open": "Open", "acknowledged": "Acknowledged, not resolved"}
    rows = tuple((_level(one.level), names[one.outcome], one.alerts) for one in found)
    title = "Alerts by level and outcome"
    drawn = [
        Bar(
            f"{level}: {outcome[0].lower()}{outcome[1:]}", one.alerts, str(one.alerts), kind=f"at-{one.level}"
        )
        for one, (level, outcome, _) in zip(found, rows)
    ]
    return Sheet(
        "alerts",
        title,
        "What became of the alerts that were opened in this period, as of now.",
        (Column("Level", Unit.WORDS), Column("Outcome", Unit.WORDS), Column("Alerts")),
        rows,
        _bars(title, drawn),
    )


def _handling(session: Session, period: Period) -> list[Sheet]:
    found = sorted(reports.handling(session, period), key=lambda one: _rank(one.level))
    times = (
        Column("Level", Unit.WORDS),
        Column("Alerts"),
        Column("Median", Unit.DURATION),
        Column("9 of 10 within", Unit.DURATION),
        Column("Worst", Unit.DURATION),
    )

    def drawn(level: str, median: float | None, p90: float | None, worst: float | None) -> Bar:
        said = "none yet"
        if median is not None and worst is not None:
            said = f"median {duration(median)}, worst {duration(worst)}"
        return Bar(_level(level), median, said, p90, f"at-{level}" if level else "")

    to_see, to_end = "Time to acknowledge", "Time to resolve"
    tests = "Alerts that were resolved as tests are left out."
    return [
        Sheet(
            "time-to-acknowledge",
            to_see,
            "From the opening of an alert until somebody acknowledged it for the first time. The bar is the median, "
            "the stroke after it the time within which 9 of 10 were acknowledged. Alerts that nobody has acknowledged "
            "are in no median: look at the last two columns of the table.",
            (*times, Column("Not acknowledged"), Column("Longest waiting", Unit.DURATION)),
            tuple(
                (
                    _level(one.level),
                    one.alerts,
                    one.acknowledge_median,
                    one.acknowledge_p90,
                    one.acknowledge_worst,
                    one.pending,
                    one.waiting,
                )
                for one in found
            ),
            _bars(
                to_see,
                [
                    drawn(one.level, one.acknowledge_median, one.acknowledge_p90, one.acknowledge_worst)
                    for one in found
                ],
            ),
            tests,
        ),
        Sheet(
            "time-to-resolve",
            to_end,
            "From the opening of an alert until it was resolved.",
            (*times, Column("Not resolved")),
            tuple(
                (
                    _level(one.level),
                    one.alerts,
                    one.resolve_median,
                    one.resolve_p90,
                    one.resolve_worst,
                    one.unresolved,
                )
                for one in found
            ),
            _bars(
                to_end,
                [drawn(one.level, one.resolve_median, one.resolve_p90, one.resolve_worst) for one in found],
            ),
            tests,
        ),
    ]


def _false_alarms(session: Session, period: Period) -> list[Sheet]:
    found = reports.false_alarms(session, period)
    return [
        _false_alarms_by(by, [one for one in found if one.by == by], names)
        for by, names in (("rule", {}), ("reader", READERS))
    ]


def _false_alarms_by(by: str, found: Sequence[FalseAlarms], names: Mapping[str, str]) -> Sheet:
    title = f"False alarms by {by}"
    rows = tuple((names.get(one.source, one.source), one.resolved, one.false, one.share) for one in found)
    drawn = [
        Bar(str(name), share, f"{share:.0%} ({false} of {resolved})") for name, resolved, false, share in rows
    ]
    return Sheet(
        f"false-alarms-by-{by}",
        title,
        "Of the resolved alerts that each had a part in, how many staff called a false alarm. Few alerts make a share "
        "that says little.",
        (
            Column("What told", Unit.WORDS),
            Column("Resolved alerts"),
            Column("False alarms"),
            Column("Share", Unit.SHARE),
        ),
        rows,
        _bars(title, drawn, 1),
        "Duplicates and tests are left out; an alert that several told is counted at each.",
    )


def _receptions(session: Session, period: Period) -> Sheet:
    counts: dict[tuple[str, str], int] = {
        (one.what, one.channel): one.messages for one in reports.receptions(session, period)
    }
    rows, drawn = [], []
    whole = sum(counts.values())
    for what, name in RECEPTIONS.items():
        web, sms = counts.get((what, "web"), 0), counts.get((what, "sms"), 0)
        if web + sms:
            rows.append((name, web, sms, web + sms, (web + sms) / whole))
            drawn.append(Bar(name, web + sms, f"{web + sms} ({(web + sms) / whole:.0%})"))
    title = "What became of patients' messages"
    return Sheet(
        "messages",
        title,
        "Each message is counted once. One that asked for two things, of which one was answered and one went to a "
        "person, counts as handed to a person.",
        (
            Column("What", Unit.WORDS),
            Column("Web chat"),
            Column("Text message"),
            Column("Both"),
            Column("Share", Unit.SHARE),
        ),
        tuple(rows),
        _bars(title, drawn),
    )


def _completion(session: Session, period: Period) -> Sheet:
    title = "Check-ins answered"
    found = reports.completion(session, period)
    names = [(one.plan_key or "asked for by the patient").replace("_", " ").capitalize() for one in found]
    drawn = [
        Bar(
            name,
            one.share,
            f"{one.share:.0%} of {one.finished + one.partial + one.unanswered}"
            if one.share is not None
            else "none ended yet",
        )
        for name, one in zip(names, found)
    ]
    return Sheet(
        "check-ins",
        title,
        "The share is of those that were asked and have ended: answered to the last question. “Not sent” could not be "
        "sent in its time: see Check-ins.",
        (
            Column("Check-in", Unit.WORDS),
            Column("Answered"),
            Column("In part"),
            Column("No answer"),
            Column("Not sent"),
            Column("Still open"),
            Column("Share answered", Unit.SHARE),
        ),
        tuple(
            (name, one.finished, one.partial, one.unanswered, one.not_sent, one.waiting, one.share)
            for name, one in zip(names, found)
        ),
        _bars(title, drawn, 1),
        "Planned ones that were cancelled are left out.",
    )


def _mood(session: Session, period: Period, zone: ZoneInfo, may_see_few: bool) -> Sheet:
    title = "Mood after an infusion"
    days: list[CourseDay] = course_after_treatment(session, zone, first=period.first, last=period.last)
    shown = [day for day in days if may_see_few or day.patients >= FEWEST]
    hidden = len(days) - len(shown)
    left_out = f"{hidden} days with fewer than {FEWEST} patients are not shown." if hidden else ""
    return Sheet(
        "mood",
        title,
        "Mood from 0 (the worst) to 10 (the best) by day after the latest infusion (0 is its day), over all patients "
        "who answered in this period: the line is the median, the band holds the middle half. Who feels worse may "
        "answer less.",
        (
            Column("Day"),
            Column("Median", Unit.NUMBER),
            Column("Lower quarter", Unit.NUMBER),
            Column("Upper quarter", Unit.NUMBER),
            Column("Infusions"),
            Column("Patients"),
        ),
        tuple((day.day, day.median, day.low, day.high, day.courses, day.patients) for day in shown),
        (lambda width: course(title, shown, width)) if shown else None,
        left_out,
    )


def _deliveries(session: Session, period: Period) -> Sheet:
    title = "Text messages of ours"
    found = reports.deliveries(session, period)
    by_state: dict[str, int] = {}
    for one in found:
        by_state[one.state] = by_state.get(one.state, 0) + one.messages
    drawn = [
        Bar(labels.initial(labels.STATES[state]), count, str(count)) for state, count in by_state.items()
    ]
    return Sheet(
        "deliveries",
        title,
        "As far as the carrier has told. Messages in the web chat are fetched by the browser and cannot fail so.",
        (Column("State", Unit.WORDS), Column("Reason", Unit.WORDS), Column("Messages")),
        tuple((labels.initial(labels.STATES[one.state]), one.failure or None, one.messages) for one in found),
        _bars(title, drawn),
    )


def _pages(session: Session, period: Period) -> Sheet:
    title = "Pages to staff"
    found = reports.pages(session, period)
    names = [
        "Test page"
        if one.way == "test"
        else labels.initial(page_labels.WAYS.get(one.way) or page_labels.service(one.way) or "nobody")
        for one in found
    ]
    drawn = [
        Bar(f"{name}: {page_labels.STATES[one.state]}", one.pages, str(one.pages))
        for name, one in zip(names, found)
    ]
    return Sheet(
        "pages",
        title,
        "Each notification to each address, by what became of it, and how long after it was due it was sent (median).",
        (
            Column("Way", Unit.WORDS),
            Column("State", Unit.WORDS),
            Column("Pages"),
            Column("Sent after", Unit.DURATION),
        ),
        tuple(
            (name, page_labels.STATES[one.state], one.pages, one.seconds) for name, one in zip(names, found)
        ),
        _bars(title, drawn),
    )
