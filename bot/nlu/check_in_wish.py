"""Whether somebody asks for a check-in, or answers one.

The reader learnt `checkin` from both: from wishes for one, and, after a question of a check-in, from answers to it
("slept well, bit of a headache"). After a question only who says so asks for another.
"""

from __future__ import annotations

import re
from typing import Final

from bot.language.labels import OUT_OF_SCOPE
from bot.language.understanding import Ranking

CHECK_IN: Final = "checkin"
_SAYS_SO: Final = re.compile(
    r"\bcheck|\bchequeo|\bquestionnaire|\bsurvey|\b(?:log|rate|track|record)\b", re.I
)
_OTHERWISE: Final = ("mood_good", "mood_bad", "thank", "affirm", "deny")
"""What such an answer may be besides, for the dialogue."""


def meant(intent: str, ranking: Ranking, text: str, question: str | None) -> str:
    """The intent that the dialogue goes by. intent, ranking: as understood; question: the one just asked, or None."""
    if intent != CHECK_IN or not question or _SAYS_SO.search(text):
        return intent
    return next((name for name, _ in ranking if name in _OTHERWISE), OUT_OF_SCOPE)
