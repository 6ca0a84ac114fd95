"""The series as a drawing: an SVG without script, style sheet or style attributes, so that the strictest page takes it.

Every mark has a class, for a page that colours it, and plain attributes, for where it stands alone. What is written on
it comes from the caller; a table or a sentence says the same for who does not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from html import escape

from bot.care.series import MOOD, TOTAL, Point, Series

WINDOW = timedelta(days=92)
"""What a chart shows at most: the last three months. More of it would be dots on dots."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 14, 24, 42
_PANEL, _GAP, _HEAD = 118, 16, 18
_STEPS = (1, 2, 3, 7, 14, 28)
_TICK_WIDTH = 62
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Panel:
    """One number over time. name: as written above it; ticks: the values with a line across."""

    item: str
    instrument: str | None
    lowest: float
    highest: float
    ticks: tuple[int, ...]
    name: str


@dataclass(frozen=True)
class Wording:
    """What is written on a chart: its title (also read out), and the names of its marks and panels."""

    title: str
    treatment: str
    no_answer: str
    mood: str
    phq9: str = "PHQ-9"
    phq2: str = "PHQ-2"


def panels_of(series: Series, wording: Wording, totals: bool = True) -> list[Panel]:
    """Mood always; with `totals`, for staff, the sums of what was asked besides, and a line at a low mood."""
    panels = [Panel(MOOD, None, 0, 10, (0, 2, 5, 10) if totals else (0, 5, 10), wording.mood)]
    if totals and series.of(TOTAL, "phq9"):
        panels.append(Panel(TOTAL, "phq9", 0, 27, (0, 5, 10, 15, 20, 27), wording.phq9))
    if totals and series.of(TOTAL, "phq2"):
        panels.append(Panel(TOTAL, "phq2", 0, 6, (0, 3, 6), wording.phq2))
    return panels


def span_of(series: Series, panels: Sequence[Panel], now: datetime) -> tuple[datetime, datetime]:
    """From when to when a chart reaches: all that there is, at most WINDOW, at least four days."""
    times = [point.at for panel in panels for point in series.of(panel.item, panel.instrument)]
    last = max(times, default=now)
    begun = [at for at in (*times, *series.treatments) if last - WINDOW < at <= last]
    first = min(begun, default=last)
    short = max(timedelta(0), 4 * _DAY - (last - first))
    return first - short / 2, last + short / 2


def svg(
    series: Series,
    panels: Sequence[Panel],
    wording: Wording,
    zone: tzinfo,
    now: datetime,
    width: int = 720,
) -> str:
    """The chart as an SVG element. width: pixels at which its letters are 12 high; it scales with its place."""
    plot = _Plot(*span_of(series, panels, now), zone, width, len(panels))
    marks = [_treatments(plot, series, wording, now), _dates(plot)]
    for place, panel in enumerate(panels):
        marks.append(_panel(plot, place, panel, series.of(panel.item, panel.instrument)))
    marks.append(_legend(plot, wording))
    return drawing(wording.title, width, plot.height, "".join(marks))


