"""The closing words of a check-in: they fit the answers, and stay sober while an alert is open."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.base import say
from actions.check_in_reading import View
from bot.care import check_ins
from bot.care.alerts import unresolved_alert
from bot.care.signals import assess_check_in
from bot.care.turn import Turn


def close(dispatcher: CollectingDispatcher, view: View, turn: Turn) -> None:
    """End the check-in and say what fits."""
    check_ins.end(turn.session, view.check_in, view.instrument, turn.now)
    assess_check_in(turn.session, view.check_in, turn.now)
    values = check_ins.values(view.check_in)
    mood = view.instrument.mood_of(values)
    if mood == "high" and unresolved_alert(turn.session, int(turn.conversation.id)) is not None:
        mood = "middle"
    dispatcher.utter_message(response="utter_check_in_done", variant=mood, fields={})
    for item in view.instrument.items:
        number = values.get(item.key)
        further = item.then_say.get(int(number)) if number is not None else None
        if further is not None:
            say(dispatcher, further, turn)
