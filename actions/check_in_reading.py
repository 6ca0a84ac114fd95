"""What a message is to a check-in: answers, a correction, a wish to stop, a question, or none of these."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from rasa_sdk import Tracker

from actions.answer import sobering_alert
from actions.base import tapped, understanding
from bot.care import check_ins
from bot.care.check_in_turns import question_before
from bot.care.conversations import safety_reply_after
from bot.care.models import CheckIn, CheckInAnswer
from bot.care.turn import Turn
from bot.clinic.answer_rows import answer_of_another, is_of_another, own_words, parse_many
from bot.clinic.answers import parse, repeats
from bot.clinic.corrections import Correction, correction
from bot.clinic.going_on import wants_on
from bot.clinic.instruments import Instrument, Item, Parsed, load_instrument
from bot.safety.follow_up import script

INTERRUPTING = ("human", "stop", "bot_challenge", "help", "checkin")
"""Intents that the rules deal with; the item is asked again afterwards."""

SMALL_TALK = ("greet", "thank")
"""The same, where the item wants a number; as a free word it is the patient's own."""

_END = r"\W*(?:please|thanks|thank you|thank u|ok|okay)?\W*$"
_LATER = re.compile(
    r"^\W*(?:no\W+|sorry\W+|maybe\W+|can (?:we|i) do (?:this|it) )*"
    r"(?:not (?:right )?now|(?:maybe |some time |do (?:it|this) )?later|not today|another time|some other time"
    r"|tomorrow|in a (?:bit|while|minute|moment)|i'?m busy|busy|give me a (?:minute|moment|sec)|wait|pause"
    r"|(?:i )?(?:can'?t|cannot|can not)(?: (?:do|answer))?(?: (?:this|it|that|these|them))? (?:right now|now|today)"
    r"|(?:i'?m )?(?:not up to|too tired for) (?:it|this|that)(?: (?:right now|now|today))?"
    r"|i need a (?:break|minute|moment)"
    r"|one (?:sec|second|minute|moment)|brb|ahora no|luego|m[a\u00e1]s tarde"
    rf"|bye|good ?bye|good ?night){_END}",
    re.I,
)
_NO_MORE = re.compile(
    r"^\W*(?:no|nope|nah|no way|stop|quit|cancel|end|exit|enough|never ?mind|forget it|leave me alone"
    r"|not interested|no more(?: questions)?|stop (?:it|this|asking(?: me)?|the check-?in)"
    r"|cancel (?:it|this|the check-?in)|i (?:don'?t|do not) (?:want|feel like|wanna) (?:to )?"
    r"(?:do |doing |answer(?:ing)? )?(?:this|that|it|the check-?in|any ?more)"
    r"(?: any ?more| now)?|i (?:don'?t|do not) (?:want|wanna) (?:to )?(?:do|answer) (?:any more|more|these|your|any)"
    r"(?: questions?)?|(?:i'?m )?(?:so )?(?:tired|sick) of (?:all )?(?:these|the|your) questions|too many questions"
    rf"|(?:i'?m )?done with (?:this|these questions|the questions|the check-?in)){_END}",
    re.I,
)
_NOTHING_TO_ADD = re.compile(
    r"^\W*(?:no|nope|nah|nothing(?: else| more| to add| else to add)?|none|that'?s (?:all|it)|that is all"
    rf"|nada(?: m[a\u00e1]s)?|no gracias|eso es todo){_END}",
    re.I,
)
_PLAIN_NO = re.compile(
    r"^\W*(?:no\W+)?(?:nah|nope|not (?:really|at all|much|any)|no not|none really)\W*$", re.I
)
_QUESTION = re.compile(
    r"^\W*(?:and |so |but |also |wait |ok(?:ay)? )*(?:can|could|may|should|do|does|did|is|are|am|was|will|would|when|"
    r"what|whats|why|how|where|who|which)\b",
    re.I,
)
_ALSO_ASKS = re.compile(
    r"^\W*(?:can|could|may|should) i\b|(?:[,.;!?]|\b(?:and|but|also|btw|oh|so))\W*(?:can|could|may|should|shall|do|does"
    r"|did|is|are|am i|will|would|when|what|why|how|where|who)\b",
    re.I,
)
# What a phone sends when somebody taps a heart on our text: it quotes us, and answers nothing.
_TAPBACK = re.compile(
    r"^\W*(?:(?:liked|loved|disliked|laughed at|emphasized|questioned)\s+(?:[\"\u201c]|an? (?:image|attachment))"
    r"|(?:reacted|removed)\b.{1,30}\b(?:to|from)\s+[\"\u201c])",
    re.I | re.S,
)
_NEEDS_HELP = re.compile(
    r"^\W*(?:please\W+)?(?:i (?:really |just )?need (?:some |your )?help|(?:please )?help me"
    r"|(?:can|could) (?:you|someone|somebody|anyone) (?:please )?help)\b(?: me)?(?: please| now)?\W*$",
    re.I,
)
_JUST_NO = re.compile(r"^\W*(?:no|nope|nah)\W*$", re.I)
_QUESTION_WORDS = 3
"""Shorter than that ("what?", "why?") it is our question that was not understood."""


