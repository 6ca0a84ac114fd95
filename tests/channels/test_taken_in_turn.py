"""In which order what is kept is taken in: the worrying first, and nobody behind what is not their own."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DataError

from bot.care.database import transaction
from bot.care.models import Channel, Message
from bot.channels.spool import Spool
from bot.channels.spool_records import Kept, frame
from bot.channels.take_in import StillKept, TakeIn
from bot.channels.web_chat.intake import Intake
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from tests.channels.keeping import CRISIS, Chat


def in_order(engine: Engine, *chats: Chat) -> list[str]:
    """What patients wrote in these chats, in the order of storing."""
    with transaction(engine) as session:
        rows = session.query(Message).filter(
            Message.conversation_id.in_([one.id for one in chats]), Message.sender == "patient"
        )
        return [str(one.text) for one in rows.order_by(Message.id)]


def lie_on_disk(spool: Spool, lines: list[Kept], *, dead: bool) -> None:
    """Lines kept by this process, or left by one that died."""
    spool.folder.mkdir(parents=True)
    if dead:
        (spool.folder / "1-a.spool").write_bytes(b"".join(frame(one) for one in lines))
    else:
        for one in lines:
            spool.keep(one)


@pytest.mark.parametrize("dead", [False, True], ids=["ours", "left by a dead process"])
def test_the_worrying_comes_first_with_all_that_the_same_sender_wrote_before(
    chat: Chat, take_in: TakeIn, spool: Spool, engine: Engine, dead: bool
) -> None:
    worried, tired = Chat(engine), Chat(engine)
    lines = [
        chat.writes("calm", "calm", 0),
        tired.writes("dizzy", "dizzy", 1, Verdict(Level.URGENT)),
        worried.writes("hello", "hello", 2),
        worried.writes("crisis", "crisis", 3, CRISIS),
        worried.writes("and this", "and", 4),
    ]
    if dead:
        spool.folder.mkdir(parents=True)
        (spool.folder / "1-a.spool").write_bytes(b"".join(frame(one) for one in lines))
    else:
        for one in lines:
            spool.keep(one)
    assert take_in.run() is True
    assert in_order(engine, chat, worried, tired) == ["hello", "crisis", "dizzy", "calm", "and this"]


@pytest.mark.parametrize("dead", [False, True], ids=["ours", "left by a dead process"])
def test_a_crisis_that_is_kept_while_others_are_taken_in_is_next(
    chat: Chat,
    take_in: TakeIn,
    spool: Spool,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    dead: bool,
) -> None:
    worried, take = Chat(engine), Intake.take
    lines = [Chat(engine).writes(f"calm {number}", f"next-{number}", number) for number in range(4)]
    lie_on_disk(spool, lines, dead=dead)
    taken: list[str] = []

    def writes_meanwhile(self: Intake, session: Any, kept: Kept, now: datetime) -> None:
        if not taken:
            spool.keep(worried.writes("crisis", "next-crisis", 9, CRISIS))
        taken.append(kept.external_id)
        take(self, session, kept, now)

    monkeypatch.setattr(Intake, "take", writes_meanwhile)
    assert take_in.run() is True
    assert taken == ["next-0", "next-crisis", "next-1", "next-2", "next-3"]
    assert not spool.anything()


@pytest.mark.parametrize("dead", [False, True], ids=["ours", "left by a dead process"])
def test_who_writes_on_waits_for_nothing_but_their_own(
    chat: Chat,
    take_in: TakeIn,
    spool: Spool,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    dead: bool,
) -> None:
    other, take = Chat(engine), Intake.take
    lines = [other.writes("others", "own-1", 1), other.writes("others too", "own-2", 2)]
    lines.append(chat.writes("older", "own-3", 3))
    lie_on_disk(spool, lines, dead=dead)
    taken: list[str] = []

    def writes_on_meanwhile(self: Intake, session: Any, kept: Kept, now: datetime) -> None:
        taken.append(kept.external_id)
        if kept.external_id == "own-1":
            take_in.first(Channel.WEB, lines[-1].sender)
            assert taken == ["own-1", "own-3"]
        take(self, session, kept, now)

    monkeypatch.setattr(Intake, "take", writes_on_meanwhile)
    assert take_in.run() is True
    assert taken == ["own-1", "own-3", "own-2"] and not spool.anything()
    assert [one.text for one in chat.rows(Message)] == ["older"]


def test_nobody_overtakes_what_a_round_that_broke_off_had_read(
    chat: Chat, take_in: TakeIn, spool: Spool, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [Chat(engine).writes("of another", "broke-1", 1)]
    lines += [chat.writes("older", "broke-2", 2), chat.writes("old", "broke-3", 3)]
    spool.folder.mkdir(parents=True)
    (spool.folder / "1-a.spool").write_bytes(b"".join(frame(one) for one in lines))
    begun, broken, outcome, take = threading.Event(), threading.Event(), list[str](), Intake.take

    def write_on() -> None:
        try:
            take_in.first(Channel.WEB, lines[-1].sender)
            outcome.append("stored")
        except StillKept:
            outcome.append("kept")

    writing = threading.Thread(target=write_on)

    def breaks_off(self: Intake, session: Any, kept: Kept, now: datetime) -> None:
        if kept.external_id == "broke-1" and not begun.is_set():
            writing.start()
            assert begun.wait(10)
            raise DataError("one", {}, Exception())
        if kept.external_id == "broke-2" and not begun.is_set():
            begun.set()
            assert broken.wait(10)
        take(self, session, kept, now)

    monkeypatch.setattr(Intake, "take", breaks_off)
    assert take_in.run() is False
    broken.set()
    writing.join(10)
    assert outcome == ["stored"] and [one.text for one in chat.rows(Message)] == ["older", "old"]
    assert take_in.run() is True and not spool.anything()
    assert [one.text for one in chat.rows(Message)] == ["older", "old"]


def test_two_at_the_same_message_store_it_once(
    chat: Chat, take_in: TakeIn, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, take = spool.keep(chat.writes("once", "both")), Intake.take
    taken: list[str] = []
    second = threading.Thread(target=take_in.first, args=(Channel.WEB, kept.sender))

    def at_once(self: Intake, session: Any, one: Kept, now: datetime) -> None:
        taken.append(one.external_id)
        if len(taken) == 1:
            second.start()
            second.join(0.3)  # it waits for us
        take(self, session, one, now)

    monkeypatch.setattr(Intake, "take", at_once)
    assert take_in.run() is True
    second.join(10)
    assert taken == ["both"] and not spool.anything()
