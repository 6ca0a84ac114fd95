"""An answer to a grave question that puts another one right counts like the answer itself, whoever else reads it."""

from __future__ import annotations

import pytest

from bot.safety.levels import Level
from bot.safety.screen import Screen

DEATH = "Any thoughts of being better off dead or of hurting yourself? 1 no 2 yes 3 rather not say"


@pytest.mark.parametrize(
    "answer",
    [
        "I meant 2",
        "sorry, 2",
        "no wait 2",
        "no, 2",
        "not 1, 2",
        "make that a 3",
        "actually yes",
        "I meant to say yes",
    ],
)
def test_a_yes_that_puts_a_no_right_is_a_crisis(rules_screen: Screen, answer: str) -> None:
    assert rules_screen.assess(answer, DEATH).level is Level.CRISIS


@pytest.mark.parametrize(
    "answer",
    ["sorry 1", "I meant 1", "no, 1", "actually no", "no, not once", "not a bit", "no thats it", "wait"],
)
def test_a_no_that_is_put_right_or_repeated_is_none(rules_screen: Screen, answer: str) -> None:
    assert rules_screen.assess(answer, DEATH).level is Level.NONE


def test_a_symptom_that_is_put_right_counts(rules_screen: Screen) -> None:
    asked = "any chest pain, trouble breathing or fainting today? Y/N"
    assert rules_screen.assess("sorry, yes", asked).level is Level.EMERGENCY
    assert rules_screen.assess("sorry, no", asked).level is Level.NONE
