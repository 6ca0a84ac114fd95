"""Taking in: whose message it is, what it is read with, and what was told stays told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DataError

from bot.care.conversations import Reply
from bot.care.database import engine_for, transaction
from bot.care.models import Alert, Channel, Item, Message
from bot.channels.spool import Spool
from bot.channels.spool_records import Kept, frame
from bot.channels.take_in import TRIES, TakeIn
from bot.channels.web_chat.intake import Intake
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.guidance.phrases import Phrases
from bot.safety.verdict import Verdict
from bot.work.sweep import give_up_on_overdue
from tests.channels.keeping import CRISIS, NOTICE, OPENED, Chat, taking
from tests.channels.web_chat.support import NOWHERE, TUESDAY_NOON, FakeScreen


def message(engine: Engine, name: str) -> Message:
    with transaction(engine) as session:
        return session.query(Message).filter_by(external_id=name, sender="patient").one()


def test_what_a_dead_process_left_comes_before_what_this_one_keeps_and_in_order(
    chat: Chat, take_in: TakeIn, spool: Spool
) -> None:
    spool.folder.mkdir(parents=True)
    (spool.folder / "1-b.spool").write_bytes(
        frame(chat.writes("one", "o-1", 1)) + frame(chat.writes("three", "o-3", 3))
    )
    (spool.folder / "1-a.spool").write_bytes(frame(chat.writes("two", "o-2", 2)) + b"\n00 half a li")
    spool.keep(chat.writes("four", "o-4", 4))
    assert take_in.run() is True
    assert [one.text for one in chat.rows(Message)] == ["one", "two", "three", "four"]
    assert list(spool.folder.iterdir()) == []


def test_the_same_message_in_two_files_is_one(chat: Chat, take_in: TakeIn, spool: Spool) -> None:
    spool.folder.mkdir(parents=True)
    for name in ("a", "b"):
        (spool.folder / f"{name}.spool").write_bytes(frame(chat.writes("once", "same", told=NOTICE)))
    spool.keep(chat.writes("once", "same", told=NOTICE))
    assert take_in.run() is True
    assert [one.text for one in chat.rows(Message)] == ["once", NOTICE.text]


def test_what_a_process_stored_before_it_died_is_not_read_again(
    chat: Chat, take_in: TakeIn, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.keep(chat.writes("once", "not-again", told=NOTICE))
    assert take_in.run() is True

    def fails(*_: Any) -> Verdict:
        raise AssertionError("it was read when it was stored")

    monkeypatch.setattr(FakeScreen, "assess_with", fails)
    monkeypatch.setattr(FakeScreen, "assess", fails)
    (spool.folder / "1-a.spool").write_bytes(frame(chat.writes("once", "not-again", told=NOTICE)))
    assert take_in.run() is True
    assert [one.text for one in chat.rows(Message)] == ["once", NOTICE.text] and spool.dead_letters() == 0


def test_a_new_message_does_not_overtake_an_older_one(chat: Chat, take_in: TakeIn, spool: Spool) -> None:
    kept = spool.keep(chat.writes("older", "older"))
    take_in.first(Channel.WEB, kept.sender)
    assert [one.text for one in chat.rows(Message)] == ["older"] and not spool.anything()


def test_nor_what_a_dead_process_left_of_the_same_sender(chat: Chat, take_in: TakeIn, spool: Spool) -> None:
    spool.folder.mkdir(parents=True)
    kept = chat.writes("older", "left")
    (spool.folder / "1-a.spool").write_bytes(frame(kept))
    take_in.first(Channel.WEB, kept.sender)
    assert [one.text for one in chat.rows(Message)] == ["older"]
    assert take_in.run() is True and not spool.anything()
    assert [one.text for one in chat.rows(Message)] == ["older"]


def test_who_has_nothing_kept_waits_for_nobody(
    chat: Chat, clock: FixedClock, take_in: TakeIn, spool: Spool
) -> None:
    kept = spool.keep(chat.writes("older", "of-another"))
    taking(engine_for(NOWHERE), clock, spool).first(Channel.WEB, "somebody else")
    take_in.first(Channel.SMS, kept.sender)  # a number is no browser
    assert chat.rows(Message) == [] and spool.waiting() == 1


def test_what_is_delivered_again_while_it_is_taken_in_needs_no_second_look(
    chat: Chat, take_in: TakeIn, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = spool.keep(chat.writes("kept", "again", told=NOTICE))
    known: list[Kept | None] = []
    take = Intake.take

    def delivered_meanwhile(self: Intake, session: Any, one: Kept, now: datetime) -> None:
        known.append(take_in.known(Channel.WEB, kept.sender, "again"))
        known.append(take_in.known(Channel.WEB, kept.sender, "another"))
        take(self, session, one, now)

    monkeypatch.setattr(Intake, "take", delivered_meanwhile)
    assert take_in.known(Channel.WEB, kept.sender, "again") is None, (
        "it is for the next round to begin with it"
    )
    assert take_in.run() is True
    assert known == [kept, None]


def test_a_file_that_grows_is_read_again(chat: Chat, spool: Spool) -> None:
    spool.folder.mkdir(parents=True)
    left, line = spool.folder / "1-a.spool", frame(chat.writes("one", "grows-1"))
    kept = chat.writes("two", "grows-2")
    left.write_bytes(line)
    assert list(spool.of_others("web", kept.sender)) and not list(spool.of_others("web", "later"))
    left.write_bytes(line + frame(replace(kept, sender="later")))
    assert list(spool.of_others("web", "later"))
    left.unlink()
    assert not list(spool.of_others("web", "later"))


def test_a_round_that_broke_off_goes_on_where_it_was(
    chat: Chat, take_in: TakeIn, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.folder.mkdir(parents=True)
    lines = [frame(chat.writes(name, f"broken-{name}", number)) for number, name in enumerate(("one", "two"))]
    (spool.folder / "1-a.spool").write_bytes(b"".join(lines))
    taken: list[str] = []
    take = Intake.take

    def breaks_off_once(self: Intake, session: Any, kept: Kept, now: datetime) -> None:
        taken.append(kept.external_id)
        if taken == ["broken-one", "broken-two"]:
            raise DataError("one", {}, Exception())
        take(self, session, kept, now)

    monkeypatch.setattr(Intake, "take", breaks_off_once)
    assert take_in.run() is False
    assert take_in.run() is True
    assert taken == ["broken-one", "broken-two", "broken-two"]
    assert [one.text for one in chat.rows(Message)] == ["one", "two"] and not spool.anything()


def test_with_the_database_away_everything_stays(clock: FixedClock, spool: Spool, chat: Chat) -> None:
    spool.keep(chat.writes("one", "stays"))
    take_in = taking(engine_for(NOWHERE), clock, spool)
    for _ in range(TRIES + 1):
        assert take_in.run() is False
    assert spool.waiting() == 1 and spool.dead_letters() == 0


def test_a_session_that_was_ended_later_was_good_then(
    chat: Chat, take_in: TakeIn, spool: Spool, engine: Engine
) -> None:
    spool.keep(chat.writes("mine", "ended-later"))
    chat.revoke(TUESDAY_NOON + timedelta(minutes=5))
    take_in.run()
    assert message(engine, "ended-later").conversation_id == chat.id


def test_what_came_through_an_ended_session_is_nobodys_and_lies_before_staff(
    chat: Chat, take_in: TakeIn, spool: Spool, engine: Engine
) -> None:
    chat.revoke(OPENED)
    kept = chat.writes(
        "i want to kill myself", "ended", verdict=CRISIS, told=Reply("Call 988.", kind="safety")
    )
    for _ in range(2):  # killed before the file was removed, and taken in again
        spool.keep(kept)
        assert take_in.run() is True
    assert chat.rows(Message) == []
    stored = message(engine, "ended")
    with transaction(engine) as session:
        (item,) = session.query(Item).filter_by(conversation_id=stored.conversation_id)
        (alert,) = session.query(Alert).filter_by(conversation_id=stored.conversation_id)
        assert session.get(Message, stored.id).conversation.patient_id is None
        assert "not known who wrote it" in item.reason.replace("\n", " ") and alert.level == "crisis"


def test_a_bare_yes_is_read_with_the_question_that_nobody_could_look_up(
    chat: Chat, take_in: TakeIn, spool: Spool, engine: Engine
) -> None:
    chat.asks("Are you thinking of ending your life?")
    spool.keep(chat.writes("yes", "bare-yes", told=NOTICE))
    take_in.run()
    stored = message(engine, "bare-yes")
    assert (stored.level, stored.state) == ("crisis", "answered")
    kinds = {one.kind: one for one in chat.rows(Message) if one.reply_to_id == stored.id}
    # The safety text is said now, and is true now: staff are told.
    assert "988" in kinds["safety"].text and "I cannot reach" not in kinds["safety"].text
    assert kinds["kept"].text == NOTICE.text
    assert [one.level for one in chat.rows(Alert)] == ["crisis"]


def test_a_farewell_in_two_messages_of_an_outage_is_read_as_one(
    chat: Chat, take_in: TakeIn, spool: Spool, engine: Engine
) -> None:
    spool.keep(chat.writes("it is all arranged", "farewell-1", 0, told=NOTICE))
    spool.keep(chat.writes("look after the dog", "farewell-2", 1))
    take_in.run()
    assert message(engine, "farewell-2").level == "crisis"


def test_the_word_of_the_fault_does_not_hide_the_question_before_it(
    chat: Chat, take_in: TakeIn, spool: Spool, engine: Engine
) -> None:
    chat.asks("Are you thinking of ending your life?")
    spool.keep(chat.writes("wait", "first-word", 0, told=NOTICE))
    spool.keep(chat.writes("yes", "then-yes", 1))
    take_in.run()
    assert message(engine, "then-yes").level == "crisis"


def test_a_verdict_is_never_lowered(chat: Chat, take_in: TakeIn, spool: Spool, engine: Engine) -> None:
    spool.keep(
        chat.writes(
            "nothing that this screen knows", "graver", verdict=CRISIS, told=Reply("Call 988.", kind="safety")
        )
    )
    take_in.run()
    stored = message(engine, "graver")
    assert (stored.level, stored.verdict["reasons"][0]) == ("crisis", "Thoughts of suicide")


def test_the_answer_worker_gets_its_chance_before_somebody_gives_up(
    chat: Chat, take_in: TakeIn, spool: Spool, engine: Engine, clock: FixedClock
) -> None:
    spool.keep(chat.writes("can i drive?", "chance"))
    take_in.run()
    long_ago = TUESDAY_NOON - timedelta(days=9)
    clinic, phrases = load_clinic(), Phrases.load()
    give_up_on_overdue(engine, phrases, clinic, clock, long_ago)
    assert message(engine, "chance").state == "received"
    clock.move(timedelta(seconds=91))
    give_up_on_overdue(engine, phrases, clinic, clock, long_ago)
    assert message(engine, "chance").state == "answered"


def test_that_it_was_taken_in_is_on_record(chat: Chat, take_in: TakeIn, spool: Spool, engine: Engine) -> None:
    spool.keep(chat.writes("one", "on-record"))
    take_in.run()
    statement = text(
        "select detail from audit_entry where action = 'message.taken_in' and subject = :subject"
    )
    with transaction(engine) as session:
        subject = f"message:{message(engine, 'on-record').id}"
        assert session.execute(statement, {"subject": subject}).scalar_one() == {"late_seconds": 1800}
