"""The series as it is: newest answers, gaps that show, infusions; its drawing, its trend, and all patients together."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.care.chart import WINDOW, Wording, panels_of, svg
from bot.care.database import transaction
from bot.care.series import (
    CourseDay,
    Point,
    PointState,
    Series,
    conversation_series,
    course_after_treatment,
    mood_series,
)
from bot.care.trend import trend_of
from tests.care.conftest import AT, Care
from tests.care.course import Course
from tests.care.test_signals import phq

NEW_YORK = ZoneInfo("America/New_York")
WORDS = Wording("Mood <check-ins>", "Infusion", "No answer", "Mood, 0 to 10")


@pytest.fixture
def course(care: Care) -> Course:
    return Course(care.engine, care.conversation_id, AT)


def series_of(course: Course, until: datetime | None = None) -> Series:
    with transaction(course.engine) as session:
        return conversation_series(session, course.conversation_id, until)


def moods(series: Series) -> list[tuple[float | None, str]]:
    return [(point.value, point.state.value) for point in series.of("mood")]


def test_answers_and_gaps_stand_in_order(course: Course) -> None:
    course.answered(1, mood=6, side_effects=1, word="ok")
    course.answered(0, mood=4)
    course.expired(2)
    course.expired(3, sent=False)
    course.answered(4, mood=None, side_effects=2)
    course.answered(5, side_effects=2, state="partial")
    course.answered(6, state="open")
    found = series_of(course)
    assert moods(found) == [
        (4, "answered"),
        (6, "answered"),
        (None, "missed"),
        (None, "not_sent"),
        (None, "skipped"),
        (None, "missed"),
    ]
    assert found.answered("mood") == [(course.at(0), 4.0), (course.at(1), 6.0)]
    assert [(point.raw, point.value) for point in found.of("word")] == [("ok", None)]


def test_the_newest_answer_counts_at_the_time_of_the_first(course: Course) -> None:
    done = course.answered(0, mood=9, side_effects=1)
    course.corrected(done, "mood", 5, timedelta(hours=3))
    course.corrected(done, "mood", 4, timedelta(hours=4))
    [point] = series_of(course).of("mood")
    assert (point.value, point.at, point.raw, point.corrected) == (4, course.at(0), "4", True)
    [untouched] = series_of(course).of("side_effects")
    assert not untouched.corrected


def test_the_series_as_it_stood_at_a_moment(course: Course) -> None:
    done = course.answered(0, mood=9)
    course.corrected(done, "mood", 2, timedelta(days=2))
    course.answered(3, mood=7)
    course.expired(4)
    assert moods(series_of(course, course.at(1))) == [(9, "answered")]
    assert moods(series_of(course, course.at(2))) == [(2, "answered")]
    assert len(series_of(course).of("mood")) == 3


def test_sums_are_whole_or_missing(course: Course) -> None:
    course.answered(0, "phq9", **phq(1, 2, 3, 0, 0, 0, 0, 0, 1))
    course.answered(7, "phq9", state="partial", **phq(1, 2))
    course.expired(14, instrument="phq9")
    totals = [(point.value, point.state.value) for point in series_of(course).of("total", "phq9")]
    assert totals == [(7, "answered"), (None, "incomplete"), (None, "missed")]


def test_infusions_are_those_that_took_place_or_will(course: Course) -> None:
    course.infusion(0)
    course.infusion(3, cancelled=True)
    course.infusion(7)
    with transaction(course.engine) as session:
        found = mood_series(session, course.patient_id())
    assert found == Series((), (course.at(0), course.at(7)))


def test_a_patient_without_a_conversation_has_an_empty_series(care: Care) -> None:
    assert care.look(lambda session: mood_series(session, 999_999)) == Series((), ())


def test_mood_after_treatment_over_all_patients(engine, course: Course) -> None:
    """Days by the clinic's calendar; a course counts once a day; what came before any infusion counts nowhere."""
    course.answered(-3, mood=1)
    course.infusion(0)
    first = course.answered(0.1, mood=2)
    course.corrected(first, "mood", 3, timedelta(minutes=5))
    course.answered(1, mood=5)
    course.answered(1.1, mood=6)
    course.infusion(14, cancelled=True)
    course.answered(15, mood=8)
    other = Course(engine, Care(engine).conversation_id, AT)
    other.infusion(0)
    other.answered(1, mood=9)
    other.answered(2, mood=None)
    other.infusion(7)
    other.answered(8, mood=4)
    visitor = Course(engine, Care(engine).conversation_id, AT)
    visitor.answered(1, mood=0)
    with transaction(engine) as session:
        found = course_after_treatment(session, NEW_YORK)
    assert found == [
        CourseDay(0, 3, 3, 3, 1, 1),
        CourseDay(1, 6, 5, 7.5, 3, 2),
        CourseDay(15, 8, 8, 8, 1, 1),
    ]
    with transaction(engine) as session:
        assert [one.day for one in course_after_treatment(session, NEW_YORK, days=7)] == [0, 1]


