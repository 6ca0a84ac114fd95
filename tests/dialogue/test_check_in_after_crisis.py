"""A check-in around a crisis: answers that waited for the worker count, and the questions after the crisis text and
those of the check-in never take each other's answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.care.database import transaction
from bot.care.models import FollowUpAnswer
from tests.dialogue.check_in_scene import browsing, numbers, resolve, resting, send

pytestmark = pytest.mark.model

WORRY = "I want to kill myself"
SIDE_EFFECTS, SLEEP, TODAY = "side effects", "sleep", "acting on this today"


@pytest.fixture
def web(patient):
    """A patient in the web chat."""
    return browsing(patient)


def told(talker) -> list[tuple[str, str]]:
    """What was answered after the crisis text: question and meaning."""
    with transaction(talker.engine) as session:
        rows = session.execute(select(FollowUpAnswer).order_by(FollowUpAnswer.id)).scalars()
        return [
            (one.question, one.meaning)
            for one in rows
            if one.message.conversation_id == talker.conversation_id
        ]


@pytest.mark.parametrize(
    ("queued", "values"),
    [
        (["7"], [("mood", 7.0)]),
        (["about a 6 or 7"], [("mood", 6.5)]),
        (["7", "1", "not great"], [("mood", 7.0), ("side_effects", 1.0), ("sleep", 2.0)]),
        (["6, 1, slept ok"], [("mood", 6.0), ("side_effects", 1.0), ("sleep", 2.0)]),
        (["slept badly"], [("sleep", 3.0)]),
        (["skip"], [("mood", None)]),
    ],
)
async def test_answers_that_waited_when_a_crisis_came_count_and_nothing_is_asked(web, queued, values) -> None:
    await web.says("check in")
    web.queue(*queued, WORRY)
    said = await web.catch_up()
    assert all("988" in one for one in said) and len(said) == len(queued)
    assert numbers(web) == values
    assert resting(web) == ("open", "worry")
    resolve(web)
    asked = (await web.says("go on"))[-1]
    assert "0 (the worst)" in asked if values[0][0] == "sleep" else "0 (the worst)" not in asked


async def test_one_that_was_sent_begins_with_the_answer_that_waited(web) -> None:
    send(web)
    web.queue("3", WORRY)
    await web.catch_up()
    assert numbers(web) == [("mood", 3.0)] and resting(web) == ("open", "worry")


async def test_a_free_word_that_waited_is_kept_and_ends_it(web) -> None:
    for text in ("check in", "6", "1", "2", "1"):
        await web.says(text)
    web.queue("tired but calm", WORRY)
    [said] = await web.catch_up()
    assert "988" in said and "good to hear" not in said
    assert resting(web)[0] == "finished"


async def test_a_no_to_thoughts_of_death_that_waited_counts_and_closes_nothing(web) -> None:
    for text in ("check in", "6", "1", "2"):
        await web.says(text)
    web.queue("no", WORRY)
    await web.catch_up()
    assert numbers(web)[-1] == ("safety", 1.0)
    assert [(alert.level, alert.state) for alert in web.alerts()] == [("crisis", "open")]


async def test_a_question_that_waited_is_answered_and_the_item_not_asked_again(web) -> None:
    await web.says("check in")
    web.queue("can I drive tonight?", WORRY)
    said = await web.catch_up()
    assert "drive" in said[0] and not any("0 (the worst)" in one for one in said)


async def test_an_answer_that_a_later_message_has_given_already_is_not_taken_for_the_next_item(web) -> None:
    await web.says("check in")
    web.queue("3", "1. I want to kill myself")
    await web.catch_up()
    assert numbers(web) == [("mood", 1.0)]


async def test_check_in_that_waited_asks_nothing_after_the_crisis_text(web) -> None:
    web.queue("check in", WORRY)
    said = await web.catch_up()
    assert "988" in " ".join(said) and not any("0 (the worst)" in one for one in said)
    assert resting(web) == ("open", "worry")


@pytest.mark.parametrize("words", ["ok lets go on", "go on", "I'm back", "check in"])
async def test_words_go_on_while_the_question_after_the_crisis_text_waits(web, words) -> None:
    for text in ("check in", "3", WORRY):
        await web.says(text)
    replies = await web.says(words)
    assert SIDE_EFFECTS in replies[-1] and "988" in " ".join(replies) and "quick" not in " ".join(replies)
    assert SLEEP in (await web.says("1"))[-1]
    assert told(web) == [] and numbers(web) == [("mood", 3.0), ("side_effects", 1.0)]


async def test_a_button_goes_on(web) -> None:
    for text in ("check in", "3", WORRY):
        await web.says(text)
    for _ in range(3):
        await web.says("2")
    offer = (await web.turn("2"))[-1]
    assert [one["payload"] for one in offer.buttons] == ["check in"]
    replies = [one.text for one in await web.turn("Go on", choice="check in")]
    assert SIDE_EFFECTS in replies[-1]


@pytest.mark.parametrize(
    "typed", ["7", "7/10", "3/10", "2 out of 10", "mood 2", "about a 6 or 7", "6, 1, slept ok"]
)
async def test_an_answer_that_can_be_nothing_else_goes_on_soberly(web, typed) -> None:
    for text in ("check in", WORRY):
        await web.says(text)
    replies = await web.says(typed)
    assert "988" in " ".join(replies) and told(web) == []
    assert numbers(web)[0][0] == "mood" and resting(web) == ("open", None)


@pytest.mark.parametrize(("typed", "meaning"), [("1", "yes"), ("2", "no"), ("3", "unsure"), ("no", "no")])
async def test_what_answers_the_question_after_the_crisis_text_is_no_mood(web, typed, meaning) -> None:
    for text in ("check in", WORRY):
        await web.says(text)
    await web.says(typed)
    assert told(web) == [("today", meaning)]
    assert numbers(web) == [] and resting(web) == ("open", "worry")


@pytest.mark.parametrize(("typed", "meaning"), [("1", "yes"), ("3", "unsure")])
async def test_hours_later_what_worries_is_still_an_answer_to_the_question_after_the_crisis_text(
    web, typed, meaning
) -> None:
    for text in ("check in", WORRY):
        await web.says(text)
    web.clock.move(timedelta(hours=3))
    replies = await web.says(typed)
    assert "988" in replies[0] and told(web) == [("today", meaning)]
    assert numbers(web) == [] and resting(web) == ("open", "worry")


@pytest.mark.parametrize(
    ("typed", "hours"),
    [*((one, 0) for one in ("1", "2", "3", "2.", "a 2")), ("2", 3), ("2.", 3)],
)
async def test_a_number_that_may_be_either_is_taken_for_neither_once_that_question_is_over(
    web, typed, hours
) -> None:
    for text in ("check in", WORRY):
        await web.says(text)
    if hours:
        web.clock.move(timedelta(hours=hours))
    else:
        for _ in range(3):
            await web.says("2")
    answered = told(web)
    replies = await web.says(typed)
    assert "988" in replies[0] and '"go on"' in replies[-1]
    assert numbers(web) == [] and told(web) == answered and resting(web) == ("open", "worry")
    assert "0 (the worst)" in (await web.says("go on"))[-1]
    assert SIDE_EFFECTS in (await web.says(typed))[-1]


async def test_an_old_button_of_the_check_in_is_no_answer_to_the_question_after_the_crisis_text(web) -> None:
    """\"Not at all\" carries a 1, and so does "Yes" below the other question."""
    for text in ("check in", "3", WORRY):
        await web.says(text)
    await web.turn("Not great", choice="2")
    await web.turn("Well", choice="1")
    assert told(web) == [] and numbers(web) == [("mood", 3.0)]
