"""Train the light heads: encode every training line, fit two linear layers, calibrate them. No PyTorch.

    from bot.language.training import train_heads
    report = train_heads()

Takes about three quarters of a minute on two cores the first time; vectors are kept under `.cache/`, so that a second
training after adding a few lines takes half of it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from bot.language.asked import as_asked
from bot.language.encoder import Encoder, Row, Vectors
from bot.language.errors import LanguageError
from bot.language.features import COLUMNS, features
from bot.language.heads import HEADS_FILE, Array, Head, Heads, WordHead
from bot.language.labels import DANGERS, INTENTS, LEVELS
from bot.language.normalise import clean
from bot.language.training_data import Example, load_training, load_validation
from bot.language.vectors import encode_all, training_vectors

RECIPE: Final = 5  # raise it when the way of training changes, so that heads of the old way count as outdated

# Strength of the pull towards small weights, spread of the labels (0.05 of the probability goes to the other labels, as
# in the encoder's own training), and rounds of the fit. Chosen on validation, see docs/reader.md; twice as many rounds
# take eight seconds more and change nothing there (logarithmic loss of topics 0.328, AUC 0.9995 with 50, 80 and 120).
SHRINK: Final = 3e-3
SPREAD: Final = 0.05
ROUNDS: Final = 60
# How much the word table's scores count beside the encoder's. Right topics on validation at 4.5 % wrong: 84 % at 0,
# 86 % at 1, 87 to 89 % at 2 and 3, 88 % at 4, 85 to 87 % at 6.
WORDS: Final = 2.0
# Added to every count of the word table, so that a word seen once decides nothing.
SMOOTHING: Final = 0.5

Say = Callable[[str], None]


@dataclass(frozen=True)
class TrainingReport:
    """What a training did."""

    path: str
    changed: bool  # False when nothing had changed and the heads were kept
    examples: int
    seconds: float
    fingerprint: str
    topic_right: float  # share of validation questions whose topic is the likeliest, 0..1
    worry_auc: float  # worrying against harmless on the safety validation, 0.5..1


def fingerprint_of(examples: Sequence[Example], encoder: Encoder) -> str:
    """Hash of everything that decides the heads."""
    digest = hashlib.sha256(
        f"{RECIPE} {SHRINK} {SPREAD} {ROUNDS} {WORDS} {SMOOTHING} {encoder.checksum}".encode()
    )
    for example in examples:
        row = [example.text, example.context, example.intent, example.safety, example.danger]
        digest.update(json.dumps(row).encode())
    return digest.hexdigest()


def heads_are_current(path: Path = HEADS_FILE) -> bool:
    """Whether the heads at `path` were made from today's data, encoder and recipe."""
    encoder = Encoder.shared()
    try:
        heads = Heads.load(path, encoder.checksum)
    except LanguageError:
        return False
    return heads.fingerprint == fingerprint_of(load_training(), encoder)


def train_heads(out: Path = HEADS_FILE, say: Say = print, force: bool = False) -> TrainingReport:
    """Train the heads and write them to `out`; kept as they are when nothing changed, unless `force`.

    Of two processes that train the same file one waits for the other, and then finds it up to date: `aftercare train`
    runs `rasa train` beside itself, and Rasa's own training comes by here too.

    Raises TrainingDataError for unreadable data, ModelMissing or EncoderDamaged for the encoder.
    """
    with _alone(out):
        return _train_heads(out, say, force)


