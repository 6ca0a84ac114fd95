"""Whether a message goes on with a check-in although nothing of it was asked last: after a pause, after an hour.

Narrower than the parser: "7/10", "not great, maybe 3" and "a little" do, "ok", "see you at 3" and "thanks" do not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.clinic.answer_rows import answer_of_another, item_named, parse_many
from bot.clinic.answers import NUMBER, bare, leading, parse, plain, repeats
from bot.clinic.instruments import Item

LONGEST = 8
"""Words. A longer sentence with a number in it tells something else."""

_GO_ON = re.compile(
    r"^\W*(?:ok(?:ay)?\W+|yes\W+|sure\W+|so\W+|sorry\W+|hi\W+|hey\W+)*"
    r"(?:(?:let'?s|can we|we can|i can|can i|i want to|i'?d like to) )?"
    r"(?:go on|going on|continue|carry on|resume|keep going|finish (?:it|this|that|my check-?in|the check-?in)"
    r"|i'?m (?:back|ready)(?: now)?|ready(?: now)?|now is (?:fine|ok|okay|good)|where were we)"
    r"(?: (?:with (?:it|this|that|my check-?in|the check-?in)|now|please))*\W*(?:please|thanks|now)?\W*$",
    re.I,
)
_ALSO_TALK = re.compile(
    r"(?:no|nope|nah|never|none|nothing|nil|yes|yeah|yep|yea|ok|okay|alright|all right|fine|good|great|well|very well"
    r"|not well|bad|very bad|not bad|not great|not much|strong|some|average|terrible|awful|severe|always"
    r"|all the time|no thoughts|not good|not so good|not so great|not too bad|pretty bad|really bad|quite bad|barely"
    r"|hardly|none really|none at all|bien|muy bien|mal|muy mal|regular|m[a\u00e1]s o menos|nada|poco|un poco|algo"
    r"|mucho|mucha|muchos|ninguno|ninguna|s[i\u00ed])"
)
"""Answers in words that people also say of other things, or only to say something."""

_NUMBERS_OF_ELSE = re.compile(
    r"\b(?:at|by|until|till|after|before|since|on|in|took|take|taking|taken|call|phone|text|room|age|aged|turn(?:ed|s)?"
    r"|appointment|session|infusion|visit|dose|doses|of us|more|days?|today'?s)\b|\$|:\d"
)
_A_NUMBER = re.compile(rf"(?<!\w)(?:{NUMBER})(?!\w)")
_ASKS = re.compile(
    r"^\W*(?:and |so |but |ok |wait )*(?:can|could|may|should|do|does|did|is|are|am|was|will|would|when|what|why|how"
    r"|where|who|which)\b"
)


def wants_on(text: str) -> bool:
    """True where `text` says no more than to go on: "go on", "ok let's continue", "I'm back"."""
    return _GO_ON.match(plain(text)) is not None


def answers_what_was_asked(item: Item, waiting: Sequence[Item], text: str) -> bool:
    """True where `text` answers `item` or several of `waiting`, written while that was asked: in any form of an answer.

    waiting: the items without an answer, in order, `item` first. A free word is anything but a question.
    """
    text = plain(text)
    if item.kind == "word":
        return bool(text) and "?" not in text and _ASKS.match(text) is None
    several = len(parse_many(waiting, text)) > 1 or answer_of_another(waiting, text) is not None
    return several or parse(item, text) is not None or repeats(text)


def goes_on(item: Item, waiting: Sequence[Item], text: str) -> bool:
    """True where `text` is for a check-in that waits at `item`: an answer that can hardly be anything else, or the wish
    to go on.

    waiting: the items without an answer, in order. Never raises on odd text. To the questions about thoughts of death
    only a number counts, and a "no" is no answer even then: it is asked anew.
    """
    text = plain(text)
    if wants_on(text) or len(parse_many(waiting, text)) > 1:
        return True
    if item.kind == "word":
        parsed = parse(item, text)
        return parsed is not None and parsed.skipped
    if len(text.split()) > LONGEST or "?" in text or _ASKS.match(text):
        return False
    if item.grave:
        return _A_NUMBER.match(text.lstrip("\"'( ")) is not None and leading(item, text) is not None
    if repeats(text):
        return True
    if bare(item, text) is not None:
        return _ALSO_TALK.fullmatch(text.strip(" .!?,")) is None
    named = item_named([item], text) is not None
    if parse(item, text) is None or _A_NUMBER.search(text) is None:
        return False
    return named or (item.kind == "scale" and _NUMBERS_OF_ELSE.search(text) is None)
