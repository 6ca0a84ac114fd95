"""The commands for holds and dead letters, on real files and a real database."""

from __future__ import annotations

import getpass
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from bot.care import holds, people, phones
from bot.care.alerts import raise_signal
from bot.care.conversations import Received, Reply, conversation_of, receive, start_conversation
from bot.care.database import transaction
from bot.care.models import AuditEntry, Channel, LegalHold, Message, WebSession
from bot.channels.dead_letters import DeadLetters
from bot.channels.held_letters import is_held
from bot.channels.spool import Spool, spool_folder
from bot.channels.spool_records import Kept, frame
from bot.channels.take_in import TakeIn, dead_letter_key
from bot.cli import main
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.staff.accounts import add_staff, log_in

NOON = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
WORDS = "i keep crying"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def message(number: int) -> Kept:
    told = Reply("Call 988.", kind="safety")
    return Kept("sms", "+16465550100", f"SM{number}", NOON, {"text": WORDS}, Verdict(Level.URGENT, 0.5), told)


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Spool]:
    monkeypatch.setenv("AFTERCARE_HOME", str(tmp_path))
    yield Spool(spool_folder())


@pytest.fixture
def three(spool: Spool) -> Spool:
    """Two messages and a damaged line."""
    spool.bury(frame(message(1)))
    spool.bury(b"half a li")
    spool.bury(frame(message(2)))
    return spool


class Storing:
    """A channel whose messages belong to one conversation."""

    def __init__(self, engine: Engine) -> None:
        with transaction(engine) as session:
            self.conversation_id = int(start_conversation(session).id)

    def take(self, session: object, kept: Kept, now: datetime) -> None:
        self.received: Received = receive(
            session,  # type: ignore[arg-type]
            self.conversation_id,
            channel=Channel.SMS,
            external_id=kept.external_id,
            text=kept.message["text"],
            verdict=kept.verdict,
            now=now,
        )

    def conversation_of(self, session: object, kept: Kept) -> int:
        return self.conversation_id


def stored(engine: Engine) -> int:
    with transaction(engine) as session:
        return int(session.execute(select(func.count(Message.id))).scalar_one())


def test_the_list_shows_no_words_unless_asked(three: Spool) -> None:
    shown = run("dead-letters", "list")
    assert shown.exit_code == 0 and WORDS not in shown.output and "+1646" not in shown.output
    lines = shown.output.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert "SM1" in lines[0] and "urgent" in lines[0] and "damaged" in lines[1]
    asked = run("dead-letters", "list", "--words").output
    assert asked.count(WORDS) == 2 and "+16465550100" in asked and "half a li" in asked


