"""Which texts of a message the trained reader gets: what is asked beside a confession stays no part of its clause."""

from __future__ import annotations

import pytest

from bot.safety.reader_texts import MOST_CLAUSES, clauses_apart
from bot.safety.text import clauses


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("bring who? im jumping off the multistorey", ["bring who?", "im jumping off the multistorey"]),
        ("elephant on my chest. eat when?", ["elephant on my chest.", "eat when?"]),
        ("well, i slept like a log", ["well, i slept like a log"]),
        ("i slept like a log, ok", ["i slept like a log, ok"]),
    ],
)
def test_a_short_clause_stays_with_its_neighbour_unless_it_asks(text: str, parts: list[str]) -> None:
    assert clauses(text) == parts


def test_of_a_long_story_the_first_and_the_last_clauses_are_read() -> None:
    told = [f"this is what happened on day {number}." for number in range(12)]
    half = MOST_CLAUSES // 2
    assert clauses_apart(" ".join(told)) == [*told[:half], *told[-half:]]
    assert clauses_apart("one clause and no more") == []
