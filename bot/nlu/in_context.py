"""What a message means in the place where it was written: answers to a question just asked, and follow-ups.

Plain functions over the text, what the reader understood, and what the dialogue remembers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Mapping, Sequence

from bot.nlu.looking_back import looks_back
from bot.nlu.plain_words import plain_intent
from bot.nlu.when import REPORTS, UNKNOWN, reported, tells_only_when, volunteered
from bot.nlu.when_reply import parts_of_reply

FALLBACK_INTENT = "nlu_fallback"
TOPIC_PREFIX = "ask_"

ASK_BACK = "ask_back"
ASK_WHEN = "ask_when"
PASS_ON = "pass_on"
CHECK_IN_OFFER = "check_in"


@dataclass(frozen=True)
class Remembered:
    """What the dialogue remembers from the turns before.

    open_question: what we asked last (ASK_BACK, ASK_WHEN, PASS_ON, CHECK_IN_OFFER) or None; options: the topics that
    were offered then; pending: the topics that wait for the time of the infusion; last_topics: those answered last;
    told: the time of the infusion is known from the patient alone.
    """

    open_question: str | None = None
    options: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    last_topics: tuple[str, ...] = ()
    told: bool = False


@dataclass(frozen=True)
class Meaning:
    """A message as the dialogue takes it.

    intent: name of domain.yml, or nlu_fallback when we ask back; answers: topics to answer; ask_back: the two likeliest
    topics; when: what the patient said of the time of the infusion (bot/nlu/when.py); shift: "tomorrow" where the
    follow-up is about the next day; stray: an answer to a question that is not open (a bare number, an old button), or
    nothing but signs (an emoji);
    looks_back: asks how they have been (bot/nlu/looking_back.py); it goes the way of `help`, which is answered in a
    check-in as well as outside; spanish: written in Spanish.
    """

    intent: str
    confidence: float
    answers: tuple[str, ...] = ()
    ask_back: tuple[str, ...] = ()
    when: str | None = None
    shift: str | None = None
    stray: bool = False
    looks_back: bool = False
    spanish: bool = False
    ranking: tuple[tuple[str, float], ...] = field(default=())


_NO_WORDS = re.compile(r"^[\W_]*$")
_BARE_NUMBER = re.compile(r"^\W*(?:option|number|no\.?|#)?\s*\d{1,3}\W*$", re.I)
_SPANISH_YES = re.compile(r"^\W*s[i\u00ed](?: por favor)?\W*$", re.I)
_NUMBERED = re.compile(r"^\W*(?:option|number|no\.?|#)?\s*([1-4])\W*$", re.I)
_ORDINALS = (
    ("1", re.compile(r"^\W*(the )?(first|former)( one)?\W*$", re.I)),
    ("2", re.compile(r"^\W*(the )?(second|latter)( one)?\W*$", re.I)),
)
_NEITHER = re.compile(
    r"^\W*(neither|none( of (them|those|these))?|no|nope|(something |anything )?else|other|not (that|those|these))\W*$",
    re.I,
)
_ASKS = re.compile(
    r"\?|^\W*(?:and |so |but |ok(?:ay)? |wait |um+ )*(?:can|could|may|should|shall|do|does|did|is|are|am|was|will|"
    r"would|when|what|why|how|where|who|which|whats|hows)\b|\b(?:can|could|may|should) i\b",
    re.I,
)
_OPENINGS = (
    r"and( what about)?",
    "but",
    "so",
    "then",
    r"ok(ay)?",
    r"(what|how) about",
    "wait",
    "hm+",
    "yeah",
)
_FOLLOW_UPS = (
    r"(tomorrow|tmrw|tmr|tmrow|2moro|2morrow|tomorow|tommorow)( morning| night| evening| then)?",
    "tonight|tonite|2nite",
    "today",
    "later",
    r"after( that)?",
    r"the day after( that| tomorrow)?",
    r"next (day|week)",
    "in the morning",
    r"(for )?how (long|much longer)( for| then| is that| does (it|that) (last|take))?",
    r"(un)?till? when",
    "how soon",
    r"when( then| exactly)?",
    "from when",
    "what time",
    r"why( is that| not)?",
    "how come",
    "really|seriously|for real",
    r"(are )?(you|u) (really )?sure",
    r"(so )?(no|not|i can'?t|i shouldn'?t|i can)( then| at all)?(?=\?)",
    r"is (it|that) (ok|okay|safe|normal)( then)?",
    r"even (a little|one|just one)( bit)?",
    "just one",
    r"a little( bit)?",
    # Feeling well, or having slept, is what patients hold against a rule. Taking more of a thing is another question.
    r"(what |even )?if (i|i'?m|it'?s|it)( still| already| really| do| am| only| just)? ?(feel|felt|feeling|slept|sleep|"
    r"nap|rest|fine|ok|good|sober|awake|walk|a short|short|close|around).{0,30}",
)
_LEANING = re.compile(rf"^\W*(?:({'|'.join(_OPENINGS)})\b\W*)*({'|'.join(_FOLLOW_UPS)})\W*$", re.I)
_TOMORROW = re.compile(
    r"\b(tomorrow|tmrw|tmr|tmrow|2moro|2morrow|tomorow|tommorow|the day after|next day|in the morning)\b",
    re.I,
)
_DOUBT = re.compile(r"\?|\b(?:you|u) (?:really )?sure\b|^\W*(?:really|seriously)\b", re.I)
_YES_NO_WORDS = re.compile(r"\b(?:yes|yeah|yep|yup|sure|ok|okay|please|no|nope|nah|not)\b", re.I)
# What was told of the infusion, taken back: "actually it was this morning", "sorry, I meant yesterday".
_CORRECTION = re.compile(
    r"^\W*(?:(?:actually|no|wait|sorry|oops|i mean|i meant|it was|i had it|i got it|that was|my (?:infusion|session|"
    r"treatment) was)\b\W*)+(?:\w+\W*){1,5}$",
    re.I,
)
LEANING_WORDS = 8
"""A follow-up that stands on the last topic is short; a longer message says by itself what it is about."""
BARE_WORDS = 3
"""So few words ("and tomorrow?", "for how long") are a follow-up whatever the reader makes of them."""
LEANING_BELOW = 0.8
"""Above this confidence a message is about what it says, however short ("and alcohol tonight?")."""
YES_OR_NO = 0.5
"""Below this confidence a yes or no is no answer to anything: gibberish has to land somewhere."""
# Said in between, these leave an open question open; anything else that is no time is "I cannot say when".
_NO_TIME = ("greet", "thank", "goodbye", "bot_challenge", "help", "human", "stop")
# "5" after a question is read as an answer in a check-in: only who says so asks for one.
_CHECK_IN = re.compile(r"\bcheck", re.I)


def in_context(
    text: str, meaning: Meaning, remembered: Remembered, choice: str | None = None, stale: bool = False
) -> Meaning:
    """`meaning` as it is to be taken after what was said before.

    text: as typed; choice: the payload of a tapped button (the number that SMS would ask for); stale: the button
    belonged to an earlier question, so that only its title counts. Never raises.
    """
    if choice is None and _NO_WORDS.match(text):
        return replace(meaning, intent="out_of_scope", confidence=1.0, answers=(), ask_back=(), stray=True)
    number = None if stale else _number(choice) or _number(text)
    plain = plain_intent(choice or text)
    if plain is not None:
        return replace(meaning, intent=plain, confidence=1.0, answers=(), ask_back=())
    if choice is None and looks_back(text):
        return replace(meaning, intent="help", confidence=1.0, answers=(), ask_back=(), looks_back=True)
    if remembered.open_question == ASK_BACK:
        settled = _after_asking_back(text, number, meaning, remembered.options)
        if settled is not None:
            return settled
    if remembered.open_question == ASK_WHEN and remembered.pending:
        settled = _after_asking_when(text, number, meaning, remembered.pending)
        if settled is not None:
            return settled
    if remembered.open_question == PASS_ON:
        passed_on = _yes_or_no(text, number, meaning)
        if passed_on is not None:
            return replace(meaning, intent=passed_on, confidence=1.0, answers=(), ask_back=())
    if (stale and not meaning.answers) or (_BARE_NUMBER.match(text) and not stale):
        return replace(meaning, intent="out_of_scope", confidence=1.0, answers=(), ask_back=(), stray=True)
    if _leans(text, meaning, remembered):
        topics = remembered.last_topics
        shift = "tomorrow" if _TOMORROW.search(text) else None
        return replace(
            meaning, intent=TOPIC_PREFIX + topics[0], confidence=1.0, answers=topics, ask_back=(), shift=shift
        )
    if remembered.told and remembered.last_topics and _CORRECTION.match(text) and "?" not in text:
        when = reported(text)
        if when not in (None, UNKNOWN):
            topics = remembered.last_topics
            return replace(
                meaning,
                intent=TOPIC_PREFIX + topics[0],
                confidence=1.0,
                answers=topics,
                ask_back=(),
                when=when,
            )
    if meaning.answers:
        return replace(meaning, when=volunteered(text))
    if tells_only_when(text):  # whatever else the reader sees in it, there is no word for it
        return replace(meaning, intent="out_of_scope", ask_back=(), when=volunteered(text))
    if meaning.intent in ("affirm", "deny"):
        if _DOUBT.search(text) or meaning.confidence < YES_OR_NO:
            return replace(meaning, intent="out_of_scope", answers=(), ask_back=(), stray=True)
        if meaning.intent == "affirm" and remembered.open_question == CHECK_IN_OFFER:
            return replace(meaning, intent="checkin")
    return meaning


def _after_asking_back(
    text: str, number: str | None, meaning: Meaning, options: Sequence[str]
) -> Meaning | None:
    chosen = _chosen_topic(text, number, options)
    if chosen is not None:
        return replace(meaning, intent=TOPIC_PREFIX + chosen, confidence=1.0, answers=(chosen,), ask_back=())
    unclear = not meaning.answers and meaning.intent == FALLBACK_INTENT
    if _BARE_NUMBER.match(text) or _NEITHER.match(text) or unclear:
        # Asked back once already: a second time in a row is no help to anybody.
        return replace(meaning, intent="out_of_scope", confidence=1.0, answers=(), ask_back=())
    return None


def _after_asking_when(
    text: str, number: str | None, meaning: Meaning, pending: tuple[str, ...]
) -> Meaning | None:
    """The topics that wait, once the patient has said when it was, or has said something that is neither that nor a
    question: then they are answered for whoever does not know. We ask only once.

    What is said besides is answered too: after what waited, or before it where no time was told ("still dizzy").
    """
    asks = _ASKS.search(text) is not None
    # "what about tomorrow?" moves the question, it does not say when the infusion is.
    leans = _LEANING.match(text) is not None and asks
    when, besides = (
        (REPORTS[int(number) - 1], "") if number else (None, text) if leans else parts_of_reply(text)
    )
    # Whoever says no to the question, or asks something else, has not said when.
    if when is None and (asks or meaning.intent in _NO_TIME or _CHECK_IN.search(text)):
        return None
    others = tuple(topic for topic in meaning.answers if topic not in pending) if besides else ()
    answers = others + pending if when is None else pending + others
    return replace(
        meaning,
        intent=TOPIC_PREFIX + answers[0],
        confidence=1.0,
        answers=answers,
        ask_back=(),
        when=when or UNKNOWN,
    )


def _yes_or_no(text: str, number: str | None, meaning: Meaning) -> str | None:
    """affirm or deny where `text` answers "shall I pass it on?", else None. Of two words the last counts."""
    if number in ("1", "2"):
        return "affirm" if number == "1" else "deny"
    if _SPANISH_YES.match(text):
        return "affirm"
    said = [word.lower() for word in _YES_NO_WORDS.findall(text)]
    if meaning.intent not in ("affirm", "deny") or not said or _DOUBT.search(text):
        return None
    return "deny" if said[-1].startswith("n") else "affirm"


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
        told=isinstance(slots.get("told_infusion"), dict),
    )
