"""What the sweep puts right: dead workers' jobs, messages without a job, patients who wait too long."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text

from bot.care import alerts, conversations, heartbeats
from bot.care.database import transaction
from bot.care.models import Alert, Channel, Item, Message, Page
from bot.channels.sms.providers import NoProvider
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.work.pager import Pager
from bot.work.paging import Paging
from bot.work.queue import queue_app
from bot.work.sweep import Sweep, stand_in_for_care_worker

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=timezone.utc)


@pytest.fixture
async def sweep(engine, database_url):
    clock = FixedClock(NOW)
    app = queue_app(database_url)
    async with app.open_async():
        yield Sweep(engine, app, Phrases.load(), load_clinic(), clock, NOW - timedelta(hours=1))


@pytest.fixture
def conversation(engine) -> int:
    """A conversation with one message that was stored at NOW and not answered."""
    with transaction(engine) as session:
        conversation_id = int(conversations.start_conversation(session).id)
        conversations.receive(
            session,
            conversation_id,
            channel=Channel.WEB,
            external_id=str(uuid.uuid4()),
            text="can i drive?",
            verdict=Verdict(Level.NONE),
            now=NOW,
        )
    return conversation_id


def jobs(engine, conversation_id: int) -> list[str]:
    """The states of the conversation's jobs, oldest first."""
    with transaction(engine) as session:
        statement = text("select status::text from procrastinate_jobs where lock = :lock order by id")
        return list(session.execute(statement, {"lock": f"conversation:{conversation_id}"}).scalars())


def replies(engine, conversation_id: int) -> list[str]:
    """The kinds of what was said to the patient."""
    with transaction(engine) as session:
        statement = select(Message.kind).where(
            Message.conversation_id == conversation_id, Message.sender == "assistant"
        )
        return list(session.execute(statement.order_by(Message.seq)).scalars())


async def test_a_message_with_a_job_is_left_alone(sweep, engine, conversation) -> None:
    sweep.clock.move(timedelta(seconds=60))
    await sweep.run()
    assert jobs(engine, conversation) == ["todo"]
    assert replies(engine, conversation) == []


async def test_a_message_that_lost_its_job_gets_a_new_one_once(sweep, engine, conversation) -> None:
    with transaction(engine) as session:
        session.execute(text("delete from procrastinate_jobs"))
    sweep.clock.move(timedelta(seconds=30))
    await sweep.run()
    await sweep.run()
    assert jobs(engine, conversation) == ["todo"]


async def test_nobody_waits_in_silence(sweep, engine, conversation) -> None:
    sweep.clock.move(timedelta(seconds=91))
    await sweep.run()
    await sweep.run()
    assert replies(engine, conversation) == ["failure"]
    with transaction(engine) as session:
        statement = select(Item.kind).where(Item.conversation_id == conversation)
        assert session.execute(statement).scalars().all() == ["failed_turn"]


async def test_after_a_stop_of_everything_the_answer_worker_gets_its_chance(
    sweep, engine, conversation
) -> None:
    sweep.clock.move(timedelta(minutes=10))
    await replace(sweep, started_at=sweep.clock.now() - timedelta(seconds=20)).run()
    assert replies(engine, conversation) == []


def pages_of(engine, conversation_id: int) -> list[str]:
    """What became of the pages of the conversation's alert."""
    with transaction(engine) as session:
        statement = select(Page.state).join(Alert, Alert.id == Page.alert_id)
        return list(session.execute(statement.where(Alert.conversation_id == conversation_id)).scalars())


async def test_web_stands_in_only_where_no_care_worker_is_heard_of(sweep, engine, conversation) -> None:
    sweep.clock.move(timedelta(seconds=91))
    paging = Paging(
        engine, sweep.clinic, sweep.clock, Pager(sweep.clinic, NoProvider(), texts_simulated=True)
    )
    arguments = (engine, sweep.phrases, sweep.clinic, sweep.clock, sweep.started_at, paging)
    with transaction(engine) as session:
        alerts.raise_signal(
            session, conversation, Level.CRISIS, ["Why"], sweep.clock.now(), key=f"stand-in:{conversation}"
        )
    with transaction(engine) as session:
        heartbeats.beat(session, "care", NOW, sweep.clock.now())
    assert not stand_in_for_care_worker(*arguments)
    assert replies(engine, conversation) == []
    assert pages_of(engine, conversation) == []
    with transaction(engine) as session:
        heartbeats.say_goodbye(session, "care")
    assert stand_in_for_care_worker(*arguments)
    assert "sent" in pages_of(engine, conversation)
    assert replies(engine, conversation) == ["failure"]


async def test_the_job_of_a_worker_that_died_is_freed(sweep, engine, conversation) -> None:
    with transaction(engine) as session:
        worker = session.execute(
            text(
                "insert into procrastinate_workers (last_heartbeat) values (now() - interval '40 seconds') returning id"
            )
        ).scalar_one()
        session.execute(
            text("update procrastinate_jobs set status = 'doing', worker_id = :worker where lock = :lock"),
            {"worker": worker, "lock": f"conversation:{conversation}"},
        )
    await sweep.run()
    assert jobs(engine, conversation) == ["todo"]
