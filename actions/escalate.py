"""A worrying message, on its way through Rasa."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import answer_topics, on_watched_phone, remember_time, remind_of_help
from actions.base import CareAction, Events, nothing_open, say, understanding
from actions.symptoms import topics_beside
from bot.care import check_in_pauses
from bot.care.alerts import raise_alert
from bot.care.turn import Turn
from bot.safety.levels import Level
from bot.safety.replies import reply_key
from bot.safety.verdict import Verdict


class ActionEscalate(CareAction):
    """Puts the message before staff and gives the patient the approved text.

    Our own channels have raised the alert already when they stored the message, and have answered crisis and emergency
    in the very request; doing it again here changes nothing. Through `rasa shell` this is where it happens.
    """

    says_safety_text = True

    def name(self) -> str:
        return "action_escalate"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """What the guidance says comes after the approved text: on the question beside an urgent report, or, where
        nothing was asked, on what is urgent."""
        stored = tracker.latest_message.get("safety")
        verdict = Verdict.from_json(stored) if stored else Verdict(Level.UNASSESSED)
        raise_alert(turn.session, turn.message, verdict.level, verdict.reasons, turn.now)
        # What is less than grave and joins the alert of somebody who is being harmed gets the words that are safe.
        safe = None if verdict.level.immediate else on_watched_phone(turn)
        say(dispatcher, safe or reply_key(verdict, turn.message.text), turn)
        check_in_pauses.pause_for_worry(turn.session, int(turn.conversation.id), turn.now)
        if verdict.level.immediate:
            return nothing_open()
        understood = understanding(tracker)
        topics: list[str] = list(understood.get("answers") or [])
        events = remember_time(tracker, turn)
        if not topics:
            topics = list(topics_beside(verdict, understood, tracker, turn))
        if topics:
            answer_topics(dispatcher, tracker, turn, topics, understood.get("shift"))
        remind_of_help(dispatcher, turn)
        return events + nothing_open(last_topics=topics or None)
