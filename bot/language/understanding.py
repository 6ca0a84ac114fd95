"""What a message asks for: which topics to answer, or which two to ask back about, or neither.

The thresholds are constants with the place where they were measured. They are chosen so that a wrong answer and an
answer to something that the guidance does not cover stay rare first, and as few questions as possible are asked back
second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.language.beyond import within_guidance
from bot.language.clauses import clauses, is_question
from bot.language.labels import HUMAN, OUT_OF_SCOPE, TOPIC_PREFIX, topic_of
from bot.language.normalise import clean, normalise
from bot.language.reader import Reader, Reading

# Measured on validation/questions.jsonl (314 questions on topics) and on the retired sealed sets (4,512), with encoder
# 12 on 2026-11-23. Wrong answers had to stay at or under 4 % of each, answered out-of-scope messages at or under 8 %.
# Figures: right / wrong, share of the 314 and of the 4,512; as below 92.7 / 1.9, 95.9 / 2.5; with an ANSWER of 0.55 and
# a MARGIN of 0.30 92.7 / 2.2, 95.9 / 2.7.
#
# The likeliest topic is answered at or above this probability...
ANSWER: Final = 0.60
# ...unless the second topic is closer than this.
MARGIN: Final = 0.40
# Torn between two topics that together have at least this, the second at least SECOND: both are answered.
# Two short documented answers serve a patient better than a question back.
BOTH: Final = 0.55
SECOND: Final = 0.12
# Below that, two topics are offered when together they have at least this; else nothing is (a person replies).
ASK_BACK: Final = 0.4
# A clause is answered beside the others when it is this sure alone (at 0.7 twice as many needless second answers)...
CLAUSE: Final = 0.85
# ...and the whole message does not rule its topic out: at least this probability there (0.01 let wrong ones through).
CLAUSE_IN_WHOLE: Final = 0.1
# ...unless it is a question and as sure alone as this: a second question in a sentence of its own is often drowned in
# the whole (at 0.95 one in a hundred questions more gets a needless second answer).
SURE_CLAUSE: Final = 0.98
# Of a message that is as sure of its topic as this, a single question is that topic's, and is not read apart. Of all
# development, retired and patients' lines (2026-11-23) 26 have other answers so: read apart, each of them got a second
# one beside the only one that is right.
SURE_WHOLE: Final = 0.90
# The same thing before and after an infusion. The whole message says which of the two is meant; a clause of it ("can I
# drink or smoke before my infusion") may not.
BEFORE_AND_AFTER: Final = (
    frozenset({"alcohol", "substances_before"}),
    frozenset({"recreational_drugs", "substances_before"}),
    frozenset({"eating", "fasting"}),
    frozenset({"hydration", "fasting"}),
)
# More answers than this in one reply are not read by anybody on a phone.
MOST_ANSWERS: Final = 3
RANKED: Final = 5

_AFTER_A_NUMBER: Final = re.compile(r"^\W*\d{1,2}\b\W*(?:(?:and|but|also|plus)\b\W*)?(?=\w)", re.IGNORECASE)

Ranking = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Understanding:
    """`intent` and `confidence`: the likeliest intent. `answers`: topics to answer, without `ask_`, most wanted first.

    `ask_back`: two topics to choose from. At most one of `answers` and `ask_back` is not empty.
    """

    intent: str
    confidence: float
    ranking: Ranking
    answers: tuple[str, ...] = ()
    ask_back: tuple[str, ...] = ()


def understand(text: str, context: str | None, reader: Reader) -> Understanding:
    """Understand one message. `context` is the question just asked, if one was. Never raises on odd text."""
    return understand_many([(text, context)], reader)[0]


def understand_many(rows: list[tuple[str, str | None]], reader: Reader) -> list[Understanding]:
    """The same for many messages, in order."""
    return [_understand(text, context, reader) for text, context in rows]


def _understand(text: str, context: str | None, reader: Reader) -> Understanding:
    reading = reader.read(text, context)
    plain = normalise(text)
    if plain != clean(text):
        # Undoing a disguise either makes sense of the message or makes nothing of it: the surer reading counts.
        reading = max(reading, reader.read(plain, context), key=_surest)
    if context and _stands_alone(reading.intents[0][0]):
        # No answer to the question just asked, so that question may only have been in the way ("how much is it" after
        # "Shall I pass this on?"): read without it too, and the surer reading counts.
        alone = reader.read(text, None)
        reading = max(reading, alone, key=_surest) if _stands_alone(alone.intents[0][0]) else reading
    beside = _AFTER_A_NUMBER.sub("", text) if context else text
    if beside != text and not _stands_alone(reading.intents[0][0]):
        # An answer and a wish beside it ("3 and can a nurse call me"): the number drowns the wish.
        asked = reader.read(beside, None)
        reading = asked if asked.intents[0][0] == HUMAN and asked.intents[0][1] >= CLAUSE else reading
    chances = dict(reading.intents)
    ranking = reading.intents[:RANKED]
    intent, confidence = ranking[0]

    answers = _of_whole(chances, intent)
    parts = clauses(text)
    if len(parts) > 1:
        answers = _of_clauses(parts, chances, answers, reader)
    within = within_guidance(text, answers)
    ask_back = () if answers else _two_likeliest(chances, intent)
    if len(within_guidance(text, ask_back)) < len(ask_back):
        ask_back = ()
    answers = within
    return Understanding(intent, confidence, ranking, answers, ask_back)


def _surest(reading: Reading) -> float:
    return reading.intents[0][1]


def _stands_alone(intent: str) -> bool:
    """Whether messages of this intent mean the same whatever was asked before them."""
    return topic_of(intent) is not None or intent == OUT_OF_SCOPE


def _topics(chances: dict[str, float]) -> list[tuple[str, float]]:
    """Topics with their probabilities, likeliest first."""
    found = [(intent[len(TOPIC_PREFIX) :], chance) for intent, chance in chances.items() if topic_of(intent)]
    return sorted(found, key=lambda pair: -pair[1])


def _of_whole(chances: dict[str, float], intent: str) -> tuple[str, ...]:
    (first, chance), (other, second) = _topics(chances)[:2]
    if topic_of(intent) and chance >= ANSWER and chance - second >= MARGIN:
        return (first,)
    if topic_of(intent) and chance + second >= BOTH and second >= SECOND:
        return (first, other)
    return ()


def _two_likeliest(chances: dict[str, float], intent: str) -> tuple[str, ...]:
    """The two topics to ask about, or nothing when the message is likelier something else."""
    (first, one), (second, two) = _topics(chances)[:2]
    if one + two < ASK_BACK or (topic_of(intent) is None and chances[intent] > one + two):
        return ()
    return (first, second)


def _of_clauses(
    parts: list[str], chances: dict[str, float], answers: tuple[str, ...], reader: Reader
) -> tuple[str, ...]:
    """The whole message's answer, and those of clauses that are sure of another topic: these take the place of a second
    one that the whole was torn to, where the first has a clause of its own and the second none."""
    # What is no question counts only for a topic that the whole message hints at: without one it need not be read.
    hinted = any(chance >= CLAUSE_IN_WHOLE and topic not in answers for topic, chance in _topics(chances))
    parts = [part for part in parts if hinted or is_question(part)]
    if len(parts) == 1 and answers and chances[f"{TOPIC_PREFIX}{answers[0]}"] >= SURE_WHOLE:
        return answers
    sure: list[str] = []
    for part, reading in zip(parts, reader.read_many([(part, None) for part in parts])):
        intent, chance = reading.intents[0]
        topic = topic_of(intent)
        heard = (chance >= SURE_CLAUSE and is_question(part)) or (
            chance >= CLAUSE and chances[intent] >= CLAUSE_IN_WHOLE
        )
        if topic and heard and not any({topic, one} in BEFORE_AND_AFTER for one in answers):
            sure.append(topic)
    torn = len(answers) == 2 and answers[0] in sure and answers[1] not in sure and set(sure) - set(answers)
    found = dict.fromkeys([*(answers[:1] if torn else answers), *sure])
    return tuple(found)[:MOST_ANSWERS]
