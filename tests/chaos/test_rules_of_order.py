"""What stands or comes in the wrong order, in evidence that was doctored."""

from __future__ import annotations

from tests.chaos import faults
from tests.chaos.doctored import kinds, messages, shown
from tests.chaos.evidence import Evidence, Shown


def test_messages_stored_in_another_order_than_they_were_accepted(run: Evidence) -> None:
    first, second = messages(run)[1], messages(run)[3]
    first["seq"], second["seq"] = second["seq"], first["seq"]
    assert faults.ORDER in kinds(run)


def test_numbers_with_a_gap(run: Evidence) -> None:
    run.records["conversation"][1]["last_seq"] = 5
    assert kinds(run) == {faults.ORDER}


def test_a_message_shown_again_after_later_ones(run: Evidence) -> None:
    run.shown.append(shown(3, 3))
    assert kinds(run) == {faults.ORDER}


def test_a_message_that_a_browser_skipped(run: Evidence) -> None:
    run.shown = [one for one in run.shown if one.seq != 1]
    assert kinds(run) == {faults.ORDER}


def test_a_stream_that_went_on_too_early(run: Evidence) -> None:
    run.shown.append(Shown("browser 0", 2, 5, 30.0, 5, "m5", "assistant", "", "message", 4))
    assert kinds(run) == {faults.ORDER}


def test_answers_in_another_order_than_the_questions(run: Evidence) -> None:
    first, second = messages(run)[2], messages(run)[4]
    first["seq"], second["seq"] = second["seq"], first["seq"]
    assert faults.ORDER in kinds(run)
