"""The screen as the channels see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.safety.verdict import Verdict


class Assessing(Protocol):
    """What the channels need of the screen."""

    def assess(self, text: str, context: str | None = None) -> Verdict:
        """The verdict on a text. Never raises."""

    def assess_with(self, recent: Sequence[str], text: str, context: str | None = None) -> Verdict:
        """The verdict on a text, read together with those before it. Never raises."""
