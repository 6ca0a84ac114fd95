"""\"Same as yesterday\" repeats the last answer where that is sound, also to the question about thoughts of death."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.care.models import Channel
from tests.dialogue.check_in_scene import BOTH, browsing, numbers, resolve, resting, stored

pytestmark = pytest.mark.model

SAME = ("same as yesterday", "same", "the same as last time", "no change", "everything the same as yesterday")
UP_TO_SAFETY = ("check in", "6", "1", "2")


async def yesterday(patient, safety: str, channel: Channel = Channel.WEB) -> None:
    """A whole check-in of the day before, worked through by staff where that had to be."""
    for text in (*UP_TO_SAFETY, safety):
        await patient.says(text, channel)
    if patient.alerts():
        await patient.says("check in", channel)
    await patient.says("skip", channel)
    if patient.alerts():
        resolve(patient)
    patient.clock.move(timedelta(days=1))


async def today(patient, words: str, channel: Channel = Channel.WEB) -> list:
    """The check-in of today, up to the question, and the answer to it."""
    for text in UP_TO_SAFETY:
        await patient.says(text, channel)
    return await patient.turn(words, channel)


@pytest.mark.parametrize("words", SAME)
async def test_a_no_of_yesterday_is_taken_as_a_no_with_its_words_and_its_day(patient, words) -> None:
    patient = browsing(patient)
    await yesterday(patient, "1")
    noted, following = await today(patient, words)
    assert "take that as a no" in noted.text and "Saturday, November 21" in noted.text and "988" in noted.text
    assert "add" in following.text and patient.alerts() == []
    assert stored(patient)[-1][1][-1] == ("safety", 1.0, words, False)


async def test_it_is_put_right_like_any_answer(patient) -> None:
    patient = browsing(patient)
    await yesterday(patient, "1")
    await today(patient, "same")
    await patient.says("sorry I meant 2")
    assert [alert.level for alert in patient.alerts()] == ["crisis"]


@pytest.mark.parametrize(("before", "value"), [("2", 2.0), ("3", 3.0)])
@pytest.mark.parametrize("words", SAME)
async def test_anything_but_no_raises_as_that_answer_does_before_any_worker(
    patient, before, value, words
) -> None:
    patient = browsing(patient)
    await yesterday(patient, before)
    for text in UP_TO_SAFETY:
        await patient.says(text)
    patient.deliver(words)
    first, second = patient.alerts()
    assert (first.state, second.state, second.level) == ("resolved", "open", "crisis")
    assert stored(patient)[-1][1][-1] == ("safety", value, words, False)
    assert resting(patient) == ("open", "worry")


@pytest.mark.parametrize(("before", "said"), [("2", "take it seriously"), ("3", "would rather not say")])
async def test_the_patient_reads_what_fits_that_answer(patient, before, said) -> None:
    patient = browsing(patient)
    await yesterday(patient, before)
    first, *_ = await today(patient, "same as yesterday")
    assert first.kind == "safety" and said in first.text


async def test_with_nothing_to_repeat_it_is_asked_for_once_and_staff_are_told_of_a_second_time(
    patient,
) -> None:
    patient = browsing(patient)
    [again] = await today(patient, "same as yesterday")
    assert "get this right" in again.text and patient.alerts() == []
    replies = await patient.says("same")
    assert "988" in replies[0]
    assert [alert.level for alert in patient.alerts()] == ["urgent"]


async def test_what_was_left_out_yesterday_is_no_no(patient) -> None:
    """The answer before that one is not gone back to."""
    patient = browsing(patient)
    await yesterday(patient, "1")
    for text in (*UP_TO_SAFETY, "7", "8", "skip"):
        await patient.says(text)
    assert ("safety", None) in numbers(patient)
    resolve(patient)
    patient.clock.move(timedelta(days=1))
    [again] = await today(patient, "same as yesterday")
    assert "get this right" in again.text


async def test_a_no_from_before_a_crisis_is_not_repeated(patient) -> None:
    """\"Yesterday\" may be the crisis."""
    patient = browsing(patient)
    await yesterday(patient, "1")
    await patient.says("I want to kill myself")
    resolve(patient)
    patient.clock.move(timedelta(days=1))
    [again] = await today(patient, "same as yesterday")
    assert "get this right" in again.text
    assert "safety" not in dict(numbers(patient))


async def test_a_no_that_was_written_before_the_question_is_asked_for(patient) -> None:
    patient = browsing(patient)
    await yesterday(patient, "1")
    await patient.says("check in")
    patient.queue("6", "1", "2", "same")
    assert "better off dead" in (await patient.catch_up())[-1]
    assert "safety" not in dict(numbers(patient))


@pytest.mark.parametrize("channel", BOTH)
async def test_the_worker_hears_it_too_where_the_screen_did_not(patient, channel) -> None:
    """Through a channel that knows nothing of the answer before, the dialogue still raises it."""
    await yesterday(patient, "2", channel)
    for text in UP_TO_SAFETY:
        await patient.says(text, channel)
    [reply] = await patient.turn("no change", channel)
    assert reply.kind == "safety"
    assert [alert.level for alert in patient.alerts()] == ["crisis", "crisis"]


async def test_a_mood_of_nothing_twice_is_urgent_twice(patient) -> None:
    patient = browsing(patient)
    for text in ("check in", "0", "1", "2", "1", "skip"):
        await patient.says(text)
    resolve(patient)
    patient.clock.move(timedelta(days=1))
    await patient.says("check in")
    patient.deliver("same as yesterday")
    assert [alert.level for alert in patient.alerts()] == ["urgent", "urgent"]
