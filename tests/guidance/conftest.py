"""A clinic with fixed hours and numbers, and the guidance as it lies in the project."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.clinic.settings import WEEKDAYS, Clinic
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.guidance.reading import FOLDER


@pytest.fixture
def make_clinic() -> Callable[..., Clinic]:
    """A clinic in New York, open 08:00 to 17:00 every day but Sunday; keywords change its settings."""

    def make(**changes: Any) -> Clinic:
        settings: dict[str, Any] = {
            "name": "Harbor Clinic",
            "phone": "(212) 555-0142",
            "after_hours_phone": "(212) 555-0178",
            "time_zone": "America/New_York",
            "opening_hours": {day: "closed" if day == "sun" else ["08:00", "17:00"] for day in WEEKDAYS},
            "on_call": [{"name": "A. Nurse", "email": "nurse@clinic.example", "phone": "(212) 555-0101"}],
            **changes,
        }
        return Clinic.parse_obj(settings)

    return make


@pytest.fixture
def clinic(make_clinic: Callable[..., Clinic]) -> Clinic:
    """The clinic under the cautious default rules: the next day, once slept."""
    return make_clinic()


@pytest.fixture(scope="session")
def library() -> Library:
    """The project's topics."""
    return Library.load()


@pytest.fixture(scope="session")
def phrases() -> Phrases:
    """The project's phrases."""
    return Phrases.load()


@pytest.fixture
def guidance_copy(tmp_path: Path) -> Path:
    """A copy of the guidance that a test may break."""
    return Path(shutil.copytree(FOLDER, tmp_path / "guidance"))
