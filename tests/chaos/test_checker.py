"""The checker finds each kind of fault in evidence that was doctored, and none in a run as it should be."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import checker
from tests.chaos.checker import check, longest_unseen
from tests.chaos.evidence import Attempt, Carried, Disturbed, Evidence, Mailed, Shown, Wrote
from tests.chaos.patients import Browser, Scene

PHONE = "+16465551000"
SAFETY = "Call 988 now."
TOKEN = "ab" * 20
TWIML = f'<Response><Message statusCallback="https://x/sms/status">{SAFETY}</Message></Response>'


def row(number: int, conversation: int, seq: int, sender: str, text: str, **more: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "id": number,
        "conversation_id": conversation,
        "seq": seq,
        "sender": sender,
        "channel": "web" if conversation == 1 else "sms",
        "external_id": f"m{number}",
        "text": text,
        "at": float(number),
        "state": "answered" if sender == "patient" else "delivered",
        "level": "none",
        "kind": "message",
        "reply_to_id": None,
        "carrier_id": None,
        "attempts": 0,
        "failure": None,
    }
    return {**usual, **more}


def shown(seq: int, number: int, sender: str = "assistant", reply_to: int | None = None) -> Shown:
    return Shown("browser 0", 1, 0, 10.0 + seq, seq, f"m{number}", sender, "", "message", reply_to)


@pytest.fixture
def run() -> Evidence:
    """A browser asked two things; a phone asked one thing and was in crisis, and staff were paged by mail."""
    answer = {"message": {"seq": 2}, "reply": None, "more": []}
    wrote = [
        Wrote("browser 0", "web", "m2", "can i drive?", False, [Attempt(1, 2, 202, json.dumps(answer))]),
        Wrote("browser 0", "web", "m4", "and eat?", False, [Attempt(3, 4, 202, json.dumps(answer))]),
        Wrote(PHONE, "sms", "m6", "hello", False, [Attempt(1, 2, 200, "<Response/>")]),
        Wrote(PHONE, "sms", "m8", "i want to die", True, [Attempt(5, 6, 503), Attempt(7, 8, 200, TWIML)]),
    ]
    messages = [
        row(1, 1, 1, "assistant", "welcome", kind="first_contact"),
        row(2, 1, 2, "patient", "can i drive?"),
        row(3, 1, 3, "assistant", "not today", reply_to_id=2),
        row(4, 1, 4, "patient", "and eat?"),
        row(5, 1, 5, "assistant", "yes", reply_to_id=4),
        row(6, 2, 1, "patient", "hello"),
        row(7, 2, 2, "assistant", "hello!", reply_to_id=6, attempts=1),
        row(8, 2, 3, "patient", "i want to die", level="crisis"),
        row(9, 2, 4, "assistant", SAFETY, reply_to_id=8, kind="safety"),
    ]
    return Evidence(
        seed=1,
        wrote=wrote,
        shown=[
            shown(1, 1),
            shown(2, 2, "patient"),
            shown(3, 3, reply_to=2),
            shown(4, 4, "patient"),
            shown(5, 5),
        ],
        carried=[Carried(3.0, PHONE, "hello!", "SM1", True)],
        mailed=[Mailed(9.0, "nurse@clinic.example", f"Open: https://x/staff/page/{TOKEN}", True)],
        queue=[2],
        records={
            "message": messages,
            "conversation": [{"id": 1, "last_seq": 5}, {"id": 2, "last_seq": 4}],
            "alert": [{"id": 1, "conversation_id": 2, "level": "crisis", "state": "open"}],
            "alert_event": [{"id": 1, "alert_id": 1, "kind": "opened", "message_id": 8}],
            "item": [],
            "page": [{"id": 1, "alert_id": 1, "way": "email", "state": "sent", "attempts": 1, "error": None}],
            "page_link": [{"token_hash": hashlib.sha256(TOKEN.encode()).hexdigest(), "page_id": 1}],
            "taken_in": [],
            "jobs": [],
        },
    )


def messages(run: Evidence) -> list[dict[str, Any]]:
    return run.records["message"]


def kinds(run: Evidence) -> set[str]:
    """Faults without an explanation."""
    return {fault.kind for fault in check(run) if not fault.explained}


def explained(run: Evidence) -> set[str]:
    return {fault.kind for fault in check(run) if fault.explained}


def test_a_run_as_it_should_be_has_no_fault(run: Evidence) -> None:
    assert check(run) == []


def test_evidence_survives_a_file(run: Evidence, tmp_path: Path) -> None:
    run.save(tmp_path / "evidence.json")
    assert Evidence.load(tmp_path / "evidence.json") == run


def test_a_message_that_was_accepted_and_not_stored(run: Evidence) -> None:
    del messages(run)[5]
    assert checker.LOST in kinds(run)


def test_a_message_that_was_never_accepted(run: Evidence) -> None:
    run.wrote[0].attempts = [Attempt(1, 2, 503)]
    assert kinds(run) == {checker.UNTAKEN}


def test_a_crisis_text_answered_by_hand_with_database_and_disk_away_is_explained(run: Evidence) -> None:
    run.records["message"] = messages(run)[:7]
    run.records["conversation"][1]["last_seq"] = 2
    run.records["alert"], run.records["alert_event"] = [], []
    assert checker.LOST in kinds(run)
    run.disturbed = [Disturbed("database stopped, disk full", 6.0, 9.0)]
    assert kinds(run) == set() and explained(run) == {checker.LOST}


def test_a_message_stored_twice(run: Evidence) -> None:
    messages(run).append(row(10, 2, 5, "patient", "hello", external_id="m6", at=6.0))
    run.records["conversation"][1]["last_seq"] = 5
    assert kinds(run) == {checker.TWICE_STORED}


def test_a_message_stored_otherwise_than_written(run: Evidence) -> None:
    messages(run)[1]["text"] = "can i dive?"
    assert kinds(run) == {checker.CHANGED}


def test_a_message_without_an_answer(run: Evidence) -> None:
    messages(run)[1]["state"] = "received"
    assert kinds(run) == {checker.UNANSWERED}


def test_an_answer_that_the_record_has_and_the_browser_never_showed(run: Evidence) -> None:
    run.shown = [one for one in run.shown if one.seq != 5]
    assert kinds(run) == {checker.UNANSWERED}


def test_an_answer_that_the_record_has_and_the_phone_never_got(run: Evidence) -> None:
    run.carried = []
    assert kinds(run) == {checker.UNANSWERED}


def test_that_a_message_was_kept_is_no_answer(run: Evidence) -> None:
    messages(run)[2]["kind"] = "kept"
    assert kinds(run) == {checker.UNANSWERED}


def test_an_apology_that_staff_do_not_see(run: Evidence) -> None:
    messages(run)[2]["kind"] = "failure"
    assert kinds(run) == {checker.SILENT_FAILURE}
    run.records["item"] = [{"id": 1, "kind": "failed_turn", "conversation_id": 1, "message_id": 2}]
    assert kinds(run) == set()


def test_two_answers_of_two_turns(run: Evidence) -> None:
    messages(run).append(row(10, 1, 6, "assistant", "not today", reply_to_id=2))
    run.shown.append(shown(6, 10))
    run.records["conversation"][0]["last_seq"] = 6
    assert checker.TWICE in kinds(run)


def test_a_second_safety_text_is_an_answer_too_many_unless_one_was_withheld(run: Evidence) -> None:
    messages(run).append(row(10, 2, 5, "assistant", "Staff cannot be told.", reply_to_id=8, kind="safety"))
    run.records["conversation"][1]["last_seq"] = 5
    assert kinds(run) == {checker.TWICE}
    messages(run)[-1]["state"] = "withheld"
    assert check(run) == []


def test_two_texts_of_one_turn_are_one_answer(run: Evidence) -> None:
    messages(run).append(row(10, 1, 6, "assistant", "and drink water", reply_to_id=4, at=5.0))
    run.shown.append(shown(6, 10))
    run.records["conversation"][0]["last_seq"] = 6
    assert check(run) == []


def test_a_text_that_came_twice(run: Evidence) -> None:
    run.carried.append(Carried(20.0, PHONE, "hello!", "SM2", True))
    assert kinds(run) == {checker.TWICE}


def test_a_text_that_came_twice_since_the_carrier_kept_it_quiet(run: Evidence) -> None:
    run.carried[0].told = False
    run.carried.append(Carried(20.0, PHONE, "hello!", "SM2", True))
    assert kinds(run) == set() and explained(run) == {checker.TWICE}


def test_a_text_that_came_twice_since_the_sender_was_killed(run: Evidence) -> None:
    run.carried.append(Carried(20.0, PHONE, "hello!", "SM2", True))
    run.disturbed = [Disturbed("kill care", 4.0, 4.0)]
    assert kinds(run) == set() and explained(run) == {checker.TWICE}


def test_the_same_words_said_twice_may_come_twice(run: Evidence) -> None:
    run.carried.append(Carried(20.0, PHONE, "hello!", "SM2", True))
    messages(run).append(row(10, 2, 5, "assistant", "hello!", attempts=1))
    run.records["conversation"][1]["last_seq"] = 5
    assert check(run) == []


def test_messages_stored_in_another_order_than_they_were_accepted(run: Evidence) -> None:
    first, second = messages(run)[1], messages(run)[3]
    first["seq"], second["seq"] = second["seq"], first["seq"]
    assert checker.ORDER in kinds(run)


def test_the_order_of_what_two_processes_kept_is_explained(run: Evidence) -> None:
    first, second = messages(run)[1], messages(run)[3]
    first["seq"], second["seq"] = second["seq"], first["seq"]
    messages(run)[2]["kind"] = messages(run)[4]["kind"] = "note"  # leaves the order of the answers out
    run.records["taken_in"] = [{"subject": "message:2"}]
    assert checker.ORDER in kinds(run)
    run.web_processes = 2
    assert checker.ORDER not in kinds(run) and checker.ORDER in explained(run)


def test_numbers_with_a_gap(run: Evidence) -> None:
    run.records["conversation"][1]["last_seq"] = 5
    assert kinds(run) == {checker.ORDER}


def test_a_message_shown_again_after_later_ones(run: Evidence) -> None:
    run.shown.append(shown(3, 3))
    assert kinds(run) == {checker.ORDER}


def test_a_message_that_a_browser_skipped(run: Evidence) -> None:
    run.shown = [one for one in run.shown if one.seq != 1]
    assert kinds(run) == {checker.ORDER}


def test_a_stream_that_went_on_too_early(run: Evidence) -> None:
    run.shown.append(Shown("browser 0", 2, 5, 30.0, 5, "m5", "assistant", "", "message", 4))
    assert kinds(run) == {checker.ORDER}


def test_answers_in_another_order_than_the_questions(run: Evidence) -> None:
    first, second = messages(run)[2], messages(run)[4]
    first["seq"], second["seq"] = second["seq"], first["seq"]
    assert checker.ORDER in kinds(run)


def test_a_crisis_without_an_alert(run: Evidence) -> None:
    run.records["alert_event"] = []
    assert kinds(run) == {checker.NO_ALERT}


@pytest.mark.parametrize("body", ["<Response/>", "", "<Response><Message>Saved.</Message></Response>"])
def test_a_crisis_whose_acknowledgement_held_no_safety_text(run: Evidence, body: str) -> None:
    run.wrote[3].attempts[1].body = body
    run.carried.append(Carried(30.0, PHONE, SAFETY, "SM2", True))  # that it came later does not mend it
    assert kinds(run) == {checker.NO_REPLY}


def test_a_crisis_in_the_chat_is_looked_at_as_well(run: Evidence) -> None:
    run.wrote[0].grave = True
    assert kinds(run) == {checker.NO_ALERT, checker.NO_REPLY}


@pytest.fixture
def stored_after_all(run: Evidence) -> Evidence:
    """A browser in crisis was told that staff cannot be reached; then the message was stored after all, and the page
    showed the text that was stored with it."""
    told = {"text": "Call 988. I cannot reach our staff.", "level": "crisis", "kind": "safety"}
    kept = Attempt(1, 2, 202, json.dumps({"message": None, "reply": told, "kept": True}))
    run.wrote[0].grave, run.wrote[0].attempts = True, [kept]
    messages(run)[1]["level"] = "crisis"
    messages(run)[2].update(text=SAFETY, kind="safety", level="crisis")
    run.records["alert"].append({"id": 2, "conversation_id": 1, "level": "urgent", "state": "resolved"})
    run.records["alert_event"].append({"id": 2, "alert_id": 2, "kind": "opened", "message_id": 2})
    return run


def test_a_crisis_in_the_chat_that_was_kept_and_stored_after_all_is_explained(
    stored_after_all: Evidence,
) -> None:
    assert kinds(stored_after_all) == set() and explained(stored_after_all) == {checker.NO_REPLY}


def test_but_not_where_the_page_never_showed_what_was_stored(stored_after_all: Evidence) -> None:
    stored_after_all.shown = [one for one in stored_after_all.shown if one.seq < 3]
    assert checker.NO_REPLY in kinds(stored_after_all)


@pytest.mark.parametrize("instead", [{"kind": "kept"}, {"level": "none"}, None])
def test_nor_where_the_answer_held_no_safety_text(
    stored_after_all: Evidence, instead: dict[str, str] | None
) -> None:
    attempt = stored_after_all.wrote[0].attempts[0]
    body = json.loads(attempt.body)
    body["reply"] = instead and {**body["reply"], **instead}
    attempt.body = json.dumps(body)
    assert kinds(stored_after_all) == {checker.NO_REPLY}


def test_nor_where_it_was_taken_in_and_is_not_in_the_record(stored_after_all: Evidence) -> None:
    stored_after_all.records["taken_in"] = [{"subject": "message:2"}]
    assert kinds(stored_after_all) == {checker.NO_REPLY}


@pytest.mark.parametrize("kind, answers", [("kept", False), ("message", True), ("safety", True)])
def test_a_browser_that_read_only_that_its_words_were_saved_waits_for_the_answer(
    kind: str, answers: bool
) -> None:
    async def sees() -> bool:
        browser = Browser("browser 0", [], Scene(lambda: "", None, 0.0))  # type: ignore[arg-type]
        browser.written.append(Wrote("browser 0", "web", "m1", "can i drive?", False))
        said = {"seq": 1, "id": "m1", "from": "patient", "text": "", "kind": "message", "reply_to": None}
        browser._see(said, 1, 0)
        browser._see({**said, "seq": 2, "id": "m2", "from": "assistant", "kind": kind, "reply_to": 1}, 1, 0)
        await browser.close()
        return browser.up_to_date

    assert asyncio.run(sees()) is answers


def test_two_safety_texts_of_two_web_processes_are_explained_and_of_one_are_not(run: Evidence) -> None:
    """One answered the text, the other one kept it when it was delivered again."""
    other = "Call 988. I cannot reach our staff."
    again = Attempt(9, 10, 200, f"<Response><Message>{other}</Message></Response>")
    run.wrote[3].attempts.append(again)
    messages(run).append(row(10, 2, 5, "assistant", other, reply_to_id=8, kind="safety"))
    run.records["conversation"][1]["last_seq"] = 5
    assert checker.TWICE in kinds(run)
    run.web_processes = 2
    assert kinds(run) == set() and checker.TWICE in explained(run)
    # Where the report on the first one never came, the record takes it for withheld.
    messages(run)[8].update(state="withheld", failure="said in other words")
    assert kinds(run) == set() and checker.NO_REPLY in explained(run)
    run.web_processes = 1
    assert checker.NO_REPLY in kinds(run)
    for killed, between in ((7.0, False), (9.0, True), (11.0, False)):
        run.disturbed = [Disturbed("kill web", killed, killed), Disturbed("kill care", 9.0, 9.0)]
        assert (checker.NO_REPLY in explained(run)) is between
    run.web_processes, run.wrote[3].attempts = 2, run.wrote[3].attempts[:2]
    assert checker.NO_REPLY in kinds(run)


def test_an_alert_whose_page_was_recorded_and_never_arrived(run: Evidence) -> None:
    run.mailed = []
    assert kinds(run) == {checker.NO_PAGE}


def test_a_page_by_text_counts(run: Evidence) -> None:
    text = run.mailed.pop().text
    run.carried.append(Carried(9.0, "+12125550111", text, "SM2", True))
    assert check(run) == []


def test_an_alert_that_the_queue_does_not_show(run: Evidence) -> None:
    run.queue = []
    assert kinds(run) == {checker.NOT_IN_QUEUE}


def test_a_repeated_delivery_with_another_answer(run: Evidence) -> None:
    run.wrote[2].attempts.append(Attempt(20, 21, 200, TWIML))
    assert kinds(run) == {checker.REPLAY}


def test_what_nobody_could_see(run: Evidence) -> None:
    run.seen = {"a worker that hangs shows": False}
    assert kinds(run) == {checker.HIDDEN}


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


def test_every_kind_of_fault_is_tried_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    names = {name for name, value in vars(checker).items() if value in checker.KINDS}
    assert len(names) == len(checker.KINDS)
    assert not [name for name in names if f"checker.{name}" not in source]


def test_the_checker_shares_no_code_with_what_it_checks() -> None:
    for name in ("checker.py", "evidence.py"):
        source = Path(__file__).with_name(name).read_text(encoding="utf-8")
        assert "import bot" not in source and "from bot" not in source and "actions" not in source