def test_who_read_the_words_is_in_the_audit(
    three: Spool, engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    run("dead-letters", "list")
    asked = run("dead-letters", "list", "--words")
    assert asked.exit_code == 0 and asked.output.count(WORDS) == 2 and asked.stderr == ""
    with transaction(engine) as session:
        statement = select(AuditEntry).where(AuditEntry.action == "dead_letters.viewed")
        entry = session.execute(statement).scalar_one()
        assert (entry.subject, entry.detail["by"]) == ("spool", getpass.getuser())
        assert entry.detail["letters"] == ["SM1", "damaged", "SM2"] and WORDS not in str(entry.detail)


@pytest.mark.parametrize("url", ["", "postgresql://nobody:secret-word@127.0.0.1:1/nothing"])
def test_with_the_database_away_the_words_are_shown_all_the_same(
    three: Spool, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    asked = run("dead-letters", "list", "--words")
    assert asked.exit_code == 0 and asked.stdout.count(WORDS) == 2
    assert "could not be recorded in the audit (dead_letters.viewed" in asked.stderr
    assert "secret-word" not in asked.stderr and WORDS not in asked.stderr


def test_none_is_said_so(spool: Spool) -> None:
    for command in ("list", "retry"):
        shown = run("dead-letters", command)
        assert shown.exit_code == 0 and "There are no dead letters" in shown.output


def test_what_is_tried_again_is_taken_in_once(three: Spool, engine: Engine) -> None:
    take_in = TakeIn(engine, lambda: NOON, Spool(three.folder))
    take_in.register(Channel.SMS, Storing(engine))
    before = stored(engine)
    only = run("dead-letters", "retry", "3")
    assert only.exit_code == 0 and only.output.startswith("1 will")
    assert three.dead_letters() == 2 and three.waiting() == 1
    assert stat.S_IMODE(next(three.folder.glob("*.spool")).stat().st_mode) == 0o600
    assert take_in.run() and stored(engine) == before + 1
    rest = run("dead-letters", "retry")
    assert rest.exit_code == 1 and "1 will" in rest.output and "1 damaged" in rest.stderr
    assert take_in.run() and stored(engine) == before + 2
    assert three.waiting() == 0 and [one.kept for one in DeadLetters(three.folder).all()] == [None]


def test_killed_between_the_two_places_nothing_is_lost_or_stored_twice(
    three: Spool, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = DeadLetters(three.folder)
    with monkeypatch.context() as patch:
        patch.setattr(DeadLetters, "remove", lambda self, gone: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            letters.try_again(letters.all()[:1])
    assert three.waiting() == 1 and three.dead_letters() == 3, "it is in both"
    take_in = TakeIn(engine, lambda: NOON, Spool(three.folder))
    take_in.register(Channel.SMS, Storing(engine))
    before = stored(engine)
    assert take_in.run()
    letters.try_again(letters.all()[:1])
    assert take_in.run()
    assert stored(engine) == before, (
        "SM1 was stored by the test before: the carrier's identifier is one in the world"
    )


def test_removed_is_audited_by_identifier(
    three: Spool, engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    wrong = run("dead-letters", "remove", "4")
    assert wrong.exit_code == 2 and "no number 4" in wrong.output and three.dead_letters() == 3
    gone = run("dead-letters", "remove", "2", "1")
    assert gone.exit_code == 0, gone.output
    assert [one.kept and one.kept.external_id for one in DeadLetters(three.folder).all()] == ["SM2"]
    with transaction(engine) as session:
        entry = session.execute(
            select(AuditEntry).where(AuditEntry.action == "dead_letters.removed")
        ).scalar_one()
        assert entry.detail["letters"] == ["damaged", "SM1"]
    run("dead-letters", "remove", "1")
    assert not DeadLetters(three.folder).path.exists()


def refused(*numbers: str) -> bool:
    """Whether `dead-letters remove` refuses, in words that say of which and what to do, and of nobody's message."""
    done = run("dead-letters", "remove", *numbers)
    if done.exit_code == 0:
        return False
    assert (done.exit_code, "AC271" in done.stderr, WORDS in done.output) == (1, True, False), done.output
    assert "SM1" in done.stderr and "hold remove" in done.stderr
    return True


def test_what_a_hold_covers_is_not_removed(
    three: Spool, engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    other = replace(message(7), sender="+16465550177")
    three.bury(frame(other))
    with transaction(engine) as session:
        number = int(people.enrol(session, people.Details("Ines Duarte", phone="+16465550100"), NOON).id)
        holds.place(session, number, "letter of 3 March", "root", NOON)
    assert refused("1") and refused("4", "1") and three.dead_letters() == 4, "all or nothing"
    assert not refused("4") and not refused("2") and three.dead_letters() == 2
    with transaction(engine) as session:
        holds.lift(session, number, "root", NOON)
    assert not refused("1", "2") and three.dead_letters() == 0


def test_a_hold_covers_whoever_shares_the_number_or_has_the_browser(engine: Engine) -> None:
    with transaction(engine) as session:
        held, other = (people.enrol(session, people.Details(name), NOON) for name in ("Ines", "Paul"))
        phone = phones.attach(session, int(held.id), "+16465550188", NOON)
        phones.attach(session, int(other.id), "+16465550188", NOON, shared=True)
        conversation = int(conversation_of(session, held).id)
        session.add(WebSession(token_hash="hash", conversation_id=conversation))
        session.flush()
        text = replace(message(8), sender=str(phone.number))
        page = replace(
            message(9), channel="web", sender="hash", message={"text": WORDS, "conversation_id": None}
        )
        gone = replace(page, sender="gone")
        signed = replace(gone, message={"text": WORDS, "conversation_id": conversation})
        assert not any(is_held(session, one) for one in (text, page, gone, signed))
        holds.place(session, int(held.id), "letter of 3 March", "root", NOON)
        assert [is_held(session, one) for one in (text, page, gone, signed)] == [True, True, False, True]
        raise_signal(session, conversation, Level.URGENT, ["x"], NOON, key=dead_letter_key(gone))
        assert is_held(session, gone), "by the conversation of its alert, though its browser is forgotten"
        session.rollback()


def test_what_is_buried_while_another_is_removed_is_kept(three: Spool) -> None:
    """The file gets a new body; whoever waited for the old one's lock writes into the new one."""
    letters = DeadLetters(three.folder)
    first = letters.all()[0]
    with open(letters.path, "rb") as old:
        letters.remove([first])
        assert os.fstat(old.fileno()).st_ino != letters.path.stat().st_ino
    three.bury(frame(message(9)))
    assert [one.kept and one.kept.external_id for one in letters.all()] == [None, "SM2", "SM9"]


def test_holds(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    with transaction(engine) as session:
        number = str(people.enrol(session, people.Details("Alma Reyes"), NOON).id)
    placed = run("hold", "add", number, "--reason", "letter of 3 March")
    assert placed.exit_code == 0 and "Alma Reyes" in placed.output, placed.output
    again = run("hold", "add", number, "--reason", "again")
    assert again.exit_code == 1 and "AC270" in again.stderr
    assert "Alma Reyes" in run("hold", "list").output and "letter of 3 March" in run("hold", "list").output
    assert run("hold", "remove", number).exit_code == 0
    assert run("hold", "list").output == ""
    assert run("hold", "remove", number).exit_code == 1
    assert run("hold", "add", "999999", "--reason", "x").exit_code == 1
    with transaction(engine) as session:
        rows = session.execute(select(LegalHold).where(LegalHold.patient_id == int(number))).scalars().all()
        assert [(row.reason, row.lifted_at is None) for row in rows] == [("letter of 3 March", False)]
        subject = f"patient:{number}"
        entries = session.execute(
            select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
        ).scalars()
        assert [entry.action for entry in entries] == ["hold.placed", "hold.lifted"]


def test_a_new_password(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    old, new, email = "river stone lantern", "harbour winter copper", "nora@hill.example"
    with transaction(engine) as session:
        add_staff(session, "Nora", email, "nurse", old)
        assert log_in(session, email, old, NOON).member is not None
    said = CliRunner().invoke(main, ["staff", "password", email], input=f"{new}\n{new}\n")
    assert said.exit_code == 0 and "1 log-ins ended" in said.output and new not in said.output, said.output
    with transaction(engine) as session:
        assert log_in(session, email, old, NOON).member is None
        assert log_in(session, email, new, NOON).member is not None
    assert "Password: " in run("staff", "password", email, "--generate").output
    short = CliRunner().invoke(main, ["staff", "password", email], input="short\nshort\n")
    assert short.exit_code == 1 and "12 characters" in short.stderr
    nobody = run("staff", "password", "x@hill.example", "--generate")
    assert nobody.exit_code == 1 and "Nobody has an account" in nobody.stderr
