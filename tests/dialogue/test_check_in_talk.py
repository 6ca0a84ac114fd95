"""The check-in as a conversation, and what is stored of it."""

from __future__ import annotations

import pytest

from bot.care.check_ins import series
from bot.care.database import transaction
from bot.care.models import Channel

pytestmark = pytest.mark.model


def stored(talker) -> list[tuple]:
    """The check-ins of a conversation: state, and item, value, raw text, skipped of each answer."""
    with transaction(talker.engine) as session:
        return [
            (one.state, [(a.item, a.value, a.raw, a.skipped) for a in one.answers])
            for one in series(session, talker.conversation_id)
        ]


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.SMS])
async def test_three_questions_three_answers(patient, channel) -> None:
    start = await patient.says("check in", channel)
    assert "three quick questions" in start[0] and "0 (the worst)" in start[1]
    assert "side effects" in (await patient.says("about a 6 or 7", channel))[0]
    assert "add" in (await patient.says("a little", channel))[0]
    [done] = await patient.says("slept badly but calm", channel)
    assert "Thank you" in done
    assert stored(patient) == [
        (
            "finished",
            [
                ("mood", 6.5, "about a 6 or 7", False),
                ("side_effects", 2.0, "a little", False),
                ("word", None, "slept badly but calm", False),
            ],
        )
    ]


async def test_buttons_carry_the_answer(patient) -> None:
    await patient.turn("Mood check-in", choice="check in")
    replies = await patient.turn("7", choice="7")
    assert [button["payload"] for button in replies[0].buttons] == ["1", "2", "3"]
    await patient.turn("Not at all", choice="1")
    await patient.turn("Skip", choice="skip")
    [(state, answers)] = stored(patient)
    assert state == "finished"
    assert [(item, value, skipped) for item, value, _, skipped in answers] == [
        ("mood", 7.0, False),
        ("side_effects", 1.0, False),
        ("word", None, True),
    ]


async def test_unclear_is_asked_once_more_then_left_out(patient) -> None:
    await patient.says("check in")
    assert "For example" in (await patient.says("purple"))[0]
    assert "side effects" in (await patient.says("still purple"))[0]
    [(state, answers)] = stored(patient)
    assert state == "open"
    assert answers == [("mood", None, "still purple", True)]


async def test_a_question_in_between_is_answered_and_the_item_asked_again(patient) -> None:
    await patient.says("check in")
    answer, again = await patient.turn("wait, can I drive tonight?")
    assert answer.guidance[0]["topic"] == "driving"
    assert "from 0 (the worst)" in again.text
    await patient.says("4")
    [(_, answers)] = stored(patient)
    assert [(item, value) for item, value, *_ in answers] == [("mood", 4.0)]


async def test_a_low_mood_is_never_cheered(patient) -> None:
    await patient.says("check in")
    replies = [*await patient.says("2"), *await patient.says("1"), *await patient.says("skip")]
    assert "I am sorry that it is so hard" in replies[-1]
    assert not any("Great" in reply or "good to hear" in reply for reply in replies)


async def test_a_crisis_in_between_breaks_it_off_and_keeps_what_was_said(patient) -> None:
    await patient.says("check in")
    await patient.says("3")
    [reply] = await patient.turn("I want to kill myself")
    assert reply.kind == "safety" and "988" in reply.text
    assert [alert.level for alert in patient.alerts()] == ["crisis"]
    assert stored(patient) == [("partial", [("mood", 3.0, "3", False)])]
    [sober] = await patient.says("hi")
    assert "988" in sober and "0 (the worst)" not in sober


async def test_a_second_check_in_is_a_second_row(patient) -> None:
    for mood in ("5", "8"):
        await patient.says("start a mood check-in")
        for text in (mood, "1", "skip"):
            await patient.says(text)
    assert [answers[0][1] for _, answers in stored(patient)] == [5.0, 8.0]
