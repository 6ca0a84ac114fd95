"""Check-ins: one at a time, every answer kept as typed and as understood, ended as what they are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from bot.care import check_ins
from bot.care.database import transaction
from bot.care.models import CheckIn, Conversation
from bot.care.turn import Turn, current_turn, turn
from bot.clinic.instruments import Parsed, load_instrument
from tests.care.conftest import AT, Care

DAILY = load_instrument("daily")
OTHER = replace(DAILY, version="99")


def test_a_check_in_goes_from_item_to_item_and_is_read_back(care: Care) -> None:
    message = care.delivered("4").message
    with transaction(care.engine) as session:
        check_in = check_ins.start(session, care.conversation_id, DAILY, AT)
        for raw, value in (("4", 4.0), ("mild", 2.0), ("ok", 2.0), ("no", 1.0), ("tired", None)):
            item = check_ins.next_item(check_in, DAILY)
            assert item is not None
            check_ins.log_answer(session, check_in, item, raw, Parsed(value), int(message.id), AT)
        assert check_ins.next_item(check_in, DAILY) is None
        check_ins.end(session, check_in, DAILY, AT + timedelta(minutes=1))
    (stored,) = care.look(lambda session: check_ins.series(session, care.conversation_id))
    assert (stored.state, stored.instrument, stored.instrument_version) == (
        "finished",
        "daily",
        DAILY.version,
    )
    assert [(one.item, one.raw, one.value) for one in stored.answers] == [
        ("mood", "4", 4.0),
        ("side_effects", "mild", 2.0),
        ("sleep", "ok", 2.0),
        ("safety", "no", 1.0),
        ("word", "tired", None),
    ]


def test_a_skipped_item_counts_as_answered(care: Care) -> None:
    with transaction(care.engine) as session:
        check_in = check_ins.start(session, care.conversation_id, DAILY, AT)
        for item in DAILY.items:
            check_ins.log_answer(session, check_in, item, "skip", Parsed(None, skipped=True), None, AT)
        check_ins.end(session, check_in, DAILY, AT)
        assert check_in.state == "finished"
        assert all(answer.skipped and answer.value is None for answer in check_in.answers)


def test_beginning_again_goes_on_and_another_questionnaire_ends_the_first(care: Care) -> None:
    with transaction(care.engine) as session:
        first = check_ins.start(session, care.conversation_id, DAILY, AT)
        check_ins.log_answer(session, first, DAILY.items[0], "7", Parsed(7.0), None, AT)
        assert check_ins.start(session, care.conversation_id, DAILY, AT).id == first.id
        second = check_ins.start(session, care.conversation_id, OTHER, AT)
        assert second.id != first.id
        assert (first.state, second.state) == ("partial", "open")
        assert check_ins.open_check_in(session, care.conversation_id).id == second.id


def test_one_check_in_is_open_whatever_two_processes_do(care: Care) -> None:
    with transaction(care.engine) as session:
        check_ins.start(session, care.conversation_id, DAILY, AT)
    with pytest.raises(IntegrityError), transaction(care.engine) as session:
        session.add(
            CheckIn(
                conversation_id=care.conversation_id,
                instrument="daily",
                instrument_version="1",
                state="open",
                started_at=AT,
            )
        )


def test_the_same_turn_twice_logs_a_mood_once(care: Care) -> None:
    message = care.delivered("4").message
    with transaction(care.engine) as session:
        check_in = check_ins.start(session, care.conversation_id, DAILY, AT)
        check_ins.log_answer(session, check_in, DAILY.items[0], "4", Parsed(4.0), int(message.id), AT)
    with pytest.raises(IntegrityError), transaction(care.engine) as session:
        again = session.get(CheckIn, check_in.id)
        check_ins.log_answer(session, again, DAILY.items[0], "4", Parsed(4.0), int(message.id), AT)
    (stored,) = care.look(lambda session: check_ins.series(session, care.conversation_id))
    assert len(stored.answers) == 1


def test_the_series_is_the_latest_oldest_first(care: Care) -> None:
    for day in range(4):
        with transaction(care.engine) as session:
            check_in = check_ins.start(session, care.conversation_id, DAILY, AT + timedelta(days=day))
            check_ins.end(session, check_in, DAILY, AT + timedelta(days=day, minutes=1))
    series = care.look(lambda session: check_ins.series(session, care.conversation_id, limit=3))
    assert [(one.started_at - AT).days for one in series] == [1, 2, 3]


async def test_a_turn_is_known_inside_its_block_and_its_task_only(care: Care) -> None:
    message = care.delivered("hello").message
    entered, done = asyncio.Event(), asyncio.Event()

    async def answering() -> None:
        with transaction(care.engine) as session:
            under_way = Turn(session, session.get(Conversation, care.conversation_id), message, AT)
            with pytest.raises(RuntimeError), turn(under_way):
                assert current_turn() is under_way
                entered.set()
                await done.wait()
                raise RuntimeError("the action failed")
            assert current_turn() is None

    task = asyncio.create_task(answering())
    await entered.wait()
    assert current_turn() is None
    done.set()
    await task
