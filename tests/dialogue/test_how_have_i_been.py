"""Somebody asks how they have been, and gets their own figures in one plain sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.care.models import Channel
from bot.care.series import SERIES_REPLY
from tests.care.course import Course

pytestmark = pytest.mark.model


def course(talker, *moods: float) -> None:
    """Check-ins of the last days, the newest yesterday."""
    made = Course(talker.engine, talker.conversation_id, talker.clock.now() - timedelta(days=len(moods)))
    for day, mood in enumerate(moods):
        made.answered(day, mood=mood)


@pytest.mark.parametrize(
    ("moods", "words"),
    [
        ((), "too few check-ins yet"),
        ((7, 6), "too few check-ins yet"),
        ((5, 7, 6), "between 5 and 7 out of 10"),
        ((6, 6, 6), "were all 6 out of 10"),
        ((3, 4, 3, 6, 7, 6.5), "around 6.5 out of 10, higher than those before (around 3)"),
        ((7, 6, 7, 6, 7, 7), "about the same as those before"),
        ((8, 9, 8, 5, 5, 6), "lower than those before"),
    ],
)
async def test_the_trend_in_a_sentence(patient, moods, words) -> None:
    course(patient, *moods)
    [reply] = await patient.turn("How have I been doing lately?")
    assert words in reply.text
    assert reply.kind == (SERIES_REPLY if len(moods) >= 3 else "message")
    assert patient.items() == []


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.SMS])
async def test_low_figures_are_said_kindly_with_the_way_to_a_person(patient, channel) -> None:
    course(patient, 5, 2, 3, 1)
    [reply] = await patient.turn("how have i been", channel)
    assert "sorry" in reply.text and "(212) 555-0142" in reply.text and "988" in reply.text
    assert reply.kind == (SERIES_REPLY if channel is Channel.WEB else "message")


async def test_on_a_phone_no_picture_is_promised(patient) -> None:
    course(patient, 6, 6, 7)
    [reply] = await patient.turn("show me my scores", Channel.SMS)
    assert "picture" not in reply.text and reply.kind == "message"


async def test_a_visitor_sees_what_they_noted_in_this_conversation(visitor) -> None:
    course(visitor, 4, 5, 4)
    [reply] = await visitor.turn("what were my scores?")
    assert "between 4 and 5" in reply.text


async def test_in_the_middle_of_a_check_in_the_item_is_asked_again(patient) -> None:
    course(patient, 6, 6, 7)
    await patient.says("check in")
    trend, again = await patient.says("how have i been doing")
    assert "between 6 and 7" in trend
    assert "0 (the worst)" in again


async def test_in_a_crisis_the_way_to_help_is_repeated_below(patient) -> None:
    course(patient, 6, 6, 7)
    await patient.says("i want to kill myself")
    replies = await patient.says("how have i been")
    assert "between 6 and 7" in replies[0] and "988" in replies[-1]


async def test_a_worrying_message_is_none_of_these(patient) -> None:
    course(patient, 6, 6, 7)
    replies = await patient.says("how have i been doing? i want to die")
    assert "988" in replies[0] and "between" not in replies[0]
