"""What is nothing but an answer, what begins with one, and what says that it is as it was."""

from __future__ import annotations

import pytest

from bot.clinic.answers import bare, leading, repeats
from bot.clinic.instruments import Parsed, load_instrument

DAILY = load_instrument("daily")
MOOD = DAILY.items[0]


@pytest.mark.parametrize("typed", ["7", "7/10", "about a 7", "seven!!", "6 or 7", "skip", " 7 ", "7 :)"])
def test_nothing_but_an_answer(typed: str) -> None:
    assert bare(MOOD, typed) is not None


@pytest.mark.parametrize(
    "typed", ["7. been sick all night", "can i take 2?", "slept 4 hours", "not great, maybe 3", "11"]
)
def test_more_than_an_answer_or_none(typed: str) -> None:
    assert bare(MOOD, typed) is None


@pytest.mark.parametrize(
    ("typed", "value"),
    [("2. been sick all night", 2), ("0, i took them all", 0), ("maybe 3 because of him", 3)],
)
def test_the_answer_at_the_beginning_of_more(typed: str, value: int) -> None:
    assert leading(MOOD, typed) == Parsed(float(value))


@pytest.mark.parametrize("typed", ["i took 3", "3 days without sleep", "5-6 weeks", "3:30 again", "24/7", ""])
def test_no_answer_at_the_beginning(typed: str) -> None:
    assert leading(MOOD, typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        "same as yesterday",
        "Same",
        "the same",
        "same as last time.",
        "no change",
        "as before",
        "still the same",
    ],
)
def test_as_it_was(typed: str) -> None:
    assert repeats(typed)


@pytest.mark.parametrize("typed", ["same day driving?", "not the same", "the same nurse please", "7", ""])
def test_not_as_it_was(typed: str) -> None:
    assert not repeats(typed)


@pytest.mark.parametrize(("words", "value"), [("slept ok", 2), ("slept badly", 3), ("slept fine", 1)])
def test_sleep_may_be_named_in_the_answer_to_the_question_about_sleep(words: str, value: int) -> None:
    sleep = next(item for item in DAILY.items if item.key == "sleep")
    found = bare(sleep, words)
    assert found is not None and found.value == value


@pytest.mark.parametrize("typed", ["everything the same", "all the same as yesterday", "it's all the same"])
def test_all_of_it_as_it_was(typed: str) -> None:
    assert repeats(typed)
