"""What is written in every measurement: real-looking messages that nothing was trained on, the same for both systems.

All differ: the reader remembers its last 512 readings, one to three of each message, and a benchmark that repeats
itself would measure that memory. A conversation repeats itself after CYCLE messages, signed, so that turn 10 and turn
300 are about the same texts and neither is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from bot.classify import classify_one
from bot.language.training_data import load_validation
from bot.nlu import check_in_wish
from bot.safety.levels import Level
from bot.safety.screen import Screen
from bot.safety.window import MOST_BEFORE

CYCLE = 290
CHECK_IN = ("7", "1", "2", "1", "no thanks")
"""The answers to the five questions of a daily check-in, none of them worrying."""

CRISIS = "i want to kill myself"


def texts(left_out: Iterable[str] = ()) -> tuple[str, ...]:
    """CYCLE messages in their order, questions and small talk mixed, without those of `left_out`.

    Nor with one that, read together with those before it, worries the screen: they are of many people, and half of them
    together may sound like one in trouble. An alert that stays open for 290 messages, with nobody who looks, would be
    measured instead of a conversation.
    """
    return _calm(tuple(dict.fromkeys(left_out)))


def signed(text: str) -> str:
    """The same message as somebody signs it: no program remembers having read it."""
    return f"{text} Kim Lund"


@cache
def _calm(left_out: tuple[str, ...]) -> tuple[str, ...]:
    screen, found = _screen(), list[str]()
    for text in candidates():
        if len(found) == CYCLE:
            break
        before = found[-MOST_BEFORE:]
        ways = (before, text), ([signed(one) for one in before], signed(text))
        if text not in left_out and all(screen.assess_with(*way).level is Level.NONE for way in ways):
            found.append(text)
    assert len(found) == CYCLE, f"only {len(found)} messages"
    return tuple(found)


@cache
def _screen() -> Screen:
    return Screen.load("full")


@cache
def candidates() -> tuple[str, ...]:
    """Half as many again as `texts` wants.

    What the screen takes for worrying is left out: the approved text is the answer to it, at once, and for a worker and
    the dialogue nothing is left to do. So is the wish to check in: what follows it is taken for answers.
    """
    screen = _screen()
    assert screen.reader is not None

    def plain(text: str) -> bool:
        if "\n" in text or len(text) >= 300 or text.startswith("/"):
            return False
        ours = classify_one(text, None, screen.reader, screen)
        return ours["intent"] != check_in_wish.CHECK_IN and ours["safety"]["level"] == Level.NONE.value

    questions = [one.text for one in load_validation("questions") if plain(one.text)]
    everyday = [one.text for one in load_validation("everyday") if plain(one.text)]
    # Four questions, then one message about everyday life: what a clinic's patients write.
    mixed: list[str] = []
    for number, question in enumerate(dict.fromkeys(questions)):
        mixed.append(question)
        if number % 4 == 3:
            mixed.append(everyday[number // 4])
    return tuple(dict.fromkeys(mixed))[: CYCLE * 3 // 2]
