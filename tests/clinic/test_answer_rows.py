"""Several answers in one message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clinic.answer_rows import LONGEST, parse_many
from bot.clinic.instruments import load_instrument

DAILY = load_instrument("daily").items
PHQ9 = load_instrument("phq9").items


def read(text: str, items=DAILY) -> list[tuple[str, float | None]]:
    """Item and value of each answer."""
    return [(item.key, parsed.value) for item, parsed in parse_many(items, text)]


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("6, 1, slept ok", {"mood": 6, "side_effects": 1, "sleep": 2}),
        ("mood 6 side effects none", {"mood": 6, "side_effects": 1}),
        ("6 for mood and 2 for side effects", {"mood": 6, "side_effects": 2}),
        ("mood 6, no side effects, slept badly", {"mood": 6, "side_effects": 1, "sleep": 3}),
        ("mood: 6; sleep: 2", {"mood": 6, "sleep": 2}),
        ("slept badly, mood 3", {"mood": 3, "sleep": 3}),
        ("6 1 2", {"mood": 6, "side_effects": 1, "sleep": 2}),
        ("3 1 skip", {"mood": 3, "side_effects": 1, "sleep": None}),
        ("7/10, none, fine", {"mood": 7, "side_effects": 1, "sleep": 1}),
        ("6.5, a little", {"mood": 6.5, "side_effects": 2}),
        ("6 1 2 2", {"mood": 6, "side_effects": 1, "sleep": 2, "safety": 2}),
        ("7 but side effects 2 and slept bad", {"mood": 7, "side_effects": 2, "sleep": 3}),
        ("mood 3, no side effects, slept like crap, no thoughts", {"mood": 3, "side_effects": 1, "sleep": 3}),
        ("siete, nada, dormí mal", {"mood": 7, "side_effects": 1, "sleep": 3}),
        ("mood is a 4 the side effects are mild", {"mood": 4, "side_effects": 2}),
    ],
)
def test_a_row_of_answers(typed: str, values: dict[str, float | None]) -> None:
    assert dict(read(typed)) == values


@pytest.mark.parametrize(
    "typed",
    [
        "7",
        "6, 7",
        "3, or 2",
        "7, slept 4 hours",
        "no, not at all",
        "not great, maybe 3",
        "took two pills. 8",
        "7 but 3 yesterday",
        "no but sometimes",
        "",
        "hi, there",
    ],
)
def test_what_is_no_row(typed: str) -> None:
    assert read(typed) == []


def test_a_no_to_thoughts_of_death_is_not_taken_from_a_row_nor_anything_after_it() -> None:
    assert read("6, 1, 2, 1, fine") == [("mood", 6.0), ("side_effects", 1.0), ("sleep", 2.0)]
    assert "phq_harm" not in dict(read("0 1 2 1 0 1 2 1 0", PHQ9))
    assert read("0 1 2 1 0 1 2 1 1", PHQ9)[-1] == ("phq_harm", 1.0)


def test_a_story_is_no_row() -> None:
    assert read("6, 1, " + "and then we went home " * LONGEST) == []


@given(
    text=st.one_of(
        st.text(),
        st.lists(
            st.sampled_from(
                [
                    "6",
                    "1",
                    "2",
                    "11",
                    "none",
                    "ok",
                    "skip",
                    "mood",
                    "slept",
                    "side effects",
                    ",",
                    " ",
                    "and",
                    ".",
                ]
            ),
            max_size=12,
        ).map(" ".join),
    ),
    items=st.sampled_from([DAILY, PHQ9, DAILY[2:], ()]),
)
def test_a_row_never_raises_leaves_no_scale_and_takes_each_item_once(text: str, items) -> None:
    found = parse_many(items, text)
    assert len(found) != 1
    assert len({item.key for item, _ in found}) == len(found)
    for item, parsed in found:
        assert item in items and item.kind != "word"
        assert parsed.value is None or item.lowest <= parsed.value <= item.highest
        assert not item.grave or item.is_grave(parsed)


@given(
    mood=st.integers(0, 10),
    effects=st.integers(1, 3),
    sleep=st.integers(1, 3),
    glue=st.sampled_from([", ", " ", "; ", "\n", ",", " and "]),
)
def test_three_numbers_are_three_answers(mood: int, effects: int, sleep: int, glue: str) -> None:
    typed = glue.join(map(str, (mood, effects, sleep)))
    assert read(typed) == [("mood", mood), ("side_effects", effects), ("sleep", sleep)]
