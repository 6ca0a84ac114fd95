"""Everything that is said besides guidance: small talk, who is speaking, calling a person, stopping."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import call_person, remind_of_help, stay_sober
from actions.base import CareAction, Events, in_check_in, nothing_open, say, understanding
from actions.how_have_i_been import say_how_it_has_been
from bot.care.consent import OPT_OUT_REPLY, opt_out
from bot.care.turn import Turn

# What is said as ever, even in a crisis: the questions about who is speaking.
SAID_IN_CRISIS = ("bot_challenge", "help")

# A patient who says hello or asks who is there may still answer what we asked before.
BETWEEN = ("greet", "bot_challenge", "help")

# After these words a yes means the check-in that they offer.
OFFERS_CHECK_IN = ("mood_good", "mood_bad")


class ActionTalk(CareAction):
    """Answers small talk with the phrase of the intent's name."""

    def name(self) -> str:
        return "action_talk"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """In a crisis there is no cheer: the way to help is repeated instead."""
        if understanding(tracker).get("looks_back"):
            say_how_it_has_been(dispatcher, turn)
            remind_of_help(dispatcher, turn)
            return nothing_open()
        intent = str(tracker.latest_message["intent"]["name"])
        if intent not in SAID_IN_CRISIS and stay_sober(dispatcher, turn):
            return nothing_open()
        # In a check-in the open item, asked again right after, is the better hello: one question at a time.
        if intent != "greet" or not in_check_in(tracker):
            say(dispatcher, intent, turn)
        reminded = remind_of_help(dispatcher, turn)
        if intent in BETWEEN and not reminded:
            return []
        offered = intent in OFFERS_CHECK_IN and not in_check_in(tracker)
        return nothing_open(open_question="check_in" if offered else None)


class ActionCallPerson(CareAction):
    """Puts the wish for a person into the staff queue."""

    def name(self) -> str:
        return "action_call_person"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Says honestly when somebody will look."""
        call_person(dispatcher, turn)
        return nothing_open()


class ActionStopTexts(CareAction):
    """Stops everything that we would send on our own."""

    def name(self) -> str:
        return "action_stop_texts"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """The last text still says how to get help. In an open alert staff must know: somebody has to phone."""
        opt_out(turn.session, turn.conversation, turn.message, turn.now)
        dispatcher.utter_message(response="utter_stop", kind=OPT_OUT_REPLY)
        return nothing_open(check_in_turn=None)
