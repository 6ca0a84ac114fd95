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
    "emergency_and_crisis",
    "emergency_and_crisis_es",
    "being_harmed",
    "being_harmed_es",
    "being_harmed_emergency",
    "being_harmed_emergency_es",
    "urgent",
    "unassessed",
    NOT_SAID,
)

_ANSWER, _A_FEW_WORDS = "answer_", 6
"""How the identifiers of rules on bare answers begin; and what is more than "3, i would rather not say"."""


def reply_key(verdict: Verdict, text: str) -> str:
    """The key of the approved reply to a message, one of REPLY_KEYS; "" when the verdict asks for none.

    An overdose, with or without intent, leads with the ambulance (`overdose`); a crisis with any other emergency does
    too, and asks for nothing that was taken (`emergency_and_crisis`). Somebody who is being harmed gets the neutral
    text that is safe to be seen on a watched phone (`being_harmed`; with an emergency `being_harmed_emergency`), unless
    suicide is in the message too; where no rule says whose danger it is, the trained reader does (`Verdict.danger`).
    "Rather not say", and no more, to a check-in's question about thoughts of death has a text of its own (`not_said`).
    Spanish messages get the same texts in Spanish.
    """
    if verdict.level is Level.NONE:
        return ""
    kinds = rule_kinds()
    fired = {kinds[rule_id] for rule_id in verdict.fired if rule_id in kinds}
    levels = {level for level, _ in fired}
    names = {kind for _, kind in fired}
    ending = "_es" if is_spanish(text) else ""
    overdose = bool(names & {"overdose", "overdose_with_intent"})
    emergency = Level.EMERGENCY in levels
    if verdict.level is Level.CRISIS:
        own_crisis = {kind for level, kind in fired if level is Level.CRISIS}
        by_reader = not own_crisis and verdict.danger == HARMED
        only_answers = all(rule_id.startswith(_ANSWER) for rule_id in verdict.fired)
        if overdose:
            key = "overdose"
        elif by_reader or own_crisis == {"being_harmed"}:
            key = "being_harmed_emergency" if emergency else "being_harmed"
        elif emergency:
            key = "emergency_and_crisis"
        elif NOT_SAID in own_crisis and only_answers and len(text.split()) <= _A_FEW_WORDS and not ending:
            key = NOT_SAID
        else:
            key = "crisis"
        return key + ending
    if verdict.level is Level.EMERGENCY:
        return ("overdose" if overdose else "emergency") + ending
    return verdict.level.value


@lru_cache(maxsize=1)
def rule_kinds() -> dict[str, tuple[Level, str]]:
    """Level and family of danger of each rule, by its id."""
    book = rule_book()
    kinds = {rule.id: (rule.level, rule.kind) for rule in book.rules}
    kinds.update({rule.id: (rule.level, rule.kind) for rule in answer_rules(book.answers)})
    return kinds
