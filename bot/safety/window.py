"""The messages of a few minutes read as one: a farewell in three texts, each of which says nothing by itself.

It only raises: what the newest message is by itself stands whatever was written before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.language.reader import Reader
from bot.safety import join
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

if TYPE_CHECKING:
    from bot.safety.screen import Assessment, Screen

# Changes whenever something below changes; stored with each verdict that the window raised.
VERSION = "window.v7"

WITHIN = timedelta(minutes=10)
MOST_BEFORE = 4
"""Messages that are read together with the newest one, at most."""
LONGEST = 1_000
"""Characters of all together. A longer text says what it has to say by itself."""

# Chosen so that fewer than 0.4 % of windows of ordinary messages raise an alarm (figures in docs/safety.md, from
# `python -m bot.safety.window_evaluation`). Sentences that have nothing to do with each other sound
# graver side by side than they are: the trained reader must be surer than of one message. A rule that one message
# silenced is not revived by the others.
ALARM_ANY = 0.80
ALARM_GRAVE = 0.70
# Its head of intents must agree, by so much for `safety`, where it is asked (join.undecided).
ALARM_INTENT = 0.50
# A rule whose words stand in several messages counts where the trained reader, if there is one, is at least this
# worried by all together: half of the false alarms were words of messages that have nothing to do with each other.
A_LITTLE = 0.10
# Where no rule fires on all together, and neither the most worrying of them by itself nor the mean of their vectors
# worries the trained reader as much as this, it is not asked about all together: the text is the longest that is read,
# and the answer is known. What is told in pieces and caught lies above (python -m bot.safety.window_evaluation).
CALM_WORST = 0.008
CALM_MEAN = 0.003

_TOGETHER = "Read together with the messages before it: {reason}"
_READER = "the trained reader takes this for {what}."
_WHAT = {
    Level.CRISIS: "a crisis: suicide, self-harm, or danger to or from somebody",
    Level.EMERGENCY: "a medical emergency now",
    Level.URGENT: "something that a clinician should see today",
}


def read_together(screen: Screen, recent: Sequence[str], text: str, alone: Verdict) -> Verdict:
    """The verdict on a message in the light of those before it: `alone`, or a higher one.

    recent: what the patient wrote shortly before and what worried nobody, oldest first; text: the newest message, whose
    verdict by itself is `alone`. Evidence is in `text`. May raise whatever examining raises.
    """
    before = _before(recent, text)
    if not before or alone.level is Level.CRISIS:
        return alone
    all_together = screen.examine(together(recent, text), made_of=[*before, text])
    start = sum(len(one) + 1 for one in before)
    worried = max((join.worry(probabilities) for _, probabilities in all_together.readings), default=1.0)
    fired = [one for one in all_together.fired if one[0] not in alone.fired] if worried >= A_LITTLE else []
    by_rules = max((screen.level_of(rule) for rule, _, _ in fired), default=Level.NONE)
    by_reader, score = _reader(all_together)
    level = max(by_rules, by_reader)
    if level <= alone.level:
        return alone
    reasons = [screen.reason_of(rule) for rule, _, _ in fired if screen.level_of(rule) is level]
    if not reasons:
        reasons = [_READER.format(what=_WHAT[level])]
    told = [_TOGETHER.format(reason=reason[:1].lower() + reason[1:]) for reason in dict.fromkeys(reasons)]
    return replace(
        alone,
        level=level,
        score=max(alone.score, score, join.RULE_SCORE if fired else 0.0),
        reasons=(*told, *alone.reasons),
        evidence=_inside([(first - start, last - start) for _, first, last in fired], text) or alone.evidence,
        fired=(*dict.fromkeys([*(rule for rule, _, _ in fired), *alone.fired]),),
        versions={**alone.versions, "window": VERSION},
        danger=all_together.verdict.danger if level is Level.CRISIS else "",
    )


def calm_apart(reader: Reader, texts: Sequence[str]) -> bool:
    """Whether the trained reader need not be asked about `texts` together, by what it made of each; False where that
    is not known."""
    apart = reader.apart(texts)
    return apart is not None and apart[0] < CALM_WORST and apart[1] < CALM_MEAN


def together(recent: Sequence[str], text: str) -> str:
    """What `read_together` reads: the newest of `recent` that fit, and the message."""
    return " ".join([*_before(recent, text), text])


def _before(recent: Sequence[str], text: str) -> list[str]:
    """The newest of `recent` that fit, oldest first."""
    room, taken = LONGEST - len(text), []
    for one in reversed(recent[-MOST_BEFORE:]):
        room -= len(one) + 1
        if room < 0:
            break
        taken.append(one)
    return taken[::-1]


def _reader(together: Assessment) -> tuple[Level, float]:
    reading = max((probabilities for _, probabilities in together.readings), key=join.worry, default=None)
    if reading is None or (join.worry(reading) < ALARM_ANY and join.grave(reading) < ALARM_GRAVE):
        return Level.NONE, 0.0
    if together.by_intent is not None and together.by_intent < ALARM_INTENT:
        return Level.NONE, 0.0
    return join.likeliest(reading), join.worry(reading)


def _inside(spans: Sequence[tuple[int, int]], text: str) -> tuple[tuple[int, int], ...]:
    """The parts of `spans` that lie in `text`; all of it where none does, since it was the one that told."""
    inside = [(max(0, first), min(last, len(text))) for first, last in spans if last > 0]
    words = text.strip()
    start = text.find(words)
    return tuple(inside) or ((start, start + len(words)),)
