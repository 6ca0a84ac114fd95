"""What a series shows lies before staff: once, with its reason, joined to what is open, and never taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.care import alerts, signals
from bot.care.database import transaction
from bot.care.models import Alert, AlertEvent, CheckIn, Disposition
from tests.care.conftest import AT, Care
from tests.care.course import Course


@pytest.fixture
def course(care: Care) -> Course:
    return Course(care.engine, care.conversation_id, AT)


def assess(course: Course, check_in_id: int) -> None:
    with transaction(course.engine) as session:
        signals.assess_check_in(session, session.get(CheckIn, check_in_id), AT)


def assess_missed(course: Course) -> None:
    with transaction(course.engine) as session:
        signals.assess_missed(session, course.conversation_id, AT)


def alert(care: Care) -> Alert | None:
    return care.look(lambda session: alerts.unresolved_alert(session, care.conversation_id))


def events(care: Care) -> list[tuple[str, str | None]]:
    def read(session) -> list[tuple[str, str | None]]:
        rows = session.query(AlertEvent).join(Alert).filter(Alert.conversation_id == care.conversation_id)
        return [(row.kind, row.key) for row in rows.order_by(AlertEvent.id)]

    return care.look(read)


def test_a_low_mood_opens_an_alert_once(care: Care, course: Course) -> None:
    low = course.answered(0, mood=1, state="open")
    assess(course, low)
    assess(course, low)
    assert (alert(care).level, alert(care).reasons) == ("urgent", ["Mood 1 of 10 (2 or below)."])
    assert alert(care).message_id is None
    assert events(care) == [("opened", f"low_mood.v1:{low}")]


def test_an_ordinary_check_in_opens_nothing(care: Care, course: Course) -> None:
    for day, mood in enumerate((7, 6, 8, 5)):
        assess(course, course.answered(day, mood=mood, side_effects=1, sleep=2, safety=1, word="fine"))
    assert alert(care) is None


def test_a_fall_against_the_own_median_joins_what_is_open(care: Care, course: Course) -> None:
    care.delivered("i cannot stop vomiting", "urgent", "Vomiting")
    for day in range(3):
        course.answered(day, mood=8)
    assess(course, course.answered(3, mood=4))
    assert alert(care).reasons == [
        "Mood 4 of 10: 4 below their own median of 8 (last 3 answers).",
        "Vomiting",
    ]
    assert care.count(Alert) == 1


def test_a_yes_about_death_raises_the_level(care: Care, course: Course) -> None:
    assess(course, course.answered(0, mood=2, state="open"))
    assert alert(care).level == "urgent"
    assess(course, course.answered(1, mood=6, safety=2))
    assert alert(care).level == "crisis"


def test_a_good_answer_afterwards_takes_nothing_back(care: Care, course: Course) -> None:
    low = course.answered(0, mood=1)
    assess(course, low)
    course.corrected(low, "mood", 8, timedelta(minutes=1))
    assess(course, low)
    assess(course, course.answered(1, mood=9, safety=1))
    assert (alert(care).level, alert(care).state) == ("urgent", "open")


def test_the_newest_answer_counts(care: Care, course: Course) -> None:
    fine = course.answered(0, mood=8)
    assess(course, fine)
    assert alert(care) is None
    course.corrected(fine, "mood", 2, timedelta(minutes=5))
    assess(course, fine)
    assert alert(care).reasons == ["Mood 2 of 10 (2 or below)."]


def test_two_missed_after_a_low_one(care: Care, course: Course) -> None:
    course.answered(0, mood=3)
    course.expired(1)
    assess_missed(course)
    assert alert(care) is None
    course.expired(2)
    assess_missed(course)
    assess_missed(course)
    assert alert(care).reasons == ["No answer to 2 check-ins in a row, after a mood of 3 of 10."]
    assert len(events(care)) == 1


def test_silence_that_goes_on_after_the_alert_is_resolved_is_told_again(
    care: Care, course: Course, nurse: int
) -> None:
    course.answered(0, mood=2)
    for day in (1, 2):
        course.expired(day)
    assess_missed(course)
    with transaction(care.engine) as session:
        open_ = alerts.unresolved_alert(session, care.conversation_id)
        alerts.acknowledge(session, open_.id, nurse, AT)
        alerts.resolve(session, open_.id, nurse, Disposition.REACHED_SAFE, "Spoke with her.", AT)
    course.expired(3)
    assess_missed(course)
    assert alert(care) is None
    course.expired(4)
    assess_missed(course)
    assert alert(care).reasons == ["No answer to 4 check-ins in a row, after a mood of 2 of 10."]


def test_what_could_not_be_sent_is_not_the_patients_silence(care: Care, course: Course) -> None:
    course.answered(0, mood=2)
    course.expired(1, sent=False)
    course.expired(2, sent=False)
    assess_missed(course)
    assert alert(care) is None


def test_an_answer_ends_the_silence(care: Care, course: Course) -> None:
    course.answered(0, mood=2)
    course.expired(1)
    course.answered(2, mood=7)
    course.expired(3)
    assess_missed(course)
    assert alert(care) is None


PHQ = ("interest", "down", "sleep", "tired", "appetite", "failure", "concentration", "moving", "harm")


def phq(*points: int) -> dict[str, float]:
    return {f"phq_{item}": float(number) for item, number in zip(PHQ, points)}


def test_fifteen_points_are_told_as_soon_as_they_are_certain(care: Care, course: Course) -> None:
    assess(course, course.answered(0, "phq9", state="partial", **phq(3, 3, 3, 3, 2)))
    assert alert(care) is None
    assess(course, course.answered(1, "phq9", state="open", **phq(3, 3, 3, 3, 3)))
    assert alert(care).reasons == ["PHQ-9 total 15 so far of 27 (15 or more, moderately severe)."]


def test_the_whole_sum_is_told_once_more(care: Care, course: Course) -> None:
    check_in = course.answered(0, "phq9", state="open", **phq(3, 3, 3, 3, 3, 1, 1, 1))
    assess(course, check_in)
    course.corrected(check_in, "phq_harm", 0, timedelta(minutes=9))
    assess(course, check_in)
    assess(course, check_in)
    assert alert(care).reasons == [
        "PHQ-9 total 18 of 27 (15 or more, moderately severe).",
        "PHQ-9 total 18 so far of 27 (15 or more, moderately severe).",
    ]
    assert [kind for kind, _ in events(care)] == ["opened", "joined"]


def test_five_points_more_than_the_last_whole_sum(care: Care, course: Course) -> None:
    course.answered(0, "phq9", **phq(1, 1, 1, 1, 0, 0, 0, 0, 0))
    course.answered(7, "phq9", state="partial", **phq(0, 0))
    assess(course, course.answered(14, "phq9", **phq(2, 1, 1, 1, 1, 1, 1, 1, 0)))
    assert alert(care).reasons == ["PHQ-9 total 9, up from 4."]


def test_any_answer_above_0_to_item_9_is_a_crisis(care: Care, course: Course) -> None:
    assess(course, course.answered(0, "phq9", **phq(0, 0, 0, 0, 0, 0, 0, 0, 1)))
    assert alert(care).level == "crisis"


def test_a_check_in_of_another_conversation_says_nothing_here(care: Care, course: Course) -> None:
    other = Course(care.engine, Care(care.engine).conversation_id, AT)
    for day in range(3):
        other.answered(day, mood=9)
    assess(course, course.answered(3, mood=5))
    assert alert(care) is None
