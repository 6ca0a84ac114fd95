"""Who asks how they have been is understood as that, and nobody else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.training_data import load_training, load_validation
from bot.nlu.in_context import Meaning, Remembered, in_context
from bot.nlu.looking_back import looks_back


@pytest.mark.parametrize(
    "text",
    [
        "how have I been doing",
        "How have I been?",
        "how\u2019ve i been lately",
        "so how have i been doing this week?",
        "how has my mood been",
        "How has my mood been going since my last infusion?",
        "how am i doing",
        "how am I doing so far??",
        "how is my mood looking",
        "show me my mood chart",
        "can i see my scores please",
        "could you show me my check-ins",
        "can you tell me how I have been",
        "what were my last scores",
        "what are my check-in scores",
        "i want to see my mood over time",
        "my chart",
        "show my progress over the last two weeks",
        "look at my past check-ins",
    ],
)
def test_it_is_recognised(text: str) -> None:
    assert looks_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "check in",
        "how are you doing",
        "how have i been so stupid",
        "how have I been able to drive last time",
        "how am i doing this wrong",
        "how am i supposed to feel",
        "how long have i been in treatment",
        "what is my mood supposed to be",
        "my mood is bad",
        "my scores are bad and i want to die",
        "show me how to do the check-in",
        "redo my mood score i typed it wrong",
        "how do i get my chart notes",
        "how have I been doing? I feel worse every day",
        "how is my doctor doing",
        "can i see my doctor",
    ],
)
def test_it_is_not_taken_for_something_else(text: str) -> None:
    assert not looks_back(text)


def test_nothing_that_the_reader_learns_or_is_measured_by_is_taken_away_from_it() -> None:
    examples = [*load_training(), *load_validation("questions"), *load_validation("safety")]
    assert [one.text for one in examples if looks_back(one.text)] == []


def test_it_comes_before_an_open_question_and_leaves_buttons_alone() -> None:
    meaning = Meaning("out_of_scope", 0.6, answers=("driving",))
    asked = Remembered(open_question="ask_when", pending=("driving",))
    taken = in_context("how have I been doing?", meaning, asked)
    assert (taken.intent, taken.looks_back, taken.answers) == ("help", True, ())
    assert not in_context("7", meaning, asked, choice="7").looks_back


@given(st.text(max_size=300))
def test_no_text_makes_it_fail(text: str) -> None:
    assert looks_back(text) in (True, False)
