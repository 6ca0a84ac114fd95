"""When everybody was paged in vain, a patient is told so: once, honestly, and not on a phone that may be watched."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.care.models import Channel
from bot.guidance.phrases import Phrases
from bot.work.sweep import stand_in_for_care_worker
from tests.work.night_scene import HARMED, Night


def test_once_when_everybody_was_paged_and_not_before(night: Night) -> None:
    night.writes("i want to end it tonight")
    night.passes(17)
    assert night.said() == []
    night.passes(2)
    (told,) = night.said()
    assert "nobody has answered yet" in told.text and "988" in told.text and "911" in told.text
    night.passes(60)
    assert len(night.said()) == 1
    night.writes("are you there, i will do it", "crisis")
    night.passes(1)
    assert len(night.said()) == 1


def test_a_text_message_gets_a_text_message_unless_it_opted_out(night: Night) -> None:
    night.writes("quiero morir, ya no puedo mas", channel=Channel.SMS)
    night.duty.pass_time(20)
    night.care_beats()
    night.look()
    (told,) = night.said()
    assert (told.channel, told.state) == ("sms", "queued") and "oprima 2" in told.text
    assert len(told.text) <= 160


@pytest.mark.parametrize("level", ["urgent", "unassessed"])
def test_who_is_in_no_danger_is_told_calmly(night: Night, level: str) -> None:
    night.writes("my arm is sore", level)
    night.passes(17)
    assert night.said() == []
    night.passes(30)
    (told,) = night.said()
    assert told.text == Phrases.load().say("nobody_yet_calm", "web", night.duty.clinic)
    assert "nobody has answered yet" in told.text and night.duty.clinic.phone in told.text


def test_not_on_a_phone_that_may_be_watched(night: Night) -> None:
    night.writes("he hits me", fired=(HARMED,))
    night.passes(30)
    assert night.said() == []


@pytest.mark.parametrize("level", ["urgent", "unassessed"])
def test_nor_about_what_is_less_than_grave_and_came_after(night: Night, level: str) -> None:
    night.writes("he hits me", fired=(HARMED,))
    night.duty.pass_time(1)
    night.writes("my arm is sore", level)
    night.passes(60)
    assert night.said() == [] == night.said("not_paged")


def test_but_where_their_own_life_is_in_danger_too(night: Night) -> None:
    night.writes("he hits me", fired=(HARMED,))
    night.duty.pass_time(1)
    night.writes("i want to end it tonight")
    night.passes(60)
    assert len(night.said()) == 1


def test_not_where_a_person_is_there(night: Night) -> None:
    night.writes("i want to end it tonight")
    night.duty.pass_time(10, step=1)
    night.taken_over()
    night.passes(30)
    assert night.said() == []


def test_not_where_somebody_had_it_and_left(night: Night) -> None:
    night.writes("i want to end it tonight")
    night.duty.acknowledge(night.alert)
    night.passes(50)
    assert night.duty.climbs()[-1].cause == "left" and night.duty.climbs()[-1].state == "exhausted"
    assert night.said() == []


def test_once_as_well_where_web_pages_in_place_of_a_care_worker(night: Night) -> None:
    night.writes("i want to end it tonight")
    started = night.duty.clock.now() - timedelta(hours=1)
    for _ in range(20):
        night.duty.clock.move(timedelta(minutes=1))
        duty = night.duty
        assert stand_in_for_care_worker(
            duty.engine, Phrases.load(), duty.clinic, duty.clock, started, duty.paging
        )
        night.look()
    assert len(night.said()) == 1
