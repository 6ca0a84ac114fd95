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
async def test_five_questions_five_answers(patient, channel) -> None:
    start = await patient.says("check in", channel)
    assert "five quick questions" in start[0] and "0 (the worst)" in start[1]
    assert "side effects" in (await patient.says("about a 6 or 7", channel))[0]
    assert "sleep" in (await patient.says("a little", channel))[0]
    assert "better off dead" in (await patient.says("not great", channel))[0]
    assert "add" in (await patient.says("1", channel))[0]
    [done] = await patient.says("tired but calm", channel)
    assert "Thank you" in done
    assert stored(patient) == [
        (
            "finished",
            [
                ("mood", 6.5, "about a 6 or 7", False),
                ("side_effects", 2.0, "a little", False),
                ("sleep", 2.0, "not great", False),
                ("safety", 1.0, "1", False),
                ("word", None, "tired but calm", False),
            ],
        )
    ]


async def test_buttons_carry_the_answer(patient) -> None:
    await patient.turn("Mood check-in", choice="check in")
    replies = await patient.turn("7", choice="7")
    assert [button["payload"] for button in replies[0].buttons] == ["1", "2", "3"]
    await patient.turn("Not at all", choice="1")
    await patient.turn("So-so", choice="2")
    await patient.turn("No", choice="1")
    await patient.turn("Skip", choice="skip")
    [(state, answers)] = stored(patient)
    assert state == "finished"
    assert [(item, value, skipped) for item, value, _, skipped in answers] == [
        ("mood", 7.0, False),
        ("side_effects", 1.0, False),
        ("sleep", 2.0, False),
        ("safety", 1.0, False),
        ("word", None, True),
    ]


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.SMS])
@pytest.mark.parametrize(("first", "second"), [("a teapot", "a big teapot"), ("11", "12"), ("3 or 9", "100")])
async def test_unclear_or_off_the_scale_is_asked_once_more_then_left_out(
    patient, channel, first, second
) -> None:
    await patient.says("check in", channel)
    assert "For example" in (await patient.says(first, channel))[0]
    assert "side effects" in (await patient.says(second, channel))[0]
    [(state, answers)] = stored(patient)
    assert state == "open"
    assert answers == [("mood", None, second, True)]


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.SMS])
async def test_a_question_in_between_is_answered_and_the_item_asked_again(patient, channel) -> None:
    await patient.says("check in", channel)
    answer, again = await patient.turn("wait, can I drive tonight?", channel)
    assert answer.guidance[0]["topic"] == "driving"
    assert "from 0 (the worst)" in again.text
    await patient.says("4", channel)
    [(_, answers)] = stored(patient)
    assert [(item, value) for item, value, *_ in answers] == [("mood", 4.0)]


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.SMS])
async def test_a_question_that_is_not_covered_goes_to_staff_and_the_item_is_asked_again(
    patient, channel
) -> None:
    await patient.says("check in", channel)
    said, again = await patient.turn("does my insurance pay for parking?", channel)
    assert "passed your question" in said.text and said.question is None
    assert "from 0 (the worst)" in again.text and "For example" not in again.text
    [item] = patient.items()
    assert (item.kind, item.message_id) == ("question", said.reply_to_id)
    await patient.says("6", channel)
    [(_, answers)] = stored(patient)
    assert [(key, value) for key, value, *_ in answers] == [("mood", 6.0)]


async def test_a_question_is_not_taken_for_the_free_word(patient) -> None:
    for text in ("check in", "6", "1", "2", "no"):
        await patient.says(text)
    assert "add" in (await patient.says("do you take credit cards?"))[-1]
    assert [item.kind for item in patient.items()] == ["question"]
    [(state, answers)] = stored(patient)
    assert (state, len(answers)) == ("open", 4)


@pytest.mark.parametrize("text", ["hi", "thanks", "help", "are you a bot?", "nurse", "check in"])
async def test_small_talk_is_no_answer_and_uses_up_no_try(patient, text) -> None:
    await patient.says("check in")
    for _ in range(3):
        replies = await patient.turn(text)
        assert "from 0 (the worst)" in replies[-1].text
        assert sum(reply.question is not None for reply in replies) == 1
    assert stored(patient) == [("open", [])]


