"""`rasa test` from the project's root, as its own users run it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.clinic.paths import ROOT


@pytest.mark.model
@pytest.mark.processes
def test_the_stories_hold(tmp_path: Path) -> None:
    command = ["rasa", "test", "core", "--e2e", "--stories", "tests/rasa", "--fail-on-prediction-errors"]
    run = subprocess.run(
        [sys.executable, "-m", *command, "--out", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    failed = (tmp_path / "failed_test_stories.yml").read_text(encoding="utf-8")
    assert "None of the test stories failed" in failed
