"""Wording for Rasa: every response is looked up in the approved guidance; nothing is worded in code."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.care.opening import open_now
from bot.care.turn import current_turn
from bot.clinic.clock import SystemClock
from bot.clinic.settings import load_clinic
from bot.guidance.library import Library
from bot.guidance.phases import Phase, Placement
from bot.guidance.phrases import Phrases

GUIDANCE = "utter_guidance"
PREFIX = "utter_"
SMS, WEB = "sms", "web"


class GuidanceResponses(NaturalLanguageGenerator):
    """Named in endpoints.yml under `nlg: type`; also handed to the agent that the answer worker hosts."""

    def __init__(self, endpoint_config: EndpointConfig | None = None, domain: Domain | None = None) -> None:
        """Called by Rasa. Raises GuidanceInvalid or ClinicSettingsError where the files are wrong."""
        self._clinic = load_clinic()
        self._library = Library.load()
        self._phrases = Phrases.load()

    async def generate(
        self,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        """The message for `utter_action` in the words for `output_channel` (web wording for everything but SMS).

        `utter_guidance` takes topic, phase and infusion_at (ISO 8601 or None); any other name is a phrase of
        guidance/phrases and takes its variant and fields. Raises UnknownTopic, UnknownPhrase or WrongFields; the turn
        then ends without a trace: Rasa itself would go on without the action's events.
        """
        try:
            return self._worded(utter_action, output_channel, kwargs)
        except Exception as error:
            turn = current_turn()
            if turn is not None and turn.failure is None:
                turn.failure = error
            raise

    def _worded(self, utter_action: str, output_channel: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        channel = SMS if output_channel == SMS else WEB
        if utter_action == GUIDANCE:
            return self._answer(channel, kwargs)
        key = utter_action[len(PREFIX) :]
        fields = {name: str(value) for name, value in (kwargs.get("fields") or {}).items()}
        text = self._phrases.say(key, channel, self._clinic, variant=kwargs.get("variant"), **fields)
        buttons = [
            {"title": button.title, "payload": button.payload}
            for button in self._phrases.buttons(key, **fields)
        ]
        # On SMS the text itself names the numbers.
        return {"text": text, "buttons": buttons if channel == WEB else []}

    def _answer(self, channel: str, wanted: dict[str, Any]) -> dict[str, Any]:
        at = wanted.get("infusion_at")
        placement = Placement(Phase(wanted["phase"]), datetime.fromisoformat(at) if at else None)
        turn = current_turn()
        now = turn.now if turn is not None else SystemClock().now()
        is_open = partial(open_now, turn.session, self._clinic, now) if turn is not None else None
        answer = self._library.answer(wanted["topic"], placement, channel, self._clinic, now, is_open)
        rests_on = {
            "topic": answer.topic,
            "phase": answer.phase.value,
            "version": str(answer.version),
            "hash": answer.hash,
        }
        return {"text": answer.text, "guidance": [rests_on]}
