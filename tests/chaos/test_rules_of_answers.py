"""A message that is lost, changed, not answered, or answered twice, in evidence that was doctored."""

from __future__ import annotations

from tests.chaos import faults
from tests.chaos.checker import check
from tests.chaos.doctored import PHONE, SAFETY, TWIML, kinds, messages, row, shown
from tests.chaos.evidence import Attempt, Carried, Evidence, Wrote


def test_a_message_that_was_accepted_and_not_stored(run: Evidence) -> None:
    del messages(run)[5]
    assert faults.LOST in kinds(run)


def test_a_message_that_was_never_accepted(run: Evidence) -> None:
    run.wrote[0].attempts = [Attempt(1, 2, 503)]
    assert kinds(run) == {faults.UNTAKEN}


def test_a_message_stored_twice(run: Evidence) -> None:
    messages(run).append(row(10, 2, 5, "patient", "hello", external_id="m6", at=6.0))
    run.records["conversation"][1]["last_seq"] = 5
    assert kinds(run) == {faults.TWICE_STORED}


def test_a_message_stored_otherwise_than_written(run: Evidence) -> None:
    messages(run)[1]["text"] = "can i dive?"
    assert kinds(run) == {faults.CHANGED}


def test_a_message_stored_where_another_patient_writes(run: Evidence) -> None:
    messages(run)[7].update(conversation_id=1, seq=6)
    assert faults.CHANGED in kinds(run)


def test_a_message_without_an_answer(run: Evidence) -> None:
    messages(run)[1]["state"] = "received"
    assert kinds(run) == {faults.UNANSWERED}


def test_an_answer_that_the_record_has_and_the_browser_never_showed(run: Evidence) -> None:
    run.shown = [one for one in run.shown if one.seq != 5]
    assert kinds(run) == {faults.UNANSWERED}


def test_an_answer_that_the_record_has_and_the_phone_never_got(run: Evidence) -> None:
    run.carried = []
    assert kinds(run) == {faults.UNANSWERED}


def test_the_answer_to_an_earlier_question_in_the_same_words_is_not_the_answer_to_this_one(
    run: Evidence,
) -> None:
    run.wrote.append(Wrote(PHONE, "sms", "m10", "hello", False, [Attempt(10, 11, 200, "<Response/>")]))
    messages(run).append(row(10, 2, 5, "patient", "hello"))
    messages(run).append(row(11, 2, 6, "assistant", "hello!", reply_to_id=10, attempts=1))
    run.records["conversation"][1]["last_seq"] = 6
    assert kinds(run) == {faults.UNANSWERED}
    run.carried[0].at = 12.0  # nor one text the answer to two
    assert kinds(run) == {faults.UNANSWERED}
    run.carried.append(Carried(13.0, PHONE, "hello!", "SM2", True))
    assert check(run) == []


def test_what_came_before_the_question_is_not_its_answer(run: Evidence) -> None:
    run.carried[0].at = 0.5
    assert kinds(run) == {faults.UNANSWERED}


def test_half_of_an_answer(run: Evidence) -> None:
    messages(run).append(row(10, 2, 5, "assistant", "and good night", reply_to_id=6, at=7.0, attempts=1))
    run.records["conversation"][1]["last_seq"] = 5
    assert kinds(run) == {faults.UNANSWERED}


def test_a_long_answer_in_pieces(run: Evidence) -> None:
    messages(run)[6]["text"] = "hello! how are you?"
    run.carried = [Carried(3.0, PHONE, "hello!", "SM1", True)]
    assert kinds(run) == {faults.UNANSWERED}
    run.carried.append(Carried(3.1, PHONE, "how are you?", "SM2", True))
    assert check(run) == []


def test_that_a_message_was_kept_is_no_answer(run: Evidence) -> None:
    messages(run)[2]["kind"] = "kept"
    assert kinds(run) == {faults.UNANSWERED}


def test_an_apology_that_staff_do_not_see(run: Evidence) -> None:
    messages(run)[2]["kind"] = "failure"
    assert kinds(run) == {faults.SILENT_FAILURE}
    item = {"id": 1, "kind": "person_wanted", "conversation_id": 1, "message_id": 2}
    run.records["item"] = [item]
    assert kinds(run) == {faults.SILENT_FAILURE}
    item["kind"] = "failed_turn"
    assert kinds(run) == set()


