"""What tests of commands share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot import train


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of a few files for the bookkeeping of training."""
    for source in train.DIALOGUE_SOURCES:
        path = tmp_path / source
        if path.suffix:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
        else:
            path.mkdir(parents=True)
            (path / "a.yml").write_text("x")
    models = tmp_path / "models"
    models.mkdir()
    monkeypatch.setattr(train, "ROOT", tmp_path)
    monkeypatch.setattr(train, "MODELS", models)
    monkeypatch.setattr(train, "STAMP", models / "trained.json")
    monkeypatch.setattr(train, "HEADS", models / "heads.npz")
    monkeypatch.setattr(train, "DIALOGUE", models / "aftercare.tar.gz")
    monkeypatch.setattr(train, "LOG", tmp_path / ".cache" / "train.log")
    (models / "heads.npz").write_text("x")
    (models / "aftercare.tar.gz").write_text("x")
    stamp = {
        "reader": train.fingerprint(train.READER_SOURCES),
        "dialogue": train.fingerprint(train.DIALOGUE_SOURCES),
    }
    (models / "trained.json").write_text(json.dumps(stamp))
    return tmp_path
