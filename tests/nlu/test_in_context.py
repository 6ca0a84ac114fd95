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
        ("last tuesday", "tuesday"),
        ("11/20", "11-20"),
        ("at noon", "today"),
        ("i'm on my way home", "today"),
        ("haven't started yet", "not_yet"),
        ("the day before yesterday", "earlier"),
        ("this morning, my next one is tomorrow", "today"),
        ("idk", "unknown"),
        ("5", "unknown"),
        ("whatever", "unknown"),
        ("two weeks ago", "earlier"),
        ("it's tomorrow", "not_yet"),
        ("4", "not_yet"),
    ],
)
def test_asked_when(text, when) -> None:
    taken = in_context(text, OUT_OF_SCOPE, ASKED_WHEN)
    assert (taken.when, taken.answers, taken.intent) == (when, ("driving", "alcohol"), "ask_driving")


@pytest.mark.parametrize("text", ["what about tomorrow?", "does insurance pay?", "can you ask the nurse"])
def test_asked_when_and_a_question(text) -> None:
    assert in_context(text, OUT_OF_SCOPE, ASKED_WHEN).when is None


def test_asked_when_and_a_second_question_beside_the_answer() -> None:
    eating = Meaning("ask_eating", 0.9, answers=("eating",))
    taken = in_context("it was yesterday, and can I eat?", eating, ASKED_WHEN)
    assert (taken.when, taken.answers) == ("yesterday", ("driving", "alcohol", "eating"))


def test_asked_when_and_never_mind() -> None:
    assert in_context("never mind", OUT_OF_SCOPE, ASKED_WHEN).intent == "deny"


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("I had my infusion yesterday, can I drive?", "yesterday"),
        ("my infusion is tomorrow, can I eat breakfast", "not_yet"),
        ("had my session this morning and wonder if I can drive", "today"),
        ("yesterday's session was rough, can I drive", "yesterday"),
        # The time that is asked about is not the time of the infusion.
        ("can I drive tomorrow after my infusion", None),
        ("should I not drive after the infusion for two days", None),
        # Still to come, perhaps: to be asked, not guessed.
        ("my session is today, can I eat?", None),
        ("infusion on tuesday, can I eat?", None),
    ],
)
def test_the_time_told_beside_a_question(text, when) -> None:
    driving = Meaning("ask_driving", 0.9, answers=("driving",))
    assert in_context(text, driving, Remembered()).when == when


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("had my drip this morning", "today"),
        ("Infusion was yesterday at 2pm.", "yesterday"),
        ("hi I had my 3rd ketamine treatment on nov 20", "11-20"),
        ("had infusion today and feel sick", None),
        ("my ketamine was yesterday, no sleep", None),
        ("was my infusion yesterday?", None),
        ("it was fine", None),
    ],
)
@pytest.mark.parametrize("intent", ["out_of_scope", "nlu_fallback", "checkin"])
def test_the_time_told_alone(text, when, intent) -> None:
    meaning = Meaning(intent, 0.5, ask_back=("alcohol", "medications"))
    assert in_context(text, meaning, Remembered()).when == when


def test_what_was_told_may_be_taken_back() -> None:
    told = Remembered(last_topics=("driving",), told=True)
    taken = in_context("sorry, it was yesterday", OUT_OF_SCOPE, told)
    assert (taken.answers, taken.when) == (("driving",), "yesterday")


@pytest.mark.parametrize(("text", "intent"), [("1", "affirm"), ("2", "deny")])
def test_asked_to_pass_on(text, intent) -> None:
    assert in_context(text, OUT_OF_SCOPE, ASKED_TO_PASS_ON).intent == intent


@pytest.mark.parametrize(
    ("text", "read_as", "taken_as"),
    [
        ("yes please", "affirm", "affirm"),
        ("no wait yes", "deny", "affirm"),
        ("yes... actually no", "affirm", "deny"),
        ("s\u00ed", "out_of_scope", "affirm"),
        ("are you sure", "affirm", "out_of_scope"),
        ("really?", "affirm", "out_of_scope"),
    ],
)
def test_asked_to_pass_on_in_words(text, read_as, taken_as) -> None:
    assert in_context(text, Meaning(read_as, 0.9), ASKED_TO_PASS_ON).intent == taken_as


def test_gibberish_that_reads_like_a_yes_is_none() -> None:
    assert in_context("%s {0}", Meaning("affirm", 0.3), ASKED_TO_PASS_ON).stray


def test_a_tapped_button_counts_as_its_number() -> None:
    assert in_context("Drinking alcohol", OUT_OF_SCOPE, ASKED_BACK, choice="2").answers == ("alcohol",)


