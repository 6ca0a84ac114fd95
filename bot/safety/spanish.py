"""Whether a message is Spanish, so that the safety texts are sent in Spanish.

Lists of words (`spanish`, `spanish_shared` in data/safety/rules/words.yml, data for review as the rules are) that are
frequent in Spanish and rare in English text messages. Counting them is right more often on ten words than a statistical
guesser, and a reader can see why.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.safety.rules import rule_book

_WORD = re.compile(r"[^\W\d_]+")
_MARKS = re.compile("[ñáéíóú¿¡]", re.IGNORECASE)


def is_spanish(text: str) -> bool:
    """True when most of `text` reads as Spanish. False for English with a Spanish word in it, and when in doubt."""
    spanish, shared = _lists()
    words = [word.lower() for word in _WORD.findall(text)]
    own = sum(word in spanish and word not in shared for word in words)
    both = sum(word in shared for word in words)
    marked = bool(_MARKS.search(text))
    if not own:
        return False
    if len(words) <= 3:
        return own + both == len(words) or marked
    # A letter that English does not have weighs as much as a word or two.
    return (own + both) / len(words) >= (0.3 if marked else 0.45)


@lru_cache(maxsize=1)
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    words = rule_book().words
    return frozenset(words["spanish"]), frozenset(words["spanish_shared"])
