"""Which approved reply belongs to a verdict. The wording is data in guidance/phrases, signed by the clinic."""

from __future__ import annotations

from functools import lru_cache

from bot.safety.answers import answer_rules
from bot.safety.danger import HARMED
from bot.safety.levels import Level
from bot.safety.rules import rule_book
from bot.safety.spanish import is_spanish
from bot.safety.verdict import Verdict

NOT_SAID = "not_said"
"""Of the reply to "rather not say", where a check-in asked about thoughts of death."""

REPLY_KEYS = (
    "crisis",
    "crisis_es",
    "emergency",
    "emergency_es",
    "overdose",
    "overdose_es",
    "being_harmed",
    "being_harmed_es",
    "urgent",
    "unassessed",
    NOT_SAID,
)

_ANSWER, _A_FEW_WORDS = "answer_", 6
"""How the identifiers of rules on bare answers begin; and what is more than "3, i would rather not say"."""


def reply_key(verdict: Verdict, text: str) -> str:
    """The key of the approved reply to a message, one of REPLY_KEYS; "" when the verdict asks for none.

    An overdose, with or without intent, leads with the ambulance (`overdose`). Somebody who is being harmed gets the
    neutral text that is safe to be seen on a watched phone (`being_harmed`), unless suicide is in the message too;
    where no rule says whose danger it is, the trained reader does (`Verdict.danger`).
    "Rather not say", and no more, to a check-in's question about thoughts of death has a text of its own (`not_said`).
    Spanish messages get the same texts in Spanish.
    """
    if verdict.level is Level.NONE:
        return ""
    kinds = rule_kinds()
    fired = {kinds[rule_id] for rule_id in verdict.fired if rule_id in kinds}
    levels = {level for level, _ in fired}
    names = {kind for _, kind in fired}
    spanish = is_spanish(text)
    if verdict.level is Level.CRISIS:
        if names & {"overdose", "overdose_with_intent"}:
            return "overdose_es" if spanish else "overdose"
        if Level.EMERGENCY in levels:
            return "overdose_es" if spanish else "overdose"
        own_crisis = {kind for level, kind in fired if level is Level.CRISIS}
        only_answers = all(rule_id.startswith(_ANSWER) for rule_id in verdict.fired)
        if NOT_SAID in own_crisis and only_answers and len(text.split()) <= _A_FEW_WORDS and not spanish:
            return NOT_SAID
        by_reader = not own_crisis and verdict.danger == HARMED
        key = "being_harmed" if by_reader or own_crisis == {"being_harmed"} else "crisis"
        return f"{key}_es" if spanish else key
    if verdict.level is Level.EMERGENCY:
        key = "overdose" if "overdose" in names else "emergency"
        return f"{key}_es" if spanish else key
    return verdict.level.value


@lru_cache(maxsize=1)
def rule_kinds() -> dict[str, tuple[Level, str]]:
    """Level and family of danger of each rule, by its id."""
    book = rule_book()
    kinds = {rule.id: (rule.level, rule.kind) for rule in book.rules}
    kinds.update({rule.id: (rule.level, rule.kind) for rule in answer_rules(book.answers)})
    return kinds
