"""What time it is, as an object that is handed in, so that tests can move it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime, timedelta, timezone


class Clock(ABC):
    """A source of the current time."""

    @abstractmethod
    def now(self) -> datetime:
        """The current moment: an aware datetime in UTC."""


class SystemClock(Clock):
    """The machine's clock."""

    def now(self) -> datetime:
        """The current moment: an aware datetime in UTC."""
        return datetime.now(timezone.utc)


class FixedClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        """at: an aware datetime. Raises ValueError when it names no time zone."""
        if at.tzinfo is None:
            raise ValueError(
                "FixedClock needs a datetime with a time zone, such as datetime(..., tzinfo=timezone.utc)."
            )
        self._now = at.astimezone(timezone.utc)

    def now(self) -> datetime:
        """The moment that the clock stands at: an aware datetime in UTC."""
        return self._now

    def move(self, by: timedelta) -> None:
        """Move the clock, forward or (with a negative `by`) back."""
        self._now += by
