"""What is older than the clinic keeps it goes, in batches; what waits for somebody or is held stays at any age."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care import alerts, check_ins, conversations, holds, jobs, people
from bot.care.conversations import Reply
from bot.care.database import transaction
from bot.care.models import (
    Alert,
    AlertState,
    AuditEntry,
    Channel,
    CheckInAnswer,
    Conversation,
    ItemKind,
    Message,
    MessageState,
    Page,
    PageLink,
    PageState,
    Patient,
    StaffMember,
    StaffSession,
    TrackerState,
    WebSession,
)
from bot.channels.dead_letters import DeadLetters
from bot.channels.spool import Spool
from bot.channels.spool_records import Kept, frame
from bot.channels.take_in import dead_letter_key
from bot.clinic.clock import FixedClock
from bot.clinic.instruments import Parsed, load_instrument
from bot.clinic.retention_settings import Retention as Rules
from bot.clinic.settings import load_clinic
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.work import retention
from bot.work.retention import Retention
from tests.tables import truncate

BEGIN = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
RULES = Rules(messages=400, trackers=30, sessions=30, pages=365, jobs=30, dead_letters=90)
_numbers = itertools.count(1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(BEGIN)


@pytest.fixture
def engine_of_one(engine: Engine) -> Iterator[Engine]:
    """Rows of the test before would be counted with ours."""
    yield engine
    with transaction(engine) as session:
        truncate(session, "legal_hold", "climb", "tracker_state", "staff_session", "conversation")
        session.execute(text("delete from procrastinate_jobs"))


@pytest.fixture
def work(engine_of_one: Engine, clock: FixedClock, tmp_path: Path) -> Retention:
    clinic = load_clinic().copy(update={"retention": RULES})
    return Retention(engine_of_one, clinic, clock, DeadLetters(tmp_path))


def patient(session: Session) -> Any:
    number = next(_numbers)
    return people.enrol(session, people.Details(f"Patient {number}", phone=f"+1646555{number:04}"), BEGIN)


def said(
    session: Session, conversation: Any, words: str, level: str = "none", at: datetime = BEGIN
) -> Message:
    """A message of the patient and our answer to it."""
    verdict = Verdict(Level(level), 0.5, ("A reason",), ((0, 3),), ("rule",), {"join": "v"})
    message = conversations.receive(
        session,
        int(conversation.id),
        channel=Channel.WEB,
        external_id=f"delivery-{next(_numbers)}",
        text=words,
        choice="a choice",
        verdict=verdict,
        now=at,
        answered_here=True,
    ).message
    conversations.say(
        session, conversation, Reply("our words"), channel=Channel.WEB, now=at, reply_to=message
    )
    return message


def words(session: Session, conversation: Any) -> list[str]:
    statement = select(Message.text).where(Message.conversation_id == conversation.id).order_by(Message.seq)
    return list(session.execute(statement).scalars())


def test_words_go_and_what_figures_rest_on_stays(work: Retention, clock: FixedClock) -> None:
    daily = load_instrument("daily")
    with transaction(work.engine) as session:
        conversation = patient(session).conversation
        old = said(session, conversation, "a 7, my sister died")
        check_in = check_ins.start(session, int(conversation.id), daily, BEGIN)
        check_ins.log_answer(
            session, check_in, daily.items[0], "a 7, my sister died", Parsed(7.0), int(old.id), BEGIN
        )
        check_ins.end(session, check_in, daily, BEGIN)
    clock.move(timedelta(days=399))
    assert work.run() == {}
    with transaction(work.engine) as session:
        said(session, session.get(Conversation, conversation.id), "still new", at=clock.now())
    clock.move(timedelta(days=2))
    assert work.run() == {"messages": 2}
    with transaction(work.engine) as session:
        assert words(session, conversation) == ["", "", "still new", "our words"]
        row = session.get(Message, old.id)
        assert (row.seq, row.level, row.at, row.state) == (old.seq, old.level, old.at, old.state)
        assert row.choice is None and row.expired_at == clock.now()
        assert Verdict.from_json(row.verdict).evidence == () and Verdict.from_json(row.verdict).fired == (
            "rule",
        )
        answer = session.execute(select(CheckInAnswer)).scalar_one()
        assert (answer.raw, answer.value) == ("", 7.0)
        found = (
            session.execute(select(AuditEntry).where(AuditEntry.action == "retention.ran")).scalars().all()
        )
        assert [entry.detail for entry in found] == [{"messages": 2}]
    assert work.run() == {}, "nothing is removed twice, and the audit does not say so twice"


def test_what_staff_asked_goes_with_their_words_and_what_we_asked_stays(
    work: Retention, clock: FixedClock
) -> None:
    with transaction(work.engine) as session:
        conversation = patient(session).conversation
        for asked, staff_id in (("mood 0-10", None), ("Are you safe, Maria?", int(member(session).id))):
            conversations.say(
                session,
                conversation,
                Reply(asked, question=asked),
                channel=Channel.WEB,
                now=BEGIN,
                staff_id=staff_id,
            )
    clock.move(timedelta(days=401))
    work.run()
    with transaction(work.engine) as session:
        statement = select(Message.question).where(Message.conversation_id == conversation.id)
        asked_last = session.execute(statement.order_by(Message.seq)).scalars().all()
        assert asked_last == ["mood 0-10", None]


def waits_open_alert(session: Session, conversation: Any) -> None:
    said(session, conversation, "i want to die", "crisis")


def waits_acknowledged_alert(session: Session, conversation: Any) -> None:
    said(session, conversation, "i want to die", "crisis")
    session.execute(select(Alert)).scalars().one().state = AlertState.ACKNOWLEDGED.value


def waits_open_item(session: Session, conversation: Any) -> None:
    message = said(session, conversation, "does my insurance pay")
    alerts.open_item(session, ItemKind.QUESTION, message, "Not covered.", BEGIN)


def waits_held(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello").state = MessageState.HELD.value


def waits_unanswered(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello").state = MessageState.RECEIVED.value


def waits_unsent(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello").state = MessageState.QUEUED.value


def waits_staff(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello")
    conversation.owner_id = member(session).id


def waits_hold(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello")
    holds.place(session, int(conversation.patient_id), "letter of 3 March", "root", BEGIN)


def waits_hold_of_one_merged(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello")
    twice = patient(session)
    holds.place(session, int(twice.id), "letter of 3 March", "root", BEGIN)
    twice.merged_into_id = conversation.patient_id


def waits_hold_of_whom_one_was_merged_into(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello")
    counts, third = patient(session), patient(session)
    session.get(Patient, conversation.patient_id).merged_into_id = counts.id
    third.merged_into_id = counts.id
    holds.place(session, int(counts.id), "letter of 3 March", "root", BEGIN)
    assert holds.is_held(session, int(third.id)), "one person, whichever record is asked for"


def waits_hold_of_whom_the_visitor_was(session: Session, conversation: Any) -> None:
    said(session, conversation, "hello")
    known = patient(session)
    holds.place(session, int(known.id), "letter of 3 March", "root", BEGIN)
    conversation.continued_in_id = known.conversation.id


def member(session: Session) -> StaffMember:
    found = StaffMember(name="Nora", email=f"n{next(_numbers)}@x.example", role="nurse", password_hash="-")
    session.add(found)
    session.flush()
    return found


WAITS = {name: value for name, value in globals().items() if name.startswith("waits_")}


@pytest.mark.parametrize("waits", WAITS.values(), ids=list(WAITS))
def test_where_somebody_has_something_to_do_or_a_hold_stands_all_stays(
    work: Retention, clock: FixedClock, waits: Any
) -> None:
    with transaction(work.engine) as session:
        conversation = patient(session).conversation
        said(session, conversation, "older words")
        waits(session, conversation)
        session.add(TrackerState(conversation_id=conversation.id, state={}, updated_at=BEGIN))
        session.add(page_of(session, conversation))
        before = words(session, conversation)
    clock.move(timedelta(days=4_000))
    assert work.run() == {}
    with transaction(work.engine) as session:
        assert words(session, conversation) == before and "older words" in before
        assert session.execute(select(func.count(Page.id))).scalar_one() == 1
        assert session.execute(select(func.count(TrackerState.conversation_id))).scalar_one() == 1


def page_of(session: Session, conversation: Any, state: AlertState = AlertState.RESOLVED) -> Page:
    """A page for an alert that was resolved long ago, or of one that stands."""
    alert = session.execute(select(Alert).where(Alert.conversation_id == conversation.id)).scalars().first()
    if alert is None:
        alert = Alert(
            conversation_id=conversation.id, level="urgent", state=state.value, reasons=[], opened_at=BEGIN,
            last_at=BEGIN, resolved_at=BEGIN if state is AlertState.RESOLVED else None,
        )  # fmt: skip
        session.add(alert)
        session.flush()
    return Page(
        key=f"page-{next(_numbers)}", alert_id=alert.id, name="Nora", way="text", state=PageState.SENT.value,
        due_at=BEGIN,
    )  # fmt: skip


def test_a_lifted_hold_holds_no_more(work: Retention, clock: FixedClock) -> None:
    with transaction(work.engine) as session:
        one = patient(session)
        said(session, one.conversation, "hello")
        holds.place(session, int(one.id), "letter", "root", BEGIN)
        assert holds.is_held(session, int(one.id))
    clock.move(timedelta(days=401))
    assert work.run() == {}
    with transaction(work.engine) as session:
        holds.lift(session, int(one.id), "root", clock.now())
        assert not holds.is_held(session, int(one.id))
    assert work.run() == {"messages": 2}


def test_many_batches_and_some_that_must_stay_between(
    work: Retention, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_A_TIME", 3)
    with transaction(work.engine) as session:
        free, kept = patient(session), patient(session)
        for number in range(8):
            said(session, kept.conversation, f"kept {number}", at=BEGIN + timedelta(minutes=2 * number))
            said(session, free.conversation, f"free {number}", at=BEGIN + timedelta(minutes=2 * number + 1))
        holds.place(session, int(kept.id), "letter", "root", BEGIN)
    clock.move(timedelta(days=401))
    assert work.run() == {"messages": 16}
    with transaction(work.engine) as session:
        assert set(words(session, free.conversation)) == {""}
        assert "" not in words(session, kept.conversation)


def test_each_rule_has_its_days(work: Retention, clock: FixedClock) -> None:
    with transaction(work.engine) as session:
        one = patient(session)
        nurse = member(session)
        session.add(TrackerState(conversation_id=one.conversation.id, state={}, updated_at=BEGIN))
        for number, revoked in ((1, None), (2, BEGIN)):
            session.add(
                WebSession(
                    token_hash=str(number),
                    conversation_id=one.conversation.id,
                    created_at=BEGIN,
                    last_seen_at=BEGIN,
                    revoked_at=revoked,
                )
            )
        session.add(StaffSession(token_hash="s", staff_id=nurse.id, created_at=BEGIN, last_seen_at=BEGIN))
        old = page_of(session, one.conversation)
        trial = Page(key="test:1", name="Nora", way="text", state=PageState.SENT.value, due_at=BEGIN)
        due = Page(key="test:2", name="Nora", way="text", state=PageState.DUE.value, due_at=BEGIN)
        session.add_all([old, trial, due])
        session.flush()
        session.add(PageLink(token_hash="l", page_id=old.id, made_at=BEGIN))
    web = work.clinic.web
    seen = []
    for days in (29, 2, web.session_idle_days + 30 - 31, 1, 305):
        clock.move(timedelta(days=days))
        seen.append(work.run())
    assert seen == [
        {},
        {
            "trackers": 1,
            "browsers": 1,
        },  # 31 days: the memory, and the browser whose session was ended by hand
        {"log_ins": 1},  # unused since the first day
        {"browsers": 1},  # 30 days unused, and 30 more
        {"pages": 2},  # 365 days and more
    ]
    with transaction(work.engine) as session:
        assert session.execute(select(Page.key)).scalars().all() == ["test:2"]


def test_browsers_of_whom_a_hold_covers_stay(work: Retention, clock: FixedClock) -> None:
    with transaction(work.engine) as session:
        kept, free, visitor = patient(session), patient(session), Conversation()
        session.add(visitor)
        session.flush()
        visitor.continued_in_id = kept.conversation.id
        for number, conversation in enumerate((kept.conversation, free.conversation, visitor)):
            session.add(
                WebSession(
                    token_hash=str(number),
                    conversation_id=conversation.id,
                    created_at=BEGIN,
                    last_seen_at=BEGIN,
                )
            )
        holds.place(session, int(kept.id), "letter of 3 March", "root", BEGIN)
    clock.move(timedelta(days=4_000))
    assert work.run() == {"browsers": 1}
    with transaction(work.engine) as session:
        assert sorted(session.execute(select(WebSession.token_hash)).scalars()) == ["0", "2"]
        holds.lift(session, int(kept.id), "root", clock.now())
    assert work.run() == {"browsers": 2}


def test_jobs_that_failed_go_and_those_that_wait_stay(work: Retention) -> None:
    with transaction(work.engine) as session:
        numbers = [jobs.defer(session, "x", queue="x") for _ in range(3)]
        session.execute(
            text("update procrastinate_jobs set status = 'failed' where id = :id"), {"id": numbers[0]}
        )
        session.execute(
            text("update procrastinate_jobs set status = 'doing' where id = :id"), {"id": numbers[1]}
        )
        heard = session.execute(text("select max(at) from procrastinate_events")).scalar_one()
    assert replace(work, clock=FixedClock(heard + timedelta(days=29))).run() == {}
    assert replace(work, clock=FixedClock(heard + timedelta(days=31))).run() == {"jobs": 1}
    with transaction(work.engine) as session:
        left = session.execute(text("select id from procrastinate_jobs order by id")).scalars().all()
        assert left == numbers[1:]


def letter(number: int) -> Kept:
    verdict = Verdict(Level.NONE, 0.1)
    return Kept("sms", "+16465550100", f"SM{number}", BEGIN, {"text": "words"}, verdict, None)


def test_a_dead_letter_stays_until_staff_have_dealt_with_it(work: Retention, clock: FixedClock) -> None:
    spool = Spool(work.letters.path.parent)
    for number in (1, 2):
        spool.bury(frame(letter(number)))
    spool.bury(b"half a li")
    with transaction(work.engine) as session:
        one = patient(session)
        key = dead_letter_key(letter(1))
        alert = alerts.raise_signal(session, int(one.conversation.id), Level.URGENT, ["x"], BEGIN, key=key)
    clock.move(timedelta(days=1_000))
    work.run()
    assert spool.dead_letters() == 3
    with transaction(work.engine) as session:
        alert = session.get(Alert, alert.id)
        alert.state, alert.resolved_at = AlertState.RESOLVED.value, clock.now()
    clock.move(timedelta(days=89))
    assert "dead_letters" not in work.run()
    clock.move(timedelta(days=2))
    assert work.run()["dead_letters"] == 1
    assert [one.kept and one.kept.external_id for one in work.letters.all()] == ["SM2", None]


def test_a_dead_letter_of_whom_a_hold_covers_stays(work: Retention, clock: FixedClock) -> None:
    Spool(work.letters.path.parent).bury(frame(letter(3)))
    with transaction(work.engine) as session:
        one = patient(session)
        key = dead_letter_key(letter(3))
        alert = alerts.raise_signal(session, int(one.conversation.id), Level.URGENT, ["x"], BEGIN, key=key)
        alert.state, alert.resolved_at = AlertState.RESOLVED.value, BEGIN
        holds.place(session, int(one.id), "letter of 3 March", "root", BEGIN)
    clock.move(timedelta(days=1_000))
    assert "dead_letters" not in work.run() and len(work.letters.all()) == 1
    with transaction(work.engine) as session:
        holds.lift(session, int(one.id), "root", clock.now())
    assert work.run()["dead_letters"] == 1


def test_never_removes_nothing(work: Retention, clock: FixedClock) -> None:
    with transaction(work.engine) as session:
        one = patient(session)
        said(session, one.conversation, "hello")
        session.add(TrackerState(conversation_id=one.conversation.id, state={}, updated_at=BEGIN))
    never = Rules(**dict.fromkeys(Rules.__fields__, "never"))
    clock.move(timedelta(days=40_000))
    assert (
        Retention(work.engine, work.clinic.copy(update={"retention": never}), clock, work.letters).run() == {}
    )


def test_what_a_clinic_writes_is_checked() -> None:
    assert Rules().messages is None, "the law of the place decides: we keep unless told"
    assert (Rules(messages="2555").messages, Rules(messages="Never").messages) == (2555, None)
    for wrong in ("7 years", "0", "-5", "29", ""):
        with pytest.raises(ValueError):
            Rules(messages=wrong)
    with pytest.raises(ValueError):
        Rules(letters="30")
