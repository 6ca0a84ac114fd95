"""The measurement of how soon an open console shows an alert works: small, and without a word on how fast."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bot.clinic.paths import ROOT
from tests.chromium import need_chromium

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.model, pytest.mark.timeout(600)]


def test_every_alert_is_shown_after_it_was_posted() -> None:
    need_chromium()
    command = [sys.executable, "-m", "bench.alert_to_console", "--count", "3"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["alerts"] == 3
    for what in ("acknowledged", "shown"):
        assert 0 < found[what]["median"] <= found[what]["p99"] <= found[what]["longest"]
