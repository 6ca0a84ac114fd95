"""Words and pieces of words as numbers, for the head that reads spelling where the encoder reads meaning.

Hashed, so there is no vocabulary to store or load: a feature's column is crc32 of its bytes.
"""

from __future__ import annotations

import re
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

COLUMNS: Final = 1 << 16
MAX_CHARACTERS: Final = 1000  # as much as the encoder reads; bounds the time for a text of any length
PIECE_LENGTHS: Final = (2, 3, 4, 5)

_WORDS: Final = re.compile(r"\w+(?:'\w+)?|[^\w\s]")


def features(text: str, context: str | None = None) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Columns and weights of a message: words, pairs of words, and letter pieces inside words.

    Words and pieces are scaled to length 1 each, so neither drowns the other. The question just asked counts as words
    of another kind. An empty text has no columns.
    """
    words = _WORDS.findall(text[:MAX_CHARACTERS].lower())
    by_word: dict[int, float] = {}
    by_piece: dict[int, float] = {}
    for word in words:
        _count(by_word, "w" + word)
        padded = f" {word} "
        for length in PIECE_LENGTHS:
            for start in range(len(padded) - length + 1):
                _count(by_piece, padded[start : start + length])
    for first, second in zip(words, words[1:]):
        _count(by_word, f"p{first} {second}")
    for word in _WORDS.findall((context or "")[:MAX_CHARACTERS].lower()):
        _count(by_word, "c" + word)
    columns = np.fromiter((*by_word, *by_piece), dtype=np.int64)
    weights = np.concatenate([_scaled(by_word), _scaled(by_piece)])
    return columns, weights


def _count(counts: dict[int, float], feature: str) -> None:
    column = crc32(feature.encode("utf-8", "replace")) % COLUMNS
    counts[column] = counts.get(column, 0.0) + 1.0


def _scaled(counts: dict[int, float]) -> NDArray[np.float32]:
    values = 1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))
    length = float(np.linalg.norm(values))
    return (values / length if length else values).astype(np.float32)
