"""Evidence is marked where it is, whatever surrounds it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from bot.staff.marking import EXCERPT, excerpt, marked
from bot.staff.segments import cost

SPANS = st.lists(st.tuples(st.integers(-5, 700), st.integers(-5, 700)), max_size=4)


@given(st.text(max_size=600), SPANS)
def test_marking_adds_marks_and_changes_nothing_else(text: str, spans: list[tuple[int, int]]) -> None:
    shown = marked(text, spans)
    assert shown.replace("<mark>", "").replace("</mark>", "") == escape(text)
    assert shown.count("<mark>") == shown.count("</mark>")


@given(st.text(max_size=600), SPANS)
def test_an_excerpt_is_short_and_safe(text: str, spans: list[tuple[int, int]]) -> None:
    shown = excerpt(text, spans)
    plain = shown.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in plain
    assert len(plain.unescape()) <= EXCERPT + 4


def test_an_excerpt_holds_the_beginning_of_the_evidence_wherever_it_lies() -> None:
    for lead in (0, 100, 500, 4000):
        text = "word " * lead + "i want to die" + " word" * 300
        start = text.index("i want")
        assert "<mark>i want to die</mark>" in excerpt(text, [(start, start + 13)]), lead


def test_overlapping_spans_are_one_mark() -> None:
    assert marked("abcdef", [(1, 3), (2, 5)]) == "a<mark>bcde</mark>f"


def test_text_messages_are_counted_as_carriers_count() -> None:
    assert [cost(text).segments for text in ("", "a", "a" * 160, "a" * 161, "a" * 307)] == [0, 1, 1, 2, 3]
    assert [cost(text).segments for text in ("ž" * 70, "ž" * 71, "😀" * 35, "😀" * 36)] == [1, 2, 1, 2]
