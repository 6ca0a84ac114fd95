"""How the two readers join: what the rules found and what the trained reader thinks become one level.

The table of docs/safety.md says the same in words; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.safety.answers import AnswerRule
from bot.safety.levels import Level
from bot.safety.rules import Rule

# Changes whenever a threshold or the logic below changes; stored with each verdict.
VERSION = "join.v14"

# Chosen on the development, everyday, patients and retired sets together (2,725 crisis and emergency messages; figures
# in docs/safety.md). A missed message costs more than a false alarm. The trained reader has two heads. By that of
# levels alone it raises an alarm from this much worry (1 minus the probability of `none`) on ...
ALARM_SURE = 0.90
# ... and from this much on where the head of intents, which knows words as well, agrees: so much for `safety`.
ALARM_FROM = 0.08
ALARM_INTENT = 0.65
# A clause read apart sounds graver than it is ("and wake up dead tired"): where there is an alarm it tells how grave it
# is, if it is this worrying by itself ...
ALARM_CLAUSE = 0.90
# ... in a message that is worrying as a whole from this much on. There, a question beside a confession draws the whole
# message to its topic ("bought a gun thursday. not for hunting. is nicotine gum all right"), and a clause of which both
# heads are nearly certain raises the alarm.
CLAUSE_IN_WHOLE = 0.50
ALARM_APART = 0.95
APART_INTENT = 0.99
# This little worry revives a rule that matched and was silenced by its scope ("no plan but yes").
A_LITTLE = 0.30
# Worry below which the reader sees nothing at all in a message, so that a rule with common words is silent
# (`rules.READER_CALM`), unless a clause read apart is worrying by itself.
CALM = 0.01
# Worry below which the reader is certain that there is nothing, in the whole and in every clause: then no rule that
# goes by the words alone is believed ("gonna end it with my phone company", "my wallet is bleeding out here"). Of 1,404
# worrying messages in which a rule fired none had less than twice of it; of 49 harmless ones 19 had.
CERTAIN = 0.002
# A clause that keeps a rule with common words awake counts only where the head of intents thinks this much of `safety`.
# Of the eight messages where it alone kept such a rule awake none was worrying ("I am standing on the balcony waving at
# him").
CALM_INTENT = 0.10
# Worry at which the reader raises the level that a rule has found.
RAISES_A_RULE = 0.70
# Scores shown where the reader is calm: a rule that fires is never "unsure" to staff.
RULE_SCORE = 0.90
REVIVED_SCORE = 0.50
# Two levels whose probabilities are this close count as a tie, and the graver one is taken.
TIE = 0.10

Probabilities = Mapping[str, float]
_GRAVEST_FIRST = (Level.CRISIS, Level.EMERGENCY, Level.URGENT)


@dataclass(frozen=True)
class Joined:
    """The joined judgement: level, score (0 to 1), and who decided: rules, reader, both or nobody."""

    level: Level
    score: float
    decided_by: str


def worry(probabilities: Probabilities) -> float:
    """How worried the trained reader is: 1 minus the probability of `none`, 0 to 1."""
    return max(0.0, min(1.0, 1.0 - probabilities.get("none", 1.0)))


def grave(probabilities: Probabilities) -> float:
    """The reader's probability of crisis and emergency together, 0 to 1."""
    return probabilities.get("crisis", 0.0) + probabilities.get("emergency", 0.0)


def calm(whole: Sequence[Probabilities], clauses: Sequence[Probabilities], by_intent: float = 0.0) -> bool:
    """Whether the trained reader sees so little that a rule with common words is silent, given what it says to the
    whole message and to its clauses, and its head of intents (as for `join`); False without a reader."""
    if not whole or max(map(worry, whole)) >= CALM:
        return False
    return by_intent < CALM_INTENT or not alarming(clauses)


def certain(whole: Sequence[Probabilities], clauses: Sequence[Probabilities]) -> bool:
    """Whether the trained reader is certain that there is nothing, so that rules on words alone are silent: those on
    answers to our questions are not. False without a reader."""
    return bool(whole) and max(map(worry, whole)) < CERTAIN and not alarming(clauses)


def alarming(clauses: Sequence[Probabilities]) -> bool:
    """Whether one of the clauses read apart is worrying by itself."""
    return max(map(worry, clauses), default=0.0) >= ALARM_CLAUSE


def undecided(whole: Sequence[Probabilities]) -> bool:
    """Whether the head of intents has a say in what the reader makes of a message."""
    return ALARM_FROM <= max(map(worry, whole), default=0.0) < ALARM_SURE


def join(
    fired: Sequence[Rule | AnswerRule],
    silenced: Sequence[Rule],
    whole: Sequence[Probabilities],
    clauses: Sequence[Probabilities],
    by_intent: float = 0.0,
    apart: float = 0.0,
) -> Joined:
    """One level from both readers.

    fired: rules that matched and that no scope silenced; silenced: rules that matched and were silenced.
    whole: the trained reader's probabilities for the whole message (as typed, and normalised where that differs);
    clauses: for its clauses. Both are empty when there is no trained reader. by_intent: what its head of intents gives
    for the intent `safety` in the whole; it has no say where the reader is not `undecided`. apart: the same for the
    clause of which it thinks most, among those at or above `ALARM_APART`.
    """
    reading = max(whole, key=worry, default=None)
    worried = worry(reading) if reading else 0.0
    alarmed = (
        worried >= ALARM_SURE
        or (worried >= ALARM_FROM and by_intent >= ALARM_INTENT)
        or (worried >= CLAUSE_IN_WHOLE and apart >= APART_INTENT)
    )
    if alarmed and alarming(clauses) and worried >= CLAUSE_IN_WHOLE:
        clause = max(clauses, key=worry)
        if worry(clause) > worried:
            reading, worried = clause, worry(clause)
    readers_level = likeliest(reading) if reading else Level.NONE

    if fired:
        level = max(rule.level for rule in fired)
        if worried >= RAISES_A_RULE:
            level = max(level, readers_level)
        return Joined(level, max(RULE_SCORE, worried), "both" if alarmed else "rules")
    if alarmed:
        return Joined(readers_level, worried, "reader")
    if silenced and worried >= A_LITTLE:
        return Joined(max(rule.level for rule in silenced), max(REVIVED_SCORE, worried), "both")
    return Joined(Level.NONE, worried, "nobody")


def likeliest(probabilities: Probabilities) -> Level:
    """The likeliest of the three worrying levels; of two that tie, the graver one."""
    best = max(probabilities.get(level.value, 0.0) for level in _GRAVEST_FIRST)
    return next(level for level in _GRAVEST_FIRST if best - probabilities.get(level.value, 0.0) <= TIE)
