"""What a message is to the open item of a check-in: an answer, a wish to stop, a question, or none of these."""

from __future__ import annotations

import re
from enum import Enum

from rasa_sdk import Tracker

from actions.base import tapped, understanding
from bot.care.turn import Turn
from bot.clinic.answers import parse
from bot.clinic.instruments import Item, Parsed

INTERRUPTING = ("human", "stop", "bot_challenge", "help", "checkin")
"""Intents that the rules deal with; the item is asked again afterwards."""

SMALL_TALK = ("greet", "thank")
"""The same, where the item wants a number; as a free word it is the patient's own."""

_END = r"\W*(?:please|thanks|thank you|thank u|ok|okay)?\W*$"
_LATER = re.compile(
    r"^\W*(?:no\W+|sorry\W+|maybe\W+|can (?:we|i) do (?:this|it) )*"
    r"(?:not (?:right )?now|(?:maybe |some time |do (?:it|this) )?later|not today|another time|some other time"
    r"|tomorrow|in a (?:bit|while|minute|moment)|i'?m busy|busy|give me a (?:minute|moment|sec)|wait|pause"
    rf"|bye|good ?bye|good ?night){_END}",
    re.I,
)
_NO_MORE = re.compile(
    r"^\W*(?:no|nope|nah|no way|stop|quit|cancel|end|exit|enough|never ?mind|forget it|leave me alone"
    r"|not interested|no more(?: questions)?|stop (?:it|this|asking(?: me)?|the check-?in)"
    r"|cancel (?:it|this|the check-?in)|i (?:don'?t|do not) (?:want|feel like|wanna) (?:to )?"
    r"(?:do |doing |answer(?:ing)? )?(?:this|that|it|the check-?in|any ?more)"
    rf"(?: any ?more| now)?){_END}",
    re.I,
)
_NOTHING_TO_ADD = re.compile(
    rf"^\W*(?:no|nope|nah|nothing(?: else| more| to add)?|none|that'?s (?:all|it)|that is all){_END}", re.I
)
_PLAIN_NO = re.compile(r"^\W*(?:no\W+)?(?:nah|nope|not (?:really|at all|much|any)|no not)\W*$", re.I)
_QUESTION = re.compile(
    r"^\W*(?:and |so |but |also |wait |ok(?:ay)? )*(?:can|could|may|should|do|does|did|is|are|am|was|will|would|when|"
    r"what|whats|why|how|where|who|which)\b",
    re.I,
)
_QUESTION_WORDS = 3
"""Shorter than that ("what?", "why?") it is our question that was not understood."""


class Kind(Enum):
    """What a message is to the open item."""

    ANSWER = "answer"
    UNCLEAR = "unclear"
    LATER = "later"
    NO_MORE = "no more"
    QUESTION = "a question that the guidance does not answer"
    OTHER = "something that the rules deal with"


def read(item: Item, tracker: Tracker, turn: Turn) -> tuple[Kind, Parsed | None]:
    """What the turn's message is to `item`, and the answer where it is one. Never raises on odd text."""
    text = (tapped(turn) or turn.message.text).replace("\u2019", "'")
    free = item.kind == "word"
    if free and _NOTHING_TO_ADD.match(text):
        return Kind.ANSWER, Parsed(None, skipped=True)
    if item.kind == "choice" and _PLAIN_NO.match(text):
        text = "no"
    parsed = parse(item, text)
    # Anything could be a free word; what reads like a question or a wish is taken for that.
    if parsed is not None and (not free or parsed.skipped):
        return Kind.ANSWER, parsed
    if _LATER.match(text):
        return Kind.LATER, None
    if _NO_MORE.match(text):
        return Kind.NO_MORE, None
    understood = understanding(tracker)
    intent = understood.get("intent")
    if understood.get("answers") or intent in INTERRUPTING or (not free and intent in SMALL_TALK):
        return Kind.OTHER, None
    asks = "?" in text or (not free and _QUESTION.match(text) is not None)
    if asks and len(text.split()) >= _QUESTION_WORDS:
        return Kind.QUESTION, None
    return (Kind.ANSWER, parsed) if parsed is not None else (Kind.UNCLEAR, None)
