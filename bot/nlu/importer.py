"""Rasa's training data: the files it reads anyway, and the labelled safety messages beside them."""

from __future__ import annotations

from typing import Optional

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.training_data import MESSAGES_FOLDER, read_jsonl


class LabelledMessages(RasaFileImporter):
    """Named in config.yml under `importers`. Adds data/safety/messages/*.jsonl to the NLU data of data/nlu/."""

    _data: Optional[TrainingData] = None

    def get_nlu_data(self, language: Optional[str] = "en") -> TrainingData:
        """All labelled messages but those that answer a question: Rasa's data has no place for the question."""
        # Rasa asks four times in one training, and copies what it gets before it changes anything in it.
        if self._data is None:
            self._data = self._read(language)
        return self._data

    def _read(self, language: Optional[str]) -> TrainingData:
        texts: dict[str, str] = {}
        for path in sorted(MESSAGES_FOLDER.glob("*.jsonl")):
            for example in read_jsonl(path):
                if example.context is None:
                    texts.setdefault(example.text, example.intent)
        labelled = [Message(data={TEXT: text, INTENT: intent}) for text, intent in texts.items()]
        return super().get_nlu_data(language).merge(TrainingData(labelled))
