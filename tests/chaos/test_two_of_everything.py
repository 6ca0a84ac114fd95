"""Nothing sticks to a process: the same run with two web, two answer and two care processes behind a proxy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import plan as plans
from tests.chaos.checker import check
from tests.chaos.run import run
from tests.chaos.several import missing

pytestmark = [
    pytest.mark.processes,
    pytest.mark.model,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(bool(missing()), reason=missing()),
]

SEED = 21


def test_every_promise_is_kept_by_two_of_everything(folder: Path) -> None:
    plan = plans.short(SEED, patients=12)
    played = run(plan, folder, several=True)
    assert played.settled, played.waits
    assert [fault for fault in check(played.evidence) if not fault.explained] == []
    assert {one.what for one in played.evidence.disturbed} == {one.what for one in plan.disturbances}
    assert any(one.grave for one in played.evidence.wrote)
