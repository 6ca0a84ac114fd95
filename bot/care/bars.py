"""Numbers of a report as drawings: bars side by side, and mood by day; SVG in the manner of `bot.care.chart`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.care.chart import drawing, line, words
from bot.care.series import CourseDay

_ROW, _BAR, _TOP, _EDGE = 42, 14, 8, 10


@dataclass(frozen=True)
class Bar:
    """One bar. value: how long it is, None where nothing is known; mark: a further value on the same scale, shown as a
    stroke; said: its number in words; kind: a further class, such as a level's."""

    name: str
    value: float | None
    said: str
    mark: float | None = None
    kind: str = ""


def bars(title: str, rows: Sequence[Bar], width: int, whole: float | None = None) -> str:
    """Bars below each other, each with its name and its number above. Values are at least 0.

    whole: the value of a bar of full length, such as 1 for shares; otherwise the longest one is.
    """
    height = _TOP + _ROW * len(rows) + 4
    longest = whole or max((value for row in rows for value in (row.value, row.mark) if value), default=1.0)
    room = width - 2 * _EDGE
    marks = []
    for number, row in enumerate(rows):
        y = _TOP + number * _ROW
        length = round((row.value or 0) / longest * room, 1)
        marks.append(words(_EDGE, y + 14, row.name, "ink", fill="#15202b"))
        marks.append(words(width - _EDGE, y + 14, row.said, anchor="end"))
        kind = f"amount {row.kind}".strip()
        marks.append(
            f'<rect class="{kind}" x="{_EDGE}" y="{y + 20}" width="{max(length, 1)}" height="{_BAR}" fill="#0b5d6b"/>'
        )
        if row.mark is not None:
            end, middle = _EDGE + round(row.mark / longest * room, 1), y + 20 + _BAR / 2
            marks.append(line("grid", _EDGE + length, middle, end, middle, "#8593a0"))
            marks.append(line("reach", end, y + 18, end, y + 22 + _BAR, "#15202b"))
    return drawing(title, width, height, "".join(marks))


def course(title: str, days: Sequence[CourseDay], width: int) -> str:
    """Mood (0 to 10) by day after an infusion: the median as a line, the middle half of the patients as a band."""
    left, right, top, foot = 30, 14, 14, 190
    last = max((day.day for day in days), default=1) or 1

    def x(day: int) -> float:
        return round(left + 8 + day / last * (width - left - right - 16), 1)

    def y(mood: float) -> float:
        return round(foot - mood / 10 * (foot - top), 1)

    marks = []
    for tick in (0, 2, 5, 10):
        marks.append(line("grid", left, y(tick), width - right, y(tick), "#c9d1d8"))
        marks.append(words(left - 6, y(tick) + 4, str(tick), anchor="end"))
    upper = [f"{x(day.day)},{y(day.high)}" for day in days]
    lower = [f"{x(day.day)},{y(day.low)}" for day in reversed(days)]
    marks.append(
        f'<polygon class="band" points="{" ".join(upper + lower)}" fill="#0b5d6b" fill-opacity="0.18"/>'
    )
    through = " ".join(f"{x(day.day)},{y(day.median)}" for day in days)
    marks.append(f'<polyline class="run" points="{through}" fill="none" stroke="#0b5d6b" stroke-width="2"/>')
    marks += [
        f'<circle class="dot" cx="{x(day.day)}" cy="{y(day.median)}" r="3" fill="#0b5d6b"/>' for day in days
    ]
    step = next((one for one in (1, 2, 7, 14) if last / one * 36 <= width - left - right), 14)
    marks += [words(x(day), foot + 16, str(day), anchor="middle") for day in range(0, last + 1, step)]
    return drawing(title, width, foot + 26, "".join(marks))
