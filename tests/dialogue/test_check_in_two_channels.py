"""A check-in belongs to the patient: begun in the web chat, it goes on by text message."""

from __future__ import annotations

import pytest

from bot.care.models import Channel
from tests.dialogue.check_in_scene import numbers, stored

pytestmark = pytest.mark.model


async def test_begun_on_the_web_and_answered_by_text_it_is_one_check_in(patient) -> None:
    await patient.says("check in", Channel.WEB)
    assert "side effects" in (await patient.says("7", Channel.SMS))[0]
    assert "sleep" in (await patient.says("1", Channel.WEB))[0]
    assert "better off dead" in (await patient.says("2", Channel.SMS))[0]
    assert numbers(patient) == [("mood", 7.0), ("side_effects", 1.0), ("sleep", 2.0)]
    assert len(stored(patient)) == 1