def drawing(title: str, width: int, height: float, marks: str) -> str:
    """An SVG element with these marks on it. title: read out in its place."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="series" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="12">'
        f"<title>{escape(title)}</title>"
        f'<rect class="paper" width="{width}" height="{height}" fill="#ffffff"/>{marks}</svg>'
    )


@dataclass(frozen=True)
class _Plot:
    first: datetime
    last: datetime
    zone: tzinfo
    width: int
    panels: int

    @property
    def foot(self) -> float:
        return _TOP + self.panels * (_HEAD + _PANEL) + (self.panels - 1) * _GAP

    @property
    def height(self) -> float:
        return self.foot + _BOTTOM

    def top(self, place: int) -> float:
        return _TOP + place * (_HEAD + _PANEL + _GAP) + _HEAD

    def x(self, at: datetime) -> float:
        share = (at - self.first) / (self.last - self.first)
        return round(_LEFT + 8 + share * (self.width - _LEFT - _RIGHT - 16), 1)

    def y(self, place: int, panel: Panel, value: float) -> float:
        share = (value - panel.lowest) / (panel.highest - panel.lowest)
        return round(self.top(place) + _PANEL * (1 - share), 1)

    def days(self) -> list[datetime]:
        """Local midnights to name below, as many as there is room for."""
        room = max(2, int((self.width - _LEFT - _RIGHT) / _TICK_WIDTH))
        begin = self.first.astimezone(self.zone).date()
        length = (self.last.astimezone(self.zone).date() - begin).days + 1
        step = next((one for one in _STEPS if length / one <= room), _STEPS[-1])
        dates = (begin + timedelta(days=number) for number in range(0, length + 1, step))
        midnights = [datetime.combine(date, time(), tzinfo=self.zone) for date in dates]
        return [one for one in midnights if self.first <= one <= self.last]


def words(
    x: float, y: float, text: str, kind: str = "quiet", anchor: str = "start", fill: str = "#51606e"
) -> str:
    """Words on a drawing. x and y: of their beginning, middle or end (`anchor`), in pixels; kind: their class."""
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}" fill="{fill}">{escape(text)}</text>'


def line(kind: str, x1: float, y1: float, x2: float, y2: float, stroke: str, more: str = "") -> str:
    """A straight line from (x1, y1) to (x2, y2). kind: its class; more: further attributes."""
    return f'<line class="{kind}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{stroke}"{more}/>'


def _treatments(plot: _Plot, series: Series, wording: Wording, now: datetime) -> str:
    marks = []
    for at in series.treatments:
        if plot.first <= at <= min(plot.last, now):
            x = plot.x(at)
            for place in range(plot.panels):
                top = plot.top(place)
                marks.append(line("treatment", x, top, x, top + _PANEL, "#0b5d6b", ' stroke-dasharray="5 4"'))
            marks.append(_triangle(x, _TOP - 14))
    return "".join(marks)


def _triangle(x: float, y: float) -> str:
    return f'<path class="treatment-mark" d="M{x - 6} {y}h12l-6 10z" fill="#0b5d6b"/>'


def _cross(x: float, y: float) -> str:
    return f'<path class="gap" d="M{x - 4} {y - 4}l8 8m0 -8l-8 8" stroke="#a33c00" stroke-width="2" fill="none"/>'


def _dates(plot: _Plot) -> str:
    y = plot.foot + 16
    return "".join(
        line("grid", plot.x(at), plot.foot, plot.x(at), plot.foot + 4, "#8593a0")
        + words(plot.x(at), y, f"{at:%b} {at.day}", anchor="middle")
        for at in plot.days()
    )


def _panel(plot: _Plot, place: int, panel: Panel, points: Sequence[Point]) -> str:
    right = plot.width - _RIGHT
    marks = [words(_LEFT, plot.top(place) - 6, panel.name, "ink", fill="#15202b")]
    for tick in panel.ticks:
        y = plot.y(place, panel, tick)
        marks.append(line("grid", _LEFT, y, right, y, "#c9d1d8"))
        marks.append(words(_LEFT - 6, y + 4, str(tick), anchor="end"))
    run: list[tuple[float, float]] = []
    dots = []
    shown = [point for point in points if plot.first <= point.at <= plot.last]
    for point in shown:
        x = plot.x(point.at)
        if point.value is None:
            marks.append(_run(run))
            run = []
            dots.append(_cross(x, plot.y(place, panel, panel.lowest) - 7))
            continue
        y = plot.y(place, panel, point.value)
        run.append((x, y))
        dots.append(f'<circle class="dot" cx="{x}" cy="{y}" r="4" fill="#0b5d6b"/>')
    marks.append(_run(run))
    if run:
        # Beside the newest value its number, on the side where the line does not run.
        x, y = run[-1]
        from_above = len(run) > 1 and run[-2][1] < y
        beside = y + 18 if from_above and y + 18 < plot.top(place) + _PANEL else y - 9
        number = next(f"{point.value:g}" for point in reversed(shown) if point.value is not None)
        dots.append(words(min(x, right - 4), beside, number, "ink newest", "middle", "#15202b"))
    return "".join([*marks, *dots])


def _run(points: Sequence[tuple[float, float]]) -> str:
    if len(points) < 2:
        return ""
    through = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline class="run" points="{through}" fill="none" stroke="#0b5d6b" stroke-width="2"/>'


def _legend(plot: _Plot, wording: Wording) -> str:
    y = plot.height - 8
    second = _LEFT + 40 + 7 * len(wording.treatment)
    return (
        _triangle(_LEFT + 6, y - 9)
        + words(_LEFT + 18, y, wording.treatment)
        + _cross(second, y - 4)
        + words(second + 10, y, wording.no_answer)
    )
