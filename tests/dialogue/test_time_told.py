"""Patients who say when their infusion was, unasked or beside a question, with and without a record at the clinic."""

from __future__ import annotations

from datetime import timedelta

import pytest

pytestmark = pytest.mark.model


@pytest.mark.parametrize(
    ("said", "echoed", "phase"),
    [
        ("had my drip this morning", "was today", "same_day"),
        ("infusion was yesterday at 2pm", "was yesterday", "next_day"),
        ("my infusion is scheduled for next monday", "is still to come", "before"),
        ("my infusion was 4 days ago", "was before yesterday", "later"),
    ],
)
async def test_the_time_alone_is_said_back_and_answers_go_by_it(visitor, said, echoed, phase) -> None:
    [noted] = await visitor.turn(said)
    assert f"your infusion {echoed}" in noted.text
    [answer] = await visitor.turn("can I have a glass of wine?")
    assert answer.guidance[0] == {**answer.guidance[0], "topic": "alcohol", "phase": phase}


async def test_an_infusion_that_is_not_written_down_yet_counts(visitor) -> None:
    """The record knows the one of last week: whoever had another this morning is not told that they may drive."""
    visitor.had_infusion(timedelta(days=7))
    [noted] = await visitor.turn("had my drip this morning")
    assert "your infusion was today" in noted.text
    [answer] = await visitor.turn("can I drive?")
    assert answer.guidance[0]["phase"] == "same_day"
    visitor.clock.move(timedelta(days=3))
    [later] = await visitor.turn("can I drive?")
    assert later.guidance[0]["phase"] == "later"


async def test_beside_a_question_too(visitor) -> None:
    visitor.had_infusion(timedelta(days=7))
    [answer] = await visitor.turn("I had my infusion yesterday, can I drive?")
    assert answer.guidance[0] == {**answer.guidance[0], "topic": "driving", "phase": "next_day"}


@pytest.mark.parametrize(
    "said", ["my infusion was yesterday", "had my infusion today", "my infusion was 3 weeks ago"]
)
async def test_a_record_that_says_as_much_is_what_counts(patient, said) -> None:
    [noted] = await patient.turn(said)
    assert "I go by the infusions in the clinic's record" in noted.text
    [answer] = await patient.turn("can I drive?")
    assert answer.guidance[0]["phase"] == "same_day"


async def test_the_time_with_a_complaint_is_not_taken_for_the_time_alone(visitor) -> None:
    replies = await visitor.turn("had my infusion yesterday and the parking was a nightmare")
    assert not any("I have noted" in reply.text for reply in replies)


async def test_in_a_crisis_the_time_is_kept_and_the_way_to_help_is_said(visitor) -> None:
    await visitor.turn("I want to kill myself")
    replies = await visitor.turn("had my drip this morning")
    assert all("noted" not in reply.text for reply in replies)
    assert any("988" in reply.text for reply in replies)


async def test_a_wish_in_spanish_after_the_question_of_the_time_is_not_taken_for_the_answer(visitor) -> None:
    await visitor.turn("can I drive?")
    [offer] = await visitor.turn("quiero cambiar mi cita para el viernes")
    assert "¿Quiere que pase su mensaje" in offer.text
