"""The trained reader: a message (and the question just asked) in, probabilities of intents and levels out.

reader = Reader.load()
reading = reader.read("can i drive tonight")
reading.intents[0]          # ("ask_driving", 0.97)
reading.safety["none"]      # 0.99
"""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from bot.language.asked import as_asked
from bot.language.encoder import Encoder, Row, Vectors
from bot.language.heads import HEADS_FILE, Heads
from bot.language.labels import DANGERS, INTENTS, LEVELS
from bot.language.normalise import clean

# A message longer than one window is read in pieces, so that what is said at its end is read too. 500 characters are
# about 110 tokens: they fit the encoder beside the longest question, whatever the spelling.
WINDOW: Final = 500
# At most so many pieces: all of a message of 5,000 characters (the most that a channel accepts); of longer texts the
# beginning and the end.
MOST_WINDOWS: Final = 12
# Messages whose vectors are kept in memory, 2 KB each: the screen and the dialogue ask about the same one within a
# second, and the next few minutes' messages are read together with it.
REMEMBERED: Final = 512
# Threads that encode beside the one that reads the rules, which the encoder does not hold up.
BESIDE: Final = 2
# Seconds that a message which is being encoded beside is waited for; a tenth is usual. Then it is encoded by whoever
# waits: a thread that stands still in native code must not hold up everybody who writes the same words.
PATIENCE: Final = 5.0
# Bytes of the hash that names encoder, text and question in what one process hands to another.
SEAL: Final = 16

NONE: Final = LEVELS.index("none")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reading:
    """Probabilities of all intents, best first, and of the four levels."""

    intents: tuple[tuple[str, float], ...]
    safety: dict[str, float]

    def probability(self, intent: str) -> float:
        """Of one intent; 0 for a name that is not an intent."""
        return dict(self.intents).get(intent, 0.0)

    @property
    def worry(self) -> float:
        """Probability that the message is at any level above none."""
        return 1.0 - self.safety["none"]


@dataclass(frozen=True)
class _Encoded:
    """A message as the encoder sees it: in pieces, and a vector for each."""

    pieces: tuple[Row, ...]
    vectors: Vectors


