"""Answering a check-in as people do: several things at once, the same as yesterday, a mistake put right, a day late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.care.database import transaction
from bot.care.models import Channel, Conversation
from tests.dialogue.check_in_scene import BOTH, forget, numbers, resting, send, stored

pytestmark = pytest.mark.model

FULL = ("6", "1", "2", "1", "skip")


async def whole(patient, answers=FULL, channel=Channel.WEB) -> list[str]:
    """A whole check-in; gives the last replies."""
    await patient.says("check in", channel)
    for answer in answers:
        replies = await patient.says(answer, channel)
    return replies


def live_in(patient, zone: str | None) -> None:
    """The patient lives by another clock than the clinic."""
    with transaction(patient.engine) as session:
        session.get(Conversation, patient.conversation_id).patient.time_zone = zone


@pytest.mark.parametrize("channel", BOTH)
@pytest.mark.parametrize(
    ("typed", "value"),
    [("7/10", 7), ("seven", 7), ("6.5", 6.5), ("ten!!", 10), ("not great, maybe 3", 3), ("Mood 4", 4)],
)
async def test_a_mood_in_many_dresses(patient, channel, typed, value) -> None:
    await patient.says("check in", channel)
    assert "side effects" in (await patient.says(typed, channel))[0]
    assert stored(patient) == [("open", [("mood", float(value), typed, False)])]


@pytest.mark.parametrize("channel", BOTH)
async def test_several_answers_in_one_message_are_said_back(patient, channel) -> None:
    await patient.says("check in", channel)
    noted, safety = await patient.says("6, 1, slept ok", channel)
    assert "mood 6, side effects 1, sleep 2" in noted and "better off dead" in safety
    assert numbers(patient) == [("mood", 6.0), ("side_effects", 1.0), ("sleep", 2.0)]
    assert {raw for *_, raw, _ in stored(patient)[0][1]} == {"6, 1, slept ok"}


async def test_names_tell_which_answer_is_which(patient) -> None:
    await patient.says("check in")
    noted, sleep = await patient.says("mood 6 side effects none")
    assert "mood 6, side effects 1" in noted and "sleep" in sleep


async def test_no_such_thoughts_is_never_taken_from_a_row(patient) -> None:
    await patient.says("check in")
    replies = await patient.says("6 1 2 1")
    assert "better off dead" in replies[-1]
    assert "safety" not in dict(numbers(patient))
    assert patient.alerts() == []


@pytest.mark.parametrize("channel", BOTH)
async def test_a_yes_in_a_row_is_a_crisis_at_once(patient, channel) -> None:
    await patient.says("check in", channel)
    [reply] = await patient.turn("6 1 2 2", channel)
    assert reply.kind == "safety" and "988" in reply.text
    assert [alert.level for alert in patient.alerts()] == ["crisis"]
    assert resting(patient) == ("open", "worry")
    assert numbers(patient)[-1] == ("safety", 2.0)


@pytest.mark.parametrize("channel", BOTH)
async def test_same_as_yesterday_repeats_the_last_answer_and_says_which(patient, channel) -> None:
    await whole(patient, channel=channel)
    patient.clock.move(timedelta(days=1))
    await patient.says("check in", channel)
    same, following = await patient.says("same as yesterday", channel)
    assert "6 again" in same and "Saturday, November 21" in same and "side effects" in following
    assert numbers(patient) == [("mood", 6.0)]


async def test_the_same_as_nothing_is_asked_again(patient) -> None:
    await patient.says("check in")
    assert "For example" in (await patient.says("same as yesterday"))[0]


@pytest.mark.parametrize(
    ("typed", "item", "value"),
    [
        ("sorry I meant 4", "mood", 4.0),
        ("actually 3 not 6", "mood", 3.0),
        ("mood should be 8", "mood", 8.0),
        ("I meant 2", "side_effects", 2.0),
    ],
)
@pytest.mark.parametrize("channel", BOTH)
async def test_a_correction_is_a_further_answer_and_the_item_is_asked_again(
    patient, channel, typed, item, value
) -> None:
    for text in ("check in", "6", "1"):
        await patient.says(text, channel)
    noted, again = await patient.says(typed, channel)
    assert f"{value:g}" in noted and "sleep" in again
    assert numbers(patient) == [("mood", 6.0), ("side_effects", 1.0), (item, value)]


@pytest.mark.parametrize("channel", BOTH)
async def test_a_correction_after_the_end_is_added_too(patient, channel) -> None:
    await whole(patient, channel=channel)
    patient.clock.move(timedelta(hours=2))
    [noted] = await patient.says("sorry, mood was 2", channel)
    assert "mood 2" in noted
    [(state, answers)] = stored(patient)
    assert (state, answers[-1][:2], len(answers)) == ("finished", ("mood", 2.0), 6)
    assert [alert.level for alert in patient.alerts()] == ["urgent"]


async def test_two_days_later_it_is_no_correction(patient) -> None:
    await whole(patient)
    patient.clock.move(timedelta(days=2))
    await patient.says("sorry I meant 4")
    assert len(stored(patient)[0][1]) == 5


@pytest.mark.parametrize("channel", BOTH)
async def test_no_corrected_to_yes_is_a_crisis_at_once(patient, channel) -> None:
    for text in ("check in", "6", "1", "2", "1"):
        await patient.says(text, channel)
    [reply] = await patient.turn("sorry I meant 2", channel)
    assert reply.kind == "safety" and "988" in reply.text
    assert [alert.level for alert in patient.alerts()] == ["crisis"]
    assert numbers(patient)[-1] == ("safety", 2.0)


async def test_yes_corrected_to_no_ends_no_alert(patient) -> None:
    for text in ("check in", "6", "1", "2", "2"):
        await patient.says(text)
    replies = await patient.says("sorry typo, i meant 1")
    assert "988" in " ".join(replies)
    assert [alert.state for alert in patient.alerts()] == ["open"]
    assert numbers(patient)[-1] in {("safety", 1.0), ("safety", 2.0)}


@pytest.mark.parametrize("channel", BOTH)
async def test_a_number_begins_the_check_in_that_was_sent(patient, channel) -> None:
    assert "from 0 (the worst)" in send(patient, channel)
    [following] = await patient.says("7", channel)
    assert "side effects" in following
    assert stored(patient) == [("open", [("mood", 7.0, "7", False)])]


@pytest.mark.parametrize("channel", BOTH)
async def test_an_answer_of_the_next_day_is_taken_with_its_date(patient, channel) -> None:
    send(patient, channel)
    patient.clock.move(timedelta(hours=20))
    late, following = await patient.says("7", channel)
    assert "Saturday, November 21" in late and "side effects" in following
    assert len(await patient.says("1", channel)) == 1


@pytest.mark.parametrize(
    ("zone", "day"), [("Pacific/Honolulu", None), ("America/New_York", "November 21"), (None, "November 21")]
)
async def test_the_date_that_is_said_is_the_patients(patient, zone, day) -> None:
    """Sent at 15:00 in New York, 10:00 in Honolulu; answered at 00:30 and 19:30."""
    live_in(patient, zone)
    send(patient)
    patient.clock.move(timedelta(hours=9, minutes=30))
    replies = await patient.says("7")
    assert (day is None) == (len(replies) == 1)
    assert day is None or day in replies[0]


async def test_the_day_of_the_same_answer_is_the_patients(patient) -> None:
    live_in(patient, "Asia/Tokyo")
    await whole(patient)
    patient.clock.move(timedelta(days=1))
    await patient.says("check in")
    assert "Sunday, November 22" in (await patient.says("same as yesterday"))[0]


@pytest.mark.parametrize(
    ("typed", "logged", "asked"),
    [
        ("slept badly", ("sleep", 3.0), "side effects"),
        ("mood was 2", ("mood", 2.0), "side effects"),
        ("sleep 2", ("sleep", 2.0), "side effects"),
    ],
)
async def test_an_answer_that_names_its_item_goes_to_that_one(patient, typed, logged, asked) -> None:
    await patient.says("check in")
    await patient.says("6")
    replies = await patient.says(typed)
    assert numbers(patient) == [("mood", 6.0), logged] and asked in replies[-1]


async def test_what_the_mood_was_last_week_corrects_nothing(patient) -> None:
    await patient.says("check in")
    await patient.says("6")
    await patient.says("mood was 2 last week")
    assert numbers(patient) == [("mood", 6.0)]


async def test_a_question_before_the_first_answer_is_answered_and_the_item_asked_again(patient) -> None:
    send(patient)
    answer, again = await patient.turn("can I drive tonight?")
    assert answer.guidance and "from 0 (the worst)" in again.text
    await patient.says("5")
    assert numbers(patient) == [("mood", 5.0)]


async def test_not_now_keeps_what_was_sent_and_a_number_later_begins_it(patient) -> None:
    send(patient)
    [paused] = await patient.turn("not now")
    assert "paused" in paused.text and paused.question is None
    assert stored(patient) == []
    patient.clock.move(timedelta(hours=2))
    assert "side effects" in (await patient.says("6"))[-1]


@pytest.mark.parametrize("channel", BOTH)
async def test_no_to_one_that_was_sent_ends_it_without_opting_out(patient, channel) -> None:
    send(patient, channel)
    [reply] = await patient.turn("no thanks", channel)
    assert "no check-in then" in reply.text and reply.kind != "opt_out"
    assert stored(patient) == [("partial", [])]


async def test_check_in_goes_on_with_what_was_sent(patient) -> None:
    send(patient, instrument="phq2")
    await patient.says("not now")
    assert "Little interest" in (await patient.says("check in"))[-1]


async def test_words_are_no_answer_once_something_else_was_talked_about(patient) -> None:
    await patient.says("check in")
    await patient.says("not now")
    await patient.says("thanks, that was a bad hour")
    assert stored(patient) == [("open", [])]


@pytest.mark.parametrize("channel", BOTH)
async def test_nothing_is_lost_when_rasa_forgets(patient, channel) -> None:
    await patient.says("check in", channel)
    await patient.says("6", channel)
    forget(patient)
    assert "sleep" in (await patient.says("2", channel))[-1]
    assert numbers(patient) == [("mood", 6.0), ("side_effects", 2.0)]


@pytest.mark.parametrize("channel", BOTH)
async def test_what_was_answered_stays_when_the_patient_goes_silent(patient, channel) -> None:
    await patient.says("check in", channel)
    await patient.says("6", channel)
    patient.clock.move(timedelta(days=4))
    send(patient, channel)
    assert stored(patient)[0] == ("partial", [("mood", 6.0, "6", False)])


@pytest.mark.parametrize(
    ("mood", "said", "never"),
    [
        ("1", "so hard", ("good to hear", "Great")),
        ("5", "Thank you", ("good to hear", "so hard")),
        ("9", "good to hear", ()),
    ],
)
async def test_the_closing_words_fit(patient, mood, said, never) -> None:
    [*_, last] = await whole(patient, (mood, "1", "1", "1", "skip"))
    assert said in last and not any(words in last for words in never)


async def test_side_effects_that_trouble_a_lot_name_the_phone(patient) -> None:
    replies = await whole(patient, ("6", "3", "1", "1", "skip"))
    assert "do not wait" in replies[-1]