class Kind(Enum):
    """What a message is to a check-in."""

    ANSWER = "one answer or several"
    SAME = "the last answer to the same item again"
    GO_ON = "the wish to go on"
    CORRECTION = "an earlier answer taken back"
    UNCLEAR = "unclear"
    TOO_EARLY = "not written in answer to the question"
    LATER = "later"
    NO_MORE = "no more"
    QUESTION = "a question that the guidance does not answer"
    HELP = "a cry for a person"
    OTHER = "something that the rules deal with"


@dataclass(frozen=True)
class View:
    """A check-in as it stands. item: the one that is open, None where none is (it is over, and takes corrections)."""

    check_in: CheckIn
    instrument: Instrument
    item: Item | None

    def waiting(self) -> list[Item]:
        """The items without an answer, in order."""
        return check_ins.waiting(self.check_in, self.instrument)


@dataclass(frozen=True)
class Reading:
    """What a message says. again: the earlier answer that SAME repeats; taken_back: what CORRECTION changes."""

    kind: Kind
    answers: tuple[tuple[Item, Parsed], ...] = ()
    again: CheckInAnswer | None = None
    taken_back: Correction | None = None


def look(turn: Turn) -> View | None:
    """The check-in that answers belong to, or None: under way, or sent and waiting."""
    check_in = check_ins.current(turn.session, int(turn.conversation.id), turn.now)
    if check_in is None:
        return None
    instrument = load_instrument(str(check_in.instrument))
    return View(check_in, instrument, check_ins.next_item(check_in, instrument))


def overtaken(turn: Turn) -> bool:
    """True where something worrying came while this message waited for the assistant, and nobody has resolved it yet:
    the patient has the way to help, and is asked nothing more."""
    after = safety_reply_after(turn.session, int(turn.conversation.id), int(turn.message.seq))
    return after and sobering_alert(turn) is not None


def only_perhaps(view: View, turn: Turn) -> bool:
    """True where the message may answer the open item, but as well something that was asked after a crisis text: it is
    taken for neither. Only while a crisis or an emergency is not resolved, and the check-in rests."""
    item = view.item
    if item is None or sobering_alert(turn) is None:
        return False
    if turn.question == item.context:
        return False
    return script().may_answer(words_of(turn))


def read(view: View, tracker: Tracker, turn: Turn) -> Reading:
    """What the turn's message is to the open item and those after it. Never raises on odd text."""
    item = view.item
    if item is None:
        return Reading(Kind.OTHER)
    text = words_of(turn)
    if _TAPBACK.match(text):
        return Reading(Kind.UNCLEAR)
    if _NEEDS_HELP.match(text):
        return Reading(Kind.HELP)
    if wants_on(text) and (item.kind != "word" or not _just_asked(item, turn)):
        return Reading(Kind.GO_ON)
    given = check_ins.answered(view.check_in, view.instrument)
    taken_back = correction(given, item, text) if turn.message.choice is None else None
    if taken_back is not None:
        return Reading(Kind.CORRECTION, taken_back=taken_back)
    found = _answers(view, item, text, turn)
    if found is not None:
        return found
    belated = _of_the_one_before(given, item, text)
    if belated is not None:
        return Reading(Kind.CORRECTION, taken_back=belated)
    if _LATER.match(text):
        return Reading(Kind.LATER)
    if _JUST_NO.match(text) and item.kind == "choice":
        return Reading(Kind.UNCLEAR)  # to "how did you sleep?" it says nothing, and stops nothing
    if _NO_MORE.match(text):
        return Reading(Kind.NO_MORE)
    free = item.kind == "word"
    understood = understanding(tracker)
    intent = understood.get("intent")
    if understood.get("answers") or intent in INTERRUPTING or (not free and intent in SMALL_TALK):
        return Reading(Kind.OTHER)
    asks = "?" in text or (not free and _QUESTION.match(text) is not None)
    if asks and len(text.split()) >= _QUESTION_WORDS:
        return Reading(Kind.QUESTION)
    if free:
        return Reading(Kind.ANSWER, ((item, Parsed(None)),))
    if item.grave and not _just_asked(item, turn):
        return Reading(Kind.TOO_EARLY)
    return Reading(Kind.UNCLEAR)


