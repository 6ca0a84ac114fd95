"""What is older than the clinic keeps it goes, in batches."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from bot.care import check_ins, conversations, jobs
from bot.care.conversations import Reply
from bot.care.database import transaction
from bot.care.models import (
    AuditEntry,
    Channel,
    CheckInAnswer,
    Conversation,
    Message,
    Page,
    PageLink,
    PageState,
    StaffSession,
    TrackerState,
    WebSession,
)
from bot.clinic.clock import FixedClock
from bot.clinic.instruments import Parsed, load_instrument
from bot.clinic.retention_settings import Retention as Rules
from bot.safety.verdict import Verdict
from bot.work.retention import Retention
from tests.work.retention_scene import BEGIN, member, page_of, patient, said, words


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
