"""What is written in every measurement: real-looking messages that nothing was trained on, the same for both systems.

All differ: the reader remembers its last 512 readings, two or three of each message, and a benchmark that repeats
itself would measure that memory. A conversation repeats itself after CYCLE messages, so that turn 10 and turn 300 are
about the very same texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from bot.language.training_data import load_validation
from bot.safety.levels import Level
from bot.safety.screen import Screen

CYCLE = 290
CHECK_IN = ("7", "1", "2", "1", "no thanks")
"""The answers to the five questions of a daily check-in, none of them worrying."""

CRISIS = "i want to kill myself"


def texts(left_out: Iterable[str] = ()) -> tuple[str, ...]:
    """CYCLE messages that worry nobody, questions and small talk mixed, without those of `left_out`."""
    without = set(left_out)
    found = tuple(text for text in candidates() if text not in without)[:CYCLE]
    assert len(found) == CYCLE, f"only {len(found)} messages"
    return found


@cache
def candidates() -> tuple[str, ...]:
    """Half as many again as `texts` wants.

    What the screen takes for worrying is left out: the approved text is the answer to it, at once, and for a worker and
    the dialogue nothing is left to do.
    """
    screen = Screen.load("full")

    def plain(text: str) -> bool:
        ours = "\n" not in text and len(text) < 300 and not text.startswith("/")
        return ours and screen.assess(text).level is Level.NONE

    questions = [one.text for one in load_validation("questions") if plain(one.text)]
    everyday = [one.text for one in load_validation("everyday") if plain(one.text)]
    # Four questions, then one message about everyday life: what a clinic's patients write.
    mixed: list[str] = []
    for number, question in enumerate(dict.fromkeys(questions)):
        mixed.append(question)
        if number % 4 == 3:
            mixed.append(everyday[number // 4])
    return tuple(dict.fromkeys(mixed))[: CYCLE * 3 // 2]