def test_two_answers_of_two_turns(run: Evidence) -> None:
    messages(run).append(row(10, 1, 6, "assistant", "not today", reply_to_id=2))
    run.shown.append(shown(6, 10))
    run.records["conversation"][0]["last_seq"] = 6
    assert faults.TWICE in kinds(run)


def test_a_second_safety_text_is_an_answer_too_many_unless_it_was_withheld(run: Evidence) -> None:
    other = row(10, 2, 5, "assistant", "Staff cannot be told.", reply_to_id=8, kind="safety", level="crisis")
    messages(run).append(other)
    run.records["conversation"][1]["last_seq"] = 5
    run.carried.append(Carried(30.0, PHONE, "Staff cannot be told.", "SM2", True))
    assert kinds(run) == {faults.TWICE}
    other["state"] = "withheld"
    assert kinds(run) == {faults.TWICE}  # and came all the same
    del run.carried[-1]
    assert check(run) == []


def test_the_same_words_twice_in_one_turn(run: Evidence) -> None:
    messages(run).append(row(10, 1, 6, "assistant", "yes", reply_to_id=4, at=5.0))
    run.shown.append(shown(6, 10))
    run.records["conversation"][0]["last_seq"] = 6
    assert kinds(run) == {faults.TWICE}


def test_two_texts_of_one_turn_are_one_answer(run: Evidence) -> None:
    messages(run).append(row(10, 1, 6, "assistant", "and drink water", reply_to_id=4, at=5.0))
    run.shown.append(shown(6, 10))
    run.records["conversation"][0]["last_seq"] = 6
    assert check(run) == []


def test_a_text_that_came_twice(run: Evidence) -> None:
    run.carried.append(Carried(20.0, PHONE, "hello!", "SM2", True))
    assert kinds(run) == {faults.TWICE}


def test_a_text_that_came_twice_and_stands_in_a_longer_one(run: Evidence) -> None:
    run.carried.append(Carried(20.0, PHONE, "hello!", "SM2", True))
    messages(run)[6]["text"] = "hello! hello!"
    messages(run).append(row(10, 2, 5, "assistant", "hello!", attempts=1))
    run.records["conversation"][1]["last_seq"] = 5
    assert faults.TWICE in kinds(run)


def test_a_safety_text_that_was_given_at_once_and_came_again(run: Evidence) -> None:
    run.carried.append(Carried(20.0, PHONE, SAFETY, "SM2", True))
    assert kinds(run) == {faults.TWICE}


def test_a_text_that_the_record_does_not_know_of(run: Evidence) -> None:
    run.carried.append(Carried(20.0, PHONE, "good night", "SM2", True))
    assert kinds(run) == {faults.TWICE}


def test_the_same_words_said_twice_may_come_twice(run: Evidence) -> None:
    run.carried.append(Carried(20.0, PHONE, "hello!", "SM2", True))
    messages(run).append(row(10, 2, 5, "assistant", "hello!", attempts=1))
    run.records["conversation"][1]["last_seq"] = 5
    assert check(run) == []


def test_a_repeated_delivery_with_another_answer(run: Evidence) -> None:
    other = '<Response><Message statusCallback="https://x/sms/status">Hi.</Message></Response>'
    run.wrote[2].attempts.append(Attempt(20, 21, 200, other))
    assert kinds(run) == {faults.REPLAY}


def test_a_repeated_delivery_of_what_was_kept(run: Evidence) -> None:
    saved = "<Response><Message>Saved.</Message></Response>"
    wrote, kept = run.wrote[2], Attempt(1, 2, 200, saved)
    wrote.attempts = [kept, Attempt(3, 4, 200, "<Response/>")]
    messages(run)[6]["seq"] = 3
    messages(run)[7]["seq"], messages(run)[8]["seq"] = 4, 5
    messages(run).append(row(10, 2, 2, "assistant", "Saved.", reply_to_id=6, kind="kept"))
    run.records["conversation"][1]["last_seq"] = 5
    run.records["taken_in"] = [{"subject": "message:6"}]
    assert check(run) == []  # nothing more is said of the fault
    wrote.attempts.append(Attempt(5, 6, 200, "<Response><Message>Lost.</Message></Response>"))
    assert faults.REPLAY in kinds(run)


def test_a_crisis_that_was_answered_once_and_then_with_nothing(run: Evidence) -> None:
    run.records["taken_in"] = [{"subject": "message:8"}]
    run.wrote[3].attempts += [Attempt(9, 10, 200, TWIML), Attempt(11, 12, 200, "<Response/>")]
    assert kinds(run) == {faults.REPLAY}
