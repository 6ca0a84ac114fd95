"""What was measured, as the Markdown of docs/performance.md, which it replaces between its two marks."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.crowd import Acknowledged, Round
from bench.figures import Sample, milliseconds, ratio, shown, table, times
from bench.memory import Resident
from bench.messages import candidates
from bench.training import ALL, Trained
from bench.turns import EARLY, LATE, Conversation
from bot.clinic.paths import ROOT

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass
class Measured:
    """Everything of one run; `stock` and `ours` by system, in the order in which it was measured."""

    form: str
    date: str
    busy_before: float
    starts: dict[str, list[tuple[float, float]]] = field(
        default_factory=lambda: {"stock": [], "aftercare": []}
    )
    left_out: list[str] = field(default_factory=list)
    disturbed: str = ""
    conversations: dict[str, list[Conversation]] = field(
        default_factory=lambda: {"stock": [], "aftercare": []}
    )
    check_ins: dict[str, list[float]] = field(default_factory=dict)
    crowds: dict[str, list[Round]] = field(default_factory=lambda: {"stock": [], "aftercare": []})
    processor: dict[str, dict[str, float]] = field(default_factory=dict)
    acknowledged: Acknowledged | None = None
    rate: float = 0.0
    memory: dict[str, list[Resident]] = field(default_factory=dict)
    inside: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    screen_alone: tuple[float, ...] = ()
    screen_rate: float = 0.0
    life: str = ""
    trained: Trained | None = None
    trained_ours: float = 0.0
    people: int = 50
    late: int = LATE


def markdown(measured: Measured) -> str:
    """The whole generated part."""
    parts = [_machine(measured), _summary(measured), "![Each turn of one conversation](performance.svg)"]
    parts.append("### Where each millisecond goes\n\n" + measured.life)
    parts.append("### Processor time of a turn\n\n" + _processor(measured))
    parts.append("### Where each megabyte goes\n\n" + _memory(measured))
    return "\n\n".join(parts)


def write(text: str, page: Path = PAGE) -> None:
    """Put the generated part between the marks. Raises ValueError where the page has none."""
    whole = page.read_text(encoding="utf-8")
    before, found, rest = whole.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"{page} has no {BEGIN} and {END}; put them where the tables belong.")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _machine(measured: Measured) -> str:
    memory = psutil.virtual_memory().total / 2**30
    quiet = "" if measured.busy_before < 0.5 else " **The machine was not idle: compare ratios only.**"
    return (
        f"Measured {measured.date} UTC by `make {measured.form}`, on {os.cpu_count()} processors "
        f"({platform.machine()}, {platform.system()}), {memory:.0f} GB, Python {platform.python_version()}; "
        f"load before the run {measured.busy_before:.1f}.{quiet}"
    )


def _readable(conversations: Sequence[Conversation], number: int) -> Sample:
    return milliseconds([turn.readable for one in conversations for turn in one.around(number)])


def _summary(measured: Measured) -> str:
    rows: list[tuple[str, str, str, str, str]] = []

    def line(what: str, stock: Sample, ours: Sample, wanted: str, more_is_better: bool = False) -> None:
        over, under = (ours, stock) if more_is_better else (stock, ours)
        rows.append((what, str(stock), str(ours), times(over, under), wanted))

    stock, ours = (measured.conversations[name] for name in ("stock", "aftercare"))
    early = _readable(stock, EARLY), _readable(ours, EARLY)
    late = _readable(stock, measured.late), _readable(ours, measured.late)
    line(f"reply readable, turn {EARLY}", *early, "1 ×")
    line(f"reply readable, turn {measured.late}", *late, "1 ×")
    growth = [ratio(after, before) for before, after in zip(early, late)]
    rows.append(
        (
            f"turn {measured.late} against turn {EARLY}",
            *(f"{shown(middle)} × slower ({shown(low)} to {shown(high)})" for middle, low, high in growth),
            "",
            "ours at most 1.3 × slower",
        )
    )
    line(
        "reply readable, an answer in a check-in",
        *(milliseconds(measured.check_ins[n]) for n in _BOTH),
        "1 ×",
    )
    crowds = [Sample(tuple(one.answered for one in measured.crowds[name]), "a second") for name in _BOTH]
    line(f"messages answered, {measured.people} patients at once", *crowds, "3 ×", more_is_better=True)
    if measured.trained is not None:
        seconds = Sample((measured.trained.whole,), "s"), Sample((measured.trained_ours,), "s")
        line(f"training, {_trained_how(measured.trained)}", *seconds, "10 ×")
    for place, what in enumerate(("messages are taken in", "a message is answered")):
        starts = [Sample(tuple(one[place] for one in measured.starts[name]), "s") for name in _BOTH]
        line(f"cold start until {what}", *starts, "2 ×")
    sizes = [Sample((sum(one.shared_out for one in measured.memory[name]),), "MB") for name in _BOTH]
    line("resident memory of everything", *sizes, "1 ×")
    lines = [
        "Median (middle half; of fewer than eight values the lowest and the highest). The ratio says how many times "
        "better Aftercare is, with the bounds of nine in ten resamplings; below 1 × stock Rasa is better.",
        table(("", "stock Rasa", "Aftercare", "ratio", "wanted"), rows),
        _ours_alone(measured),
    ]
    if measured.trained is not None:
        lines.append(_about_training(measured.trained))
    lines.append(
        f"Of {len(candidates())} messages, {len(measured.left_out)} that stock Rasa's model takes for the wish to "
        "begin a check-in are written to neither: caught in its form, it would take all that follows for answers. "
        "Those that begin one in Aftercare, or worry its screen, alone or with those before, are left out as well. "
        f"What was written by the end of the crowds raised {measured.disturbed or 'no alert'} in Aftercare."
    )
    return "\n\n".join(lines)


_BOTH = ("stock", "aftercare")


def _ours_alone(measured: Measured) -> str:
    acknowledged, rows = measured.acknowledged, []
    if acknowledged is not None:
        for name, values in (
            ("", acknowledged.ordinary),
            (", in crisis (with the approved text)", acknowledged.crisis),
        ):
            sample = milliseconds(values)
            rows.append(
                (
                    f"acknowledged while the worker is behind ({acknowledged.waiting_before} messages wait at first, "
                    f"{acknowledged.waiting_after} at the end) and {measured.rate:.0f} more come every second{name}",
                    f"median {shown(sample.median)} ms, p99 {shown(sample.percentile(0.99))} ms of {len(values)}",
                    "p99 below 50 ms",
                )
            )
    screen = milliseconds(measured.screen_alone)
    rows.append(("the screen, a message alone", str(screen), "median 30 ms"))
    rows.append(
        ("the screen, one after the other on one core", f"{measured.screen_rate:.0f} a second", "40 a second")
    )
    return table(("Aftercare alone", "", "wanted"), rows)


def _trained_how(trained: Trained) -> str:
    return (
        f"{ALL} epochs"
        if trained.epochs >= ALL
        else f"{ALL} epochs, at least: reckoned from {trained.epochs}"
    )


def _about_training(trained: Trained) -> str:
    name, epochs = trained.slowest()
    text = (
        f"Stock Rasa was trained on {trained.date} UTC, with a load of {trained.busy[0]:.1f} before and "
        f"{trained.busy[1]:.1f} after; ours in this run, from nothing. "
    )
    if trained.epochs < ALL:
        text += (
            f"**Stock Rasa's figure is reckoned, not measured**: {trained.epochs} epochs took {trained.seconds:.0f} s; "
            f"an epoch of its slowest model ({name}) took {', '.join(f'{one:.0f} s' for one in epochs)}, and those "
            "that were not trained are taken to last as long as the shortest. The model of these few epochs answers "
            "the turns. "
        )
    if not trained.exact:
        text += "Our data or wording have changed since; `make bench` trains stock Rasa anew."
    return text.strip()


def _processor(measured: Measured) -> str:
    rows = []
    for name, title in (("stock", "stock Rasa"), ("aftercare", "Aftercare")):
        parts = measured.processor[name]
        shares = ", ".join(f"{part} {1000 * used:.1f}" for part, used in parts.items() if used > 0.0005)
        rows.append((title, f"{1000 * sum(parts.values()):.1f}", shares))
    return table(("", "ms a turn, all processes", "of which"), rows)


def _memory(measured: Measured) -> str:
    rows = []
    for name, title in (("stock", "stock Rasa"), ("aftercare", "Aftercare")):
        for part in measured.memory[name]:
            rows.append((f"{title}: {part.name}", f"{part.shared_out:.0f}", f"{part.resident:.0f}"))
        total = measured.memory[name]
        rows.append(
            (
                f"**{title}: all**",
                f"**{sum(one.shared_out for one in total):.0f}**",
                f"{sum(one.resident for one in total):.0f}",
            )
        )
    first = table(("", "MB, shared pages in shares", "MB, shared pages counted in each"), rows)
    steps = [
        (process, what, f"{size:.0f}") for process, loads in measured.inside.items() for what, size in loads
    ]
    return f"{first}\n\nWhat a process of ours loads, in this order, and what each step adds:\n\n" + table(
        ("process", "loaded", "MB"), steps
    )
