"""Where the reader's encoder stands in the field: two public intent benchmarks, read by the code that reads patients.

    python -m bench.public_intents CLINC150 BANKING77

CLINC150: folder with `data_full.json` (Larson et al. 2019, CC BY 3.0). BANKING77: folder with `train.csv` and
`test.csv` (Casanueva et al. 2020, CC BY 4.0). Neither is part of this repository. The encoder was fine-tuned on
patients' messages and on neither of these; only heads are fitted, by `bot.language.training`, as in `aftercare train`.
Nothing is tuned for the benchmarks. Prints a Markdown table: `full` with all training data, `10 a class` with the first
ten messages of each class.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.language.encoder import Encoder
from bot.language.heads import Array
from bot.language.normalise import clean
from bot.language.training import calibrated, count_words, fit
from bot.language.vectors import encode_all

Labelled = list[tuple[str, str]]
FEW = 10


@dataclass(frozen=True)
class Benchmark:
    """Messages with their class. beyond: of no class; in `tuning` and `test` only."""

    name: str
    training: Labelled
    tuning: Labelled
    test: Labelled
    beyond_tuning: Sequence[str] = ()
    beyond_test: Sequence[str] = ()


def clinc150(folder: Path) -> Benchmark:
    """CLINC150, full. The threshold for what is beyond all classes is chosen on its validation part."""
    data = json.loads((folder / "data_full.json").read_text(encoding="utf-8"))
    parts = {name: [(text, label) for text, label in rows] for name, rows in data.items()}
    return Benchmark(
        "CLINC150", parts["train"], parts["val"], parts["test"],
        [text for text, _ in parts["oos_val"]], [text for text, _ in parts["oos_test"]],
    )  # fmt: skip


def banking77(folder: Path) -> Benchmark:
    """BANKING77. It has no validation part: a tenth of the training data sets the temperature."""

    def rows(name: str) -> Labelled:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            return [(row["text"], row["category"]) for row in csv.DictReader(file)]

    training = rows("train.csv")
    return Benchmark("BANKING77", training, training[::10], rows("test.csv"))


def few(training: Labelled) -> Labelled:
    """The first ten messages of each class."""
    seen: dict[str, int] = {}
    kept = []
    for text, label in training:
        seen[label] = seen.get(label, 0) + 1
        if seen[label] <= FEW:
            kept.append((text, label))
    return kept


def measured(one: Benchmark, training: Labelled, encoder: Encoder) -> tuple[float, float | None]:
    """Share of test messages whose class is right, and of those beyond that are told from them (None: has none)."""
    labels = sorted({label for _, label in training})

    def rows(texts: Sequence[str]) -> list[tuple[str, str | None]]:
        return [(clean(text), None) for text in texts]

    def numbers(part: Labelled) -> list[int]:
        return [labels.index(label) for _, label in part]

    learnt = rows([text for text, _ in training])
    words = count_words(learnt, numbers(training), len(labels))
    head = fit(numbers(training), len(labels), encode_all(learnt, encoder))
    tuning = rows([text for text, _ in one.tuning])
    head = calibrated(head, encode_all(tuning, encoder), numbers(one.tuning), words.scores(tuning))

    def chances(texts: Sequence[str]) -> Array:
        asked = rows(texts)
        return head.probabilities(encode_all(asked, encoder), words.scores(asked))

    on_test = chances([text for text, _ in one.test])
    right = on_test.argmax(axis=1) == np.array(numbers(one.test))
    if not one.beyond_test:
        return float(right.mean()), None
    on_tuning = chances([text for text, _ in one.tuning])
    correct = on_tuning.argmax(axis=1) == np.array(numbers(one.tuning))
    beyond = chances(one.beyond_tuning).max(axis=1)

    def total(threshold: float) -> int:
        return int((correct & (on_tuning.max(axis=1) >= threshold)).sum() + (beyond < threshold).sum())

    threshold = max(np.linspace(0, 1, 101), key=total)
    inside = right & (on_test.max(axis=1) >= threshold)
    return float(inside.mean()), float((chances(one.beyond_test).max(axis=1) < threshold).mean())


def lines(benchmarks: Sequence[Benchmark], encoder: Encoder) -> Iterator[str]:
    """A row for each benchmark and amount of training data."""
    yield "| benchmark | training data | right class | told to be beyond all classes |"
    yield "|---|---|---|---|"
    for one in benchmarks:
        for amount, training in (("full", one.training), (f"{FEW} a class", few(one.training))):
            right, beyond = measured(one, training, encoder)
            yield f"| {one.name} | {amount}, {len(training)} messages | {right:.1%} | " + (
                f"{beyond:.1%} |" if beyond is not None else "- |"
            )


def main() -> None:
    """Command line."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("clinc150", type=Path)
    ask.add_argument("banking77", type=Path)
    given = ask.parse_args()
    for line in lines([clinc150(given.clinc150), banking77(given.banking77)], Encoder.shared()):
        print(line, flush=True)


if __name__ == "__main__":
    main()
