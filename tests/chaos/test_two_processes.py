"""What two web processes could not know of each other is explained; one that contradicts itself never is."""

from __future__ import annotations

import pytest

from tests.chaos import faults
from tests.chaos.doctored import (
    ALONE,
    ALONE_TWIML,
    PHONE,
    explained,
    kinds,
    messages,
    row,
    shown,
)
from tests.chaos.evidence import Attempt, Carried, Disturbed, Evidence


@pytest.fixture
def turned_round(run: Evidence) -> Evidence:
    """What a browser wrote second stands first; what it wrote before was kept on disk by one of two web processes."""
    first, second = messages(run)[1], messages(run)[3]
    first["seq"], second["seq"] = second["seq"], first["seq"]
    messages(run)[2]["seq"], messages(run)[4]["seq"] = 5, 3  # the answers follow the order of the record
    run.shown = [
        shown(seq, number, sender)
        for seq, number, sender in (
            (1, 1, "assistant"),
            (2, 4, "patient"),
            (3, 5, "assistant"),
            (4, 2, "patient"),
            (5, 3, "assistant"),
        )
    ]
    run.records["taken_in"] = [{"subject": "message:2"}]
    run.web_processes = 2
    run.wrote[0].attempts[0].by, run.wrote[1].attempts[0].by = "web one", "web two"
    return run


@pytest.mark.parametrize("by", ["web one", "web two", ""])
def test_the_order_of_what_was_kept_is_kept_whichever_process_kept_it(
    turned_round: Evidence, by: str
) -> None:
    turned_round.wrote[1].attempts[0].by = by
    assert kinds(turned_round) == {faults.ORDER}


@pytest.fixture
def two_processes(run: Evidence) -> Evidence:
    """One web process answered a text in crisis, the other one kept it when it was delivered again."""
    run.wrote[3].attempts[1].by = "web one"
    run.wrote[3].attempts.append(Attempt(9, 10, 200, ALONE_TWIML, "web two"))
    messages(run).append(row(10, 2, 5, "assistant", ALONE, reply_to_id=8, kind="safety", level="crisis"))
    run.records["conversation"][1]["last_seq"] = 5
    run.web_processes = 2
    return run


def withheld(run: Evidence) -> Evidence:
    """The report on the first text never came: the record takes it for withheld."""
    messages(run)[8].update(state="withheld", failure="said in other words")
    return run


def test_two_safety_texts_of_two_web_processes_are_explained(two_processes: Evidence) -> None:
    assert kinds(two_processes) == set() and explained(two_processes) == {faults.TWICE}
    withheld(two_processes)
    assert kinds(two_processes) == set() and explained(two_processes) == {faults.NO_REPLY}


@pytest.mark.parametrize("by", ["web one", ""])
def test_a_process_that_contradicts_itself_is_never_explained(two_processes: Evidence, by: str) -> None:
    two_processes.wrote[3].attempts[-1].by = by
    assert kinds(two_processes) == {faults.TWICE}
    assert kinds(withheld(two_processes)) == {faults.NO_REPLY}


def test_not_even_where_another_one_kept_it_as_well(two_processes: Evidence) -> None:
    two_processes.wrote[3].attempts.append(Attempt(11, 12, 200, ALONE_TWIML, "web one"))
    assert kinds(two_processes) == {faults.TWICE}


def test_two_processes_do_not_explain_a_second_answer_of_the_assistant(two_processes: Evidence) -> None:
    messages(two_processes)[-1].update(kind="message", level="none")
    assert kinds(two_processes) == {faults.TWICE}


def test_nor_what_the_assistant_said_with_it(two_processes: Evidence) -> None:
    messages(two_processes).append(
        row(11, 2, 6, "assistant", "Drink water.", reply_to_id=8, at=10.0, attempts=1)
    )
    two_processes.carried.append(Carried(20.0, PHONE, "Drink water.", "SM2", True))
    two_processes.records["conversation"][1]["last_seq"] = 6
    assert kinds(two_processes) == {faults.TWICE}


@pytest.mark.parametrize("instead", [{"level": "urgent"}, {"text": "Call 911.", "state": "withheld"}])
def test_nor_a_first_text_that_was_not_withheld_as_it_was_given(
    two_processes: Evidence, instead: dict[str, str]
) -> None:
    messages(two_processes)[8].update(instead)
    assert faults.NO_REPLY in kinds(two_processes)


def test_nor_a_safety_text_that_no_delivery_was_answered_with(two_processes: Evidence) -> None:
    messages(two_processes)[-1].update(text="Call 988 at once.", attempts=1)
    two_processes.carried.append(Carried(20.0, PHONE, "Call 988 at once.", "SM2", True))
    assert faults.TWICE in kinds(two_processes)


@pytest.mark.parametrize(
    "what, at, processes, is_explained",
    [
        ("kill web", 9.0, 1, True),
        ("kill web", 7.0, 1, False),  # before the first answer
        ("kill web", 11.0, 1, False),  # after the second one
        ("kill care", 9.0, 1, False),
        ("kill web", 9.0, 2, False),  # it may have been the other one
        ("everything killed", 9.0, 2, True),
    ],
)
def test_a_web_process_that_was_killed_in_between_could_not_tell_the_next(
    two_processes: Evidence, what: str, at: float, processes: int, is_explained: bool
) -> None:
    two_processes.wrote[3].attempts[-1].by, two_processes.web_processes = "web one", processes
    two_processes.disturbed = [Disturbed(what, at, at)]
    assert (kinds(two_processes) == set()) is is_explained
    assert (kinds(withheld(two_processes)) == set()) is is_explained
