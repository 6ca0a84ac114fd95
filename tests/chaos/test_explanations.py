"""Each explanation rests on evidence: the same fault without it stays broken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.chaos import faults
from tests.chaos.doctored import (
    ALONE,
    ALONE_TWIML,
    PHONE,
    SAFETY,
    TWIML,
    explained,
    kinds,
    messages,
    row,
)
from tests.chaos.evidence import Attempt, Carried, Disturbed, Evidence


@pytest.fixture
def lost(run: Evidence) -> Evidence:
    """A crisis text came with database and disk away, was answered by hand, and web was killed before it could keep
    it."""
    run.records["message"] = messages(run)[:7]
    run.records["conversation"][1]["last_seq"] = 2
    run.records["alert"], run.records["alert_event"] = [], []
    run.wrote[3].attempts = [Attempt(7, 8, 200, ALONE_TWIML)]
    run.disturbed = [Disturbed("database stopped, disk full", 6.0, 9.0), Disturbed("kill web", 10.0, 10.0)]
    return run


def test_a_crisis_text_answered_by_hand_that_died_with_web_is_explained(lost: Evidence) -> None:
    assert kinds(lost) == set() and explained(lost) == {faults.LOST}


@pytest.mark.parametrize(
    "disturbed",
    [
        [],
        [("kill web", 10.0, 10.0)],
        [("database stopped, disk full", 6.0, 9.0)],  # web lived, and had it in its memory
        [("database stopped, disk full", 6.0, 9.0), ("kill web", 5.0, 5.0)],
        [("database stopped, disk full", 6.0, 9.0), ("kill web", 60.0, 60.0)],
        [("database stopped, disk full", 6.0, 9.0), ("kill answer", 10.0, 10.0)],
        [("database stopped", 6.0, 9.0), ("kill web", 10.0, 10.0)],
        [("database stopped, disk full", 0.0, 6.0), ("kill web", 10.0, 10.0)],  # the disk was back
    ],
)
def test_a_lost_crisis_text_is_not_explained_by_less(
    lost: Evidence, disturbed: list[tuple[str, float, float]]
) -> None:
    lost.disturbed = [Disturbed(*one) for one in disturbed]
    assert kinds(lost) == {faults.LOST}


@pytest.mark.parametrize("body", [TWIML, "<Response><Message>Saved.</Message></Response>", "<Response/>"])
def test_nor_where_the_patient_could_believe_that_staff_know(lost: Evidence, body: str) -> None:
    lost.wrote[3].attempts[0].body = body
    assert kinds(lost) == {faults.LOST, faults.NO_REPLY}


def test_nor_is_a_lost_text_that_was_no_crisis(lost: Evidence) -> None:
    lost.wrote[3].grave = False
    assert kinds(lost) == {faults.LOST}


def test_nor_what_a_browser_would_have_sent_again(lost: Evidence) -> None:
    said = {"message": None, "reply": {"text": ALONE}, "kept": True}
    lost.wrote[3].patient, lost.wrote[3].channel = "browser 0", "web"
    lost.wrote[3].attempts[0].body = json.dumps(said)
    assert kinds(lost) == {faults.LOST}


@pytest.fixture
def twice(run: Evidence) -> Evidence:
    """A text came a second time."""
    run.carried.append(Carried(20.0, PHONE, "hello!", "SM2", True))
    return run


def test_a_text_that_came_twice_since_the_carrier_kept_it_quiet(twice: Evidence) -> None:
    twice.carried[0].told = False
    assert kinds(twice) == set() and explained(twice) == {faults.TWICE}


def test_that_the_carrier_kept_the_last_one_quiet_explains_nothing(twice: Evidence) -> None:
    twice.carried[1].told = False
    assert kinds(twice) == {faults.TWICE}


def test_one_text_kept_quiet_explains_one_text_too_many(twice: Evidence) -> None:
    twice.carried[0].told = False
    twice.carried.append(Carried(40.0, PHONE, "hello!", "SM3", True))
    assert kinds(twice) == {faults.TWICE}
    twice.carried[1].told = False
    assert kinds(twice) == set()


@pytest.mark.parametrize(
    "what, began, ended, is_explained",
    [
        ("kill care", 4.0, 4.0, True),
        ("kill care", 2.0, 2.0, False),  # before the carrier took it
        ("kill care", 19.0, 19.0, False),  # when it had long been written down
        ("kill answer", 4.0, 4.0, False),
        ("carrier slow", 2.0, 6.0, False),
        ("database killed", 2.0, 2.0, True),
        ("everything killed", 5.0, 6.0, True),
        ("care frozen", 2.0, 17.0, True),
    ],
)
def test_a_text_that_came_twice_since_the_sender_was_gone(
    twice: Evidence, what: str, began: float, ended: float, is_explained: bool
) -> None:
    twice.disturbed = [Disturbed(what, began, ended)]
    assert (kinds(twice), explained(twice)) == (
        (set(), {faults.TWICE}) if is_explained else ({faults.TWICE}, set())
    )


@pytest.fixture
def stored_after_all(run: Evidence) -> Evidence:
    """A browser in crisis was told that staff cannot be reached; then the message was stored after all, and the page
    showed the text that was stored with it."""
    told = {"text": ALONE, "level": "crisis", "kind": "safety"}
    kept = Attempt(1, 2, 202, json.dumps({"message": None, "reply": told, "kept": True}))
    run.wrote[0].grave, run.wrote[0].attempts = True, [kept]
    messages(run)[1]["level"] = "crisis"
    messages(run)[2].update(text=SAFETY, kind="safety", level="crisis")
    # The alert and the page that came first serve for this as well.
    for table, key in (("alert", "id"), ("page", "alert_id")):
        run.records[table].append({**run.records[table][0], "id": 2, key: 2})
    run.records["alert"][1]["conversation_id"] = 1
    run.records["page_link"].append({**run.records["page_link"][0], "page_id": 2})
    run.records["alert_event"].append({"id": 2, "alert_id": 2, "kind": "opened", "message_id": 2})
    run.queue = [1, 2]
    return run


def test_a_crisis_in_the_chat_that_was_kept_and_stored_after_all_is_explained(
    stored_after_all: Evidence,
) -> None:
    assert kinds(stored_after_all) == set() and explained(stored_after_all) == {faults.NO_REPLY}


def test_but_not_where_the_page_never_showed_what_was_stored(stored_after_all: Evidence) -> None:
    stored_after_all.shown = [one for one in stored_after_all.shown if one.seq < 3]
    assert faults.NO_REPLY in kinds(stored_after_all)


@pytest.mark.parametrize("instead", [{"kind": "kept"}, {"level": "none"}, None])
def test_nor_where_the_answer_held_no_safety_text(
    stored_after_all: Evidence, instead: dict[str, str] | None
) -> None:
    attempt = stored_after_all.wrote[0].attempts[0]
    body = json.loads(attempt.body)
    body["reply"] = instead and {**body["reply"], **instead}
    attempt.body = json.dumps(body)
    assert kinds(stored_after_all) == {faults.NO_REPLY}


@pytest.mark.parametrize("instead", [{"kind": "message"}, {"level": "urgent"}])
def test_nor_where_what_was_stored_is_no_safety_text(
    stored_after_all: Evidence, instead: dict[str, str]
) -> None:
    messages(stored_after_all)[2].update(instead)
    assert kinds(stored_after_all) == {faults.NO_REPLY}


def test_nor_where_it_was_not_kept(stored_after_all: Evidence) -> None:
    attempt = stored_after_all.wrote[0].attempts[0]
    attempt.body = json.dumps({**json.loads(attempt.body), "kept": False})
    assert kinds(stored_after_all) == {faults.NO_REPLY}


def test_nor_where_it_was_taken_in_and_is_not_in_the_record(stored_after_all: Evidence) -> None:
    stored_after_all.records["taken_in"] = [{"subject": "message:2"}]
    assert kinds(stored_after_all) == {faults.NO_REPLY}


@pytest.fixture
def graver(run: Evidence) -> Evidence:
    """A text was kept with the text for an emergency, and known for a crisis when it was taken in."""
    run.wrote[3].attempts = [Attempt(7, 8, 200, "<Response><Message>Call 911.</Message></Response>")]
    messages(run)[8].update(text="Call 911.", level="emergency")
    messages(run).append(
        row(10, 2, 5, "assistant", SAFETY, reply_to_id=8, kind="safety", level="crisis", attempts=1)
    )
    run.carried.append(Carried(30.0, PHONE, SAFETY, "SM2", True))
    run.records["conversation"][1]["last_seq"] = 5
    run.records["taken_in"] = [{"subject": "message:8"}]
    return run


def test_a_safety_text_for_what_was_found_to_be_graver_when_taken_in_is_explained(graver: Evidence) -> None:
    assert kinds(graver) == set() and explained(graver) == {faults.TWICE}


@pytest.mark.parametrize(
    "number, instead",
    [
        (8, {"level": "crisis"}),  # it was known from the first
        (8, {"kind": "message", "level": "none"}),  # the assistant had answered already
        (9, {"level": "emergency"}),
        (9, {"kind": "message", "level": "none"}),
        (9, {"kind": "failure", "level": "none"}),
    ],
)
def test_two_answers_to_what_did_not_become_graver_are_not(
    graver: Evidence, number: int, instead: dict[str, Any]
) -> None:
    messages(graver)[number].update(instead)
    assert faults.TWICE in kinds(graver)


def test_nor_are_two_answers_to_what_was_no_danger_in_the_end(graver: Evidence) -> None:
    for number, level in ((7, "urgent"), (8, "none"), (9, "urgent")):
        messages(graver)[number]["level"] = level
    assert faults.TWICE in kinds(graver)


def test_nor_are_two_answers_to_what_was_never_kept_or_three_to_what_was(graver: Evidence) -> None:
    graver.records["taken_in"] = []
    assert kinds(graver) == {faults.TWICE}
    graver.records["taken_in"] = [{"subject": "message:8"}]
    messages(graver).append(row(11, 2, 6, "assistant", "Wait.", reply_to_id=8, kind="follow_up", attempts=1))
    graver.carried.append(Carried(40.0, PHONE, "Wait.", "SM3", True))
    graver.records["conversation"][1]["last_seq"] = 6
    assert kinds(graver) == {faults.TWICE}
