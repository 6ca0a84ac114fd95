"""What this process alone has counted of its senders, in memory: a moving window in steps of a sixth, like the one in
the database (`bot.care.counting`).

Counts of whoever is silent go by themselves, and at most MOST are kept: a flood from many addresses costs no more
memory than that, and what is counted of one of them costs the same whatever the others send.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from threading import Lock

from cachetools import TLRUCache

from bot.care.counting import STEPS, Counter

MOST = 100_000
"""Counts, of one sender in one step each. Those that nobody asked for the longest go first."""

_Step = tuple[str, int, int]
"""Whose, of how many seconds a window is, and the number of the step since the clock began."""


class OwnCounts:
    """Counts how often something happened lately. Any thread may call anything."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: seconds since any time, that never go back."""
        self._clock = clock
        self._lock = Lock()
        self._counts: TLRUCache[_Step, int] = TLRUCache(MOST, ttu=_gone_at, timer=clock)

    def count(self, counters: Sequence[Counter]) -> int:
        """Count one more for each; 0, or the seconds to wait where one has reached its most, and then nothing is
        counted."""
        with self._lock:
            now = self._clock()
            for one in counters:
                counted = [self._counts.get(step, 0) for step in _steps(one, now)]
                if sum(counted) >= one.most:
                    oldest = _steps(one, now)[next(at for at, number in enumerate(counted) if number)]
                    return max(1, math.ceil(_begins(oldest) + one.seconds - now))
            for one in counters:
                newest = _steps(one, now)[-1]
                self._counts[newest] = self._counts.get(newest, 0) + 1
        return 0


def _steps(counter: Counter, now: float) -> list[_Step]:
    """The steps that count now, oldest first."""
    newest = int(now * STEPS // counter.seconds)
    return [(counter.key, counter.seconds, step) for step in range(newest - STEPS + 1, newest + 1)]


def _begins(step: _Step) -> float:
    _, seconds, number = step
    return number * seconds / STEPS


def _gone_at(step: _Step, count: int, now: float) -> float:
    """When a step counts no more."""
    return _begins(step) + step[1] * (STEPS + 1) / STEPS
