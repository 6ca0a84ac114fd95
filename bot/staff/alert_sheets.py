"""The reports of alerts: how they ended, how long they waited, and what told of them in vain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.care.bars import Bar
from bot.care.report_figures import Figures
from bot.care.reports import FalseAlarms
from bot.safety.levels import Level
from bot.staff import labels
from bot.staff.sheet import Column, Sheet, Unit, drawn_bars, duration

READERS = {
    "rules": "Rules, alone or with the reader",
    "reader": "Trained reader alone",
    "window": "Several messages read together",
    "signals": "Check-ins over days",
    "unassessed": "Could not be screened",
    "staff": "Flagged by staff",
}


def alert_sheets(figures: Figures) -> list[Sheet]:
    """Outcomes, the time that people took, false alarms."""
    return [_outcomes(figures), *_handling(figures), *_false_alarms(figures)]


def _rank(level: str) -> int:
    return -Level(level).rank if level else 1


def _level(level: str) -> str:
    return labels.LEVELS[level] if level else "All levels"


def _outcomes(figures: Figures) -> Sheet:
    found = sorted(figures.outcomes, key=lambda one: (_rank(one.level), -one.alerts))
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
        drawn_bars(title, drawn),
    )


def _handling(figures: Figures) -> list[Sheet]:
    found = sorted(figures.handling, key=lambda one: _rank(one.level))
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
            "From when an alert was opened, or opened again, until somebody acknowledged it: each time that it waited "
            "counts. The bar is the median, the stroke after it the time within which 9 of 10 waits had ended. Those "
            "that last are in no median: look at the last two columns of the table.",
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
            drawn_bars(
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
            drawn_bars(
                to_end,
                [drawn(one.level, one.resolve_median, one.resolve_p90, one.resolve_worst) for one in found],
            ),
            tests,
        ),
    ]


def _false_alarms(figures: Figures) -> list[Sheet]:
    found = figures.false_alarms
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
        drawn_bars(title, drawn, 1),
        "Duplicates and tests are left out; an alert that several told is counted at each.",
    )
