"""Medians, spread, and ratios of two systems in one run."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SHUFFLES = 2_000


@dataclass(frozen=True)
class Sample:
    """What was measured several times. unit: "ms", "s", "a second" or "MB"."""

    values: tuple[float, ...]
    unit: str = "ms"

    @property
    def median(self) -> float:
        """The value in the middle."""
        return statistics.median(self.values)

    def percentile(self, share: float) -> float:
        """The value that `share` (0 to 1) of the values do not exceed."""
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def __str__(self) -> str:
        """Median and the middle half; of a few values the lowest and the highest."""
        few = len(self.values) < 8
        low, high = (
            (min(self.values), max(self.values)) if few else (self.percentile(0.25), self.percentile(0.75))
        )
        if len(self.values) == 1:
            return f"{shown(self.median)} {self.unit}"
        return f"{shown(self.median)} {self.unit} ({shown(low)} to {shown(high)})"


def milliseconds(seconds: Sequence[float]) -> Sample:
    """A sample of times that were measured in seconds."""
    return Sample(tuple(1000 * one for one in seconds))


def shown(value: float) -> str:
    """Three digits that say something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2g}" if value < 1 else f"{value:.2f}"


def ratio(over: Sample, under: Sample) -> tuple[float, float, float]:
    """The ratio of the medians, and the bounds that hold nine in ten ratios of resampled medians."""
    random = np.random.default_rng(1)
    above, below = np.array(over.values), np.array(under.values)
    drawn = [
        np.median(random.choice(above, len(above))) / np.median(random.choice(below, len(below)))
        for _ in range(SHUFFLES)
    ]
    low, high = np.percentile(drawn, [5, 95])
    return over.median / under.median, float(low), float(high)


def times(over: Sample, under: Sample) -> str:
    """The ratio in words: `2.1 × (1.9 to 2.4)`."""
    middle, low, high = ratio(over, under)
    if len(over.values) == 1 and len(under.values) == 1:
        return f"{shown(middle)} ×"
    return f"{shown(middle)} × ({shown(low)} to {shown(high)})"


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)
