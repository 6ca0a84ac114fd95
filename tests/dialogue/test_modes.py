"""`safety_reading` of clinic.yml holds wherever a message is read: in `rasa shell` and in the dialogue."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from bot.care.database import transaction
from bot.care.series import MOOD, conversation_series
from bot.clinic.paths import ROOT
from bot.dialogue.host import DialogueHost
from bot.nlu.states import STATES
from bot.safety.screen import Screen

pytestmark = pytest.mark.model

CRISIS = "I want to kill myself"
OBLIQUE = "no point renewing my passport"  # to the reader alone a crisis
MOODS = ("I feel great today!", "feeling really low and sad today", "so happy, best day in years")


@pytest.fixture(scope="module", params=["rules_only", "off"])
def reads(request, tmp_path_factory) -> tuple[str, DialogueHost]:
    """A mode, and the model as it is loaded by a clinic of that mode."""
    mode = request.param
    file: Path = tmp_path_factory.mktemp("clinic") / "clinic.yml"
    text = (ROOT / "clinic.yml").read_text(encoding="utf-8")
    file.write_text(text.replace("safety_reading: full", f"safety_reading: {mode}"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Rasa's pinned libraries warn of is not ours to mend
        patch.setenv("AFTERCARE_CLINIC", str(file))
        return mode, DialogueHost.load()


@pytest.fixture
def talker(patient, reads):
    """The patient of a clinic of that mode."""
    mode, host = reads
    patient.screen = Screen.load(mode)
    patient.answering = replace(patient.answering, host=host)
    return patient


def inferred(parsed: dict) -> set[str]:
    """Every intent that the model names for a parsed message. (That of the message itself follows the verdict.)"""
    return {parsed["understanding"]["intent"], *(one["name"] for one in parsed["intent_ranking"])}


@pytest.mark.parametrize("text", [*MOODS, OBLIQUE])
async def test_the_shell_infers_no_state(reads, text) -> None:
    _, host = reads
    parsed = await host._agent.parse_message(text)
    assert not inferred(parsed) & set(STATES)
    assert parsed["intent"]["name"] == "out_of_scope" and parsed["safety"]["level"] == "none"


async def test_the_full_mode_does(host) -> None:
    assert {(await host._agent.parse_message(text))["intent"]["name"] for text in MOODS} <= set(STATES)
    assert (await host._agent.parse_message(CRISIS))["safety"]["versions"]["mode"] == "full"


async def test_the_shell_screens_in_the_mode_of_the_clinic(reads) -> None:
    mode, host = reads
    safety = (await host._agent.parse_message(CRISIS))["safety"]
    assert safety["versions"]["mode"] == mode
    assert safety["level"] == ("crisis" if mode == "rules_only" else "none")


async def test_what_is_asked_is_answered_as_ever(talker) -> None:
    [reply] = await talker.turn("can I drive tonight?")
    assert reply.guidance[0]["topic"] == "driving"


@pytest.mark.parametrize("text", MOODS)
async def test_a_mood_that_nobody_asked_for_is_offered_to_a_person(talker, text) -> None:
    [reply] = await talker.says(text)
    assert "pass" in reply and "good to hear" not in reply and "sorry" not in reply.lower()


async def test_the_answers_of_an_open_check_in_still_count(talker) -> None:
    await talker.turn("check in")
    await talker.turn("3")
    with transaction(talker.engine) as session:
        series = conversation_series(session, talker.conversation_id, talker.clock.now())
        assert [value for _, value in series.answered(MOOD)] == [3]