@pytest.mark.parametrize("text", ["not now", "later", "maybe later", "wait", "bye"])
async def test_not_now_pauses_it(patient, text) -> None:
    await patient.says("check in")
    await patient.says("4")
    [reply] = await patient.turn(text)
    assert "paused" in reply.text and reply.question is None
    [drive] = await patient.turn("can I drive tonight?")
    assert drive.guidance
    [again] = await patient.says("check in")
    assert "side effects" in again
    for text in ("1", "ok", "no", "nothing else"):
        await patient.says(text)
    assert stored(patient) == [
        (
            "finished",
            [
                ("mood", 4.0, "4", False),
                ("side_effects", 1.0, "1", False),
                ("sleep", 2.0, "ok", False),
                ("safety", 1.0, "no", False),
                ("word", None, "nothing else", True),
            ],
        )
    ]


NO_MORE = ("stop", "no", "no thanks", "I don\u2019t want to do this", "enough")


@pytest.mark.parametrize(
    ("text", "answered", "said"),
    [
        *((text, (), "no check-in then") for text in NO_MORE),
        # "no" alone is an answer to the second question, the one about side effects.
        *((text, ("4",), "leave it here") for text in NO_MORE if text != "no"),
    ],
)
@pytest.mark.parametrize("channel", [Channel.WEB, Channel.SMS])
async def test_no_more_ends_it_kindly(patient, channel, text, answered, said) -> None:
    for one in ("check in", *answered):
        await patient.says(one, channel)
    [reply] = await patient.turn(text, channel)
    assert said in reply.text and reply.question is None and reply.kind != "opt_out"
    [(state, answers)] = stored(patient)
    assert (state, len(answers)) == ("partial", len(answered))


@pytest.mark.parametrize("text", ["nah", "nope", "not really", "no, not at all"])
async def test_a_plain_no_to_side_effects_is_none(patient, text) -> None:
    await patient.says("check in")
    await patient.says("6")
    await patient.says(text)
    [(_, answers)] = stored(patient)
    assert [(key, value) for key, value, *_ in answers] == [("mood", 6.0), ("side_effects", 1.0)]


async def test_an_old_button_is_no_answer(patient) -> None:
    await patient.turn("does my insurance pay for parking")
    await patient.says("check in")
    [again] = await patient.turn("Pass it on", choice="1")
    assert "For example" in again.text
    assert stored(patient) == [("open", [])]


async def test_a_high_mood_is_not_cheered_in_a_crisis(patient) -> None:
    await patient.says("I want to kill myself")
    for text in ("check in", "9", "1", "1", "1"):
        await patient.says(text)
    replies = await patient.says("skip")
    assert not any("good to hear" in reply for reply in replies)
    assert "988" in replies[-1]


async def test_a_low_mood_is_never_cheered(patient) -> None:
    await patient.says("check in")
    replies = []
    for text in ("2", "1", "3", "1", "skip"):
        replies += await patient.says(text)
    assert "I am sorry that it is so hard" in replies[-1]
    assert not any("Great" in reply or "good to hear" in reply for reply in replies)


async def test_a_crisis_in_between_pauses_it_and_keeps_what_was_said(patient) -> None:
    await patient.says("check in")
    await patient.says("3")
    [reply] = await patient.turn("I want to kill myself")
    assert reply.kind == "safety" and "988" in reply.text
    assert [alert.level for alert in patient.alerts()] == ["crisis"]
    assert stored(patient) == [("open", [("mood", 3.0, "3", False)])]
    [sober] = await patient.says("hi")
    assert "988" in sober and "0 (the worst)" not in sober


async def test_a_second_check_in_is_a_second_row(patient) -> None:
    for mood in ("5", "8"):
        await patient.says("start a mood check-in")
        for text in (mood, "1", "1", "1", "skip"):
            await patient.says(text)
    assert [answers[0][1] for _, answers in stored(patient)] == [5.0, 8.0]
