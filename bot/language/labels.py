"""The labels a message can carry: 49 intents and 4 levels that can be learnt.

The order of both tuples is part of the model files (a head's column i is label i), so new labels go at the end.
"""

from __future__ import annotations

from typing import Final

TOPICS: Final[tuple[str, ...]] = (
    "driving", "decisions", "eating", "hydration", "alcohol", "medications", "sedatives", "pain_medication",
    "recreational_drugs", "nausea", "dizziness", "sedation", "exercise", "recovery_time", "emotions", "integration",
    "intentions", "interpretation", "sharing", "support", "ongoing_care", "lifestyle", "no_improvement",
    "number_of_sessions", "duration_of_effects", "safety", "side_effects", "candidates", "how_it_works", "preparation",
    "fasting", "substances_before", "during_session", "dependence", "dosage",
)  # fmt: skip

OTHER_INTENTS: Final[tuple[str, ...]] = (
    "greet", "goodbye", "thank", "affirm", "deny", "bot_challenge", "help", "checkin", "mood_good", "mood_bad",
    "human", "stop", "out_of_scope", "safety",
)  # fmt: skip

TOPIC_PREFIX: Final = "ask_"
OUT_OF_SCOPE: Final = "out_of_scope"
HUMAN: Final = "human"
SAFETY_INTENT: Final = "safety"
"""Of a message at any level above none."""
INTENTS: Final[tuple[str, ...]] = tuple(TOPIC_PREFIX + topic for topic in TOPICS) + OTHER_INTENTS

# `unassessed` is said by the screen when it fails; nothing learns it.
LEVELS: Final[tuple[str, ...]] = ("none", "urgent", "emergency", "crisis")

# Whose danger a crisis is: the writer's life (or more than one of these), the writer harmed or watched by somebody,
# somebody else in danger, somebody whom the writer may harm. It decides which words are safe to send, never the level.
DANGERS: Final[tuple[str, ...]] = ("own", "harmed", "another", "harming")


def topic_of(intent: str) -> str | None:
    """The topic an intent asks about, without its prefix; None for intents that ask about no topic."""
    return intent[len(TOPIC_PREFIX) :] if intent.startswith(TOPIC_PREFIX) else None
