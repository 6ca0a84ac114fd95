"""The reports of a period in words: those of alerts, then what became of messages, check-ins, texts and pages."""

from __future__ import annotations

from bot.care.bars import Bar, course
from bot.care.report_figures import Figures
from bot.staff import labels, page_labels
from bot.staff.alert_sheets import alert_sheets
from bot.staff.sheet import Column, Sheet, Unit, drawn_bars

FEWEST = 5
"""Patients. Who may not read conversations sees no number that fewer than so many stand behind: a day of a single
patient's mood would be that patient's."""

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


def sheets(figures: Figures, may_see_few: bool) -> list[Sheet]:
    """All reports of a period. may_see_few: whether numbers of fewer than `FEWEST` patients are shown."""
    return [
        *alert_sheets(figures),
        _receptions(figures),
        _completion(figures),
        _mood(figures, may_see_few),
        _deliveries(figures),
        _pages(figures),
    ]


def _receptions(figures: Figures) -> Sheet:
    counts: dict[tuple[str, str], int] = {(one.what, one.channel): one.messages for one in figures.receptions}
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
        drawn_bars(title, drawn),
    )


def _completion(figures: Figures) -> Sheet:
    title = "Check-ins answered"
    found = figures.completion
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
        drawn_bars(title, drawn, 1),
        "Planned ones that were cancelled are left out.",
    )


def _mood(figures: Figures, may_see_few: bool) -> Sheet:
    title = "Mood after an infusion"
    days = figures.course
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


def _deliveries(figures: Figures) -> Sheet:
    title = "Text messages of ours"
    found = figures.deliveries
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
        drawn_bars(title, drawn),
    )


def _pages(figures: Figures) -> Sheet:
    title = "Pages to staff"
    found = figures.pages
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
        drawn_bars(title, drawn),
    )
