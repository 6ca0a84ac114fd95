"""Where Chromium and its driver are, for the tests that need a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")


def need_chromium() -> None:
    """Skip the test, with what to install, where one of the two is not here."""
    if lacking := [str(path) for path in (CHROMIUM, DRIVER) if not path.exists()]:
        pytest.skip(f"no {' and no '.join(lacking)} (Debian: apt-get install chromium chromium-driver)")
