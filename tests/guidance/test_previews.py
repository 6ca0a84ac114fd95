"""What a clinician is shown before signing: every phase, and both sides of the clinic's rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from bot.clinic.settings import Clinic
from bot.guidance.library import TOPICS, Library
from bot.guidance.phases import Phase
from bot.guidance.previews import previews

NOON = datetime(2026, 3, 14, 16, 0, tzinfo=timezone.utc)


def shown(library: Library, topic: str, clinic: Clinic, now: datetime = NOON) -> list[tuple[str, str | None]]:
    return [(one.phase.value, one.when) for one in previews(library, topic, clinic, now)]


@pytest.mark.parametrize(
    ("rule", "sides"),
    [
        (
            {"rule": "next_day_after_sleep"},
            [("same_day", "waiting"), ("next_day", "passed"), ("later", "passed")],
        ),
        (
            {"rule": "hours", "hours": 24},
            [
                ("same_day", "waiting"),
                ("same_day", "passed"),
                ("next_day", "waiting"),
                ("next_day", "passed"),
                ("later", "passed"),
            ],
        ),
        (
            {"rule": "hours", "hours": 168},
            [("same_day", "waiting"), ("next_day", "waiting"), ("later", "waiting"), ("later", "passed")],
        ),
    ],
)
def test_both_sides_of_a_rule_are_shown(
    rule: dict[str, Any], sides: list[tuple[str, str]], library: Library, make_clinic: Callable[..., Clinic]
) -> None:
    clinic = make_clinic(driving=rule)
    assert shown(library, "driving", clinic) == [("before", None), *sides, ("unknown", None)]
    by_state = {(one.phase.value, one.when): one.web for one in previews(library, "driving", clinic, NOON)}
    for (_, when), text in by_state.items():
        assert when is None or text.startswith("Not yet") == (when == "waiting")


@pytest.mark.parametrize("hour", range(24))
def test_no_phase_is_missing_at_any_hour(
    hour: int, library: Library, make_clinic: Callable[..., Clinic]
) -> None:
    now = NOON.replace(hour=0) + timedelta(hours=hour)
    for clinic in (make_clinic(), make_clinic(driving={"rule": "hours", "hours": 12})):
        for topic in TOPICS:
            phases = [phase for phase, _ in shown(library, topic, clinic, now)]
            assert sorted(set(phases)) == sorted(phase.value for phase in Phase), (topic, now)
