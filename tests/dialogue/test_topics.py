"""Every topic, in every phase, through the trained model: what the patient reads is the approved answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.care.models import Channel
from bot.guidance.library import TOPICS, Library
from bot.guidance.phases import Phase, phase_of

pytestmark = pytest.mark.model

QUESTIONS = {
    "driving": "When can I drive again?",
    "decisions": "Is it ok to sign a contract and quit my job?",
    "eating": "What can I eat after the infusion?",
    "hydration": "Can I drink water after my session?",
    "alcohol": "Can I have a glass of wine?",
    "medications": "When do I take my usual medications again?",
    "sedatives": "Can I take my sleeping pill or a benzo?",
    "pain_medication": "When can I take my prescription painkillers again, the oxycodone?",
    "recreational_drugs": "Can I smoke weed after the infusion?",
    "nausea": "I feel queasy, what helps against the nausea?",
    "dizziness": "I feel dizzy and floaty, is that normal?",
    "sedation": "Why am I so tired and sleepy after the infusion?",
    "exercise": "Can I go to the gym?",
    "recovery_time": "When will I feel normal again and can go back to work?",
    "emotions": "Why do I feel so vulnerable and teary after the session?",
    "integration": "What is integration and how do I do it?",
    "intentions": "How do I set an intention for my session?",
    "interpretation": "What do the visions I saw mean?",
    "sharing": "Should I tell other people that they should try ketamine too?",
    "support": "Who can I talk to about what I experienced?",
    "ongoing_care": "Do I still need to see my psychiatrist now?",
    "lifestyle": "What habits help to keep the benefit?",
    "no_improvement": "I had one session and feel no different, is it not working?",
    "number_of_sessions": "How many sessions will I need?",
    "duration_of_effects": "How long does the benefit last?",
    "safety": "Is ketamine safe?",
    "side_effects": "What side effects can I expect?",
    "candidates": "Who is a good candidate for ketamine?",
    "how_it_works": "How does ketamine work in the brain?",
    "preparation": "How should I prepare in the days before my infusion?",
    "fasting": "Can I eat breakfast before my infusion?",
    "substances_before": "Can I drink alcohol or smoke before my infusion?",
    "during_session": "What happens during the infusion?",
    "dependence": "Can I get addicted to ketamine?",
    "dosage": "How is my dose decided?",
}

PHASES = {
    Phase.BEFORE: timedelta(days=-2),
    Phase.SAME_DAY: timedelta(hours=2),
    Phase.NEXT_DAY: timedelta(hours=26),
    Phase.LATER: timedelta(days=9),
}


def test_the_table_holds_every_topic() -> None:
    assert set(QUESTIONS) == set(TOPICS)


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.value)
async def test_every_topic_is_answered_for_the_phase(visitor, phase) -> None:
    visitor.had_infusion(PHASES[phase])
    at = visitor.clock.now() - PHASES[phase]
    library, clinic = Library.load(), visitor.answering.clinic
    wrong = {}
    for topic, question in QUESTIONS.items():
        entry = library.entry(topic)
        placement = phase_of(visitor.clock.now(), [at], clinic, entry.about_before)
        assert placement.phase is phase
        approved = library.answer(topic, placement, "web", clinic, visitor.clock.now()).text
        replies = await visitor.turn(question)
        if [reply.text for reply in replies] != [approved]:
            wrong[topic] = [reply.guidance or reply.text for reply in replies]
            continue
        signed = library.signed_as(topic, clinic)
        assert replies[0].guidance == [
            {"topic": topic, "phase": phase.value, "version": str(entry.version), "hash": signed}
        ]
    assert not wrong


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (QUESTIONS["driving"], "tomorrow, Sunday morning, once you have slept"),
        (QUESTIONS["alcohol"], "tomorrow, Sunday"),
        (QUESTIONS["medications"], "pain"),
        (QUESTIONS["nausea"], "call"),
        (QUESTIONS["sedatives"], "tomorrow"),
    ],
)
@pytest.mark.parametrize("channel", [Channel.WEB, Channel.SMS])
async def test_what_a_patient_needs_to_know_tonight(patient, question, said, channel) -> None:
    [reply] = await patient.says(question, channel)
    assert said in reply


async def test_at_half_past_midnight_it_is_still_the_day_of_the_infusion(patient) -> None:
    patient.clock.move(timedelta(hours=9, minutes=30))
    [reply] = await patient.says("can i drive now?")
    assert reply.startswith("Not yet")
    assert "later today, Sunday morning, once you have slept" in reply


async def test_with_two_infusions_questions_about_before_belong_to_the_coming_one(visitor) -> None:
    visitor.had_infusion(timedelta(days=3))
    visitor.had_infusion(timedelta(days=-1))
    [fasting] = await visitor.turn(QUESTIONS["fasting"])
    [driving] = await visitor.turn(QUESTIONS["driving"])
    assert fasting.guidance[0]["phase"] == "before"
    assert driving.guidance[0]["phase"] == "later"
