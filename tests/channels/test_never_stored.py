"""What can never be stored is set aside for a person, and holds up nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DataError, ProgrammingError

from bot.care.database import engine_for
from bot.care.models import Alert, Message
from bot.channels.spool import Spool
from bot.channels.spool_records import frame
from bot.channels.take_in import TRIES, TakeIn
from bot.clinic.clock import FixedClock
from tests.channels.keeping import Chat, taking


@pytest.fixture
def failing(database_url: str) -> Iterator[Any]:
    """An engine on which storing one text fails: failing(error) gives it."""
    engine = engine_for(database_url)

    def of(error: Exception) -> Engine:
        @event.listens_for(engine, "before_cursor_execute")
        def fail(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if "INSERT INTO message" in statement and "poison" in str(parameters):
                raise error

        return engine

    yield of
    engine.dispose()


def test_what_can_never_be_stored_is_set_aside_and_staff_phone(
    failing: Any, chat: Chat, clock: FixedClock, spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    take_in = taking(failing(DataError("poison", {}, Exception("poison"))), clock, spool)
    spool.keep(chat.writes("poison words", "poison"))
    spool.keep(chat.writes("healthy", "healthy", 1))
    rounds = [take_in.run() for _ in range(TRIES)]
    assert rounds == [False] * (TRIES - 1) + [True]
    assert [one.text for one in chat.rows(Message)] == ["healthy"]
    assert spool.dead_letters() == 1 and spool.waiting() == 0
    (alert,) = chat.rows(Alert)
    assert alert.level == "unassessed" and "Phone the patient" in alert.reasons[0]
    assert "poison words" not in caplog.text


def test_a_database_without_its_tables_costs_no_message(
    failing: Any, chat: Chat, clock: FixedClock, spool: Spool
) -> None:
    take_in = taking(failing(ProgrammingError("insert", {}, Exception("no table"))), clock, spool)
    spool.keep(chat.writes("poison", "later"))
    assert [take_in.run() for _ in range(TRIES + 2)] == [False] * (TRIES + 2)
    assert spool.waiting() == 1 and spool.dead_letters() == 0


def test_a_damaged_line_is_set_aside_and_the_rest_is_taken_in(
    chat: Chat, take_in: TakeIn, spool: Spool
) -> None:
    spool.folder.mkdir(parents=True)
    broken = frame(chat.writes("broken", "broken")).replace(b"broken", b"brokeN", 1)
    (spool.folder / "x.spool").write_bytes(broken + frame(chat.writes("whole", "whole")))
    assert take_in.run() is True
    assert [one.text for one in chat.rows(Message)] == ["whole"] and spool.dead_letters() == 1
