"""What a message means in the place where it was written: answers to a question just asked, and follow-ups.

Plain functions over the text, what the reader understood, and what the dialogue remembers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Mapping, Sequence

FALLBACK_INTENT = "nlu_fallback"
TOPIC_PREFIX = "ask_"

ASK_BACK = "ask_back"
ASK_WHEN = "ask_when"
PASS_ON = "pass_on"


@dataclass(frozen=True)
class Remembered:
    """What the dialogue remembers from the turns before.

    open_question: what we asked last (ASK_BACK, ASK_WHEN, PASS_ON) or None; options: the topics that were offered then;
    pending: the topics that wait for the time of the infusion; last_topics: the topics answered last.
    """

    open_question: str | None = None
    options: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    last_topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Meaning:
    """A message as the dialogue takes it.

    intent: name of domain.yml, or nlu_fallback when we ask back; answers: topics to answer; ask_back: the two likeliest
    topics; when: today, yesterday, earlier or not_yet; shift: "tomorrow" where the follow-up is about the next day.
    """

    intent: str
    confidence: float
    answers: tuple[str, ...] = ()
    ask_back: tuple[str, ...] = ()
    when: str | None = None
    shift: str | None = None
    ranking: tuple[tuple[str, float], ...] = field(default=())


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.I)


_DAY = r"(mon|tue|wed|thu|fri|sat|sun)\w*"
_REPORTS = ("today", "yesterday", "earlier", "not_yet")
# The first that fits counts.
_WHEN_SAID: Sequence[tuple[str, re.Pattern[str]]] = (
    (
        "not_yet",
        _any(
            r"\bnot yet\b",
            r"\bhave(n'?t| not) had\b",
            r"\bupcoming\b",
            r"\bcoming up\b",
            r"\btomorrow\b",
            rf"\bnext (week|month|time|{_DAY})",
            r"\bbefore my first\b",
        ),
    ),
    (
        "yesterday",
        _any(
            r"\b(yesterday|yest|yday)\b",
            r"\blast night\b",
            r"\b(1|a|one) day ago\b",
            r"\b(24|2[0-9]|3[0-6]) ?(hours|hrs|h) ago\b",
        ),
    ),
    (
        "today",
        _any(
            r"\btoday\b",
            r"\btonight\b",
            r"\bthis (morning|afternoon|evening)\b",
            r"\bjust (now|had|got|left|finished)\b",
            r"\b(minutes?|mins?) ago\b",
            r"\b(an|one|two|three|four|five|six|few|couple of|[0-9]|1[0-2]) ?(hours?|hrs?|h) ago\b",
        ),
    ),
    (
        "earlier",
        _any(
            r"\bago\b",
            r"\bdays\b",
            r"\b(weeks?|months?)\b",
            rf"\b(last|on) ({_DAY})",
            r"\bearlier\b",
            r"\bbefore that\b",
        ),
    ),
)
_NUMBERED = re.compile(r"^\W*(?:option|number|no\.?|#)?\s*([1-4])\W*$", re.I)
_ORDINALS = (
    ("1", re.compile(r"^\W*(the )?(first|former)( one)?\W*$", re.I)),
    ("2", re.compile(r"^\W*(the )?(second|latter)( one)?\W*$", re.I)),
)
_NEITHER = re.compile(
    r"^\W*(neither|none( of (them|those|these))?|no|nope|(something |anything )?else|other|not (that|those|these))\W*$",
    re.I,
)
_OPENINGS = (r"and( what about)?", "but", "so", r"ok(ay)?( so| and)?", r"(what|how) about", "what if")
_FOLLOW_UPS = (
    r"tomorrow( morning| night| evening)?",
    "tonight",
    "today",
    "later",
    r"after( that)?",
    r"the day after( that| tomorrow)?",
    r"next (day|week)",
    "in the morning",
    r"(for )?how long( for| then| is that| does (it|that) (last|take))?",
    r"(un)?till? when",
    "how soon",
    r"when( then| exactly)?",
    "from when",
    "what time",
    r"why( is that| not)?",
    "how come",
    r"is (it|that) (ok|okay|safe|normal)( then)?",
    r"even (a little|one|just one)( bit)?",
    "just one",
    r"a little( bit)?",
    r"if (i|it).{0,30}",
)
_LEANING = re.compile(rf"^\W*({'|'.join(_OPENINGS)})?\W*({'|'.join(_FOLLOW_UPS)})\W*$", re.I)
_TOMORROW = re.compile(r"\btomorrow\b|\bthe day after\b|\bnext day\b|\bin the morning\b", re.I)
LEANING_WORDS = 7
"""A follow-up that stands on the last topic is short; a longer message says by itself what it is about."""
BARE_WORDS = 3
"""So few words ("and tomorrow?", "for how long") are a follow-up whatever the reader makes of them."""
LEANING_BELOW = 0.8
"""Above this confidence a message is about what it says, however short ("and alcohol tonight?")."""


def in_context(text: str, meaning: Meaning, remembered: Remembered, choice: str | None = None) -> Meaning:
    """`meaning` as it is to be taken after what was said before.

    text: as typed; choice: the payload of a tapped button (the number that SMS would ask for). Never raises.
    """
    number = _number(choice) or _number(text)
    if remembered.open_question == ASK_BACK:
        chosen = _chosen_topic(text, number, remembered.options)
        if chosen is not None:
            return replace(
                meaning, intent=TOPIC_PREFIX + chosen, confidence=1.0, answers=(chosen,), ask_back=()
            )
        if (
            number == "3"
            or _NEITHER.match(text)
            or (not meaning.answers and meaning.intent == FALLBACK_INTENT)
        ):
            # Asked back once already: a second time in a row is no help to anybody.
            return replace(meaning, intent="out_of_scope", confidence=1.0, answers=(), ask_back=())
    if remembered.open_question == ASK_WHEN and remembered.pending:
        when = _REPORTS[int(number) - 1] if number else _reported(text)
        if when is not None:
            topics = remembered.pending
            return replace(
                meaning,
                intent=TOPIC_PREFIX + topics[0],
                confidence=1.0,
                answers=topics,
                ask_back=(),
                when=when,
            )
    if remembered.open_question == PASS_ON and number in ("1", "2"):
        return replace(
            meaning, intent="affirm" if number == "1" else "deny", confidence=1.0, answers=(), ask_back=()
        )
    if _leans(text, meaning, remembered):
        topics = remembered.last_topics
        shift = "tomorrow" if _TOMORROW.search(text) else None
        return replace(
            meaning, intent=TOPIC_PREFIX + topics[0], confidence=1.0, answers=topics, ask_back=(), shift=shift
        )
    return meaning


def _number(text: str | None) -> str | None:
    if text is None:
        return None
    found = _NUMBERED.match(text)
    if found:
        return found.group(1)
    return next((number for number, pattern in _ORDINALS if pattern.match(text)), None)


def _chosen_topic(text: str, number: str | None, options: Sequence[str]) -> str | None:
    if number is not None and int(number) <= len(options):
        return options[int(number) - 1]
    said = set(re.findall(r"[a-z]+", text.lower()))
    named = [topic for topic in options if said & set(topic.split("_")) and len(said) <= 3]
    return named[0] if len(named) == 1 else None


def _reported(text: str) -> str | None:
    return next((when for when, pattern in _WHEN_SAID if pattern.search(text)), None)


def _leans(text: str, meaning: Meaning, remembered: Remembered) -> bool:
    if not remembered.last_topics or len(text.split()) > LEANING_WORDS or not _LEANING.match(text):
        return False
    # Short words that name a topic of their own ("and alcohol tonight") are about that topic.
    names_another = meaning.answers and set(meaning.answers) != set(remembered.last_topics)
    return not (names_another and meaning.confidence >= LEANING_BELOW and len(text.split()) > BARE_WORDS)


def remembered_from_slots(slots: Mapping[str, object]) -> Remembered:
    """What the dialogue remembers, from Rasa's slots; anything of a wrong type counts as nothing."""

    def names(value: object) -> tuple[str, ...]:
        return tuple(str(name) for name in value) if isinstance(value, (list, tuple)) else ()

    question = slots.get("open_question")
    return Remembered(
        open_question=question if isinstance(question, str) else None,
        options=names(slots.get("options")),
        pending=names(slots.get("pending_topics")),
        last_topics=names(slots.get("last_topics")),
    )
