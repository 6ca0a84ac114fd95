"""What is drawn of figures stays on the paper."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from bot.care.bars import Bar, bars, course
from bot.care.series import CourseDay


@given(
    st.lists(
        st.tuples(st.text(max_size=30), st.none() | st.floats(0, 1e9), st.none() | st.floats(0, 1e9)),
        max_size=6,
    ),
    st.integers(200, 900),
)
def test_bars_stay_on_the_paper_whatever_the_numbers(
    rows: list[tuple[str, float | None, float | None]], width: int
) -> None:
    drawn = [
        Bar(f"<{name.encode('ascii', 'ignore').decode()!r}>", value, "12", mark) for name, value, mark in rows
    ]
    picture = ElementTree.fromstring(bars("<Title & more>", drawn, width))
    for one in picture.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(one.get("x", 0)) + float(one.get("width", 0)) <= width
    assert "style" not in picture.attrib


def test_the_course_of_a_single_day_is_drawn() -> None:
    picture = ElementTree.fromstring(course("Mood", [CourseDay(0, 5.0, 4.0, 6.0, 1, 1)], 340))
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}circle"))) == 1
