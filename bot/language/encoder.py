"""The sentence encoder: a message and the question just asked in, 384 numbers out. onnxruntime and tokenizers only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bot.language.errors import EncoderDamaged, ModelMissing

MODEL_FOLDER: Final = Path(__file__).resolve().parents[2] / "encoder" / "model"
DESCRIPTION: Final = "encoder.json"

# What the tokenizer sees at most. Five characters make a token in English, rarely fewer than two; the rest would be
# cut off by the token limit anyway, and tokenizing 100,000 characters to throw most away takes a tenth of a second.
MAX_CHARACTERS: Final = 2000
Row = tuple[str, "str | None"]
Tokens = tuple[list[int], list[int]]
Vectors = NDArray[np.float32]


class Encoder:
    """An ONNX session on one thread. Safe to share between threads; loading takes about 0.2 seconds and 90 MB."""

    def __init__(self, folder: Path = MODEL_FOLDER) -> None:
        """Load and verify the files that `encoder.json` names.

        Raises ModelMissing when one is not there, EncoderDamaged when its sha256 differs.
        """
        described = folder / DESCRIPTION
        if not described.exists():
            raise ModelMissing(described)
        about = json.loads(described.read_text(encoding="utf-8"))
        contents = {name: _verified(folder / name, checksum) for name, checksum in about["sha256"].items()}
        self.version: str = f"{about['name']} {about['version']}"
        self.checksum: str = about["sha256"]["encoder.onnx"]
        self.dimension: int = about["dimension"]
        self._tokenizer = Tokenizer.from_str(contents["tokenizer.json"].decode("utf-8"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(about["max_tokens"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # 60 MB less resident, and no slower on messages of this size
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            contents["encoder.onnx"], options, providers=["CPUExecutionProvider"]
        )

    @staticmethod
    @lru_cache(maxsize=1)
    def shared() -> Encoder:
        """The one encoder of this process."""
        return Encoder()

    def encode(self, rows: Sequence[Row]) -> Vectors:
        """Vectors of (message, question just asked or None), one row each, in the order given; shape (n, dimension).

        Never raises on odd text: an empty message has a vector too. Messages go through one by one on purpose: int8
        scales are taken over a whole batch, so in a batch a message's vector would depend on its neighbours.
        """
        vectors = np.zeros((len(rows), self.dimension), dtype=np.float32)
        for place, row in enumerate(rows):
            vectors[place] = self.encode_tokens([self.tokens(row)])[0]
        return vectors

    def encode_tokens(self, rows: Sequence[Tokens]) -> Vectors:
        """Vectors of rows with equally many tokens, in one pass; shape (n, dimension)."""
        ids = np.array([ids for ids, _ in rows], dtype=np.int64)
        feed = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.array([types for _, types in rows], dtype=np.int64),
        }
        found: Vectors = self._session.run(["embedding"], feed)[0]
        return found

    def tokens(self, row: Row) -> Tokens:
        """What the encoder sees of a row: numbers of its tokens, and which of the two texts each belongs to."""
        text, context = row
        text = _encodable(text)
        found = self._tokenizer.encode(_encodable(context), text) if context else self._tokenizer.encode(text)
        return found.ids, found.type_ids


def _encodable(text: str) -> str:
    """Cut to what can matter; lone surrogates, which the tokenizer refuses, become replacement characters."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def _verified(path: Path, expected: str) -> bytes:
    if not path.exists():
        raise ModelMissing(path)
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise EncoderDamaged(path, expected, found)
    return content
