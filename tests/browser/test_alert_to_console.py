"""An open console shows each alert by itself, after it was posted and in the order of the posts.

How soon is measured by `python -m bench.alert_to_console` and stands in docs/performance.md. No test asserts a time,
which would say more of the machine than of us.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bot.clinic.paths import ROOT
from tests.chromium import need_chromium

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.model, pytest.mark.timeout(600)]


def test_every_alert_is_shown_on_the_page_that_was_open_after_it_was_posted() -> None:
    need_chromium()
    command = [sys.executable, "-m", "bench.alert_to_console", "--count", "3"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["alerts"] == 3
    assert found["order"] == [1, 2, 3] and found["same_page"]
    for what in ("acknowledged", "shown"):
        assert 0 < found[what]["shortest"] <= found[what]["median"]
        assert found[what]["median"] <= found[what]["p99"] <= found[what]["longest"]
