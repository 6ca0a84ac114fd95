"""How long a crisis that was kept waited for staff."""

from __future__ import annotations

from tests.chaos.evidence import Disturbed, Evidence
from tests.chaos.longest_unseen import longest_unseen


def test_how_long_a_crisis_waited_is_counted_without_the_outage(run: Evidence) -> None:
    assert longest_unseen(run) == 0
    run.records["taken_in"] = [
        {"subject": "message:6", "detail": {"late_seconds": 500}},
        {"subject": "message:8", "detail": {"late_seconds": 60}},
    ]
    run.disturbed = [Disturbed("database stopped", 2.0, 27.0), Disturbed("kill web", 30.0, 30.0)]
    assert longest_unseen(run) == 40  # it came at 7, and the database was there from 27 to 67
    run.disturbed.append(Disturbed("clock four minutes ahead", 50.0, 70.0))
    assert longest_unseen(run) == 0
