"""Whose danger a crisis is, where the trained reader alone has found it: which words are safe to send depends on that.

Rules say by their family whose danger they are about. Where none fired, the reader's head of dangers is asked; it
decides nothing about the level, and where it is in doubt the message is answered as anybody's crisis.
"""

from __future__ import annotations

import logging
from typing import Final

from bot.language.reader import Reader

OWN, HARMED, ANOTHER, HARMING = "own", "harmed", "another", "harming"

VERSION: Final = "danger.v1"
SURE: Final = 0.60
"""From this much probability on a message counts as another danger than that of the writer's own life: the text that
is safe to be seen leaves out the crisis line, so that it takes more than a guess."""
OWN_FROM: Final = 0.50
"""From this much on it counts as the writer's own, and they are asked whether they think of acting on it."""

REASONS: Final = {
    OWN: "The trained reader takes this for a crisis: suicide or self-harm.",
    HARMED: (
        "The trained reader takes this for somebody who is being harmed or watched. What we sent is safe to be seen: "
        "the phone may be read by others."
    ),
    ANOTHER: "The trained reader takes this for a crisis of somebody else whom the writer knows.",
    HARMING: "The trained reader takes this for a danger to somebody else from the writer.",
    "": "The trained reader takes this for a crisis: suicide, self-harm, or danger to or from somebody.",
}
"""For staff, by what `whose` says."""

log = logging.getLogger(__name__)


def whose(reader: Reader, text: str, context: str | None) -> str:
    """Whose danger a message tells of, by the reader: OWN, HARMED, ANOTHER or HARMING; "" where it cannot tell.

    Never raises: a crisis without this is a crisis still.
    """
    try:
        chances = reader.dangers(text, context)
    except Exception as error:
        log.error("whose danger a crisis is could not be told: %s", type(error).__name__)
        return ""
    likeliest = max(chances, key=chances.__getitem__)
    return likeliest if chances[likeliest] >= (OWN_FROM if likeliest == OWN else SURE) else ""
