"""`/readyz` is red for each thing that keeps a patient waiting; `/healthz` only says that the process is there."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.engine import Engine
from starlette.testclient import TestClient

from bot.care import conversations
from bot.care.alerts import open_item
from bot.care.database import engine_for, transaction
from bot.care.models import Channel, Heartbeat, ItemKind, Message
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.web import create_app
from tests.channels.web_chat.support import NOWHERE, parts

# The web process beats by the true clock, and forgets whoever was last heard of a day before that.
NOW = datetime.now(timezone.utc)

READY = {
    "database": True,
    "model": True,
    "spool_empty": True,
    "answer_worker": True,
    "care_worker": True,
    "queue_moves": True,
    "settings_agree": True,
}


def worker(
    engine: Engine, kind: str, seconds_ago: int = 0, clinic: str | None = None, number: int = 1
) -> None:
    with transaction(engine) as session:
        session.merge(
            Heartbeat(
                process=f"{kind}@host:{number}",
                kind=kind,
                pid=number,
                started_at=NOW,
                at=NOW - timedelta(seconds=seconds_ago),
                detail={"clinic": clinic or load_clinic().version, "ready": True},
            )
        )


def waiting(engine: Engine, seconds: int, level: str = "none") -> int:
    with transaction(engine) as session:
        conversation = conversations.start_conversation(session)
        received = conversations.receive(
            session,
            int(conversation.id),
            channel=Channel.WEB,
            external_id="waiting",
            text="my secret words",
            verdict=Verdict(Level(level)),
            now=NOW - timedelta(seconds=seconds),
        )
        return int(received.message.id)


def checks(browser: TestClient) -> dict[str, bool]:
    """What is false, by name; the status agrees with it."""
    answer = browser.get("/readyz")
    body = answer.json()
    assert set(body["checks"]) == set(READY)
    assert body["ready"] is all(body["checks"].values())
    assert answer.status_code == (200 if body["ready"] else 503)
    return {name: good for name, good in body["checks"].items() if not good}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def working(browser: TestClient, engine: Engine) -> TestClient:
    """A whole assistant: both workers were heard of."""
    worker(engine, "answer")
    worker(engine, "care")
    return browser


def test_ready_when_all_is_there(working: TestClient) -> None:
    assert checks(working) == {}
    assert working.get("/readyz").json() == {"ready": True, "checks": READY}


@pytest.mark.parametrize("kind", ["answer", "care"])
def test_a_worker_that_is_silent_for_a_minute_is_missed(
    working: TestClient, engine: Engine, kind: str
) -> None:
    worker(engine, kind, seconds_ago=59)
    assert checks(working) == {}
    worker(engine, kind, seconds_ago=60)
    assert checks(working) == {f"{kind}_worker": False}
    worker(engine, kind, number=2)
    assert checks(working) == {}


def test_a_message_that_waits_for_a_minute_is_seen(working: TestClient, engine: Engine) -> None:
    message_id = waiting(engine, 59)
    assert checks(working) == {}
    with transaction(engine) as session:
        session.get(Message, message_id).at = NOW - timedelta(seconds=60)
    assert checks(working) == {"queue_moves": False}
    with transaction(engine) as session:
        session.get(Message, message_id).state = "answered"
    assert checks(working) == {}


def test_workers_with_other_settings_are_seen(working: TestClient, engine: Engine) -> None:
    worker(engine, "care", clinic="another")
    assert checks(working) == {"settings_agree": False}
    worker(engine, "care", clinic="another", seconds_ago=60)
    worker(engine, "care", number=2)
    assert checks(working) == {}


def test_a_screen_without_its_trained_reader_is_seen(
    working: TestClient, engine: Engine, database_url: str, clock: FixedClock
) -> None:
    with TestClient(create_app(parts(database_url, engine, clock, model_loaded=False))) as browser:
        assert checks(browser) == {"model": False}


def test_a_database_that_is_away_is_seen_and_the_process_is_alive(clock: FixedClock) -> None:
    with TestClient(create_app(parts(NOWHERE, engine_for(NOWHERE), clock))) as browser:
        assert checks(browser) == dict.fromkeys(
            ("database", "answer_worker", "care_worker", "queue_moves"), False
        )
        assert (browser.get("/healthz").status_code, browser.get("/healthz").json()) == (200, {"ok": True})
        assert figures(browser) == {
            "aftercare_spool_records": 0,
            "aftercare_dead_letters": 0,
            "aftercare_database_up": 0,
        }


def figures(browser: TestClient) -> dict[str, float]:
    answer = browser.get("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    lines = [line.split() for line in answer.text.splitlines() if not line.startswith("#")]
    assert "secret" not in answer.text
    return {name: float(value) for name, value in lines}


def test_the_figures_behind_it(browser: TestClient, engine: Engine) -> None:
    ours = {"aftercare_spool_records": 0, "aftercare_dead_letters": 0, "aftercare_database_up": 1}
    assert figures(browser) == ours | {
        "aftercare_messages_waiting": 0,
        "aftercare_oldest_waiting_seconds": 0,
        "aftercare_alerts_open": 0,
        "aftercare_items_open": 0,
        "aftercare_answer_worker_age_seconds": float("inf"),
        "aftercare_care_worker_age_seconds": float("inf"),
    }
    worker(engine, "answer", seconds_ago=7)
    waiting(engine, 90)
    message_id = waiting(engine, 30, level="urgent")
    with transaction(engine) as session:
        open_item(session, ItemKind.QUESTION, session.get(Message, message_id), "Not covered", NOW)
    assert figures(browser) == ours | {
        "aftercare_messages_waiting": 2,
        "aftercare_oldest_waiting_seconds": 90,
        "aftercare_alerts_open": 1,
        "aftercare_items_open": 1,
        "aftercare_answer_worker_age_seconds": 7,
        "aftercare_care_worker_age_seconds": float("inf"),
    }