@pytest.mark.parametrize("text", ["and tomorrow?", "how long for?", "until when?", "why", "even just one?"])
def test_a_follow_up_leans_on_the_last_topic(text) -> None:
    assert in_context(text, OUT_OF_SCOPE, ABOUT_EXERCISE).answers == ("exercise",)


@pytest.mark.parametrize("text", ["and tomorrow?", "tmrw?", "ok and tomorrow morning"])
def test_a_follow_up_about_tomorrow_says_so(text) -> None:
    taken = in_context(text, OUT_OF_SCOPE, ABOUT_EXERCISE)
    assert (taken.answers, taken.shift) == (("exercise",), "tomorrow")


@pytest.mark.parametrize("text", ["what if I feel fine", "ok but why", "are you sure?", "really?", "so no?"])
def test_doubt_leans_on_the_last_topic(text) -> None:
    assert in_context(text, Meaning("affirm", 0.9), ABOUT_EXERCISE).answers == ("exercise",)


@pytest.mark.parametrize("text", ["if i take it twice", "what if I took two of them"])
def test_taking_more_is_a_question_of_its_own(text) -> None:
    assert in_context(text, OUT_OF_SCOPE, Remembered(last_topics=("sedatives",))) == OUT_OF_SCOPE


@pytest.mark.parametrize(
    "text", ["when does the clinic open on monday", "my dog ate my homework tomorrow", "parking"]
)
def test_what_speaks_for_itself_is_no_follow_up(text) -> None:
    assert in_context(text, OUT_OF_SCOPE, ABOUT_EXERCISE) == OUT_OF_SCOPE


@pytest.mark.parametrize("text", ["2", "7", "100"])
def test_a_number_without_a_question_answers_nothing(text) -> None:
    taken = in_context(text, Meaning("mood_good", 0.9), Remembered())
    assert (taken.intent, taken.stray) == ("out_of_scope", True)


def test_an_old_button_does_not_answer_the_open_question() -> None:
    taken = in_context("Today", OUT_OF_SCOPE, ASKED_TO_PASS_ON, stale=True)
    assert (taken.intent, taken.stray) == ("out_of_scope", True)


def test_an_old_button_that_names_a_topic_asks_for_it() -> None:
    driving = Meaning("ask_driving", 0.9, answers=("driving",))
    assert in_context("Driving", driving, ASKED_TO_PASS_ON, stale=True).answers == ("driving",)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("check in", "checkin"),
        ("Mood check-in", "checkin"),
        ("nurse", "human"),
        ("help", "help"),
        ("nvm", "deny"),
        ("jk", "deny"),
        ("LOL sorry, wrong chat", "deny"),
        ("hahaha", "deny"),
        ("Oops!", "deny"),
    ],
)
@pytest.mark.parametrize(
    "remembered", [Remembered(), ASKED_BACK, ASKED_WHEN, ASKED_TO_PASS_ON, ABOUT_EXERCISE]
)
def test_the_words_that_we_ask_for_always_work(text, intent, remembered) -> None:
    assert in_context(text, OUT_OF_SCOPE, remembered).intent == intent


def test_a_yes_to_the_offer_of_a_check_in_starts_it() -> None:
    offered = Remembered(open_question="check_in")
    assert in_context("yes please", Meaning("affirm", 0.9), offered).intent == "checkin"


@given(
    text=st.text(max_size=200),
    choice=st.none() | st.text(max_size=20),
    slots=st.dictionaries(
        st.sampled_from(["open_question", "options", "pending_topics", "last_topics", "told_infusion"]),
        st.none() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=9), max_size=3),
    ),
)
def test_nothing_makes_it_fail(text, choice, slots) -> None:
    taken = in_context(text, OUT_OF_SCOPE, remembered_from_slots(slots), choice)
    assert taken.intent


@pytest.mark.parametrize("text", ["sorry i fell", "lol can i drive", "wrong person to ask", "jk i meant it"])
def test_an_aside_with_something_beside_it_is_read(text) -> None:
    assert in_context(text, OUT_OF_SCOPE, Remembered()) == OUT_OF_SCOPE


@pytest.mark.parametrize("intent", ["affirm", "deny", "checkin", "safety", "nlu_fallback"])
def test_the_time_alone_is_a_time_whatever_the_reader_makes_of_it(intent) -> None:
    taken = in_context("had my infusion today", Meaning(intent, 0.23), Remembered())
    assert (taken.intent, taken.when, taken.stray) == ("out_of_scope", "today", False)
