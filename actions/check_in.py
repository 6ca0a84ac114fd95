"""The check-in as a Rasa form with one slot: done or not. Which item is open, and what was answered, is in the record
of care, where neither a restart nor Rasa's memory reaches it."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import answer_topics, call_person, remind_of_help, sobering_alert, stay_sober
from actions.base import CareAction, Events, nothing_open, say, set_slots, understanding
from actions.check_in_answers import TURN, log, note, said_of, take, take_back
from actions.check_in_closing import close
from actions.check_in_reading import (
    SMALL_TALK,
    Kind,
    Reading,
    View,
    asks_too,
    look,
    only_perhaps,
    overtaken,
    read,
    read_correction,
    words_of,
)
from bot.care import check_in_pauses, check_ins
from bot.care.alerts import open_item, unresolved_alert
from bot.care.models import CheckInPause, ItemKind
from bot.care.turn import Turn
from bot.clinic.answer_rows import parse_many
from bot.clinic.answers import bare, leading
from bot.clinic.instruments import Parsed, load_instrument
from bot.safety.levels import Level
from bot.safety.replies import reply_key
from bot.safety.verdict import Verdict

INSTRUMENT = "daily"
OPEN_ITEM_SLOT = "check_in_done"

TRIES = 2
"""An unclear answer is asked for once more, then the item is skipped: nobody is nagged."""

NOT_ANSWERED = (
    "Asked in the middle of a check-in; the guidance has no sure answer. The patient knows that you have it."
)

UNCLEAR, PAUSED, LEFT, ENOUGH_SAID = "unclear", "paused", "left", "enough said"
"""What became of the message of this turn, for the action that speaks next."""


class ActionStartCheckIn(CareAction):
    """Begins a check-in, or goes on with the one that is under way or was sent."""

    def name(self) -> str:
        return "action_start_check_in"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """The form asks the first item right after."""
        waiting = look(turn)
        instrument = waiting.instrument if waiting is not None else load_instrument(INSTRUMENT)
        check_in = check_ins.start(turn.session, int(turn.conversation.id), instrument, turn.now)
        if unresolved_alert(turn.session, int(turn.conversation.id)) is not None:
            say(dispatcher, "check_in_start_sober", turn)
        elif not check_in.answers:
            dispatcher.utter_message(response="utter_check_in_start", variant=instrument.key, fields={})
        remind_of_help(dispatcher, turn)
        return nothing_open(check_in_turn=None, check_in_done=None)


class ValidateCheckInForm(CareAction):
    """Takes the message as answers to the check-in, where it is that."""

    def name(self) -> str:
        return "validate_check_in_form"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Returns no event at all where the message is something else: the form then lets the rules answer it."""
        view = look(turn)
        if view is None or view.item is None:
            found = read_correction(turn)
            if found is None:
                return []
            take_back(dispatcher, *found, turn)
            return _done(turn, ENOUGH_SAID)
        if _more_than_an_answer(view, turn):
            return []
        reading = read(view, tracker, turn)
        if reading.kind is Kind.OTHER:
            return []
        if overtaken(turn):
            return _quietly(dispatcher, view, reading, turn)
        if only_perhaps(view, turn):
            stay_sober(dispatcher, turn)
            say(dispatcher, "check_in_rests", turn)
            return _done(turn, ENOUGH_SAID)
        resumed = view.check_in.paused_because == CheckInPause.WORRY.value
        _say_what_the_screen_says(dispatcher, turn)
        if reading.kind is Kind.LATER:
            return _done(turn, PAUSED)
        if reading.kind is Kind.NO_MORE:
            return _done(turn, LEFT)
        if reading.kind is Kind.QUESTION:
            open_item(turn.session, ItemKind.QUESTION, turn.message, NOT_ANSWERED, turn.now)
            say(dispatcher, "check_in_question", turn)
            return _on(turn, tracker)
        if reading.kind is Kind.HELP:
            call_person(dispatcher, turn)
            return _on(turn, tracker)
        if reading.kind is Kind.GO_ON:
            check_ins.start(turn.session, int(turn.conversation.id), view.instrument, turn.now)
            if sobering_alert(turn) is not None:
                say(dispatcher, "check_in_start_sober", turn)
                remind_of_help(dispatcher, turn)
            return _on(turn, tracker)
        if reading.kind is Kind.TOO_EARLY:
            return _on(turn, tracker)
        if reading.kind is Kind.CORRECTION and reading.taken_back is not None:
            grave = take_back(dispatcher, view, reading.taken_back, turn)
            return _done(turn, ENOUGH_SAID) if grave else _on(turn, tracker)
        answers = reading.answers
        if reading.kind is Kind.UNCLEAR:
            tries = int(said_of(tracker).get("tries", 0)) + 1
            if tries < TRIES:
                return _on(turn, tracker, UNCLEAR, tries)
            answers = ((view.item, Parsed(None, skipped=True)),)
            if view.item.grave:
                say(dispatcher, "check_in_not_clear", turn)
        taken = take(dispatcher, view, answers, turn, reading.again)
        if taken.grave:
            return _done(turn, ENOUGH_SAID)
        if resumed and taken.more:
            remind_of_help(dispatcher, turn)
        if reading.kind is Kind.ANSWER and view.item.kind != "word" and asks_too(words_of(turn)):
            _beside(dispatcher, tracker, turn)
        return _on(turn, tracker, tries=0) if taken.more else _done(turn)


