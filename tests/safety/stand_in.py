"""What stands in for the trained reader where a test says itself what it sees."""

from __future__ import annotations

from abc import ABC, abstractmethod


class StandIn(ABC):
    """A reader that remembers nothing, and reads each text with `levels_of`, which a test gives it."""

    version = "stand-in"

    def recall(self, text: str, context: str | None = None) -> bytes | None:
        return None

    def begin(self, text: str, context: str | None = None) -> None:
        return None

    def apart(self, texts: list[str]) -> tuple[float, float] | None:
        return None

    def levels_many(self, rows: list[tuple[str, str | None]]) -> list[dict[str, float]]:
        return [self.levels_of(text) for text, _ in rows]

    def dangers(self, text: str, context: str | None = None) -> dict[str, float]:
        return {"own": 1.0, "harmed": 0.0, "another": 0.0, "harming": 0.0}

    @abstractmethod
    def levels_of(self, text: str) -> dict[str, float]:
        """The probabilities of the levels for a text."""