def drawn(series: Series, width: int = 720, totals: bool = True) -> ElementTree.Element:
    panels = panels_of(series, WORDS, totals)
    return ElementTree.fromstring(svg(series, panels, WORDS, NEW_YORK, AT + timedelta(days=30), width))


def marks(chart: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [one for one in chart.iter() if one.get("class") == kind]


def point(day: float, value: float | None, item: str = "mood", instrument: str = "daily") -> Point:
    state = PointState.MISSED if value is None else PointState.ANSWERED
    return Point(AT + timedelta(days=day), int(day * 10), instrument, "2", item, value, state, "finished")


def test_a_chart_shows_every_answer_gap_and_infusion() -> None:
    points = (point(0, 5), point(1, 7), point(2, None), point(3, 6), point(5, 2))
    chart = drawn(Series(points, (AT - timedelta(hours=4), AT + timedelta(days=4), AT + timedelta(days=90))))
    assert len(marks(chart, "dot")) == 4
    assert len(marks(chart, "run")) == 2  # no line is drawn over a gap
    assert len(marks(chart, "gap")) == 1 + 1  # and the one of the legend
    assert len(marks(chart, "treatment")) == 2  # the third one lies in the future
    assert chart[0].text == "Mood <check-ins>"


def test_sums_get_a_panel_of_their_own_for_staff_alone() -> None:
    points = (point(0, 5), point(1, 20, "total", "phq9"), point(2, 3, "total", "phq2"))
    texts = {one.text for one in drawn(Series(points, ())).iter() if one.tag.endswith("text")}
    assert {"PHQ-9", "PHQ-2", "27"} <= texts
    theirs = {one.text for one in drawn(Series(points, ()), totals=False).iter() if one.tag.endswith("text")}
    assert not {"PHQ-9", "PHQ-2", "2"} & theirs


def test_a_chart_holds_nothing_that_a_strict_page_forbids() -> None:
    text = svg(Series((point(0, 5),), (AT,)), panels_of(Series((), ()), WORDS), WORDS, NEW_YORK, AT)
    for forbidden in ("style=", "<style", "<script", "onload", "href", "&lt;script"):
        assert forbidden not in text


def test_only_the_last_three_months_are_drawn() -> None:
    chart = drawn(Series((point(0, 5), point(WINDOW.days + 5, 6)), (AT,)))
    assert len(marks(chart, "dot")) == 1


@given(
    st.lists(
        st.tuples(st.floats(-400, 30), st.one_of(st.none(), st.integers(0, 10).map(float))), max_size=30
    ),
    st.lists(st.floats(-400, 60), max_size=5),
    st.sampled_from([320, 720]),
)
def test_every_mark_lies_inside_the_drawing(answers, infusions, width) -> None:
    points = tuple(point(day, value) for day, value in sorted(answers, key=lambda one: one[0]))
    chart = drawn(Series(points, tuple(AT + timedelta(days=day) for day in sorted(infusions))), width)
    height = float(chart.get("viewBox").split()[3])
    for dot in marks(chart, "dot"):
        assert 0 <= float(dot.get("cx")) <= width and 0 <= float(dot.get("cy")) <= height
    for line in marks(chart, "treatment"):
        assert 0 <= float(line.get("x1")) <= width


def test_days_are_named_by_the_clinics_calendar_over_the_change_of_the_clock() -> None:
    """New York moves its clock on 8 March 2026."""
    late = datetime(2026, 3, 7, 4, 30, tzinfo=timezone.utc)
    points = tuple(
        Point(late + timedelta(days=day), day, "daily", "2", "mood", 5.0, PointState.ANSWERED, "finished")
        for day in range(5)
    )
    chart = svg(Series(points, ()), panels_of(Series(points, ()), WORDS), WORDS, NEW_YORK, AT)
    shown = [one.text for one in ElementTree.fromstring(chart).iter() if (one.text or "").startswith("Mar")]
    assert shown == ["Mar 7", "Mar 8", "Mar 9", "Mar 10", "Mar 11"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([], "too_few"),
        ([7], "too_few"),
        ([7, 8], "too_few"),
        ([2], "low"),
        ([9, 9, 9, 9, 3, 2, 3], "low"),
        ([5, 6, 7], "few"),
        ([5, 6, 7, 8, 9], "few"),
        ([4, 5, 4, 6, 7, 6], "higher"),
        ([8, 8, 9, 5, 4, 6], "lower"),
        ([6, 7, 6, 7, 6, 7], "steady"),
        ([6, 7, 6, 7, 6, 1], "steady"),
        ([1, 1, 1, 2, 8, 9], "higher"),
    ],
)
def test_the_trend_in_a_word(values: list[float], kind: str) -> None:
    assert trend_of(values).kind == kind


@given(st.lists(st.integers(0, 20).map(lambda half: half / 2), max_size=40))
def test_every_series_has_a_trend_within_the_scale(values: list[float]) -> None:
    trend = trend_of(values)
    assert 0 <= trend.lowest <= trend.lately <= trend.highest <= 10
    assert trend.count == len(values)
    if trend.kind == "higher":
        assert trend.lately > trend.before
