"""Whom a text came from, in the one form that the record of care knows."""

from __future__ import annotations

import re

from bot.care.people import BadNumber, e164

LONGEST = 20
"""Characters that the record of care keeps of a sender."""


def sender(raw: str) -> str:
    """Whom a text came from: E.164, or, for a short code or a name in place of a number, what the carrier wrote.

    Nothing is refused: a worrying message counts whoever sent it, even where no reply can reach them. Empty where the
    carrier names nobody.
    """
    try:
        return e164(raw.strip())
    except BadNumber:
        return re.sub(r"[^\w+]", "", raw)[:LONGEST]
