"""An answer to a check-in is no wish for another."""

from __future__ import annotations

import pytest

from bot.nlu.check_in_wish import meant

RANKING = (("checkin", 0.65), ("ask_side_effects", 0.2), ("mood_good", 0.1))


@pytest.mark.parametrize(
    "intent, text, question, goes_by",
    [
        ("checkin", "slept well, bit of a headache", "Anything else for the team?", "mood_good"),
        ("checkin", "can we do the check-in now", "Anything else for the team?", "checkin"),
        ("checkin", "I want to log my mood", "How did you sleep?", "checkin"),
        ("checkin", "let's do it", None, "checkin"),
        ("human", "a nurse please", "How did you sleep?", "human"),
    ],
)
def test_only_who_says_so_asks_for_one(intent: str, text: str, question: str | None, goes_by: str) -> None:
    assert meant(intent, RANKING, text, question) == goes_by


def test_what_is_nothing_else_is_out_of_scope() -> None:
    assert meant("checkin", RANKING[:2], "the blue one", "How did you sleep?") == "out_of_scope"
