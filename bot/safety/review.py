"""Who wrote what the screen goes by, and whether a clinician has reviewed it: said in the data, checked when loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.safety.errors import RulesBroken

REVIEW_STATES = ("unreviewed", "reviewed")
"""`unreviewed` until a clinician has signed."""


def check_review(entry: Mapping[str, Any], where: str) -> None:
    """Raises RulesBroken, naming `where`, unless `entry` has an `author` and a `review`, one of REVIEW_STATES."""
    if not isinstance(entry.get("author"), str) or not entry["author"]:
        raise RulesBroken(where, "'author' is missing")
    if entry.get("review") not in REVIEW_STATES:
        raise RulesBroken(where, f"review is one of {REVIEW_STATES}")