def _train_heads(out: Path, say: Say, force: bool) -> TrainingReport:
    started = time.monotonic()
    examples = load_training()
    encoder = Encoder.shared()
    fingerprint = fingerprint_of(examples, encoder)
    if not force:
        kept = _kept(out, encoder, fingerprint, len(examples), started)
        if kept:
            say(f"The reader's heads are up to date ({len(examples)} examples).")
            return kept
    say(f"Read {len(examples)} labelled examples.")

    rows, intents = _rows(examples), [INTENTS.index(e.intent) for e in examples]
    vectors = training_vectors(rows, encoder, say)
    say("Fitting the heads.")
    intent = fit(intents, len(INTENTS), vectors)
    safety = fit([LEVELS.index(e.safety) for e in examples], len(LEVELS), vectors)
    somebodys = [place for place, example in enumerate(examples) if example.danger is not None]
    dangers = [DANGERS.index(str(examples[place].danger)) for place in somebodys]
    danger = fit(dangers, len(DANGERS), vectors[somebodys])
    words = count_words(rows, intents, len(INTENTS))

    questions, grave = load_validation("questions"), load_validation("safety")
    on_questions, on_grave = (encode_all(_rows(some), encoder) for some in (questions, grave))
    on_words = words.scores(_rows(questions))
    intent = calibrated(intent, on_questions, [INTENTS.index(e.intent) for e in questions], on_words)
    safety = calibrated(
        safety,
        np.concatenate([on_questions, on_grave]),
        [LEVELS.index(e.safety) for e in (*questions, *grave)],
    )
    report = TrainingReport(
        path=str(out),
        changed=True,
        examples=len(examples),
        seconds=round(time.monotonic() - started, 1),
        fingerprint=fingerprint,
        topic_right=_topic_right(intent.probabilities(on_questions, on_words), questions),
        worry_auc=_auc(safety, on_grave, grave),
    )
    Heads(
        intent, safety, danger, words, {"encoder": encoder.checksum, **asdict(report), "path": out.name}
    ).save(out)
    say(
        f"Wrote {out.name} in {report.seconds:.0f} s. On validation: {report.topic_right:.1%} of topics right "
        f"(never asking back), AUC of worrying messages {report.worry_auc:.3f}."
    )
    return report


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Until no other process trains `out`. The lock goes with the process, so a killed one holds up nobody."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def fit(labels: Sequence[int], count: int, vectors: Vectors) -> Head:
    """Softmax regression with spread labels, by L-BFGS from zero: the same data give the same head."""
    rows, width = vectors.shape
    centre, scale = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
    inputs = np.ascontiguousarray((vectors - centre) / scale, dtype=np.float32)
    wanted = np.full((rows, count), SPREAD / count, dtype=np.float32)
    wanted[np.arange(rows), list(labels)] += 1 - SPREAD

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        layer = flat.reshape(width + 1, count).astype(np.float32)
        scores = inputs @ layer[:-1] + layer[-1]
        scores -= scores.max(axis=1, keepdims=True)
        powers = np.exp(scores)
        sums = powers.sum(axis=1, keepdims=True)
        value = -float((wanted * (scores - np.log(sums))).sum()) / rows + 0.5 * SHRINK * float(
            (layer[:-1] ** 2).sum()
        )
        error = (powers / sums - wanted) / rows
        slope = np.concatenate([inputs.T @ error + SHRINK * layer[:-1], error.sum(axis=0, keepdims=True)])
        return value, slope.ravel().astype(np.float64)

    start = np.zeros((width + 1) * count)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS})
    layer = best.x.reshape(width + 1, count)
    weight = layer[:-1] / scale[:, None]
    return Head(weight.astype(np.float32), (layer[-1] - centre @ weight).astype(np.float32))


def count_words(rows: Sequence[Row], labels: Sequence[int], count: int) -> WordHead:
    """A word table by complement naive Bayes (Rennie et al. 2003): how rare a word is in all the other labels."""
    found = [features(text, context) for text, context in rows]
    columns = np.concatenate([places for places, _ in found])
    lengths = [len(places) for places, _ in found]
    of_row = np.repeat(np.arange(len(rows)), lengths)
    rarity = np.log((1 + len(rows)) / (1 + np.bincount(columns, minlength=COLUMNS))).astype(np.float32)
    values = np.concatenate([weights for _, weights in found]) * rarity[columns]
    sizes = np.sqrt(np.bincount(of_row, values**2, minlength=len(rows)))
    values = values / np.maximum(sizes, 1e-6)[of_row]
    cells = np.asarray(labels)[of_row] * COLUMNS + columns
    counts = np.bincount(cells, values, minlength=count * COLUMNS).reshape(count, COLUMNS)
    others = counts.sum(axis=0) - counts + SMOOTHING
    table = -np.log(others / others.sum(axis=1, keepdims=True))
    table = WORDS * (table - table.mean(axis=0))
    return WordHead(rarity, np.ascontiguousarray(table.T, dtype=np.float16))


def calibrated(head: Head, vectors: Vectors, labels: Sequence[int], more: Array | float = 0.0) -> Head:
    """The head with the temperature under which its probabilities fit the labels best."""

    def cost(temperature: float) -> float:
        chances = Head(head.weight, head.bias, temperature).probabilities(vectors, more)
        return -float(np.log(chances[np.arange(len(labels)), list(labels)] + 1e-9).mean())

    best = minimize_scalar(cost, bounds=(0.2, 5.0), method="bounded")
    return Head(head.weight, head.bias, round(float(best.x), 3))


def _kept(out: Path, encoder: Encoder, fingerprint: str, count: int, started: float) -> TrainingReport | None:
    try:
        heads = Heads.load(out, encoder.checksum)
    except LanguageError:
        return None
    if heads.fingerprint != fingerprint:
        return None
    return TrainingReport(
        path=str(out),
        changed=False,
        examples=count,
        seconds=round(time.monotonic() - started, 1),
        fingerprint=fingerprint,
        topic_right=heads.about["topic_right"],
        worry_auc=heads.about["worry_auc"],
    )


def _rows(examples: Sequence[Example]) -> list[Row]:
    """As the reader would see them."""
    return [(clean(e.text), as_asked(clean(e.context)) if e.context else None) for e in examples]


def _topic_right(chances: Array, examples: Sequence[Example]) -> float:
    best = chances.argmax(axis=1)
    asked = [INTENTS[i] == e.intent for i, e in zip(best, examples) if e.intent.startswith("ask_")]
    return round(sum(asked) / max(1, len(asked)), 4)


def _auc(head: Head, vectors: Vectors, examples: Sequence[Example]) -> float:
    worry = 1 - head.probabilities(vectors)[:, 0]
    grave = np.array([example.safety != "none" for example in examples])
    return round(float((worry[grave][:, None] > worry[~grave][None, :]).mean()), 4)
