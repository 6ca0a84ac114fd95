"""Whether whoever reads may be somebody else: to a patient who is being harmed, nothing may tell what they wrote."""

from __future__ import annotations

from collections.abc import Iterable

from bot.safety.replies import reply_key
from bot.safety.verdict import Verdict

WATCHED_PHONE = "being_harmed"
"""How the keys of the neutral text begin, that is safe to be seen on a watched phone."""


def neutral_key(verdict: Verdict, text: str) -> str | None:
    """The key of the neutral text, where that is the reply to this message; else None."""
    key = reply_key(verdict, text)
    return key if key.startswith(WATCHED_PHONE) else None


def neutral_key_of(grave: Iterable[tuple[Verdict, str]]) -> str | None:
    """The key of the neutral text, where all of these messages, what was grave in one alert and in order, got that one;
    else None. What joined them and is less than grave does not change where the phone lies."""
    keys = [neutral_key(verdict, text) for verdict, text in grave]
    return keys[-1] if keys and None not in keys else None
