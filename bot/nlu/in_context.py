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

    open_question: what we asked last (ASK_BACK, ASK_WHEN, PASS_ON) or None; options: the topics offered when asking back;
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


_REPORTS = ("today", "yesterday", "earlier", "not_yet")
_WHEN_SAID: Sequence[tuple[str, re.Pattern[str]]] = (
    ("not_yet", re.compile(r"\bnot yet\b|\bhaven'?t had\b|\bhavent\b|\bupcoming\b|\btomorrow\b|\bnext (week|month|time|mon|tue|wed|thu|fri|sat|sun)|\bcoming up\b|\bbefore my first\b", re.I)),
    ("yesterday", re.compile(r"\byesterday\b|\blast night\b|\byest\b|\byday\b|\b1 day ago\b|\ba day ago\b|\b(24|2[0-9]|3[0-6]) ?(hours|hrs|h) ago\b", re.I)),
    ("today", re.compile(r"\btoday\b|\bthis (morning|afternoon|evening)\b|\btonight\b|\bjust (now|had|got|left|finished)\b|\b(minutes?|mins?) ago\b|\b(an|one|two|three|four|five|six|few|couple of|[0-9]|1[0-2]) ?(hours?|hrs?|h) ago\b|\bearlier today\b", re.I)),
    ("earlier", re.compile(r"\bago\b|\bdays\b|\blast (week|month|mon|tue|wed|thu|fri|sat|sun)\w*|\bweeks?\b|\bmonths?\b|\bearlier\b|\bbefore that\b|\bon (mon|tue|wed|thu|fri|sat|sun)\w*", re.I)),
)  # fmt: skip
_NUMBERED = re.compile(r"^\W*(?:option|number|no\.?|#)?\s*([1-4])\W*$", re.I)
_ORDINALS = (
    ("1", re.compile(r"^\W*(the )?(first|former)( one)?\W*$", re.I)),
    ("2", re.compile(r"^\W*(the )?(second|latter)( one)?\W*$", re.I)),
)
_NEITHER = re.compile(
    r"^\W*(neither|none( of (them|those|these))?|no|nope|something else|other|else|not (that|those|these))\W*$",
    re.I,
)
_LEANING = re.compile(
    r"^\W*(and|but|so|ok(ay)?( so| and)?|what about|how about|and what about|what if)?\W*"
    r"(tomorrow( morning| night| evening)?|tonight|today|later|after( that)?|the day after( that| tomorrow)?|next (day|week)|in the morning|"
    r"(for )?how long( for| then| is that| does (it|that) (last|take))?|until when|till when|how soon|when( then| exactly)?|from when|"
    r"what time|why( is that| not)?|how come|is (it|that) (ok|okay|safe|normal)( then)?|even (a little|one|just one)( bit)?|just one|a little bit?|"
    r"(what )?if (i|it).{0,30})\W*$",
    re.I,
)  # fmt: skip
_TOMORROW = re.compile(r"\btomorrow\b|\bthe day after\b|\bnext day\b|\bin the morning\b", re.I)
LEANING_WORDS = 7
"""A follow-up that stands on the last topic is short; a longer message says by itself what it is about."""
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
    said = {word for word in re.findall(r"[a-z]+", text.lower())}
    named = [topic for topic in options if said & set(topic.split("_")) and len(said) <= 3]
    return named[0] if len(named) == 1 else None


def _reported(text: str) -> str | None:
    return next((when for when, pattern in _WHEN_SAID if pattern.search(text)), None)


def _leans(text: str, meaning: Meaning, remembered: Remembered) -> bool:
    if not remembered.last_topics or len(text.split()) > LEANING_WORDS or not _LEANING.match(text):
        return False
    return not (
        meaning.answers
        and meaning.confidence >= LEANING_BELOW
        and set(meaning.answers) != set(remembered.last_topics)
        and len(text.split()) > 3
    )


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
