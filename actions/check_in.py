"""The mood check-in as a Rasa form with one slot: done or not. Which item is open, and what was answered, is in the
record of care, where a restart does not reach it."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import CareAction, Events, nothing_open, say, set_slots, understanding
from bot.care import check_ins
from bot.care.models import CheckIn
from bot.care.turn import Turn
from bot.clinic.instruments import Item, Parsed, load_instrument, parse

INSTRUMENT = "daily"
OPEN_ITEM_SLOT = "check_in_done"

TRIES = 2
"""An unclear answer is asked for once more, then the item is skipped: nobody is nagged."""

LOW_MOOD, HIGH_MOOD = 3, 7
"""The bands of the closing words: up to 3 low, from 7 high (guidance/phrases/check_in.yml)."""

A_LOT = 3
"""Side effects that trouble a lot: the closing words name the clinic's phone."""

# A message that is none of these is taken for a free word, or for an unclear answer to a number.
INTERRUPTING = ("human", "stop", "bot_challenge", "help", "checkin")


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
        text = turn.message.choice or turn.message.text
        parsed = parse(item, text)
        tries = int(tracker.get_slot("check_in_tries") or 0)
        # Anything could be a free word; what reads like a question or a wish is taken for that.
        taken = parsed is not None and (item.kind != "word" or parsed.skipped)
        if not taken and _interrupts(tracker):
            return []
        if parsed is None:
            if tries + 1 < TRIES:
                return set_slots(check_in_tries=tries + 1, check_in_done=None)
            parsed = Parsed(None, skipped=True)
        check_ins.log_answer(turn.session, check_in, item, text, parsed, int(turn.message.id), turn.now)
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
        again = "again_" if int(tracker.get_slot("check_in_tries") or 0) else ""
        say(dispatcher, f"check_in_{again}{item.key}", turn, question=item.context)
        return []


class ActionFinishCheckIn(CareAction):
    """Ends the check-in, with words that fit the answers."""

    def name(self) -> str:
        return "action_finish_check_in"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Never cheers at a low mood."""
        check_in = check_ins.open_check_in(turn.session, int(turn.conversation.id))
        if check_in is not None:
            check_ins.end(turn.session, check_in, load_instrument(check_in.instrument), turn.now)
            values = {answer.item: answer.value for answer in check_in.answers}
            dispatcher.utter_message(
                response="utter_check_in_done", variant=_band(values.get("mood")), fields={}
            )
            if values.get("side_effects") == A_LOT:
                say(dispatcher, "check_in_side_effects_a_lot", turn)
        return nothing_open(check_in_tries=0, check_in_done=None)


def _open_item(turn: Turn) -> tuple[CheckIn | None, Item | None]:
    check_in = check_ins.open_check_in(turn.session, int(turn.conversation.id))
    if check_in is None:
        return None, None
    return check_in, check_ins.next_item(check_in, load_instrument(check_in.instrument))


def _interrupts(tracker: Tracker) -> bool:
    understood = understanding(tracker)
    return bool(understood.get("answers")) or understood.get("intent") in INTERRUPTING


def _band(mood: float | None) -> str:
    if mood is None:
        return "middle"
    return "low" if mood <= LOW_MOOD else "high" if mood >= HIGH_MOOD else "middle"
