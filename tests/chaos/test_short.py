"""The short form of `make chaos`: twenty patients, real processes, and a handful of things that go wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import plan as plans
from tests.chaos.checker import check
from tests.chaos.run import run

pytestmark = [pytest.mark.processes, pytest.mark.model, pytest.mark.timeout(1200)]

SEED = 20


def test_every_promise_is_kept_while_one_thing_after_another_is_taken_away(folder: Path) -> None:
    played = run(plans.short(SEED), folder)
    evidence = played.evidence
    assert played.settled, played.waits
    assert [fault for fault in check(evidence) if not fault.explained] == []
    # What was played is what was meant: a run in which nothing happens proves nothing.
    assert {one.what for one in evidence.disturbed} == {one.what for one in plans.short(SEED).disturbances}
    assert {one.channel for one in evidence.wrote} == {"web", "sms"}
    assert any(one.grave for one in evidence.wrote) and evidence.mailed
    assert any(len(one.attempts) > 1 for one in evidence.wrote)
