"""Validation stays unseen, and training is not padded with paraphrases.

Similarity is the cosine of words and letter pieces (bot.language.features): 1 is the same writing, about 0.5 the same
sentence with other words. The encoder's own cosine is no use: it was
trained to bring messages of a label together.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import sparse

from bot.language.features import COLUMNS, features
from bot.language.training_data import VALIDATION_FOLDER, Example, load_training, load_validation
from bot.safety.window_evaluation import written_windows

# A validation line closer than this to a training line would be a copy with a word changed.
TOO_CLOSE = 0.8
# Shorter messages ("2", "yes", "cant breathe") can only be written one way and say nothing of copying.
FEWEST_WORDS = 4
# The answers of a check-in side by side are no text that anybody could have copied.
OF_WINDOWS = 8
# A training line whose nearest neighbour of the same label is closer than this adds little: padding. Twins with other
# labels are meant to be close and do not count.
PARAPHRASE = 0.7
MOST_PARAPHRASES = 0.05
DROPPED = 0.6


def matrix(examples: list[Example]) -> sparse.csr_matrix:
    columns, weights, ends = [], [], [0]
    for example in examples:
        places, values = features(example.text)
        columns.append(places)
        weights.append(values)
        ends.append(ends[-1] + len(places))
    rows = sparse.csr_matrix(
        (np.concatenate(weights), np.concatenate(columns), ends), shape=(len(examples), COLUMNS)
    )
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(lengths, 1e-6)) @ rows


def pairs_at_least(
    closest: float, some: sparse.csr_matrix, others: sparse.csr_matrix
) -> list[tuple[int, int, float]]:
    """Every pair of a row of `some` and a row of `others` whose cosine is at least `closest`, with it.

    A row's commonest pieces, which nearly every other row shares, are left out at first, as long as their length
    together stays below DROPPED: they add no more than that to a cosine. Few pairs are left to be multiplied in full.
    """
    assert closest > DROPPED
    common = np.bincount(others.indices, minlength=others.shape[1])
    rarer, columns = some.copy(), others.T.tocsr()
    for row in range(some.shape[0]):
        start, end = some.indptr[row], some.indptr[row + 1]
        order = np.argsort(-common[some.indices[start:end]], kind="stable")
        length = np.sqrt(np.cumsum(some.data[start:end][order] ** 2))
        rarer.data[start:end][order[length < DROPPED]] = 0
    rarer.eliminate_zeros()
    found = []
    for begin in range(0, some.shape[0], 500):
        partly = rarer[begin : begin + 500] @ columns
        partly.data[partly.data < closest - DROPPED] = 0
        partly.eliminate_zeros()
        here, there = partly.nonzero()
        cosine = np.asarray(some[here + begin].multiply(others[there]).sum(axis=1)).ravel()
        found += [
            (int(one) + begin, int(other), float(value))
            for one, other, value in zip(here, there, cosine)
            if value >= closest
        ]
    return found


@pytest.fixture(scope="module")
def training() -> list[Example]:
    return load_training()


@pytest.fixture(scope="module")
def rows(training: list[Example]) -> sparse.csr_matrix:
    return matrix(training)


def test_no_validation_line_is_nearly_in_training(training: list[Example], rows: sparse.csr_matrix) -> None:
    names = [path.stem for path in sorted(VALIDATION_FOLDER.glob("*.jsonl"))]
    assert {"questions", "safety", "everyday", "sealed"} <= set(names)
    validation = [
        (name, example)
        for name in names
        for example in load_validation(name)
        if len(example.text.split()) >= FEWEST_WORDS
    ]
    together = [" ".join(text for text, _ in window.messages) for window in written_windows()]
    validation += [
        ("windows", Example(text, "safety")) for text in together if len(text.split()) >= OF_WINDOWS
    ]
    # The training line is named, never the other one: whoever mends this must not have read the sealed set.
    close = [
        (round(closeness, 2), validation[row][0], training[column].text)
        for row, column, closeness in pairs_at_least(
            TOO_CLOSE, matrix([example for _, example in validation]), rows
        )
    ]
    assert not close


def test_leaving_out_what_is_common_loses_no_pair(rows: sparse.csr_matrix) -> None:
    some = rows[:: rows.shape[0] // 300]
    whole = (some @ rows.T).tocoo()
    close = {(int(one), int(other)) for one, other in zip(*(whole >= 0.7).nonzero())}
    assert {pair[:2] for pair in pairs_at_least(0.7, some, rows)} == close and len(close) > some.shape[0]


def test_training_is_not_padded_with_paraphrases(
    training: list[Example], rows: sparse.csr_matrix, record_property: Callable[[str, object], None]
) -> None:
    labels: dict[tuple[str, str, bool], list[int]] = {}
    for index, example in enumerate(training):
        if len(example.text.split()) >= FEWEST_WORDS:
            labels.setdefault((example.intent, example.safety, bool(example.context)), []).append(index)
    near = 0
    for members in labels.values():
        part = rows[members]
        closeness = (part @ part.T).toarray()
        np.fill_diagonal(closeness, 0)
        near += int((closeness.max(axis=1) >= PARAPHRASE).sum())
    share = near / sum(map(len, labels.values()))
    record_property("share_of_near_paraphrases", round(share, 4))
    assert share <= MOST_PARAPHRASES, f"{share:.1%} of training lines nearly repeat another of their label"
