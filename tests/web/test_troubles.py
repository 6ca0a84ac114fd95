"""The web process tells patients of trouble by itself: with no worker at all, and with one that has other settings."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from starlette.testclient import TestClient

from bot.care import conversations
from bot.care.database import transaction
from bot.care.models import Channel, Heartbeat, Message, MessageState
from bot.channels.sms.providers import NoProvider
from bot.channels.sms.settings import SmsSettings
from bot.clinic.clock import FixedClock, SystemClock
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.web import create_app
from tests.channels.sms.support import ACCOUNT, PUBLIC, TOKEN, Carrier, said
from tests.channels.web_chat.support import parts
from tests.tables import empty_tables


def writes(engine: Engine, clock: FixedClock, level: str) -> int:
    with transaction(engine) as session:
        conversation = int(conversations.start_conversation(session).id)
        received = conversations.receive(
            session,
            conversation,
            channel=Channel.WEB,
            external_id=f"trouble-{level}",
            text="i want to end it" if level == "crisis" else "can i drive?",
            verdict=Verdict(Level(level), 0.9, ("A reason",) if level == "crisis" else ()),
            now=clock.now(),
        )
        received.message.state = MessageState.ANSWERED.value
        return conversation


def until(true: Callable[[], Any]) -> None:
    end = (
        time.monotonic() + 150
    )  # it looks every so often, and a look that finds the database busy is the next one's
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def kinds(engine: Engine, conversation: int) -> list[str]:
    with transaction(engine) as session:
        found = session.query(Message).filter_by(conversation_id=conversation, sender="assistant")
        return [one.kind for one in found.order_by(Message.seq)]


@pytest.fixture
def empty(engine: Engine) -> None:
    empty_tables(engine, "procrastinate_jobs", "heartbeat")


def test_with_no_worker_at_all_somebody_in_danger_hears_that_nobody_was_reached(
    empty: None, engine: Engine, database_url: str, clock: FixedClock
) -> None:
    conversation = writes(engine, clock, "crisis")
    clock.move(timedelta(minutes=1))
    with TestClient(create_app(parts(database_url, engine, clock))):
        until(lambda: kinds(engine, conversation) == ["not_paged"])


def test_with_settings_that_differ_whoever_writes_hears_it(
    empty: None, engine: Engine, database_url: str, clock: FixedClock
) -> None:
    clock.move(SystemClock().now() - clock.now())  # the process itself beats by the true time
    for kind, version in (("answer", "old"), ("care", "new")):
        with transaction(engine) as session:
            beat = Heartbeat(process=kind, kind=kind, pid=1, at=clock.now() + timedelta(minutes=5))
            beat.started_at, beat.detail = clock.now() - timedelta(minutes=5), {"clinic": version}
            session.add(beat)
    conversation = writes(engine, clock, "none")
    with TestClient(create_app(parts(database_url, engine, clock))):
        until(lambda: kinds(engine, conversation) == ["settings_differ"])


def test_with_no_care_worker_the_answer_to_the_carrier_says_that_texts_come_late(
    empty: None, engine: Engine, database_url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = SmsSettings("twilio", PUBLIC, ACCOUNT, TOKEN, "+12125550142", words_answered_by="aftercare")
    monkeypatch.setattr("bot.web.make_provider", lambda _: NoProvider())
    numbers = iter(range(1000, 9000))
    with TestClient(create_app(parts(database_url, engine, clock, sms=settings))) as client:
        carrier = Carrier("", client=client)
        until(
            lambda: any(
                "come late" in one for one in said(carrier.text(f"+1212555{next(numbers)}", "can i drive?"))
            )
        )


def test_a_web_process_says_with_its_heartbeat_what_lies_on_its_disk(
    empty: None, engine: Engine, database_url: str, clock: FixedClock
) -> None:
    given = parts(database_url, engine, clock)
    given.spool.bury(b"one line\n")

    def details() -> list[Any]:
        with transaction(engine) as session:
            return [one.detail for one in session.query(Heartbeat).filter_by(kind="web")]

    with TestClient(create_app(given)):
        until(details)
        (detail,) = details()
    assert (detail["kept"], detail["dead_letters"]) == (0, 1)
