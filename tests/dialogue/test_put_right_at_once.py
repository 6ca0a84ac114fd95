"""An answer to the grave question that is put right some messages later is heard by the channel itself."""

from __future__ import annotations

import pytest

from bot.care.models import Channel
from tests.dialogue.check_in_scene import browsing, stored

pytestmark = pytest.mark.model

UP_TO_SAFETY = ("check in", "6", "1", "2")


async def answered_no(patient, *, over: bool) -> None:
    for text in (*UP_TO_SAFETY, "1", *(["skip"] if over else [])):
        await patient.says(text)


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("words", ["I meant 2", "sorry, should have been yes", "oops, make that a 2"])
async def test_it_raises_before_any_worker(patient, over: bool, words: str) -> None:
    patient = browsing(patient)
    await answered_no(patient, over=over)
    assert patient.alerts() == []
    patient.deliver(words)
    assert [alert.level for alert in patient.alerts()] == ["crisis"]


async def test_on_the_phone_as_well(patient) -> None:
    for text in (*UP_TO_SAFETY, "1"):
        await patient.says(text, Channel.SMS)
    await patient.says("sorry I meant 2", Channel.SMS)
    assert [alert.level for alert in patient.alerts()] == ["crisis"]


@pytest.mark.parametrize("words", ["I meant 1", "mood should be 7", "I meant the blue one"])
async def test_what_puts_no_grave_answer_in_its_place_does_not(patient, words: str) -> None:
    patient = browsing(patient)
    await answered_no(patient, over=False)
    await patient.says(words)
    assert patient.alerts() == []


async def test_the_answer_put_right_is_the_one_that_counts(patient) -> None:
    patient = browsing(patient)
    await answered_no(patient, over=False)
    await patient.says("I meant 2")
    assert ("safety", 2.0, "I meant 2", False) in stored(patient)[-1][1]
