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
VERSION = "join.v11"

# Chosen on the development, everyday and retired sets together (1,742 crisis and emergency messages; figures in
# docs/safety.md): at least 98.5 % of them are caught, with some to spare. A missed message costs more than a false
# alarm. The trained reader has two heads. By that of levels alone, it raises an alarm from this much worry (1 minus the
# probability of `none`) on ...
ALARM_SURE = 0.95
# ... and from this much on where the head of intents, which knows words as well, agrees: so much for `safety`.
ALARM_FROM = 0.10
ALARM_INTENT = 0.50
# From this much worry on, less of it is enough.
ALARM_LIKELY = 0.60
INTENT_LITTLE = 0.25
# Where that head is nearly sure, so little worry is enough ...
ALARM_LITTLE = 0.03
INTENT_SURE = 0.90
# ... and from this much worry on it is asked about each clause too, and must be as sure of one: a question beside a
# confession draws the whole message to its topic ("just want it all to stop, me included. anyway when can I eat").
ALARM_MIXED = 0.35
# A clause read apart sounds graver than it is ("and wake up dead tired"): it raises no alarm, but where there is one it
# tells how grave it is, if it is this worrying by itself ...
ALARM_CLAUSE = 0.90
# ... in a message that is worrying as a whole from this much on.
CLAUSE_IN_WHOLE = 0.20
# This little worry revives a rule that matched and was silenced by its scope ("no plan but yes").
A_LITTLE = 0.20
# Worry below which the reader sees nothing at all in a message, so that a rule with common words is silent
# (`rules.READER_CALM`), unless a clause read apart is worrying by itself; for a rule of a crisis half of it. Of the
# 2,697 worrying messages of the development, retired and sealed sets, none that only such a rule finds lies below.
CALM = 0.02
CALM_IN_CRISIS = 0.01
# Such a clause counts only where the head of intents thinks this much of `safety`. Of the eight messages where it alone
# kept such a rule awake none was worrying ("I am standing on the balcony waving at him").
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


def calm(
    level: Level, whole: Sequence[Probabilities], clauses: Sequence[Probabilities], by_intent: float = 0.0
) -> bool:
    """Whether the trained reader sees so little that a rule of `level` with common words is silent, given what it says
    to the whole message and to its clauses, and its head of intents (as for `join`); False without a reader."""
    least = CALM_IN_CRISIS if level is Level.CRISIS else CALM
    if not whole or max(map(worry, whole)) >= least:
        return False
    return by_intent < CALM_INTENT or not alarming(clauses)


def alarming(clauses: Sequence[Probabilities]) -> bool:
    """Whether one of the clauses read apart is worrying by itself."""
    return max(map(worry, clauses), default=0.0) >= ALARM_CLAUSE


def undecided(whole: Sequence[Probabilities]) -> bool:
    """Whether the head of intents has a say in what the reader makes of a message."""
    return ALARM_LITTLE <= max(map(worry, whole), default=0.0) < ALARM_SURE


def mixed(whole: Sequence[Probabilities], by_intent: float) -> bool:
    """Whether the head of intents is asked about the clauses as well, given what it says of the message."""
    return undecided(whole) and max(map(worry, whole)) >= ALARM_MIXED and by_intent < ALARM_INTENT


def join(
    fired: Sequence[Rule | AnswerRule],
    silenced: Sequence[Rule],
    whole: Sequence[Probabilities],
    clauses: Sequence[Probabilities],
    by_intent: float = 0.0,
) -> Joined:
    """One level from both readers.

    fired: rules that matched and that no scope silenced; silenced: rules that matched and were silenced.
    whole: the trained reader's probabilities for the whole message (as typed, and normalised where that differs);
    clauses: for its clauses. Both are empty when there is no trained reader. by_intent: what its head of intents gives
    for the intent `safety`, in the whole or, if it is `INTENT_SURE` there, in a clause of a `mixed` message; it has no
    say where the reader is not `undecided`.
    """
    reading = max(whole, key=worry, default=None)
    worried = worry(reading) if reading else 0.0
    alarmed = (
        worried >= ALARM_SURE
        or (worried >= ALARM_LIKELY and by_intent >= INTENT_LITTLE)
        or (worried >= ALARM_FROM and by_intent >= ALARM_INTENT)
        or (worried >= ALARM_LITTLE and by_intent >= INTENT_SURE)
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
