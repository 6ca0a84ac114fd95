"""The encoder of the repository with heads for these tests: those of `make setup` if they fit, else trained here."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.language.encoder import Encoder
from bot.language.heads import HEADS_FILE, Heads
from bot.language.reader import Reader
from bot.language.training import heads_are_current, train_heads


@pytest.fixture(scope="session")
def heads_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Heads that fit today's data and encoder."""
    if heads_are_current():
        return HEADS_FILE
    path = tmp_path_factory.mktemp("heads") / "heads.npz"
    train_heads(path, say=lambda _: None)
    return path


@pytest.fixture(scope="session")
def reader(heads_file: Path) -> Reader:
    encoder = Encoder.shared()
    return Reader(encoder, Heads.load(heads_file, encoder.checksum))
