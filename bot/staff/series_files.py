"""A patient's series as files that leave the console: CSV for a spreadsheet, PNG for a letter."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from bot.care.chart import Panel, Wording, span_of
from bot.care.series import Series
from bot.clinic.paths import data_home
from bot.staff.spreadsheets import csv_file

COLUMNS = (
    "time",
    "what",
    "item",
    "value",
    "state",
    "as typed",
    "corrected",
    "check-in",
    "check-in state",
    "version",
)


def csv_of(series: Series, zone: tzinfo) -> bytes:
    """The series, oldest first, with the infusions; the clinic's wall clock with its offset; UTF-8 with mark.

    What a patient typed is text to every spreadsheet (`bot.staff.spreadsheets`).
    """
    rows: list[tuple[datetime, Sequence[str]]] = [
        (at, ("infusion", "", "", "", "", "", "", "", "")) for at in series.treatments
    ]
    for point in series.points:
        cells: Sequence[str] = (
            point.instrument,
            point.item,
            "" if point.value is None else f"{point.value:g}",
            point.state.value,
            point.raw,
            "yes" if point.corrected else "",
            str(point.check_in_id),
            point.check_in_state,
            point.version,
        )
        rows.append((point.at, cells))
    rows.sort(key=lambda row: row[0])
    return csv_file(
        COLUMNS, ((at.astimezone(zone).isoformat(timespec="minutes"), *cells) for at, cells in rows)
    )


def png_of(series: Series, panels: Sequence[Panel], wording: Wording, zone: tzinfo, now: datetime) -> bytes:
    """The chart as a picture, 1600 pixels wide.

    The drawing library is loaded at the first call: 50 MB that a web process without this wish never pays for.
    """
    # Its cache of fonts must lie where this process may write.
    os.environ.setdefault("MPLCONFIGDIR", str(data_home() / "matplotlib"))
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # type: ignore[import-untyped]
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # type: ignore[import-untyped]
    from matplotlib.figure import Figure  # type: ignore[import-untyped]

    first, last = span_of(series, panels, now)
    figure: Any = Figure(figsize=(10, 1 + 2.4 * len(panels)), dpi=160, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    figure.suptitle(wording.title)
    parts = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for part, panel in zip(parts, panels):
        points = [point for point in series.of(panel.item, panel.instrument) if first <= point.at <= last]
        # A gap is a gap: no line is drawn over a check-in without an answer.
        values = [float("nan") if point.value is None else point.value for point in points]
        part.plot([point.at for point in points], values, color="#0b5d6b", marker="o", linewidth=1.8)
        gaps = [point.at for point in points if point.value is None]
        height = panel.lowest + (panel.highest - panel.lowest) * 0.05
        part.plot(gaps, [height] * len(gaps), "x", color="#a33c00", label=wording.no_answer)
        for number, at in enumerate(at for at in series.treatments if first <= at <= min(last, now)):
            label = wording.treatment if number == 0 else None
            part.axvline(at, color="#0b5d6b", linestyle="--", linewidth=1, label=label)
        part.set_title(panel.name, loc="left", fontsize=10)
        part.set_ylim(panel.lowest - 0.3, panel.highest + 0.3)
        part.set_yticks(panel.ticks)
        part.grid(axis="y", color="#c9d1d8")
        part.spines[["top", "right"]].set_visible(False)
    locator = AutoDateLocator(tz=zone)
    parts[-1].xaxis.set_major_locator(locator)
    parts[-1].xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=zone))
    edge = (last - first) * 0.02
    parts[-1].set_xlim(first - edge, last + edge)
    if any(parts[0].get_legend_handles_labels()[1]):
        parts[0].legend(loc="lower right", frameon=False, fontsize=9)
    out = io.BytesIO()
    canvas.print_png(out)
    return out.getvalue()
