"""Messages put beside one another on the fly: people ask, thank and confess in one breath.

A line keeps its labels in company: what is put beside a worrying line is harmless, and what is put beside a question is
none. So the encoder learns that a question beside a confession hides nothing, and that grave words of plain life stay
harmless beside a question.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from bot.language.training_data import Example

WORRYING_SHARE: Final = 0.25
"""Of the worrying lines, so many are put beside a harmless one."""
HARMLESS_SHARE: Final = 0.15
LONGEST: Final = 240
"""Characters that two messages have together, at most."""

_SMALL_TALK: Final = ("out_of_scope", "thank", "greet")
_BESIDE: Final = {
    "safety": ("ask", "ask", *_SMALL_TALK),
    "ask": (*_SMALL_TALK, "mood_good", "mood_bad"),
    "out_of_scope": _SMALL_TALK,
    "mood_good": ("thank", "greet", "mood_good"),
    "mood_bad": ("greet", "mood_bad"),
}
"""What is put beside a line, by its kind: nothing that says yes or no, or asks for anything but what it asks for."""
_AFTER_AN_END: Final = (" ", " ", " ", "\n", " also ", " anyway ")
_IN_ONE_BREATH: Final = (". ", ". ", ", ", " ", "\n", " - ", " and ", " also ", " anyway ", " btw ")


def kind_of(example: Example) -> str:
    """The kind of a line: `safety` for all that worries, `ask` for a question of any topic, else its intent."""
    if example.safety != "none":
        return "safety"
    return "ask" if example.intent.startswith("ask_") else example.intent


class Company:
    """Finds company for lines, among all of them."""

    def __init__(self, examples: Sequence[Example]) -> None:
        """examples: of which the harmless ones that answer no question are company."""
        self._texts: dict[str, list[str]] = {}
        for example in examples:
            if example.safety == "none" and example.context is None:
                self._texts.setdefault(kind_of(example), []).append(example.text)

    def beside(self, example: Example, dice: random.Random) -> str:
        """The text of a line, with another one before or after it where the dice say so; the answer to a question
        comes first."""
        kinds = _BESIDE.get(kind_of(example), ())
        share = WORRYING_SHARE if example.safety != "none" else HARMLESS_SHARE
        texts = self._texts.get(dice.choice(kinds), []) if kinds and dice.random() < share else []
        other = dice.choice(texts) if texts else ""
        if not other or len(example.text) + len(other) > LONGEST:
            return example.text
        first, second = example.text.strip(), other.strip()
        if example.context is None and dice.random() < 0.5:
            first, second = second, first
        ends = first[-1:] in tuple(".!?…")
        return f"{first}{dice.choice(_AFTER_AN_END if ends else _IN_ONE_BREATH)}{second}"
