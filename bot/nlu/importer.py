"""Rasa's training data: the labelled messages that the reader learns from."""

from __future__ import annotations

from typing import Any, Dict, Optional

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import get_text_hash

from bot.language.training_data import load_training


class LabelledMessage(Message):
    """A message that stays as it was read.

    In one training Rasa copies and hashes all messages some ten times, which took two thirds of its time. None of our
    components changes a message of the training data, so a copy is the message itself.
    """

    def __init__(self, text: str, intent: str) -> None:
        super().__init__(data={TEXT: text, INTENT: intent})
        self._hash: str = get_text_hash(f"{intent}\n{text}")

    def __deepcopy__(self, memo: Dict[int, Any]) -> LabelledMessage:
        return self

    def fingerprint(self) -> str:
        """What Rasa tells messages apart by."""
        return self._hash


class LabelledMessages(RasaFileImporter):
    """Named in config.yml under `importers`. NLU data are those of data/nlu/ and of data/safety/messages/*.jsonl."""

    _data: Optional[TrainingData] = None

    def get_nlu_data(self, language: Optional[str] = "en") -> TrainingData:
        """All labelled messages but those that answer a question: Rasa's data has no place for the question.

        Raises TrainingDataError for files that the reader could not learn from.
        """
        if self._data is None:  # Rasa asks four times in one training
            found = {one.text: one.intent for one in reversed(load_training()) if one.context is None}
            self._data = TrainingData([LabelledMessage(text, intent) for text, intent in found.items()])
        return self._data
