"""Stock Rasa's action server: validates the answers of the check-in and stores them, in the same PostgreSQL."""

from __future__ import annotations

import os
from typing import Any

import psycopg2
from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher

ITEMS = ("mood", "side_effects", "sleep", "safety", "word")
HIGHEST = {"mood": 10, "side_effects": 3, "sleep": 3, "safety": 3}

_TABLE = """CREATE TABLE IF NOT EXISTS mood_log (
    id serial PRIMARY KEY, sender text NOT NULL, at timestamptz NOT NULL DEFAULT now(),
    mood text, side_effects text, sleep text, safety text, word text)"""


class ValidateCheckIn(FormValidationAction):
    """A number within the item's range, or the question again."""

    def name(self) -> str:
        return "validate_check_in_form"

    def _checked(self, item: str, value: Any) -> dict[str, Any]:
        text = str(value).strip()
        return {item: text if text.isdigit() and int(text) <= HIGHEST[item] else None}

    def validate_mood(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> dict[str, Any]:
        return self._checked("mood", value)

    def validate_side_effects(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> dict[str, Any]:
        return self._checked("side_effects", value)

    def validate_sleep(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> dict[str, Any]:
        return self._checked("sleep", value)

    def validate_safety(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> dict[str, Any]:
        return self._checked("safety", value)


class StoreCheckIn(Action):
    """One row for a finished check-in."""

    def __init__(self) -> None:
        self._connection = psycopg2.connect(os.environ["STOCK_DSN"])
        self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(_TABLE)

    def name(self) -> str:
        return "action_store_check_in"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        values = [tracker.sender_id, *(tracker.get_slot(item) for item in ITEMS)]
        with self._connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO mood_log (sender, mood, side_effects, sleep, safety, word) "
                "VALUES (%s, %s, %s, %s, %s, %s)",
                values,
            )
        return [{"event": "slot", "name": item, "value": None} for item in ITEMS]
