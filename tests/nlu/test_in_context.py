"""What a message means after what was said before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.in_context import FALLBACK_INTENT, Meaning, Remembered, in_context, remembered_from_slots

OUT_OF_SCOPE = Meaning("out_of_scope", 0.6)
ASKED_BACK = Remembered(open_question="ask_back", options=("driving", "alcohol"))
ASKED_WHEN = Remembered(open_question="ask_when", pending=("driving", "alcohol"))
ASKED_TO_PASS_ON = Remembered(open_question="pass_on")
ABOUT_EXERCISE = Remembered(last_topics=("exercise",))


@pytest.mark.parametrize(
    ("text", "topics"),
    [("1", ("driving",)), ("2.", ("alcohol",)), ("the second one", ("alcohol",)), ("driving", ("driving",))],
)
def test_asked_back(text, topics) -> None:
    assert in_context(text, OUT_OF_SCOPE, ASKED_BACK).answers == topics


@pytest.mark.parametrize("text", ["3", "neither", "something else"])
def test_asked_back_and_neither(text) -> None:
    taken = in_context(text, Meaning(FALLBACK_INTENT, 0.4, ask_back=("eating", "fasting")), ASKED_BACK)
    assert (taken.intent, taken.answers, taken.ask_back) == ("out_of_scope", (), ())


def test_asked_back_and_a_new_question() -> None:
    eating = Meaning("ask_eating", 0.9, answers=("eating",))
    assert in_context("what can I eat?", eating, ASKED_BACK) == eating


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("1", "today"),
        ("about 3 hours ago", "today"),
        ("yesterday afternoon", "yesterday"),
        ("3", "earlier"),
        ("last tuesday", "earlier"),
        ("two weeks ago", "earlier"),
        ("it's tomorrow", "not_yet"),
        ("4", "not_yet"),
    ],
)
def test_asked_when(text, when) -> None:
    taken = in_context(text, OUT_OF_SCOPE, ASKED_WHEN)
    assert (taken.when, taken.answers, taken.intent) == (when, ("driving", "alcohol"), "ask_driving")


def test_asked_when_and_something_else() -> None:
    assert in_context("never mind", OUT_OF_SCOPE, ASKED_WHEN) == OUT_OF_SCOPE


@pytest.mark.parametrize(("text", "intent"), [("1", "affirm"), ("2", "deny")])
def test_asked_to_pass_on(text, intent) -> None:
    assert in_context(text, OUT_OF_SCOPE, ASKED_TO_PASS_ON).intent == intent


def test_a_tapped_button_counts_as_its_number() -> None:
    assert in_context("Drinking alcohol", OUT_OF_SCOPE, ASKED_BACK, choice="2").answers == ("alcohol",)


@pytest.mark.parametrize("text", ["and tomorrow?", "how long for?", "until when?", "why", "even just one?"])
def test_a_follow_up_leans_on_the_last_topic(text) -> None:
    assert in_context(text, OUT_OF_SCOPE, ABOUT_EXERCISE).answers == ("exercise",)


def test_a_follow_up_about_tomorrow_says_so() -> None:
    assert in_context("and tomorrow?", OUT_OF_SCOPE, ABOUT_EXERCISE).shift == "tomorrow"


@pytest.mark.parametrize(
    "text", ["when does the clinic open on monday", "my dog ate my homework tomorrow", "thanks"]
)
def test_what_speaks_for_itself_is_no_follow_up(text) -> None:
    assert in_context(text, OUT_OF_SCOPE, ABOUT_EXERCISE) == OUT_OF_SCOPE


def test_a_number_without_a_question_is_just_a_number() -> None:
    assert in_context("2", OUT_OF_SCOPE, Remembered()) == OUT_OF_SCOPE


@given(
    text=st.text(max_size=200),
    choice=st.none() | st.text(max_size=20),
    slots=st.dictionaries(
        st.sampled_from(["open_question", "options", "pending_topics", "last_topics"]),
        st.none() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=9), max_size=3),
    ),
)
def test_nothing_makes_it_fail(text, choice, slots) -> None:
    taken = in_context(text, OUT_OF_SCOPE, remembered_from_slots(slots), choice)
    assert taken.intent
