"""Reading without inferring mental states, for clinics whose `safety_reading` is `rules_only` or `off`.

Three intents say how somebody is and not what they want: they feel good, they feel bad, or they are in danger. Where a
model must not infer that, no intent, ranking or confidence says so; what was asked for is read as ever.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.language.labels import OUT_OF_SCOPE, SAFETY_INTENT
from bot.language.understanding import Understanding

FULL: Final = "full"
"""The only mode of `clinic.yml` in which a model may infer how somebody is."""

STATES: Final = ("mood_good", "mood_bad", SAFETY_INTENT)

NEXT: Final = 0.3
"""Below this probability the next likeliest intent is no reading of the message but what is left over: a person is
offered. Of 335 training messages that one of STATES had, 6 have another intent at or above it, `stop` never."""


def may_infer(mode: str) -> bool:
    """Whether a model may infer how somebody is. mode: `safety_reading` of clinic.yml."""
    return mode == FULL


def without_states(understood: Understanding) -> Understanding:
    """`understood` without moods and danger: the next likeliest intent, or out_of_scope where none is likely.

    Topics to answer or to ask back about stay: they are what the message asks for. Nothing is scaled up: the rest of a
    message that was nearly sure to be about a mood must not become a sure question.
    """
    ranking = tuple((intent, chance) for intent, chance in understood.ranking if intent not in STATES)
    if understood.intent not in STATES:
        return replace(understood, ranking=ranking)
    intent, chance = ranking[0] if ranking else (OUT_OF_SCOPE, 0.0)
    if chance < NEXT:
        intent, chance = OUT_OF_SCOPE, dict(ranking).get(OUT_OF_SCOPE, 0.0)
    return replace(understood, intent=intent, confidence=chance, ranking=ranking)
