"""Worrying answers, and worrying words in the middle of a check-in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.care.models import Channel
from tests.dialogue.check_in_scene import BOTH, forget, numbers, resting, send, stored

pytestmark = pytest.mark.model

DAILY_UP_TO_SAFETY = ("check in", "6", "1", "2")
PHQ_UP_TO_HARM = ("0", "1", "1", "1", "0", "1", "0", "0")


async def up_to_safety(patient, channel=Channel.WEB) -> None:
    """The question about thoughts of being better off dead is open."""
    for text in DAILY_UP_TO_SAFETY:
        replies = await patient.says(text, channel)
    assert "better off dead" in replies[-1]


@pytest.mark.parametrize("channel", BOTH)
@pytest.mark.parametrize(
    ("typed", "value"), [("2", 2.0), ("yes", 2.0), ("3", 3.0), ("rather not say", 3.0), ("skip", 3.0)]
)
async def test_anything_but_no_gets_the_approved_text_at_once(patient, channel, typed, value) -> None:
    await up_to_safety(patient, channel)
    [reply] = await patient.turn(typed, channel)
    assert reply.kind == "safety" and "988" in reply.text
    assert [alert.level for alert in patient.alerts()] == ["crisis"]
    [(_, answers)] = stored(patient)
    assert answers[-1] == ("safety", value, typed, False)
    assert resting(patient) == ("open", "worry")


async def test_a_button_says_the_same(patient) -> None:
    await up_to_safety(patient)
    [reply] = await patient.turn("Yes", choice="2")
    assert reply.kind == "safety"
    assert numbers(patient)[-1] == ("safety", 2.0)


@pytest.mark.parametrize("typed", ["1", "1.", "no", "No", "nope"])
@pytest.mark.parametrize("channel", BOTH)
async def test_a_plain_no_goes_on(patient, channel, typed) -> None:
    await up_to_safety(patient, channel)
    assert "add" in (await patient.says(typed, channel))[-1]
    assert patient.alerts() == []
    assert numbers(patient)[-1] == ("safety", 1.0)


async def test_an_answer_written_before_the_question_is_no_answer_to_it(patient) -> None:
    await patient.says("check in")
    for text in ("6", "1", "2", "1"):
        patient.deliver(text)
    for _ in range(4):
        await patient.answering.next_turn(patient.conversation_id)
    assert numbers(patient) == [("mood", 6.0), ("side_effects", 1.0), ("sleep", 2.0)]
    assert "add" in (await patient.says("1"))[-1]


async def test_a_yes_written_before_the_question_is_a_crisis(patient) -> None:
    await patient.says("check in")
    for text in ("6", "1", "2", "2"):
        patient.deliver(text)
    for _ in range(4):
        await patient.answering.next_turn(patient.conversation_id)
    assert [alert.level for alert in patient.alerts()] == ["crisis"]
    assert numbers(patient)[-1] == ("safety", 2.0)


@pytest.mark.parametrize("channel", BOTH)
async def test_a_mood_of_nothing_is_heard_and_the_questions_go_on(patient, channel) -> None:
    await patient.says("check in", channel)
    [heard, following] = await patient.turn("0 :(", channel)
    assert heard.question is None and "side effects" in following.text
    assert [alert.level for alert in patient.alerts()] == ["urgent"]
    assert numbers(patient) == [("mood", 0.0)]


@pytest.mark.parametrize("channel", BOTH)
async def test_an_urgent_message_is_dealt_with_and_nothing_chirps_on(patient, channel) -> None:
    await patient.says("check in", channel)
    replies = await patient.turn("4, and I have been vomiting all night, nothing stays down", channel)
    assert [alert.level for alert in patient.alerts()] == ["urgent"]
    assert all(reply.question is None for reply in replies)
    assert not any("0 (the worst)" in reply.text or "For example" in reply.text for reply in replies)
    assert stored(patient) == [
        ("open", [("mood", 4.0, "4, and I have been vomiting all night, nothing stays down", False)])
    ]
    assert resting(patient) == ("open", "worry")


async def test_a_crisis_in_answer_to_one_that_was_sent_keeps_its_answer(patient) -> None:
    send(patient)
    [reply] = await patient.turn("1. I want to kill myself")
    assert reply.kind == "safety"
    assert stored(patient) == [("open", [("mood", 1.0, "1. I want to kill myself", False)])]
    assert resting(patient) == ("open", "worry")
    [alert] = patient.alerts()
    assert "Mood 1 of 10 (2 or below)." in alert.reasons


async def test_after_a_crisis_a_number_that_may_answer_something_else_begins_nothing(patient) -> None:
    send(patient)
    await patient.says("I want to kill myself")
    replies = await patient.turn("2")
    assert all(reply.question is None for reply in replies)
    assert resting(patient) == ("sent", "worry")


async def test_high_answers_are_not_cheered_while_an_alert_is_open(patient) -> None:
    await patient.says("i have been throwing up all day and night, nothing stays down")
    assert [alert.level for alert in patient.alerts()] == ["urgent"]
    for text in ("check in", "9", "1", "1", "1"):
        await patient.says(text)
    assert "good to hear" not in " ".join(await patient.says("skip"))


@pytest.mark.parametrize("channel", BOTH)
async def test_two_short_questions_lead_on_to_the_nine(patient, channel) -> None:
    assert "Little interest" in send(patient, channel, "phq2")
    await patient.says("2", channel)
    hard, third = await patient.says("1", channel)
    assert "Seven more" in hard and "sleep" in third
    first, second = stored(patient)
    assert (first[0], second[0]) == ("finished", "open")
    assert numbers(patient) == [("phq_interest", 2.0), ("phq_down", 1.0)]


async def test_below_the_cut_point_the_two_questions_are_all(patient) -> None:
    send(patient, instrument="phq2")
    await patient.says("1")
    [done] = await patient.says("several days")
    assert "Thank you" in done
    assert [state for state, _ in stored(patient)] == ["finished"]


@pytest.mark.parametrize("channel", BOTH)
@pytest.mark.parametrize("typed", ["1", "several days", "3"])
async def test_the_ninth_question_above_0_is_a_crisis(patient, channel, typed) -> None:
    send(patient, channel, "phq9")
    for text in PHQ_UP_TO_HARM:
        replies = await patient.says(text, channel)
    assert "better off dead" in replies[-1] and patient.alerts() == []
    [reply] = await patient.turn(typed, channel)
    assert reply.kind == "safety" and "988" in reply.text
    assert [alert.level for alert in patient.alerts()] == ["crisis"]
    [(state, answers)] = stored(patient)
    assert (state, len(answers), answers[-1][0]) == ("finished", 9, "phq_harm")


@pytest.mark.parametrize("typed", ["0", "not at all"])
async def test_the_ninth_question_with_0_ends_it(patient, typed) -> None:
    send(patient, instrument="phq9")
    for text in PHQ_UP_TO_HARM:
        await patient.says(text)
    [done] = await patient.says(typed)
    assert "Thank you" in done and patient.alerts() == []


async def test_a_high_score_lies_before_staff(patient) -> None:
    send(patient, instrument="phq9")
    for text in ("3", "3", "3", "2", "2", "1", "2", "1"):
        await patient.says(text)
    replies = await patient.says("0")
    assert "so hard" in " ".join(replies)
    [alert] = patient.alerts()
    assert alert.level == "urgent" and "PHQ-9" in " ".join(alert.reasons)


async def test_the_open_item_survives_rasas_memory(patient) -> None:
    await up_to_safety(patient)
    forget(patient)
    [reply] = await patient.turn("2")
    assert reply.kind == "safety"


@pytest.mark.parametrize("channel", BOTH)
@pytest.mark.parametrize("typed", ["1", "several days"])
async def test_a_ninth_answer_above_0_lies_before_staff_with_the_total_and_the_rise(
    patient, channel, typed
) -> None:
    send(patient, channel, "phq9")
    for text in ("0",) * 9:
        await patient.says(text, channel)
    patient.clock.move(timedelta(days=14))
    send(patient, channel, "phq9")
    for text in ("2",) * 8:
        replies = await patient.says(text, channel)
    assert "better off dead" in replies[-1]
    [reply] = await patient.turn(typed, channel)
    assert reply.kind == "safety"
    [alert] = patient.alerts()
    reasons = " ".join(alert.reasons)
    assert alert.level == "crisis"
    for said in ("item 9", "PHQ-9 total 17 of 27", "PHQ-9 total 17, up from 0"):
        assert said in reasons
    assert stored(patient)[-1][0] == "finished"


@pytest.mark.parametrize("channel", BOTH)
@pytest.mark.parametrize("typed", ["3", "rather not say", "I’d rather not say", "skip"])
async def test_who_would_rather_not_say_is_pressed_for_nothing(patient, channel, typed) -> None:
    await up_to_safety(patient, channel)
    [reply] = await patient.turn(typed, channel)
    assert "would rather not say" in reply.text and "team will see" in reply.text
    assert "988" in reply.text and "911" in reply.text and "Great" not in reply.text
    assert reply.kind == "safety" and reply.question is None
    [alert] = patient.alerts()
    assert alert.level == "crisis" and "rather not say" in " ".join(alert.reasons)


async def test_rather_not_say_in_a_row_gets_the_same_words(patient) -> None:
    await patient.says("check in")
    [reply] = await patient.turn("6 1 2 3")
    assert "would rather not say" in reply.text and reply.kind == "safety"
    assert [alert.level for alert in patient.alerts()] == ["crisis"]


@pytest.mark.parametrize("channel", BOTH)
async def test_a_free_word_is_screened_like_any_message(patient, channel) -> None:
    for text in ("check in", "6", "1", "2", "1"):
        await patient.says(text, channel)
    [reply] = await patient.turn("honestly i want to die", channel)
    assert reply.kind == "safety"
    assert [alert.level for alert in patient.alerts()] == ["crisis"]
    assert resting(patient) == ("open", "worry")


@pytest.mark.parametrize("channel", BOTH)
async def test_a_whole_phq_in_words_is_no_false_alarm(patient, channel) -> None:
    send(patient, channel, "phq9")
    words = (
        "several days",
        "most days",
        "a few days",
        "daily",
        "not at all",
        "sometimes",
        "never",
        "several",
    )
    for text in (*words, "not at all"):
        replies = await patient.says(text, channel)
    assert patient.alerts() == [] and "Thank you" in replies[-1]
    assert stored(patient)[-1][0] == "finished"
