"""How a patient's mood has been, in the few words that the numbers carry. Plain figures, no judgement of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

FEWEST = 3
"""Answers below which nothing is said about a trend."""

LATELY = 3
BEFORE = 10
"""The last three answers are compared with up to ten before them: a single good or bad day moves neither much."""

A_CHANGE = 1.5
"""Points of 10. Less is what one and the same person gives from day to day."""

LOW = 3
"""Up to here the closing words of a check-in are those for a hard time as well (guidance/phrases/check_in.yml)."""


@dataclass(frozen=True)
class Trend:
    """kind: too_few, low, few (answers, but none before to compare with), higher, lower or steady.

    count: answers in all; lately, before: medians; lowest, highest: of the last three. Zero where there are none.
    """

    kind: str
    count: int
    lately: float = 0
    before: float = 0
    lowest: float = 0
    highest: float = 0


def trend_of(values: Sequence[float]) -> Trend:
    """The trend of mood ratings (0 to 10), oldest first. A low one comes before all else, also after one answer."""
    if not values:
        return Trend("too_few", 0)
    recent, earlier = values[-LATELY:], values[:-LATELY][-BEFORE:]
    lately, before = median(recent), median(earlier) if earlier else 0
    if lately <= LOW:
        kind = "low"
    elif len(values) < FEWEST:
        kind = "too_few"
    elif len(earlier) < FEWEST:
        kind = "few"
    elif lately - before >= A_CHANGE:
        kind = "higher"
    elif before - lately >= A_CHANGE:
        kind = "lower"
    else:
        kind = "steady"
    return Trend(kind, len(values), lately, before, min(recent), max(recent))
