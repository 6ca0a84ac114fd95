"""How the two readers join: what the rules found and what the trained reader thinks become one level.

The table of docs/safety.md says the same in words; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.safety.answers import AnswerRule
from bot.safety.levels import Level
from bot.safety.rules import Rule

# Changes whenever a threshold or the logic below changes; stored with each verdict.
VERSION = "join.v1"

# Chosen on the development set with `python -m bot.safety.evaluation --thresholds`; docs/safety.md has the figures.
# The trained reader alone raises an alarm from this much worry on (1 minus the probability of `none`).
ALARM_ALONE = 0.50
# A hint (a rule too broad to fire by itself) needs this much worry beside it.
ALARM_WITH_HINT = 0.15
# Worry at which the reader raises the level that a rule has found.
RAISES_A_RULE = 0.70
# Score shown for a firm rule where the reader is calm: a rule that fires is never "unsure" to staff.
RULE_SCORE = 0.90
HINT_SCORE = 0.60

_GRAVE_FIRST = (Level.CRISIS, Level.EMERGENCY, Level.URGENT)


@dataclass(frozen=True)
class Joined:
    """The joined judgement: level, score (0 to 1) and whether the reader alone, a rule or both decided."""

    level: Level
    score: float
    decided_by: str


def worry(probabilities: dict[str, float]) -> float:
    """How worried the trained reader is: 1 minus the probability of `none`, 0 to 1."""
    return max(0.0, min(1.0, 1.0 - probabilities.get("none", 1.0)))


def join(rules: Sequence[Rule | AnswerRule], readings: Sequence[dict[str, float]]) -> Joined:
    """One level from the rules that fired and the trained reader's readings of the message and its parts.

    rules: those that no scope silenced. readings: probabilities over none, urgent, emergency, crisis, one for each
    way the text was read (whole, normalised, by clause); empty when there is no reader.
    """
    firm = [rule for rule in rules if rule.strength == "firm"]
    hints = [rule for rule in rules if rule.strength == "hint"]
    most_worried = max(readings, key=worry, default=None)
    worried = worry(most_worried) if most_worried else 0.0
    readers_level = _worst_likely(most_worried) if most_worried else Level.NONE

    if firm:
        level = max(rule.level for rule in firm)
        if worried >= RAISES_A_RULE:
            level = max(level, readers_level)
        return Joined(level, max(RULE_SCORE, worried), "both" if worried >= ALARM_ALONE else "rules")
    if hints and not readings:
        return Joined(max(rule.level for rule in hints), HINT_SCORE, "rules")
    if hints and worried >= ALARM_WITH_HINT:
        level = max(
            max(rule.level for rule in hints), readers_level if worried >= ALARM_ALONE else Level.NONE
        )
        return Joined(level, max(HINT_SCORE, worried), "both")
    if worried >= ALARM_ALONE:
        return Joined(readers_level, worried, "reader")
    return Joined(Level.NONE, worried, "nobody")


def _worst_likely(probabilities: dict[str, float]) -> Level:
    """The likeliest of the three worrying levels; between two that are close (a tenth), the graver one."""
    best = max(probabilities.get(level.value, 0.0) for level in _GRAVE_FIRST)
    for level in _GRAVE_FIRST:
        if best - probabilities.get(level.value, 0.0) <= 0.10:
            return level
    return Level.URGENT
