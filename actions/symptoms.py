"""What the guidance says on what is urgent, where the patient asked nothing: by the map in guidance/symptoms.yml."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker

from actions.answer import just_said, may_be_sent
from actions.base import clinic, library
from actions.placement import placement_for
from bot.care.turn import Turn
from bot.safety.levels import Level
from bot.safety.replies import rule_kinds
from bot.safety.spanish import is_spanish
from bot.safety.verdict import Verdict


def topics_beside(
    verdict: Verdict, understood: dict[str, Any], tracker: Tracker, turn: Turn
) -> tuple[str, ...]:
    """The topics to answer beside the text for an urgent message; none where the guidance says nothing on it.

    understood: of `bot.nlu.components`, with the topics' `shares`. A message in Spanish has none: the guidance is in
    English. Left out is what no clinician has signed, what does not fit somebody who is unwell in the patient's phase,
    and what was said in answer to the message before.
    """
    if is_spanish(str(turn.message.text)):
        return ()
    symptoms, shares = library().symptoms, dict(understood.get("shares") or {})
    found = [rule_kinds()[rule_id] for rule_id in verdict.fired if rule_id in rule_kinds()]
    kinds = [kind for level, kind in found if level is Level.URGENT]
    if verdict.fired:
        topics = symptoms.of_kinds(kinds, shares)
    else:
        topics = symptoms.of_reader(shares) if verdict.level is Level.URGENT else ()
    return tuple(topic for topic in topics if _fits(topic, tracker, turn))


def _fits(topic: str, tracker: Tracker, turn: Turn) -> bool:
    placement = placement_for(library().entry(topic), tracker, turn)
    return (
        library().symptoms.fits(topic, placement.phase)
        and not library().permits(topic, placement, clinic(), turn.now)
        and may_be_sent(topic, turn)
        and (topic, placement.phase.value) not in just_said(turn)
    )
