"""Answers taken into the record: logged, shown to the rules for patterns, and said back where that helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import remind_of_help
from actions.base import clinic, on_shift_variant, phrases, say
from actions.check_in_reading import View, words_of
from bot.care import check_in_pauses, check_ins
from bot.care.alerts import unresolved_alert
from bot.care.check_in_plan import zone_of
from bot.care.conversations import SAFETY_REPLY
from bot.care.models import CheckIn, CheckInAnswer
from bot.care.signals import assess_check_in
from bot.care.turn import Turn
from bot.clinic.corrections import Correction
from bot.clinic.instruments import Item, Parsed, load_instrument
from bot.safety.levels import Level
from bot.safety.replies import NOT_SAID

TURN = "check_in_turn"
"""The slot that carries a note from one action of a turn to the next, and the tries from turn to turn."""


@dataclass(frozen=True)
class Taken:
    """What became of answers. more: another item waits; grave: the crisis text was said, and no more is asked."""

    more: bool
    grave: bool = False


def note(turn: Turn, said: str | None, tries: int) -> dict[str, Any]:
    """What the slot TURN holds. said: what became of this turn's message; tries: unclear answers in a row."""
    return {"message": int(turn.message.id), "said": said, "tries": tries}


def said_of(tracker: Tracker, turn: Turn | None = None) -> dict[str, Any]:
    """The note in the slot TURN; with `turn`, only where it is of this very turn."""
    kept = tracker.get_slot(TURN)
    if not isinstance(kept, dict) or (turn is not None and kept.get("message") != int(turn.message.id)):
        return {}
    return kept


def take(
    dispatcher: CollectingDispatcher,
    view: View,
    answers: Sequence[tuple[Item, Parsed]],
    turn: Turn,
    again: CheckInAnswer | None = None,
) -> Taken:
    """Log `answers` and say what has to be said of them. again: the earlier answer that they repeat."""
    of_day = _earlier_day(view.check_in, turn)
    check_in = check_ins.start(turn.session, int(turn.conversation.id), view.instrument, turn.now)
    for item, parsed in answers:
        log(check_in, item, parsed, turn)
    if any(item.is_grave(parsed) for item, parsed in answers):
        _grave(dispatcher, check_in, answers, turn)
        return Taken(more=False, grave=True)
    if of_day is not None:
        say(dispatcher, "check_in_late", turn, day=of_day)
    numbers = [(item, parsed) for item, parsed in answers if parsed.value is not None]
    if again is not None and answers[0][0].grave:
        say(dispatcher, "check_in_same_no", turn, day=day_of(again.at, turn))
    elif again is not None:
        say(dispatcher, "check_in_same", turn, answer=f"{again.value:g}", day=day_of(again.at, turn))
    elif numbers and (len(answers) > 1 or answers[0][0] is not view.item):
        told = ", ".join(f"{item.label} {parsed.value:g}" for item, parsed in numbers)
        say(dispatcher, "check_in_noted", turn, answers=told)
    more = check_ins.next_item(check_in, view.instrument) is not None
    return Taken(more or _leads_on(dispatcher, check_in, view, turn))


def take_back(dispatcher: CollectingDispatcher, view: View, taken_back: Correction, turn: Turn) -> bool:
    """Log a correction as a further answer and say so. True where it is grave, and the patient got the crisis text."""
    item, parsed = taken_back.item, taken_back.parsed
    log(view.check_in, item, parsed, turn)
    if item.is_grave(parsed):
        _grave(dispatcher, view.check_in, [(item, parsed)], turn)
        return True
    sober = unresolved_alert(turn.session, int(turn.conversation.id)) is not None
    key = "check_in_corrected_sober" if sober else "check_in_corrected"
    answer = "-" if parsed.value is None else f"{parsed.value:g}"
    say(dispatcher, key, turn, item=item.label, answer=answer)
    remind_of_help(dispatcher, turn)
    return False


def log(check_in: CheckIn, item: Item, parsed: Parsed, turn: Turn) -> None:
    """Store one answer of the turn's message, and put before staff what it shows."""
    raw = words_of(turn)
    check_ins.log_answer(turn.session, check_in, item, raw, parsed, int(turn.message.id), turn.now)
    assess_check_in(turn.session, check_in, turn.now)


def _grave(
    dispatcher: CollectingDispatcher, check_in: CheckIn, answers: Sequence[tuple[Item, Parsed]], turn: Turn
) -> None:
    """The crisis text, at once, and nothing more asked: where the screen could not know what a number answers (in a row
    of numbers, in a correction, not in answer to the question itself)."""
    grave = [(item, parsed) for item, parsed in answers if item.is_grave(parsed)]
    declined = all(item.declined is not None and parsed.value == item.declined for item, parsed in grave)
    key = NOT_SAID if declined else Level.CRISIS.value
    variant = on_shift_variant(key, turn)
    dispatcher.utter_message(response=f"utter_{key}", variant=variant, fields={}, kind=SAFETY_REPLY)
    check_in_pauses.rest_or_end(turn.session, check_in, turn.now)


def _leads_on(dispatcher: CollectingDispatcher, check_in: CheckIn, view: View, turn: Turn) -> bool:
    """Begin the longer questionnaire where the score of a short one calls for it. True where it does."""
    instrument = view.instrument
    score = instrument.score(check_ins.values(check_in))
    if instrument.leads_to is None or score is None or score < instrument.leads_from:
        return False
    longer = load_instrument(instrument.leads_to)
    check_ins.end(turn.session, check_in, instrument, turn.now)
    later = check_ins.start(turn.session, int(turn.conversation.id), longer, turn.now)
    check_ins.carry_over(turn.session, check_in, later, turn.now)
    say(dispatcher, "check_in_lead_on", turn)
    return True


def _earlier_day(check_in: CheckIn, turn: Turn) -> str | None:
    """The day of the check-in in words, by the patient's clock, where it is not today's and nothing of it was answered
    today; else None."""
    zone = zone_of_turn(turn)
    today = turn.now.astimezone(zone).date()
    began = check_in.due_at or check_in.sent_at or check_in.started_at
    if began is None or began.astimezone(zone).date() >= today:
        return None
    if any(answer.at.astimezone(zone).date() == today for answer in check_in.answers):
        return None
    return day_of(began, turn)


def day_of(at: datetime, turn: Turn) -> str:
    """The day of a moment in words, such as "Saturday, November 21", by the patient's clock."""
    return phrases().times.day(at, zone_of_turn(turn))


def zone_of_turn(turn: Turn) -> ZoneInfo:
    """The time zone by whose clock the patient lives; the clinic's for a visitor."""
    patient = turn.conversation.patient
    return zone_of(patient, clinic()) if patient is not None else clinic().zone
