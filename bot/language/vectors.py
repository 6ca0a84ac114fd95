"""Vectors of many messages: one by one as the reader makes them, or in batches for training, kept on disk."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from bot.language.encoder import Encoder, Row, Tokens, Vectors
from bot.language.training_data import ROOT

CACHE_FOLDER: Final = ROOT / ".cache" / "vectors"
BATCH: Final = 16  # twice as many are no faster

_Keys = tuple[bytes, ...]


def encode_all(rows: Sequence[Row], encoder: Encoder) -> Vectors:
    """Vectors of the rows as the reader would see them, shape (n, dimension)."""
    parts = [rows[start : start + 64] for start in range(0, len(rows), 64)]
    with _threads() as pool:
        return _together(pool.map(encoder.encode, parts), encoder)


def training_vectors(
    rows: Sequence[Row], encoder: Encoder, say: Callable[[str], None], folder: Path = CACHE_FOLDER
) -> Vectors:
    """Vectors of training rows, shape (n, dimension); batches that were encoded before are taken from `folder`.

    In batches of messages with equally many tokens the encoder takes two thirds of the time, and a vector depends a
    little on its neighbours (cosine with that of the message alone: 0.994). Who is whose neighbour follows from the
    rows alone, not from what is kept, so that the same data give the same vectors; and a row more changes one batch.
    """
    path = folder / f"{encoder.checksum[:16]}.npz"
    places = {_key(row): (row, number) for number, row in enumerate(dict.fromkeys(rows))}
    tokens = {key: encoder.tokens(row) for key, (row, _) in places.items()}
    batches = _batches(tokens)
    known = _read_cache(path, encoder.dimension)
    missing = [batch for batch in batches if batch not in known]
    if missing:
        say(f"Encoding {sum(map(len, missing))} messages.")
        # Long ones first, so that no thread is left alone with them.
        missing.sort(key=lambda batch: len(tokens[batch[0]][0]), reverse=True)
        with _threads() as pool:
            found = pool.map(lambda batch: encoder.encode_tokens([tokens[key] for key in batch]), missing)
            known.update(zip(missing, found))
        known = {batch: known[batch] for batch in batches}
        _write_cache(path, known)
    if not rows:
        return np.zeros((0, encoder.dimension), dtype=np.float32)
    order = np.array([places[key][1] for batch in batches for key in batch])
    unique = np.empty((len(order), encoder.dimension), dtype=np.float32)
    unique[order] = np.concatenate([known[batch] for batch in batches])
    return unique[[places[_key(row)][1] for row in rows]]


def _batches(tokens: dict[bytes, Tokens]) -> list[_Keys]:
    """Rows with equally many tokens, in as many batches as the next power of two, by what they say: a row more leaves
    all batches but its own as they are, until there are twice as many."""
    by_length: dict[int, list[bytes]] = defaultdict(list)
    for key, (ids, _) in tokens.items():
        by_length[len(ids)].append(key)
    batches: dict[tuple[int, int], list[bytes]] = defaultdict(list)
    for length, keys in by_length.items():
        count = 1 << (len(keys) // BATCH).bit_length()
        for key in keys:
            batches[length, int.from_bytes(key[:4], "little") % count].append(key)
    return [tuple(sorted(keys)) for keys in batches.values()]


@contextmanager
def _threads() -> Iterator[ThreadPoolExecutor]:
    """A thread for every processor we may use: onnxruntime frees the interpreter while it works."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ThreadPoolExecutor(min(processors, 8)) as pool:
        yield pool


def _together(parts: Iterable[Vectors], encoder: Encoder) -> Vectors:
    return np.concatenate([np.zeros((0, encoder.dimension), dtype=np.float32), *parts])


def _key(row: Row) -> bytes:
    return hashlib.blake2b(json.dumps(row).encode(), digest_size=16).digest()


def _read_cache(path: Path, dimension: int) -> dict[_Keys, Vectors]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            keys, vectors, sizes = arrays["keys"], arrays["vectors"], arrays["sizes"]
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return {}
    if vectors.ndim != 2 or vectors.shape[1] != dimension or not len(keys) == len(vectors) == sizes.sum():
        return {}
    ends = np.cumsum(sizes)
    return {
        tuple(key.tobytes() for key in keys[end - size : end]): vectors[end - size : end]
        for end, size in zip(ends, sizes)
    }


def _write_cache(path: Path, known: dict[_Keys, Vectors]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.npz")
    np.savez(
        unfinished,
        keys=np.frombuffer(b"".join(key for batch in known for key in batch), dtype=np.uint8).reshape(-1, 16),
        vectors=np.concatenate(list(known.values())),
        sizes=np.array([len(batch) for batch in known]),
    )
    os.replace(unfinished, path)
