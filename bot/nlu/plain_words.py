"""Words that our own texts ask for, and the shortest small talk: whole messages that must never depend on a reader that
may have seen them after another question."""

from __future__ import annotations

import re
from typing import Final, Optional, Sequence

_ASIDES: Final = (
    r"jk|j/k|(?:just |only )?kidding|lol|lmao|rofl|(?:ha|he){2,}h?|o+ps+|whoops|my bad|(?:i'?m )?sorry|"
    r"wrong (?:chat|number|person|text)|(?:please )?(?:ignore|disregard) (?:that|this|me|it)"
)
_PLAIN_WORDS: Sequence[tuple[str, re.Pattern[str]]] = tuple(
    (intent, re.compile(rf"^\W*(?:{words})\W*$", re.I))
    for intent, words in (
        ("checkin", r"(?:start |do |continue )?(?:a |the |my )?(?:mood )?check[- ]?in"),
        ("human", "(?:a )?nurse|talk to a person"),
        ("help", "help"),
        ("greet", "hi|hello|hey|hello there|hi there|hey there"),
        ("thank", "thanks|thank you|thank u|thx|ty|gracias"),
        ("goodbye", "bye|goodbye|good bye|good night|goodnight"),
        ("deny", r"never ?mind|nvm|forget (?:it|about it|i asked)|don'?t (?:worry|bother)(?: about it)?"),
        ("deny", rf"(?:(?:{_ASIDES})\b\W*)+i'?m (?:fine|ok|okay|good|all ?right)"),
        # Nothing is asked, and nobody needs to be told of it. What it takes back of a worry stays with the screen.
        ("deny", rf"(?:(?:{_ASIDES})\b\W*)+"),
    )
)


def plain_intent(text: str) -> Optional[str]:
    """The intent of a message that is nothing but such words, or None."""
    return next((intent for intent, words in _PLAIN_WORDS if words.match(text)), None)
