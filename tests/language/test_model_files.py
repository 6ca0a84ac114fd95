"""Files that are missing, damaged or of another version are refused with words that say what to do."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.language import training
from bot.language.encoder import MODEL_FOLDER, Encoder, Row
from bot.language.errors import EncoderDamaged, ModelMissing, ModelOutdated
from bot.language.heads import Heads
from bot.language.training import fit, train_heads
from bot.language.training_data import Example
from bot.language.vectors import encode_all, training_vectors


def test_the_encoder_is_small_enough() -> None:
    assert (MODEL_FOLDER / "encoder.onnx").stat().st_size <= 25_000_000


def test_a_damaged_encoder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(MODEL_FOLDER, folder)
    with (folder / "encoder.onnx").open("r+b") as file:
        file.seek(1000)
        file.write(b"\0\0\0\0\1")
    with pytest.raises(EncoderDamaged, match=r"encoder[.]onnx"):
        Encoder(folder)


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json", "encoder.json"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(MODEL_FOLDER, folder)
    (folder / name).unlink()
    with pytest.raises(ModelMissing, match=f"{name}.*make setup"):
        Encoder(folder)


def test_missing_heads(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="aftercare train"):
        Heads.load(tmp_path / "heads.npz", "x")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not really", b"\x80\x04K\x01."])
def test_unreadable_heads(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "heads.npz"
    path.write_bytes(content)
    with pytest.raises(ModelOutdated, match="aftercare train"):
        Heads.load(path, "x")


def test_heads_of_another_encoder(heads_file: Path) -> None:
    with pytest.raises(ModelOutdated, match="another encoder"):
        Heads.load(heads_file, "0" * 64)


def test_heads_of_other_labels(heads_file: Path, tmp_path: Path) -> None:
    with np.load(heads_file, allow_pickle=False) as arrays:
        content = dict(arrays)
    about = json.loads(content["about"].tobytes())
    about["levels"] = ["none", "bad"]
    content["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    np.savez(tmp_path / "heads.npz", **content)
    with pytest.raises(ModelOutdated, match="other labels"):
        Heads.load(tmp_path / "heads.npz", about["encoder"])


def test_heads_come_back_as_saved(heads_file: Path, tmp_path: Path) -> None:
    checksum = Encoder.shared().checksum
    heads = Heads.load(heads_file, checksum)
    replace(heads, intent=replace(heads.intent, temperature=1.5)).save(tmp_path / "copy.npz")
    copy = Heads.load(tmp_path / "copy.npz", checksum)
    assert np.array_equal(copy.intent.weight, heads.intent.weight) and copy.intent.temperature == 1.5
    assert copy.fingerprint == heads.fingerprint


def test_training_is_skipped_when_nothing_changed(heads_file: Path, tmp_path: Path) -> None:
    said: list[str] = []
    path = tmp_path / "heads.npz"
    shutil.copy(heads_file, path)
    report = train_heads(path, said.append)
    assert not report.changed and "up to date" in said[0] and len(said) == 1
    assert path.read_bytes() == heads_file.read_bytes()


def test_of_two_trainings_one_waits_for_the_other(heads_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "heads.npz"
    other = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print(); sys.stdin.read()"
    with (
        subprocess.Popen(
            [sys.executable, "-c", other, str(path.with_suffix(".lock"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process,
        ThreadPoolExecutor(1) as pool,
    ):
        assert process.stdin and process.stdout and process.stdout.readline()
        waiting = pool.submit(train_heads, path, lambda _: None)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=1)
        shutil.copy(heads_file, path)  # the other is done, and goes
        process.stdin.close()
        assert not waiting.result(timeout=60).changed


def test_new_data_make_heads_outdated(
    heads_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = training.load_training() + [Example("may i drive the combine", "ask_driving")]
    monkeypatch.setattr(training, "load_training", lambda: changed)
    assert not training.heads_are_current(heads_file)


def test_vectors_are_kept_and_the_cache_may_be_damaged(tmp_path: Path) -> None:
    encoder = Encoder.shared()
    rows: list[Row] = [("hello", None), ("2", "mood 0-10"), ("hello", None)]
    said: list[str] = []
    first = training_vectors(rows, encoder, said.append, tmp_path)
    again = training_vectors(rows, encoder, said.append, tmp_path)
    assert (
        said == ["Encoding 2 messages."]
        and np.array_equal(first, again)
        and np.array_equal(first[0], first[2])
    )
    for file in tmp_path.glob("*.npz"):
        file.write_bytes(b"broken")
    assert np.array_equal(training_vectors(rows, encoder, said.append, tmp_path), first) and len(said) == 2
    assert training_vectors([], encoder, said.append, tmp_path).shape == (0, encoder.dimension)


def test_training_vectors_follow_from_the_rows_alone_and_are_like_those_of_the_reader(tmp_path: Path) -> None:
    encoder = Encoder.shared()
    rows: list[Row] = [(example.text, example.context) for example in training.load_training()[::90]]
    dice = np.random.default_rng(3)
    shuffled = dice.permutation(len(rows))
    said: list[str] = []
    half = training_vectors(rows[::2], encoder, said.append, tmp_path / "grown")
    grown = training_vectors(rows, encoder, said.append, tmp_path / "grown")
    at_once = training_vectors([rows[i] for i in shuffled], encoder, said.append, tmp_path / "at once")
    assert np.array_equal(grown[shuffled], at_once)
    assert len(half) == len(rows[::2])

    alone = encode_all(rows, encoder)
    likeness = (alone * grown).sum(axis=1) / np.linalg.norm(alone, axis=1) / np.linalg.norm(grown, axis=1)
    assert likeness.min() > 0.9
    nearest = (alone @ grown.T / np.linalg.norm(grown, axis=1)).argmax(axis=1)
    assert (nearest == np.arange(len(rows))).mean() > 0.98


def test_a_row_more_leaves_other_batches_as_they_are(tmp_path: Path) -> None:
    encoder = Encoder.shared()
    rows: list[Row] = [(f"may i drive on day {number}", None) for number in range(200)]
    said: list[str] = []
    training_vectors(rows, encoder, said.append, tmp_path)
    training_vectors([*rows, ("may i drive on saturday", None)], encoder, said.append, tmp_path)
    assert said[0] == "Encoding 200 messages."
    assert 1 <= int(said[1].split()[1]) <= 60


def test_fit_learns_and_repeats() -> None:
    dice = np.random.default_rng(5)
    centres = dice.normal(size=(3, 8)).astype(np.float32) * 3
    labels = dice.integers(0, 3, size=200)
    vectors = centres[labels] + dice.normal(size=(200, 8)).astype(np.float32) * 0.3
    head = fit(labels.tolist(), 3, vectors)
    assert (head.probabilities(vectors).argmax(axis=1) == labels).mean() == 1.0
    assert np.array_equal(fit(labels.tolist(), 3, vectors).weight, head.weight)
