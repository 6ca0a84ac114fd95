"""The two components of Rasa's pipeline: the screen and the reader."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, Dict, List, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.clinic.settings import load_clinic
from bot.language.encoder import Encoder
from bot.language.labels import SAFETY_INTENT, topic_of
from bot.language.reader import Reader
from bot.language.training import fingerprint_of, train_heads
from bot.language.training_data import load_training
from bot.language.understanding import understand
from bot.nlu.check_in_wish import meant
from bot.nlu.clause_order import in_order
from bot.nlu.in_context import (
    ASK_WHEN,
    FALLBACK_INTENT,
    TOPIC_PREFIX,
    Meaning,
    in_context,
    remembered_from_slots,
)
from bot.nlu.states import may_infer, without_states
from bot.nlu.when_reply import parts_of_reply
from bot.safety.levels import Level
from bot.safety.screen import Screen
from bot.safety.spanish import is_spanish
from bot.safety.verdict import Verdict

log = logging.getLogger(__name__)

SAFETY, UNDERSTANDING = "safety", "understanding"
# Metadata keys of a message that came through our own channels. Rasa's HTTP interface is never exposed, so nobody else
# can set them.
VERDICT, QUESTION, CHOICE = "aftercare_verdict", "aftercare_question", "aftercare_choice"
# True where the tapped button belonged to an earlier question than the one that is open.
STALE = "aftercare_stale"
OUT_OF_SCOPE = "out_of_scope"
# What is answered whatever the language: each is a word that our own texts ask for, or thanks.
SPANISH_UNDERSTOOD = ("affirm", "deny", "thank", "checkin", "human", "help", "stop")


def remember(text: str, question: str | None, encoded: bytes) -> bool:
    """Take over what the screen's process made of a message, so that it is not encoded twice; True where it fits."""
    return Reader.load().remember(text, question, encoded)


def _metadata(message: Message) -> Dict[str, Any]:
    metadata = message.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class SafetyScreen(GraphComponent):
    """Attaches the safety verdict to each message: the one that the channel stored, or a new one (`rasa shell`), in the
    mode that clinic.yml names (`safety_reading`)."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SafetyScreen:
        """Called by Rasa."""
        return cls(Screen.load(load_clinic().safety_reading))

    def process(self, messages: List[Message]) -> List[Message]:
        """Set `safety` (the verdict in plain JSON types) on each message. Never raises: the screen does not."""
        for message in messages:
            metadata = _metadata(message)
            stored = metadata.get(VERDICT)
            if stored is None:
                stored = self._screen.assess(message.get(TEXT) or "", metadata.get(QUESTION)).as_json()
            message.set(SAFETY, stored, add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MessageReader(GraphComponent):
    """Sets intent, ranking and `understanding` (topics to answer, or to ask back) on each message."""

    def __init__(
        self, resource: Resource, reader: Optional[Reader] = None, infers_states: bool = True
    ) -> None:
        """infers_states: whether the clinic may infer from somebody's words how they are (bot/nlu/states.py)."""
        self._resource = resource
        self._reader = reader
        self._infers_states = infers_states

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageReader:
        """Called by Rasa before training."""
        return cls(resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MessageReader:
        """Called by Rasa for a trained model. Raises ModelMissing or ModelOutdated where the heads do not fit."""
        return cls(resource, Reader.load(), may_infer(load_clinic().safety_reading))

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Called by Rasa: training is repeated when the labelled messages or the encoder changed."""
        return fingerprint_of(load_training(), Encoder.shared())

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the heads, unless those in models/ are current: they serve web and `aftercare classify` as well."""
        train_heads()
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing further down the pipeline needs features."""
        return training_data

    def process(
        self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None
    ) -> List[Message]:
        """Read each message in its context. What cannot be read is passed on as nlu_fallback, never as an error."""
        for message in messages:
            text = str(message.get(TEXT) or "")
            metadata = _metadata(message)
            try:
                meaning = self._meaning(text, metadata, tracker)
            except Exception as error:  # an exception here would end the turn without a word to the patient
                log.error("Reading a message failed: %s. The patient is asked back.", type(error).__name__)
                meaning = Meaning(FALLBACK_INTENT, 0.0)
            verdict = message.get(SAFETY)
            intent = meaning.intent
            shares: Dict[str, float] = {}
            if verdict is not None and Verdict.from_json(verdict).level is not Level.NONE:
                intent = SAFETY_INTENT
                shares = self._shares(text, metadata.get(QUESTION))
            message.set(INTENT, {"name": intent, "confidence": float(meaning.confidence)}, add_to_output=True)
            ranking = [
                {"name": name, "confidence": float(confidence)} for name, confidence in meaning.ranking
            ]
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set(
                UNDERSTANDING,
                {
                    "intent": meaning.intent,
                    "answers": list(meaning.answers),
                    "ask_back": list(meaning.ask_back),
                    "when": meaning.when,
                    "shift": meaning.shift,
                    "stray": meaning.stray,
                    "looks_back": meaning.looks_back,
                    "spanish": meaning.spanish,
                    "shares": shares,
                },
                add_to_output=True,
            )
        return messages

    def _shares(self, text: str, question: Optional[str]) -> Dict[str, float]:
        """Each topic's share of what the reader gives to all topics, for a message that is about something else before
        all: a danger. Empty where it cannot be read."""
        try:
            reading = (self._reader or Reader.load()).read(text, question)
        except Exception as error:  # the worry is answered all the same
            log.error("Weighing the topics of a message failed: %s.", type(error).__name__)
            return {}
        topics = {topic: chance for intent, chance in reading.intents if (topic := topic_of(intent))}
        total = sum(topics.values()) or 1.0
        return {topic: round(chance / total, 4) for topic, chance in topics.items()}

    def _meaning(
        self, text: str, metadata: Dict[str, Any], tracker: Optional[DialogueStateTracker]
    ) -> Meaning:
        reader = self._reader or Reader.load()
        understood = understand(text, metadata.get(QUESTION), reader)
        if not self._infers_states:
            understood = without_states(understood)
        intent = meant(understood.intent, understood.ranking, text, metadata.get(QUESTION))
        answers, ask_back = understood.answers, understood.ask_back
        if ask_back:
            intent = FALLBACK_INTENT
        elif answers:
            intent = TOPIC_PREFIX + answers[0]
        elif intent.startswith(TOPIC_PREFIX) or intent == SAFETY_INTENT:
            # Too unsure even to ask back; or worrying to the reader alone. The verdict decides what is worrying, and a
            # message that it lets pass is offered to a person.
            intent = OUT_OF_SCOPE
        meaning = Meaning(
            intent=intent,
            confidence=understood.confidence,
            answers=in_order(text, answers, reader),
            ask_back=ask_back,
            ranking=tuple(understood.ranking),
        )
        remembered = remembered_from_slots(tracker.current_slot_values() if tracker is not None else {})
        if remembered.open_question == ASK_WHEN:
            meaning = _without_the_time(text, meaning, reader)
        taken = in_context(text, meaning, remembered, metadata.get(CHOICE), bool(metadata.get(STALE)))
        if is_spanish(text) and taken.intent not in SPANISH_UNDERSTOOD:
            return replace(taken, intent=OUT_OF_SCOPE, answers=(), ask_back=(), when=None, spanish=True)
        return taken


def _without_the_time(text: str, meaning: Meaning, reader: Reader) -> Meaning:
    """`meaning` with the topics of what a reply to "when was your infusion?" says besides."""
    when, besides = parts_of_reply(text)
    if when is None or not besides:
        return meaning
    return replace(meaning, answers=in_order(besides, understand(besides, None, reader).answers, reader))
