"""Worrying messages in ordinary talk: nothing is lost, nothing cheers, and the way to help stays in sight."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.care.models import Channel
from bot.language.understanding import Understanding
from bot.nlu import components
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

pytestmark = pytest.mark.model

CHANNELS = [Channel.WEB, Channel.SMS]


def judged(monkeypatch, talker, level: Level) -> None:
    """From here on every message has this level: what the dialogue does with it is looked at, not the screen."""
    verdict = replace(Verdict(Level.NONE), level=level)
    monkeypatch.setattr(type(talker.screen), "assess", lambda self, text, context=None: verdict)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("level", [Level.URGENT, Level.UNASSESSED])
async def test_a_question_beside_it_is_answered_too(patient, monkeypatch, channel, level) -> None:
    judged(monkeypatch, patient, level)
    approved, *answers = await patient.turn("I keep throwing up, can I drive?", channel)
    assert patient.answering.clinic.after_hours_phone in approved.text
    assert "driving" in [one["topic"] for answer in answers for one in answer.guidance]
    assert [alert.level for alert in patient.alerts()] == [level.value]


async def test_the_time_told_in_an_urgent_message_counts(visitor, monkeypatch) -> None:
    await visitor.turn("can i drive?")
    with monkeypatch.context() as urgent:
        judged(urgent, visitor, Level.URGENT)
        _, answer = await visitor.turn("this morning")
    assert answer.guidance[0] == {**answer.guidance[0], "topic": "driving", "phase": "same_day"}


async def test_worrying_to_the_reader_alone_is_offered_to_a_person(patient, monkeypatch) -> None:
    judged(monkeypatch, patient, Level.NONE)
    worried = Understanding("safety", 0.9, (("safety", 0.9),))
    monkeypatch.setattr(components, "understand", lambda *arguments: worried)
    [reply] = await patient.turn("some words")
    assert "does not cover" in reply.text and reply.kind == "message"


@pytest.mark.parametrize("channel", CHANNELS)
async def test_in_a_crisis_every_answer_repeats_the_way_to_help(patient, channel) -> None:
    await patient.turn("I want to kill myself", channel)
    for text in (
        "yes",
        "no",
        "ok",
        "thanks",
        "I feel great",
        "7",
        "can I drive?",
        "does my insurance pay?",
        "no",
    ):
        replies = await patient.says(text, channel)
        assert any("988" in reply for reply in replies), text
        assert not any("good to hear" in reply or "That is fine" in reply for reply in replies), text


async def test_in_a_crisis_a_question_of_ours_is_said_last(visitor) -> None:
    # The question just asked is what the next message is read with, and where the browser shows the buttons.
    await visitor.turn("I want to kill myself")
    for text in ("can i drive?", "does my insurance pay for parking"):
        reminder, asked = await visitor.turn(text)
        assert "988" in reminder.text
        assert asked.question and asked.buttons


@pytest.mark.parametrize("channel", CHANNELS)
async def test_after_an_emergency_small_talk_stays_sober(patient, channel) -> None:
    await patient.turn("my chest hurts and I can't breathe", channel)
    for text in ("ok", "thanks", "hello", "I feel great"):
        [reply] = await patient.says(text, channel)
        assert "call 911 now" in reply, text
    *_, reminder = await patient.says("can I drive to the hospital?", channel)
    assert "call 911 now" in reminder


@pytest.mark.parametrize("text", ["jk im fine", "7"])
async def test_what_belongs_to_nothing_is_not_discussed_in_a_crisis(patient, text) -> None:
    await patient.turn("I want to kill myself", Channel.WEB)
    *_, last = await patient.says(text, Channel.WEB)
    assert "call or text 988" in last and "not sure what" not in last


@pytest.mark.parametrize("channel", CHANNELS)
async def test_on_a_watched_phone_nothing_tells_what_was_written(patient, monkeypatch, channel) -> None:
    [approved] = await patient.turn("my husband hits me and he reads my phone", channel)
    for text in ("thanks", "yes", "ok bye", "hello"):
        assert [reply.text for reply in await patient.turn(text, channel)] == [approved.text], text
    [answer] = await patient.turn("can I drive?", channel)
    assert answer.guidance
    assert not patient.items()
    # What joins the alert later and is less than a crisis does not change where the phone lies.
    with monkeypatch.context() as urgent:
        judged(urgent, patient, Level.URGENT)
        joined = [reply.text for reply in await patient.turn("I keep throwing up", channel)]
    assert joined[0] == approved.text and not any("988" in reply for reply in joined)
    assert [reply.text for reply in await patient.turn("thanks", channel)] == [approved.text]
