"""A crisis without alert, safety text, page or place in the queue, in evidence that was doctored."""

from __future__ import annotations

import pytest

from tests.chaos import faults
from tests.chaos.checker import check
from tests.chaos.doctored import PHONE, SAFETY, kinds, messages
from tests.chaos.evidence import Carried, Evidence, Mailed


def test_a_crisis_without_an_alert(run: Evidence) -> None:
    run.records["alert_event"] = []
    assert kinds(run) == {faults.NO_ALERT}


@pytest.mark.parametrize("level", ["urgent", "unassessed"])
def test_a_crisis_whose_alert_says_less(run: Evidence, level: str) -> None:
    run.records["alert"][0]["level"] = level
    assert kinds(run) == {faults.NO_ALERT}


def test_a_crisis_whose_alert_is_another_patients_or_was_only_written_about(run: Evidence) -> None:
    run.records["alert_event"][0]["kind"] = "added"
    assert kinds(run) == {faults.NO_ALERT}
    run.records["alert_event"][0]["kind"] = "joined"
    assert kinds(run) == set()
    run.records["alert"][0]["conversation_id"] = 1
    assert faults.NO_ALERT in kinds(run)


@pytest.mark.parametrize("instead", [{"kind": "message"}, {"level": "urgent"}])
def test_a_crisis_that_was_answered_at_once_with_something_milder(
    run: Evidence, instead: dict[str, str]
) -> None:
    messages(run)[8].update(instead)
    assert kinds(run) == {faults.NO_REPLY}


@pytest.mark.parametrize("body", ["<Response/>", "", "<Response><Message>Saved.</Message></Response>"])
def test_a_crisis_whose_acknowledgement_held_no_safety_text(run: Evidence, body: str) -> None:
    run.wrote[3].attempts[1].body = body
    messages(run)[8]["attempts"] = 1
    run.carried.append(Carried(30.0, PHONE, SAFETY, "SM2", True))  # that it came later does not mend it
    assert kinds(run) == {faults.NO_REPLY}


def test_a_crisis_in_the_chat_is_looked_at_as_well(run: Evidence) -> None:
    run.wrote[0].grave = True
    assert kinds(run) == {faults.NO_ALERT, faults.NO_REPLY}


def test_an_alert_whose_page_was_recorded_and_never_arrived(run: Evidence) -> None:
    run.mailed = []
    assert kinds(run) == {faults.NO_PAGE}


def test_a_page_that_is_older_than_the_crisis(run: Evidence) -> None:
    run.mailed[0].at = 4.0
    assert kinds(run) == {faults.NO_PAGE}
    run.mailed.append(Mailed(10.0, "nurse@clinic.example", run.mailed[0].text, True))
    assert check(run) == []


def test_a_page_by_text_counts(run: Evidence) -> None:
    text = run.mailed.pop().text
    run.carried.append(Carried(9.0, "+12125550111", text, "SM2", True))
    assert check(run) == []


def test_an_alert_that_the_queue_does_not_show(run: Evidence) -> None:
    run.queue = []
    assert kinds(run) == {faults.NOT_IN_QUEUE}


def test_an_alert_that_nobody_worked_on_and_that_does_not_wait(run: Evidence) -> None:
    run.records["alert"][0]["state"] = "resolved"
    assert kinds(run) == {faults.NOT_IN_QUEUE}


def test_what_nobody_could_see(run: Evidence) -> None:
    run.seen = {"a worker that hangs shows": False}
    assert kinds(run) == {faults.HIDDEN}
