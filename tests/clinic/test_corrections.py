"""Answers taken back: the right item, the new number, and nothing where none is meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clinic.corrections import correction
from bot.clinic.instruments import Item, load_instrument

MOOD, SIDE_EFFECTS, SLEEP, SAFETY, WORD = load_instrument("daily").items
# Latest first.
ANSWERED: list[tuple[Item, float | None]] = [(SIDE_EFFECTS, 2.0), (MOOD, 5.0)]


@pytest.mark.parametrize(
    ("typed", "item", "value"),
    [
        ("sorry I meant 4", "mood", 4),
        ("actually 3 not 5", "mood", 3),
        ("not 5, 3", "mood", 3),
        ("4 instead of 5", "mood", 4),
        ("1 not 2", "side_effects", 1),
        ("sorry, 7", "mood", 7),
        ("no, i meant 4", "mood", 4),
        ("I meant 1", "side_effects", 1),
        ("i meant a little", "side_effects", 2),
        ("make that a 3", "side_effects", 3),
        ("mood should be 4", "mood", 4),
        ("change my mood to 3", "mood", 3),
        ("sorry i meant 3 for mood", "mood", 3),
        ("i meant six", "mood", 6),
    ],
)
def test_an_answer_is_taken_back(typed: str, item: str, value: float) -> None:
    found = correction(ANSWERED, SLEEP, typed)
    assert found is not None and (found.item.key, found.parsed.value) == (item, value)


@pytest.mark.parametrize(
    "typed",
    ["2", "sorry 2", "actually 1", "no", "wait", "sorry i cant", "i mean it hurts", "actually i feel dizzy",
     "actually it was this morning", "did you mean 4?",
     "i meant to tell you that my mother came by on sunday and it was so nice"],
)  # fmt: skip
def test_what_takes_nothing_back(typed: str) -> None:
    assert correction(ANSWERED, SLEEP, typed) is None


def test_without_an_open_item_sorry_and_a_number_is_enough() -> None:
    found = correction(ANSWERED, None, "oops 3")
    assert found is not None and found.item is SIDE_EFFECTS


def test_without_answers_there_is_nothing_to_take_back() -> None:
    assert correction([], MOOD, "sorry i meant 4") is None


def test_a_number_that_nobody_gave_is_not_corrected() -> None:
    assert correction(ANSWERED, SLEEP, "3 not 9") is None


@given(
    text=st.one_of(
        st.text(),
        st.lists(
            st.sampled_from(
                [
                    "sorry",
                    "i meant",
                    "not",
                    "actually",
                    "3",
                    "11",
                    "mood",
                    "no",
                    "to",
                    "change",
                    "-1",
                    "a lot",
                ]
            ),
            max_size=8,
        ).map(" ".join),
    ),
    open_item=st.sampled_from([None, SLEEP, SAFETY, WORD]),
)
def test_a_correction_never_raises_and_never_leaves_the_scale(text: str, open_item: Item | None) -> None:
    found = correction(ANSWERED, open_item, text)
    if found is not None and found.parsed.value is not None:
        assert found.item in (MOOD, SIDE_EFFECTS)
        assert found.item.lowest <= found.parsed.value <= found.item.highest
