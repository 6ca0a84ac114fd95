"""Disguises are undone, ordinary writing stays what it is, and nothing raises."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.language.clauses import MOST_CLAUSES, clauses
from bot.language.normalise import clean, normalise


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("i want to k i l l  m y s e l f", "i want to kill myself"),
        ("i want to d.i.e", "i want to die"),
        ("su1c1de", "suicide"),
        ("k!ll me", "kill me"),
        ("$uicide", "suicide"),
        ("heeeeelp", "heelp"),
        ("i wanna diiiiie", "i wanna die"),
        ("killlll", "kill"),
        ("ki\u200bll", "kill"),
        ("ｋｉｌｌ", "kill"),
        ("кill mуself", "kill myself"),
        ("don’t", "don't"),
        ("a\x00b", "a b"),
        ("  two   spaces ", "two spaces"),
    ],
)
def test_disguises_are_undone(typed: str, plain: str) -> None:
    assert normalise(typed) == plain


@pytest.mark.parametrize(
    "text",
    [
        "can i take 10mg at 3am b4 bed 2nite", "i ate at 7:30", "is 2-3 days ok", "vitamin b12 and 5htp", "a b", "9/10",
        "see you at 4!", "$20 copay", "good, cool, feeling off", "y/n", "привет", "/greet", "I am at a 7",
    ],
)  # fmt: skip
def test_ordinary_writing_stays(text: str) -> None:
    assert normalise(text) == text == clean(text)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=200))
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(normalise(text), str)
    assert clean(clean(text)) == clean(text)
    assert len(clauses(text)) <= MOST_CLAUSES


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("can I drive and have a beer tonight", ["can I drive", "can I have a beer tonight"]),
        ("when can i eat? and can i drink wine", ["when can i eat?", "and can i drink wine"]),
        (
            "what are side effects and how long do they last",
            ["what are side effects", "how long do they last"],
        ),
        ("is it ok to smoke weed or take my xanax", ["is it ok to smoke weed", "is it ok to take my xanax"]),
        ("thanks\ncan i drive", ["thanks", "can i drive"]),
        ("I feel sick and dizzy", ["I feel sick and dizzy"]),
        ("can i drive home and my wife is asking too", ["can i drive home and my wife is asking too"]),
        ("👍", ["👍"]),
        ("", []),
    ],
)
def test_clauses(message: str, parts: list[str]) -> None:
    assert clauses(message) == parts


def test_a_letter_has_few_clauses_and_loses_nothing() -> None:
    parts = clauses("I slept. " * 50 + "the end")
    assert len(parts) == MOST_CLAUSES and parts[-1].endswith("the end")
