"""The mood check-in as a Rasa form with one slot: done or not. Which item is open, and what was answered, is in the
record of care, where a restart does not reach it."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import remind_of_help, sobering_alert
from actions.base import CareAction, Events, nothing_open, say, set_slots, tapped
from actions.check_in_reading import Kind, read
from bot.care import check_ins
from bot.care.alerts import open_item
from bot.care.models import CheckIn, ItemKind
from bot.care.turn import Turn
from bot.clinic.instruments import Item, Parsed, load_instrument

INSTRUMENT = "daily"
OPEN_ITEM_SLOT = "check_in_done"

TRIES = 2
"""An unclear answer is asked for once more, then the item is skipped: nobody is nagged."""

NOT_ANSWERED = (
    "Asked in the middle of a check-in; the guidance has no sure answer. The patient knows that you have it."
)

LOW_MOOD, HIGH_MOOD = 3, 7
"""The bands of the closing words: up to 3 low, from 7 high (guidance/phrases/check_in.yml)."""

A_LOT = 3
"""Side effects that trouble a lot: the closing words name the clinic's phone."""


class ActionStartCheckIn(CareAction):
    """Begins a check-in, or goes on with the one that is under way."""

    def name(self) -> str:
        return "action_start_check_in"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """The form asks the first item right after."""
        instrument = load_instrument(INSTRUMENT)
        check_in = check_ins.start(turn.session, int(turn.conversation.id), instrument, turn.now)
        if not check_in.answers:
            say(dispatcher, "check_in_start", turn)
        remind_of_help(dispatcher, turn)
        return nothing_open(check_in_tries=0, check_in_done=None)


class ValidateCheckInForm(CareAction):
    """Takes the message as an answer to the open item, where it is one."""

    def name(self) -> str:
        return "validate_check_in_form"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Returns no event at all where the message is something else: the form then lets the rules answer it."""
        check_in, item = _open_item(turn)
        if check_in is None or item is None:
            return set_slots(check_in_done=True)
        kind, parsed = read(item, tracker, turn)
        tries = int(tracker.get_slot("check_in_tries") or 0)
        if kind is Kind.OTHER:
            return []
        if kind in (Kind.LATER, Kind.NO_MORE):
            return set_slots(check_in_tries=0, check_in_done=True)
        if kind is Kind.QUESTION:
            open_item(turn.session, ItemKind.QUESTION, turn.message, NOT_ANSWERED, turn.now)
            say(dispatcher, "check_in_question", turn)
            return set_slots(check_in_done=None)
        if kind is Kind.UNCLEAR and tries + 1 < TRIES:
            return set_slots(check_in_tries=tries + 1, check_in_done=None)
        answer = parsed or Parsed(None, skipped=True)
        text = tapped(turn) or turn.message.text
        check_ins.log_answer(turn.session, check_in, item, text, answer, int(turn.message.id), turn.now)
        done = check_ins.next_item(check_in, load_instrument(check_in.instrument)) is None
        return set_slots(check_in_tries=0, check_in_done=True if done else None)


class ActionAskOpenItem(CareAction):
    """Asks the open item: as it is, or, after an unclear answer, once more with an example."""

    def name(self) -> str:
        return f"action_ask_{OPEN_ITEM_SLOT}"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Called by the form."""
        check_in, item = _open_item(turn)
        if check_in is None or item is None:
            return []
        unclear = bool(tracker.get_slot("check_in_tries")) and read(item, tracker, turn)[0] is Kind.UNCLEAR
        again = "again_" if unclear else ""
        say(dispatcher, f"check_in_{again}{item.key}", turn, question=item.context)
        return []


class ActionFinishCheckIn(CareAction):
    """Ends the check-in, with words that fit the answers; or leaves it, where the patient wants that."""

    def name(self) -> str:
        return "action_finish_check_in"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Never cheers at a low mood, nor in a crisis."""
        check_in, item = _open_item(turn)
        if check_in is not None and item is not None:
            self._leave(dispatcher, check_in, item, tracker, turn)
        elif check_in is not None:
            check_ins.end(turn.session, check_in, load_instrument(check_in.instrument), turn.now)
            values = {answer.item: answer.value for answer in check_in.answers}
            band = _band(values.get("mood"))
            if band == "high" and sobering_alert(turn) is not None:
                band = "middle"
            dispatcher.utter_message(response="utter_check_in_done", variant=band, fields={})
            if values.get("side_effects") == A_LOT:
                say(dispatcher, "check_in_side_effects_a_lot", turn)
        remind_of_help(dispatcher, turn)
        return nothing_open(check_in_tries=0, check_in_done=None)

    def _leave(
        self, dispatcher: CollectingDispatcher, check_in: CheckIn, item: Item, tracker: Tracker, turn: Turn
    ) -> None:
        if read(item, tracker, turn)[0] is Kind.LATER:
            # It stays open: "check in" goes on where it stopped.
            say(dispatcher, "check_in_paused", turn)
            return
        check_ins.end(turn.session, check_in, load_instrument(check_in.instrument), turn.now)
        say(dispatcher, "check_in_left_open" if check_in.answers else "check_in_declined", turn)


def _open_item(turn: Turn) -> tuple[CheckIn | None, Item | None]:
    check_in = check_ins.open_check_in(turn.session, int(turn.conversation.id))
    if check_in is None:
        return None, None
    return check_in, check_ins.next_item(check_in, load_instrument(check_in.instrument))


def _band(mood: float | None) -> str:
    if mood is None:
        return "middle"
    return "low" if mood <= LOW_MOOD else "high" if mood >= HIGH_MOOD else "middle"