class ActionAskOpenItem(CareAction):
    """Asks the open item: as it is, or, after an unclear answer, once more with an example."""

    def name(self) -> str:
        return f"action_ask_{OPEN_ITEM_SLOT}"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Called by the form."""
        view = look(turn)
        if view is None or view.item is None:
            return []
        if overtaken(turn):
            check_in_pauses.rest_or_end(turn.session, view.check_in, turn.now)
            return []
        unclear = said_of(tracker, turn).get("said") == UNCLEAR
        key = f"check_in_again_{view.item.again}" if unclear else f"check_in_{view.item.wording}"
        say(dispatcher, key, turn, question=view.item.context)
        return []


class ActionFinishCheckIn(CareAction):
    """Ends the check-in, with words that fit the answers; or leaves it, where the patient wants that."""

    def name(self) -> str:
        return "action_finish_check_in"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Never cheers at a low mood, nor while an alert is open."""
        said = said_of(tracker, turn).get("said")
        view = look(turn)
        if said == PAUSED:
            # It stays as it is: "check in", "go on", or the answer itself, goes on where it stopped.
            if view is not None:
                check_in_pauses.pause(view.check_in, CheckInPause.NOT_NOW, turn.now)
            say(dispatcher, "check_in_paused", turn)
        elif said == LEFT and view is not None:
            check_in = check_ins.start(turn.session, int(turn.conversation.id), view.instrument, turn.now)
            check_ins.end(turn.session, check_in, view.instrument, turn.now)
            say(dispatcher, "check_in_left_open" if check_in.answers else "check_in_declined", turn)
        elif said != ENOUGH_SAID and view is not None:
            close(dispatcher, view, turn)
        if said != ENOUGH_SAID:
            remind_of_help(dispatcher, turn)
        return nothing_open(check_in_turn=None, check_in_done=None)


def _beside(dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> None:
    """The question beside an answer: from the guidance where that is sure, else it goes to the care team."""
    understood = understanding(tracker)
    topics: list[str] = list(understood.get("answers") or [])
    if understood.get("intent") == "human":
        call_person(dispatcher, turn)
    elif topics:
        answer_topics(dispatcher, tracker, turn, topics, understood.get("shift"))
    elif understood.get("intent") not in SMALL_TALK:
        open_item(turn.session, ItemKind.QUESTION, turn.message, NOT_ANSWERED, turn.now)
        say(dispatcher, "check_in_question", turn)


def _quietly(dispatcher: CollectingDispatcher, view: View, reading: Reading, turn: Turn) -> Events:
    """What waited for the assistant while something worrying came: an answer counts, and the way to help is repeated in
    place of the next question."""
    if reading.kind in (Kind.ANSWER, Kind.SAME):
        check_in = check_ins.start(turn.session, int(turn.conversation.id), view.instrument, turn.now)
        for item, parsed in reading.answers:
            log(check_in, item, parsed, turn)
        check_in_pauses.rest_or_end(turn.session, check_in, turn.now)
    elif reading.kind is Kind.QUESTION:
        open_item(turn.session, ItemKind.QUESTION, turn.message, NOT_ANSWERED, turn.now)
    elif reading.kind is Kind.HELP:
        call_person(dispatcher, turn)
    stay_sober(dispatcher, turn)
    return _done(turn, ENOUGH_SAID)


def _more_than_an_answer(view: View, turn: Turn) -> bool:
    """True for a worrying message that is more than a bare answer ("2. been sick all night"): the rules escalate it. An
    answer at its beginning is kept, and what it shows lies before staff as well."""
    level = Level(turn.message.level or Level.NONE)
    item = view.item
    if level is Level.NONE or item is None:
        return False
    text = words_of(turn)
    if level is Level.URGENT and (bare(item, text) is not None or parse_many(view.waiting(), text)):
        return False
    parsed = leading(item, text) if item.kind != "word" else None
    if parsed is not None:
        check_in = check_ins.start(turn.session, int(turn.conversation.id), view.instrument, turn.now)
        log(check_in, item, parsed, turn)
    return True


def _say_what_the_screen_says(dispatcher: CollectingDispatcher, turn: Turn) -> None:
    """A bare answer may be worrying by itself, a mood of 0: its approved text comes first, and the check-in goes on to
    the questions that matter now."""
    stored = turn.message.verdict
    if stored and Verdict.from_json(stored).level is not Level.NONE:
        say(dispatcher, reply_key(Verdict.from_json(stored), str(turn.message.text)), turn)


def _on(turn: Turn, tracker: Tracker, said: str | None = None, tries: int | None = None) -> Events:
    kept = int(said_of(tracker).get("tries", 0)) if tries is None else tries
    return _slots(turn, None, said, kept)


def _done(turn: Turn, said: str | None = None) -> Events:
    return _slots(turn, True, said, 0)


def _slots(turn: Turn, done: bool | None, said: str | None, tries: int) -> Events:
    values: dict[str, Any] = {TURN: note(turn, said, tries), OPEN_ITEM_SLOT: done}
    return set_slots(**values)
