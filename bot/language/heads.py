"""The light heads: three linear layers on the encoder and a word table, as plain arrays in one file (no pickle).

The file also holds, as JSON, what it was made from; a head that belongs to another encoder or other labels is refused.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.language.errors import ModelMissing, ModelOutdated
from bot.language.features import features
from bot.language.labels import DANGERS, INTENTS, LEVELS

HEADS_FILE: Final = Path(__file__).resolve().parents[2] / "models" / "heads.npz"
FORMAT: Final = 3

Array = NDArray[np.float32]


def softmax(scores: Array) -> Array:
    """Probabilities of each row of scores."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


@dataclass(frozen=True)
class Head:
    """One linear layer with its temperature (scores are divided by it before softmax)."""

    weight: Array  # (dimension, labels)
    bias: Array  # (labels,)
    temperature: float = 1.0

    def probabilities(self, vectors: Array, more: Array | float = 0.0) -> Array:
        """Probabilities of each label for each vector, shape (n, labels); `more` is added to the scores."""
        return softmax((vectors @ self.weight + self.bias + more) / np.float32(self.temperature))


@dataclass(frozen=True)
class WordHead:
    """Scores of intents from words and letter pieces alone: a table row for each column of `features`.

    The encoder reads meaning and misses the odd word that gives a message away; the table knows only such words.
    """

    rarity: Array  # (COLUMNS,)
    weight: NDArray[np.float16]  # (COLUMNS, labels)

    def scores(self, rows: Sequence[tuple[str, str | None]]) -> Array:
        """Scores of each label for each (message, question just asked or None), shape (n, labels)."""
        found = np.zeros((len(rows), self.weight.shape[1]), dtype=np.float32)
        for place, (text, context) in enumerate(rows):
            columns, values = features(text, context)
            values = values * self.rarity[columns]
            length = float(np.linalg.norm(values))
            if length:
                found[place] = (values / length) @ self.weight[columns].astype(np.float32)
        return found


@dataclass(frozen=True)
class Heads:
    """All heads and what they were made from (`about`: encoder checksum, fingerprint, dates, figures)."""

    intent: Head
    safety: Head
    danger: Head
    words: WordHead
    about: dict[str, Any]

    def read(self, vectors: Array, rows: Sequence[tuple[str, str | None]]) -> tuple[Array, Array]:
        """Probabilities of intents and of levels for messages and their vectors."""
        return self.intent.probabilities(vectors, self.words.scores(rows)), self.safety.probabilities(vectors)

    @property
    def fingerprint(self) -> str:
        """Changes with the encoder, the training data and the way of training."""
        return str(self.about["fingerprint"])

    def save(self, path: Path) -> None:
        """Write the file in one step, so that a reader never finds half of it."""
        about = {
            **self.about,
            "format": FORMAT,
            "intents": list(INTENTS),
            "levels": list(LEVELS),
            "dangers": list(DANGERS),
            "temperature": {
                "intent": self.intent.temperature,
                "safety": self.safety.temperature,
                "danger": 1.0,
            },
        }
        content = io.BytesIO()
        np.savez(
            content,
            intent_weight=self.intent.weight,
            intent_bias=self.intent.bias,
            safety_weight=self.safety.weight,
            safety_bias=self.safety.bias,
            danger_weight=self.danger.weight,
            danger_bias=self.danger.bias,
            word_rarity=self.words.rarity,
            word_weight=self.words.weight,
            about=np.frombuffer(json.dumps(about).encode("utf-8"), dtype=np.uint8),
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
            file.write(content.getvalue())
        os.chmod(file.name, 0o644)
        os.replace(file.name, path)

    @staticmethod
    def load(path: Path, encoder_checksum: str) -> Heads:
        """Read the heads. Raises ModelMissing, or ModelOutdated when they do not fit encoder or labels."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                about = json.loads(arrays["about"].tobytes().decode("utf-8"))
                intent, safety, danger = (
                    Head(arrays[f"{name}_weight"], arrays[f"{name}_bias"], float(about["temperature"][name]))
                    for name in ("intent", "safety", "danger")
                )
                words = WordHead(arrays["word_rarity"], arrays["word_weight"])
        except FileNotFoundError as error:
            raise ModelMissing(path) from error
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise ModelOutdated(path, f"it cannot be read ({type(error).__name__})") from error
        if about.get("format") != FORMAT:
            raise ModelOutdated(path, "it has another format")
        if about.get("encoder") != encoder_checksum:
            raise ModelOutdated(path, "it was trained for another encoder")
        labels = tuple(tuple(about[name]) for name in ("intents", "levels", "dangers"))
        if labels != (INTENTS, LEVELS, DANGERS):
            raise ModelOutdated(path, "it was trained for other labels")
        return Heads(intent, safety, danger, words, about)