class Reader:
    """Encoder and heads together. Reading never raises; loading does when a file is missing or does not fit."""

    def __init__(self, encoder: Encoder, heads: Heads) -> None:
        self.encoder = encoder
        self.heads = heads
        self._remembered: OrderedDict[Row, _Encoded] = OrderedDict()
        self._under_way: dict[Row, Future[_Encoded]] = {}
        self._beside = ThreadPoolExecutor(BESIDE, thread_name_prefix="encoder")
        self._lock = Lock()

    @staticmethod
    @lru_cache(maxsize=1)
    def load(path: Path = HEADS_FILE) -> Reader:
        """The one reader of this process. Raises ModelMissing, ModelOutdated or EncoderDamaged."""
        # A vector of 384 numbers is too little to share: a second thread of the linear algebra waits in a loop, and
        # costs more processor time than the whole work.
        threadpool_limits(1, user_api="blas")
        encoder = Encoder.shared()
        return Reader(encoder, Heads.load(path, encoder.checksum))

    @property
    def version(self) -> str:
        """Of encoder and heads, for verdicts and logs."""
        return f"{self.encoder.version}, heads {self.heads.fingerprint[:12]}"

    def read(self, text: str, context: str | None = None) -> Reading:
        """Read one message."""
        return self.read_many([(text, context)])[0]

    def read_many(self, rows: Sequence[Row]) -> list[Reading]:
        """Read messages, each with the question just asked or None; same order out."""
        if not rows:
            return []
        encoded = self._encoded(rows)
        pieces = [piece for one in encoded for piece in one.pieces]
        intents, levels = self.heads.read(np.concatenate([one.vectors for one in encoded]), pieces)
        readings = []
        for start, end in _spans(encoded):
            # Intents of a long message: the mean of its pieces.
            mean = intents[start:end].mean(axis=0)
            ranked = tuple((INTENTS[index], float(mean[index])) for index in np.argsort(-mean))
            readings.append(Reading(ranked, _gravest(levels[start:end])))
        return readings

    def levels_many(self, rows: Sequence[Row]) -> list[dict[str, float]]:
        """The probabilities of the levels alone, which is all that the screen asks for; same order out."""
        if not rows:
            return []
        encoded = self._encoded(rows)
        levels = self.heads.safety.probabilities(np.concatenate([one.vectors for one in encoded]))
        return [_gravest(levels[start:end]) for start, end in _spans(encoded)]

    def chance_of(self, intent: str, rows: Sequence[Row]) -> float:
        """The probability of an intent, by the head of intents and its table of words: that of the message, and of the
        piece of it, that has most of it; 0 without messages."""
        if not rows:
            return 0.0
        encoded = self._encoded(rows)
        pieces = [piece for one in encoded for piece in one.pieces]
        intents, _ = self.heads.read(np.concatenate([one.vectors for one in encoded]), pieces)
        return float(intents[:, INTENTS.index(intent)].max())

    def dangers(self, text: str, context: str | None = None) -> dict[str, float]:
        """Whose danger a message tells of, if it is a crisis: the probability of each of DANGERS, by its piece that is
        the most worrying."""
        (encoded,) = self._encoded([(text, context)])
        worst = int(self.heads.safety.probabilities(encoded.vectors)[:, NONE].argmin())
        chances = self.heads.danger.probabilities(encoded.vectors[worst : worst + 1])[0]
        return {name: float(chance) for name, chance in zip(DANGERS, chances)}

    def begin(self, text: str, context: str | None = None) -> None:
        """Begin to encode a message that is going to be read, beside whatever the caller does until then. Never raises;
        where no thread can be had, it is encoded when it is read."""
        row = _cleaned(text, context)
        with self._lock:
            if row in self._remembered or row in self._under_way:
                return
            try:
                self._under_way[row] = self._beside.submit(self._encode, row)
            except RuntimeError as error:
                log.warning("no thread to encode in: %s", type(error).__name__)

    def apart(self, texts: Sequence[str]) -> tuple[float, float] | None:
        """How worrying short messages are apart: the worry of the worst one, and that of the mean of their vectors by
        length; both 0 to 1. None where one of them was not read lately without a question, or is longer than a
        window."""
        rows = [_cleaned(text, None) for text in texts]
        with self._lock:
            encoded = [self._remembered[row] for row in rows if row in self._remembered]
        if len(encoded) < len(rows) or any(len(one.pieces) != 1 for one in encoded):
            return None
        vectors = np.concatenate([one.vectors for one in encoded])
        lengths = np.array([len(row[0]) + 1 for row in rows], dtype=np.float32)
        mean = (lengths / lengths.sum()) @ vectors
        worries = 1.0 - self.heads.safety.probabilities(np.vstack([vectors, mean]))[:, NONE]
        return float(worries[:-1].max()), float(worries[-1])

    def recall(self, text: str, context: str | None = None) -> bytes | None:
        """What the encoder made of a message that was just read, for the reader of another process (`remember`); None
        of a message in several pieces, or one that is not in memory any more."""
        row = _cleaned(text, context)
        with self._lock:
            found = self._remembered.get(row)
        if found is None or len(found.pieces) != 1:
            return None
        return self._seal(row) + found.vectors.astype("<f4").tobytes()

    def remember(self, text: str, context: str | None, recalled: bytes) -> bool:
        """Take over what another process's reader made of a message, so that it is not encoded again. True where it
        could be: made by this very encoder, of this text and question."""
        row = _cleaned(text, context)
        seal = self._seal(row)
        if recalled[: len(seal)] != seal or len(recalled) != len(seal) + 4 * self.encoder.dimension:
            return False
        vectors = np.frombuffer(recalled[len(seal) :], dtype="<f4").astype(np.float32)[np.newaxis]
        self._keep({row: _Encoded(((row[0], row[1]),), vectors)})
        return True

    def _seal(self, row: Row) -> bytes:
        """Names the encoder, a text and a question."""
        named = "\0".join((self.encoder.checksum, row[0], "" if row[1] is None else f"?{row[1]}"))
        return hashlib.sha256(named.encode("utf-8", "replace")).digest()[:SEAL]

    def _keep(self, fresh: dict[Row, _Encoded]) -> None:
        with self._lock:
            self._remembered.update(fresh)
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)

    def _encoded(self, rows: Sequence[Row]) -> list[_Encoded]:
        cleaned = [_cleaned(text, context) for text, context in rows]
        with self._lock:
            known = {row: self._remembered[row] for row in cleaned if row in self._remembered}
            begun = {row: self._under_way[row] for row in cleaned if row in self._under_way}
        for row in dict.fromkeys(cleaned):
            if row not in known:
                known[row] = _from_beside(begun.get(row)) or self._encode(row)
        return [known[row] for row in cleaned]

    def _encode(self, row: Row) -> _Encoded:
        try:
            pieces = tuple((part, row[1]) for part in windows(row[0]))
            encoded = _Encoded(pieces, self.encoder.encode(pieces))
            self._keep({row: encoded})
            return encoded
        finally:
            with self._lock:
                self._under_way.pop(row, None)


def _from_beside(future: Future[_Encoded] | None) -> _Encoded | None:
    """What a thread beside makes of a message; None where it failed, hangs, or has others to encode first."""
    if future is None or future.cancel():
        return None
    try:
        return future.result(PATIENCE)
    except Exception as error:  # whoever asks encodes it, and meets the error if it is of the message
        log.warning("a message was not encoded beside: %s", type(error).__name__)
        return None


def _cleaned(text: str, context: str | None) -> Row:
    """A message and the question just asked as they are encoded; of an over-long text the beginning and the end."""
    long = 4 * WINDOW * MOST_WINDOWS
    return clean(text[:long] + text[long:][-2 * WINDOW :]), as_asked(clean(context)) if context else None


def _spans(encoded: Sequence[_Encoded]) -> list[tuple[int, int]]:
    """Where the pieces of each message lie among all."""
    ends = list(accumulate((len(one.pieces) for one in encoded), initial=0))
    return list(zip(ends, ends[1:]))


def _gravest(levels: Vectors) -> dict[str, float]:
    """Of a long message: its most worrying piece. levels: a row for each piece."""
    worst = levels[int(levels[:, NONE].argmin())]
    return {level: float(worst[index]) for index, level in enumerate(LEVELS)}


def windows(text: str) -> list[str]:
    """A text in pieces of at most WINDOW characters, cut at spaces where there are any; at least one piece."""
    if len(text) <= WINDOW:
        return [text]
    pieces = []
    start = 0
    while start < len(text):
        end = min(start + WINDOW, len(text))
        if end < len(text):
            space = text.rfind(" ", start + WINDOW // 2, end)
            end = space if space > 0 else end
        pieces.append(text[start:end].strip())
        start = end
    pieces = [piece for piece in pieces if piece] or [""]
    if len(pieces) > MOST_WINDOWS:
        half = MOST_WINDOWS // 2
        pieces = pieces[:half] + pieces[-half:]
    return pieces
