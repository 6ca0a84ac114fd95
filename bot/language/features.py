"""Words and pieces of words as numbers, for the head that reads spelling where the encoder reads meaning.

Hashed, so there is no vocabulary to store or load: a feature's column is crc32 of its bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import chain
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
    asked = _WORDS.findall((context or "")[:MAX_CHARACTERS].lower())
    kinds = (
        ("w" + word for word in words),
        (f"p{first} {second}" for first, second in zip(words, words[1:])),
        ("c" + word for word in asked),
    )
    by_word = Counter(_column(feature) for kind in kinds for feature in kind)
    by_piece = Counter(chain.from_iterable(map(_pieces, words)))
    columns = np.fromiter((*by_word, *by_piece), dtype=np.int64)
    weights = np.concatenate([_scaled(by_word), _scaled(by_piece)])
    return columns, weights


@lru_cache(maxsize=4096)  # most words of a message are common ones; at most 5 MB
def _pieces(word: str) -> tuple[int, ...]:
    padded = f" {word} "
    return tuple(
        _column(padded[start : start + length])
        for length in PIECE_LENGTHS
        for start in range(len(padded) - length + 1)
    )


def _column(feature: str) -> int:
    return crc32(feature.encode("utf-8", "replace")) % COLUMNS


def _scaled(counts: Counter[int]) -> NDArray[np.float32]:
    values = 1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))
    length = float(np.linalg.norm(values))
    return (values / length if length else values).astype(np.float32)
