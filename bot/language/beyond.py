"""Questions about a medicine that sound like the guidance's and are not: how much, more or less of it, leaving it off.

The guidance says when the usual medicines may be taken again. To "can I double my Lexapro" that reads like a yes. Such
a question is not answered; it is offered to a person.
"""

from __future__ import annotations

import re

MEDICINES = ("medications", "sedatives", "pain_medication")
"""The topics whose answers say only when, never how much."""

_HOW_MUCH = re.compile(
    r"\b(?:double|triple|increas(?:e|ing)|rais(?:e|ing)|lower(?:ing)?|reduc(?:e|ing)|halv(?:e|ing)|taper(?:ing)?|wean(?:ing)?"
    r"|switch(?:ing)?|upping)\b (?:off |to |down )?(?:my|the|his|her|their|our|from|dose)\b"
    r"|\b(?:cut|cutting) (?:down|back)\b"
    r"|\b(?:double|extra|higher|lower|bigger|smaller) (?:dose|pill|tablet|one|xanax|ativan|klonopin|ambien)\b"
    r"|\ban extra\b|\btwice (?:the|as|my)\b|\btake (?:two|three|2|3|more)\b"
    r"|\bhow (?:much|many)\b(?! (?:longer|later|time|hours|days|hrs|after|before|sooner))"
    r"|\b(?:what|which) (?:dose|dosage|strength)\b|\binteract|\bgrapefruit\b",
    re.I,
)
_LEAVE_OFF = re.compile(
    r"\b(?:stop|quit|come off|coming off|get off|getting off|go off|going off|stop taking|quit taking)\b"
    r" (?:taking )?(?:my|the|his|her|their|them|it|all)\b",
    re.I,
)
# The guidance speaks of that: stop none on your own before an infusion.
_BEFORE = re.compile(
    r"\b(?:before|prior|ahead|beforehand|for (?:the|my) (?:infusion|session|treatment))\b", re.I
)


def within_guidance(text: str, topics: tuple[str, ...]) -> tuple[str, ...]:
    """`topics` without those of medicines, where `text` asks for something else than when to take them."""
    plain = text.replace("\u2019", "'")
    if _HOW_MUCH.search(plain) or (_LEAVE_OFF.search(plain) and not _BEFORE.search(plain)):
        return tuple(topic for topic in topics if topic not in MEDICINES)
    return topics
