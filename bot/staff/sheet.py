"""One report: a table that a person reads, a spreadsheet takes, and a drawing shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from bot.care.bars import Bar, bars

Cell = str | int | float | None


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


def drawn_bars(title: str, rows: Sequence[Bar], whole: float | None = None) -> Callable[[int], str] | None:
    """The drawing of a table as bars; None where it would say nothing. whole: what a full bar is."""
    return (
        (lambda width: bars(title, rows, width, whole))
        if any(row.value is not None for row in rows)
        else None
    )
