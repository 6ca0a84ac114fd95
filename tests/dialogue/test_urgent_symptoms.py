"""An urgent message is answered with what the guidance says on it as well, where it says something."""

from __future__ import annotations

from datetime import timedelta

import pytest

import actions.answer
import actions.base
from bot.care.models import Channel
from bot.clinic.settings import load_clinic
from bot.nlu.components import MessageReader
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

pytestmark = pytest.mark.model

CHANNELS = [Channel.WEB, Channel.SMS]


def found(monkeypatch, talker, *fired: str, level: Level = Level.URGENT, **shares: float) -> None:
    """From here on the screen finds this: the rules that fired, and what the reader gives to topics."""
    verdict = Verdict(level, 0.9, ("a reason",), (), fired)
    monkeypatch.setattr(type(talker.screen), "assess", lambda self, text, context=None: verdict)
    monkeypatch.setattr(MessageReader, "_shares", lambda *arguments: shares)


def topics(replies) -> list[str]:
    return [one["topic"] for reply in replies for one in reply.guidance]


@pytest.mark.parametrize("channel", CHANNELS)
async def test_the_phone_and_the_nurse_first_and_then_what_the_guidance_says(patient, channel) -> None:
    approved, answer = await patient.turn("still vomiting since yesterday", channel)
    assert patient.answering.clinic.after_hours_phone in approved.text and "nurse" in approved.text
    assert topics([answer]) == ["nausea"] and "lie down" in answer.text
    assert [alert.level for alert in patient.alerts()] == ["urgent"]
    assert not patient.items()


@pytest.mark.parametrize(
    "text, said",
    [
        ("I keep throwing up, since yesterday, nothing stays down", ["nausea"]),
        ("its been 2 days and i still feel out of my body", ["side_effects"]),
        ("memory gaps all week since the infusion", ["side_effects"]),
        ("had 5 beers after, feel awful", ["alcohol"]),
        ("smoked a joint after my infusion and now im freaking out", ["recreational_drugs"]),
        ("there is blood in my urine", []),
        ("I fell down the stairs and my wrist is swollen", []),
        ("just found out im 6 weeks pregnant and i had an infusion", []),
        ("I stopped my zoloft cold turkey and feel terrible", []),
    ],
)
async def test_plain_urgent_symptoms(patient, text, said) -> None:
    approved, *answers = await patient.turn(text)
    assert patient.answering.clinic.after_hours_phone in approved.text
    assert topics(answers) == said
    assert [alert.level for alert in patient.alerts()] == ["urgent"]


async def test_of_two_topics_that_fit_one_is_said(patient) -> None:
    _, *answers = await patient.turn("took xanax on top of wine. woozy, awake")
    assert topics(answers) in (["sedatives"], ["alcohol"])


async def test_where_only_the_reader_found_it_its_likeliest_topic(patient, monkeypatch) -> None:
    found(monkeypatch, patient, nausea=0.9, eating=0.1)
    assert topics(await patient.turn("the bucket and I again")) == ["nausea"]


async def test_a_guess_of_the_reader_is_not_said(patient, monkeypatch) -> None:
    found(monkeypatch, patient, nausea=0.6, eating=0.4)
    assert topics(await patient.turn("the bucket and I again")) == []


async def test_where_the_screen_failed_nothing_is_guessed(patient, monkeypatch) -> None:
    found(monkeypatch, patient, level=Level.UNASSESSED, nausea=0.99)
    assert topics(await patient.turn("the bucket and I again")) == []


async def test_a_question_beside_it_is_answered_instead(patient, monkeypatch) -> None:
    found(monkeypatch, patient, "vomiting.v1", nausea=0.9)
    assert topics(await patient.turn("can I drive?")) == ["driving"]


async def test_not_said_twice_in_a_row(patient, monkeypatch) -> None:
    found(monkeypatch, patient, "vomiting.v1")
    assert topics(await patient.turn("the bucket and I again")) == ["nausea"]
    assert topics(await patient.turn("and again")) == []


async def test_who_drank_and_is_unwell_is_not_told_that_they_may(visitor, monkeypatch) -> None:
    found(monkeypatch, visitor, "drove_or_drank.v1", alcohol=0.9)
    visitor.had_infusion(timedelta(days=3))
    assert topics(await visitor.turn("that was a mistake")) == []


async def test_who_mixed_pills_the_day_after_is_not_told_to_take_them_again(visitor, monkeypatch) -> None:
    found(monkeypatch, visitor, "mixed_sedatives.v1", sedatives=0.9)
    visitor.had_infusion(timedelta(days=1))
    assert topics(await visitor.turn("that was a mistake")) == []


async def test_in_spanish_the_guidance_has_nothing(patient, monkeypatch) -> None:
    found(monkeypatch, patient, "vomiting.v1", nausea=0.9)
    assert topics(await patient.turn("no paro de vomitar desde ayer")) == []


async def test_what_nobody_signed_is_left_out_without_a_word(patient, monkeypatch) -> None:
    found(monkeypatch, patient, "vomiting.v1")
    live = load_clinic().copy(update={"demo": False})
    for module in (actions.answer, actions.base):
        monkeypatch.setattr(module, "clinic", lambda: live)
    [approved] = await patient.turn("the bucket and I again")
    assert patient.answering.clinic.after_hours_phone in approved.text
    assert not patient.items()
