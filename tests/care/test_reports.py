"""Reports count what happened in their period, each thing once, and let nothing that waits look handled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, timezone

import pytest
from sqlalchemy import text

from actions import answer
from bot.care import alerts, conversations, ownership, reports
from bot.care.conversations import Reply, say
from bot.care.database import transaction
from bot.care.models import (
    Alert,
    AlertState,
    Base,
    Channel,
    Conversation,
    Disposition,
    ItemKind,
    Message,
    MessageState,
    Page,
    PageState,
)
from bot.care.reports import Period
from bot.care.series import course_after_treatment
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from tests.care.conftest import AT, Care
from tests.care.course import Course
from tests.tables import truncate

WEEK = Period(AT - timedelta(days=1), AT + timedelta(days=6))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def care(engine) -> Iterator[Care]:
    """A record that holds nothing but what the test puts there."""
    tables = [f'"{table.name}"' for table in Base.metadata.sorted_tables if table.name != "staff_member"]
    with transaction(engine) as session:
        truncate(session, *tables, "procrastinate_jobs")
    yield Care(engine)


def told(
    care: Care,
    nurse: int,
    level: str = "crisis",
    *,
    after: timedelta = timedelta(),
    acknowledged: float | None = None,
    resolved: float | None = None,
    disposition: Disposition = Disposition.REACHED_SAFE,
    fired: tuple[str, ...] = ("want_to_die.v1",),
    versions: dict[str, str] | None = None,
) -> int:
    """An alert of its own conversation, dealt with so many minutes after it was opened."""
    at = AT + after
    with transaction(care.engine) as session:
        conversation = conversations.start_conversation(session)
        got = conversations.receive(
            session,
            int(conversation.id),
            channel=Channel.WEB,
            external_id=f"told-{conversation.id}",
            text="words",
            verdict=Verdict(Level(level), 0.9, ("Why",), (), fired, versions or {}),
            now=at,
            immediate_reply=Reply("Help.", kind="safety") if level in ("crisis", "emergency") else None,
        )
        alert = got.message and alerts.unresolved_alert(session, int(conversation.id))
        assert alert is not None
        if acknowledged is not None:
            alerts.acknowledge(session, int(alert.id), nurse, at + acknowledged * MINUTE)
        if resolved is not None:
            alerts.resolve(session, int(alert.id), nurse, disposition, "note", at + resolved * MINUTE)
        return int(alert.id)


def test_alerts_are_counted_by_level_and_outcome_within_the_period(care: Care, nurse: int) -> None:
    told(care, nurse, acknowledged=1, resolved=5)
    told(care, nurse, acknowledged=1, resolved=5)
    told(care, nurse, "urgent")
    told(care, nurse, "urgent", acknowledged=2)
    told(care, nurse, after=timedelta(days=-2))
    told(care, nurse, after=timedelta(days=6))  # the end does not belong to it
    found = {(one.level, one.outcome): one.alerts for one in care.look(lambda s: reports.outcomes(s, WEEK))}
    assert found == {
        ("crisis", "reached_and_safe"): 2,
        ("urgent", AlertState.OPEN.value): 1,
        ("urgent", AlertState.ACKNOWLEDGED.value): 1,
    }


def test_each_wait_for_an_acknowledgement_counts(care: Care, nurse: int) -> None:
    for minutes in range(1, 11):
        told(care, nurse, acknowledged=minutes, resolved=60)
    reopened = told(care, nurse, "emergency", acknowledged=2)
    told(care, nurse, "urgent")
    told(care, nurse, acknowledged=9999, resolved=9999, disposition=Disposition.TEST)
    with transaction(care.engine) as session:
        alert = session.get(Alert, reopened)
        alerts.raise_signal(
            session, int(alert.conversation_id), Level.EMERGENCY, ["Again"], AT + 60 * MINUTE, key="again:1"
        )
        alerts.acknowledge(session, reopened, nurse, AT + 90 * MINUTE)
    found = {one.level: one for one in care.look(lambda s: reports.handling(s, WEEK))}
    crisis, emergency, urgent, whole = (found[key] for key in ("crisis", "emergency", "urgent", ""))
    assert (crisis.acknowledge_median, crisis.acknowledge_p90, crisis.acknowledge_worst) == (330, 546, 600)
    assert (crisis.resolve_median, crisis.unresolved, crisis.pending) == (3600, 0, 0)
    assert (emergency.acknowledge_median, emergency.acknowledge_worst) == ((2 + 30) / 2 * 60, 30 * 60)
    assert emergency.unresolved == 1
    assert (urgent.acknowledge_median, urgent.pending) == (None, 1)
    assert urgent.waiting == (WEEK.last - AT).total_seconds()
    assert whole.alerts == 12 and whole.pending == 1


def test_what_was_acknowledged_once_and_waits_again_is_not_hidden(care: Care, nurse: int) -> None:
    again = told(care, nurse, "emergency", acknowledged=2)
    with transaction(care.engine) as session:
        alert = session.get(Alert, again)
        for minute, key in ((60, "again:1"), (80, "again:2")):
            at = AT + minute * MINUTE
            alerts.raise_signal(session, int(alert.conversation_id), Level.EMERGENCY, ["Again"], at, key=key)
    emergency = {one.level: one for one in care.look(lambda s: reports.handling(s, WEEK))}["emergency"]
    assert (emergency.acknowledge_worst, emergency.pending) == (120, 1)
    assert emergency.waiting == (WEEK.last - AT - 60 * MINUTE).total_seconds()


def test_an_empty_period_has_no_lines(care: Care) -> None:
    for read in (
        reports.outcomes,
        reports.handling,
        reports.false_alarms,
        reports.completion,
        reports.receptions,
        reports.deliveries,
        reports.pages,
    ):
        assert care.look(lambda s, read=read: read(s, WEEK)) == [], read.__name__


def test_false_alarms_are_charged_to_what_told(care: Care, nurse: int) -> None:
    ended = {"acknowledged": 1, "resolved": 2}
    told(care, nurse, fired=("farewell.v1", "plan.v1"), disposition=Disposition.FALSE_ALARM, **ended)
    told(care, nurse, fired=("farewell.v1",), **ended)
    told(care, nurse, fired=(), disposition=Disposition.FALSE_ALARM, **ended)
    told(care, nurse, fired=("farewell.v1",), versions={"window": "w1"}, **ended)
    told(care, nurse, "unassessed", fired=(), **ended)
    told(care, nurse, fired=("farewell.v1",), disposition=Disposition.DUPLICATE, **ended)
    told(care, nurse, fired=("farewell.v1",), disposition=Disposition.TEST, **ended)
    told(care, nurse, fired=("farewell.v1",), acknowledged=1)
    with transaction(care.engine) as session:
        conversation = int(conversations.start_conversation(session).id)
        alert = alerts.raise_signal(session, conversation, Level.URGENT, ["Low"], AT, key="low_mood.v1:17:2")
        alerts.acknowledge(session, int(alert.id), nurse, AT)
        alerts.resolve(session, int(alert.id), nurse, Disposition.FALSE_ALARM, "Asked them.", AT)
    found = care.look(lambda s: reports.false_alarms(s, WEEK))
    assert {(one.source, one.resolved, one.false) for one in found if one.by == "rule"} == {
        ("farewell.v1", 3, 1),
        ("plan.v1", 1, 1),
        ("low_mood.v1", 1, 1),
    }
    assert {(one.source, one.resolved, one.false, one.share) for one in found if one.by == "reader"} == {
        ("rules", 2, 1, 0.5),
        ("reader", 1, 1, 1.0),
        ("window", 1, 0, 0.0),
        ("unassessed", 1, 0, 0.0),
        ("signals", 1, 1, 1.0),
    }


def asks(care: Care, reply: Reply | None, item: ItemKind | None = None, level: str = "none") -> None:
    """A patient writes, and the assistant replies."""
    with transaction(care.engine) as session:
        got = care.receive(session, "may i?", level)
        if reply is not None:
            conversation = session.get(Conversation, care.conversation_id)
            say(session, conversation, reply, channel=Channel.WEB, now=AT, reply_to=got.message)
            got.message.state = MessageState.ANSWERED.value
        if item is not None:
            alerts.open_item(session, item, got.message, "why", AT)


def test_every_message_is_counted_once_at_what_became_of_it(care: Care, nurse: int) -> None:
    guided = ({"topic": "driving", "phase": "later", "version": 1, "hash": "0"},)
    asks(care, Reply("No.", guidance=guided))
    asks(care, Reply("This or that?", question="Did you mean driving or exercise?"))
    asks(care, Reply("When was it?", question=answer.ASK_WHEN_QUESTION))
    asks(care, Reply("Not covered.", question=answer.PASS_ON_QUESTION))
    asks(care, Reply("Not covered.", question=answer.PASS_ON_QUESTION), ItemKind.QUESTION)
    asks(care, Reply("Answered, and passed on.", guidance=guided), ItemKind.PERSON_WANTED)
    asks(care, Reply("Sorry.", kind="failure"), ItemKind.FAILED_TURN)
    asks(care, Reply("Good morning."))
    asks(care, None, level="crisis")
    asks(care, None)
    with transaction(care.engine) as session:
        words = dict.fromkeys(Channel, "Nora is here.")
        ownership.take_over(
            session, care.conversation_id, nurse, AT, expected_owner_id=None, announcement=words
        )
    found = {one.what: one.messages for one in care.look(lambda s: reports.receptions(s, WEEK))}
    assert found == {
        "answered": 1,
        "asked_back": 2,
        "not_covered": 1,
        "handed": 3,
        "failed": 1,
        "talk": 1,
        "safety": 1,
    }


def test_the_questions_that_reports_know_are_those_that_we_ask() -> None:
    assert (reports.ASK_WHEN, reports.PASS_ON) == (answer.ASK_WHEN_QUESTION, answer.PASS_ON_QUESTION)


def test_check_ins_are_counted_by_the_entry_of_the_plan(care: Care) -> None:
    done = Course(care.engine, care.conversation_id, AT)
    done.answered(0, mood=4)
    done.answered(1, state="partial", mood=5)
    done.expired(2)
    done.expired(3, sent=False)
    done.answered(9, mood=7)
    (only,) = care.look(lambda s: reports.completion(s, WEEK))
    assert (only.plan_key, only.finished, only.partial, only.unanswered, only.not_sent) == (
        "evening",
        1,
        1,
        1,
        1,
    )
    assert only.share == pytest.approx(1 / 3)


def test_mood_after_treatment_is_of_the_period(care: Care) -> None:
    done = Course(care.engine, care.conversation_id, AT)
    done.infusion(-1)
    done.answered(0, mood=4)
    done.answered(3, mood=8)
    days = care.look(lambda s: course_after_treatment(s, timezone.utc, first=AT, last=AT + timedelta(days=2)))
    assert [(day.day, day.median) for day in days] == [(1, 4.0)]
    assert len(care.look(lambda s: course_after_treatment(s, timezone.utc))) == 2


def test_texts_and_pages_are_counted_by_what_became_of_them(care: Care) -> None:
    with transaction(care.engine) as session:
        conversation = session.get(Conversation, care.conversation_id)
        for _ in range(2):
            say(session, conversation, Reply("Hello."), channel=Channel.SMS, now=AT, sent=True)
        lost = say(session, conversation, Reply("Hello."), channel=Channel.SMS, now=AT, sent=True)
        lost.state, lost.failure = MessageState.FAILED.value, "30003"
        say(session, conversation, Reply("Hello."), channel=Channel.WEB, now=AT)
        for number, (way, after) in enumerate((("email", 2), ("email", 6), ("text", None))):
            sent = after is not None
            session.add(
                Page(
                    key=f"page-{number}",
                    name="Nora",
                    way=way,
                    state=(PageState.SENT if sent else PageState.FAILED).value,
                    due_at=AT,
                    sent_at=AT + timedelta(seconds=after) if sent else None,
                )
            )
    found = care.look(lambda s: reports.deliveries(s, WEEK))
    assert {(one.state, one.failure, one.messages) for one in found} == {
        ("sent", "", 2),
        ("failed", "30003", 1),
    }
    paged = care.look(lambda s: reports.pages(s, WEEK))
    assert {(one.way, one.state, one.pages, one.seconds) for one in paged} == {
        ("test", "sent", 2, 4.0),
        ("test", "failed", 1, None),
    }


def test_a_short_period_reads_no_more_than_its_blocks(care: Care) -> None:
    with transaction(care.engine) as session:
        session.execute(
            text(
                "insert into message (conversation_id, seq, sender, channel, external_id, text, at, state) "
                "select :c, n, 'patient', 'web', n::text, repeat('words ', 20), "
                "cast(:at as timestamptz) - n * interval '1 minute', 'answered' from generate_series(30000, 1, -1) n"
            ),
            {"c": care.conversation_id, "at": AT},
        )
        session.execute(text("analyze message"))
        plan = session.execute(
            text("explain select count(*) from message where at >= :first and at < :last"),
            {"first": AT - timedelta(hours=5), "last": AT},
        )
        assert "ix_message_at" in "\n".join(plan.scalars())
        assert session.query(Message).count() == 30000
