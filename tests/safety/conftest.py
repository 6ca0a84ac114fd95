from __future__ import annotations

import pytest

from bot.safety.screen import Screen


@pytest.fixture(scope="session")
def rules_screen() -> Screen:
    """The screen with its rules alone: what is left when there is no model, and quick to load."""
    return Screen.load("rules_only")
