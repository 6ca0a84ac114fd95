"""What the runs of this folder share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.doctored import as_it_should_be
from tests.chaos.evidence import Evidence


@pytest.fixture
def run() -> Evidence:
    """A run in which no promise is broken."""
    return as_it_should_be()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, below /tmp: the database's socket has its name in it, and its server runs as another user."""
    with tempfile.TemporaryDirectory(prefix="aftercare-chaos-", dir="/tmp") as name:
        made = Path(name)
        made.chmod(0o711)
        yield made
