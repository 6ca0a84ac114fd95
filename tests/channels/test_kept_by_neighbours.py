"""Several processes keep messages on one disk: what one sender wrote is stored in its order, whoever is at it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from bot.care.models import Channel, Message
from bot.channels.spool import Spool
from bot.channels.spool_records import Kept, frame
from bot.channels.take_in import TRIES, TakeIn
from bot.channels.web_chat.intake import Intake
from bot.clinic.clock import FixedClock
from tests.channels.keeping import NOTICE, Chat, taking


def test_nobody_overtakes_what_a_living_process_keeps_or_another_one_is_taking_in(
    chat: Chat, take_in: TakeIn, spool: Spool, clock: FixedClock, engine: Engine
) -> None:
    """Neither is waited for: whoever writes on brings along what lies there, and the other finds it stored."""
    other = Spool(spool.folder)
    kept = other.keep(chat.writes("older", "of-a-neighbour", told=NOTICE))
    take_in.first(Channel.WEB, kept.sender)
    assert [one.text for one in chat.rows(Message)] == ["older", NOTICE.text] and other.anything()
    assert taking(engine, clock, other).run() is True
    assert [one.text for one in chat.rows(Message)] == ["older", NOTICE.text] and not other.anything()


def test_what_two_processes_keep_of_one_sender_is_stored_in_its_order(
    chat: Chat, take_in: TakeIn, spool: Spool, clock: FixedClock, engine: Engine
) -> None:
    other = Spool(spool.folder)
    for place, where in enumerate((other, spool, other, spool)):
        where.keep(chat.writes(str(place), f"by-turns-{place}", place))
    assert take_in.run() is True and taking(engine, clock, other).run() is True
    assert [one.text for one in chat.rows(Message)] == ["0", "1", "2", "3"] and not spool.anything()


def test_one_that_died_after_another_began_to_keep_is_no_reason_for_disorder(
    chat: Chat, take_in: TakeIn, spool: Spool
) -> None:
    spool.keep(chat.writes("first", "ours", 1))
    (spool.folder / "1-a.spool").write_bytes(frame(chat.writes("second", "left-later", 2)))
    assert take_in.run() is True
    assert [one.text for one in chat.rows(Message)] == ["first", "second"] and not spool.anything()


def test_what_another_process_cannot_store_is_left_to_it_and_holds_nobody_up_for_ever(
    chat: Chat, take_in: TakeIn, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Spool(spool.folder)
    kept, take = other.keep(chat.writes("odd", "cannot-be-stored")), Intake.take
    spool.keep(chat.writes("behind it", "behind-it", 1))

    def refuse(self: Intake, session: Session, one: Kept, now: datetime) -> None:
        if one.key == kept.key:
            raise DataError("one", {}, Exception())
        take(self, session, one, now)

    monkeypatch.setattr(Intake, "take", refuse)
    for _ in range(TRIES - 1):
        assert take_in.run() is False and chat.rows(Message) == []
    take_in.run()
    assert [one.text for one in chat.rows(Message)] == ["behind it"]
    assert spool.dead_letters() == 0 and other.pending() == [kept]
