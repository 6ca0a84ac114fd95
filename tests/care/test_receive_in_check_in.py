"""A crisis in the middle of a check-in lets it rest, and waits for no turn that works on it."""

from __future__ import annotations

from sqlalchemy import text

from bot.care import check_ins, conversations
from bot.care.database import transaction
from bot.care.models import (
    CheckIn,
)
from bot.clinic.instruments import Parsed, load_instrument
from tests.care.conftest import AT, Care

DAILY = load_instrument("daily")


def start_check_in(care: Care) -> int:
    with transaction(care.engine) as session:
        return int(check_ins.start(session, care.conversation_id, DAILY, AT).id)


def state_of(care: Care, check_in_id: int) -> str:
    return str(care.look(lambda session: session.get(CheckIn, check_in_id)).state)


def pause_of(care: Care, check_in_id: int) -> str | None:
    return care.look(lambda session: session.get(CheckIn, check_in_id)).paused_because


def test_a_crisis_lets_an_open_check_in_rest(care: Care) -> None:
    check_in = start_check_in(care)
    care.delivered("3")
    assert pause_of(care, check_in) is None
    care.delivered("i want to die", "crisis")
    assert (state_of(care, check_in), pause_of(care, check_in)) == ("open", "worry")


def test_a_crisis_does_not_wait_for_the_turn_that_logs_an_answer(care: Care) -> None:
    check_in_id = start_check_in(care)
    with transaction(care.engine) as turn:
        check_in = turn.get(CheckIn, check_in_id)
        check_ins.log_answer(turn, check_in, DAILY.items[0], "3", Parsed(3.0), None, AT)
        in_a_hurry(care)
    assert (state_of(care, check_in_id), pause_of(care, check_in_id)) == ("open", "worry")


def test_a_crisis_does_not_wait_for_the_turn_that_ends_the_check_in(care: Care) -> None:
    check_in_id = start_check_in(care)
    with transaction(care.engine) as turn:
        check_ins.end(turn, turn.get(CheckIn, check_in_id), DAILY, AT)
        in_a_hurry(care)
        # What a turn does at its end; were the crisis waiting for this turn, the two would wait for each other.
        conversations.lock(turn, care.conversation_id)
    assert state_of(care, check_in_id) == "partial"


def in_a_hurry(care: Care) -> None:
    """Deliver a crisis message; whoever waits for a lock fails."""
    with transaction(care.engine) as session:
        session.execute(text("set local lock_timeout = '2s'"))
        assert care.receive(session, "i want to die", "crisis").reply is not None