def read_correction(turn: Turn) -> tuple[View, Correction] | None:
    """A correction of a check-in that is over, or None."""
    if turn.message.choice is not None:
        return None
    found = check_ins.taken_back(turn.session, int(turn.conversation.id), words_of(turn), turn.now)
    if found is None:
        return None
    check_in, taken_back = found
    return View(check_in, load_instrument(str(check_in.instrument)), None), taken_back


def words_of(turn: Turn) -> str:
    """What the message says: the payload of the button that was tapped, else the text."""
    return (tapped(turn) or str(turn.message.text)).replace("\u2019", "'")


def _answers(view: View, item: Item, text: str, turn: Turn) -> Reading | None:
    if item.kind == "word":
        # Anything could be a free word; what reads like a question or a wish is taken for that, further down.
        skipped = _NOTHING_TO_ADD.match(text) is not None or parse(item, text) == Parsed(None, skipped=True)
        return Reading(Kind.ANSWER, ((item, Parsed(None, skipped=True)),)) if skipped else None
    several = parse_many(view.waiting(), text) if turn.message.choice is None else []
    if several:
        return Reading(Kind.ANSWER, tuple(several))
    if repeats(text):
        return _same(view, item, turn)
    if is_of_another(view.instrument.items, item, text) and turn.message.choice is None:
        named = answer_of_another(view.waiting(), text)
        return Reading(Kind.ANSWER, (named,)) if named is not None else None
    if item.kind == "choice" and not item.grave and _PLAIN_NO.match(text):
        text = "no"
    parsed = parse(item, text)
    if parsed is None and not item.grave:
        parsed = parse(item, own_words(item, text) or "")
    if parsed is None:
        return None
    if item.grave and not item.is_grave(parsed) and not _just_asked(item, turn):
        return Reading(Kind.TOO_EARLY)
    return Reading(Kind.ANSWER, ((item, parsed),))


def asks_too(text: str) -> bool:
    """True where a message that answers asks something as well: "7, and can I drive tonight?"."""
    return len(text.split()) > _QUESTION_WORDS and _ALSO_ASKS.search(text) is not None


def _of_the_one_before(
    given: Sequence[tuple[Item, float | None]], item: Item, text: str
) -> Correction | None:
    """A number that the open item does not have, for the rating before it that was left out: "like", "like what?", and
    only then "4 ish i guess"."""
    if not given or given[0][1] is not None or given[0][0].kind != "scale" or item.kind != "choice":
        return None
    parsed = parse(given[0][0], text)
    return Correction(given[0][0], parsed) if parsed is not None and parsed.value is not None else None


def _same(view: View, item: Item, turn: Turn) -> Reading:
    last = check_ins.last_answer(turn.session, view.check_in, item)
    if last is None:
        return Reading(Kind.UNCLEAR)
    parsed = Parsed(float(last.value))
    if item.grave and not item.is_grave(parsed) and not _just_asked(item, turn):
        return Reading(Kind.TOO_EARLY)
    return Reading(Kind.SAME, ((item, parsed),), again=last)


def _just_asked(item: Item, turn: Turn) -> bool:
    """True where `item` is what we asked last before the message: the screen, and the patient, knew what it answers."""
    return question_before(turn.session, turn.message) == item.context
