"""Processes say that they work; who is silent for a minute counts as gone."""

from __future__ import annotations

import os
import socket
from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from bot.care import heartbeats
from bot.care.database import transaction
from bot.care.models import Heartbeat
from tests.care.conftest import AT


def test_a_process_is_alive_until_it_is_silent_for_a_minute(engine: Engine) -> None:
    with transaction(engine) as session:
        heartbeats.beat(session, "answer", AT, AT, clinic="abc")
        heartbeats.beat(session, "answer", AT, AT + timedelta(seconds=10), clinic="abc")

        def seen(seconds: int) -> list[tuple[int, dict[str, str]]]:
            alive = heartbeats.alive(session, "answer", AT + timedelta(seconds=seconds))
            return [(beat.pid, beat.detail) for beat in alive]

        assert seen(69) == [(os.getpid(), {"clinic": "abc"})]
        assert seen(70) == []
        assert heartbeats.alive(session, "care", AT) == []


def test_who_says_goodbye_is_gone_at_once_and_the_dead_are_forgotten(engine: Engine) -> None:
    with transaction(engine) as session:
        heartbeats.beat(session, "care", AT, AT)
        heartbeats.say_goodbye(session, "care")
        assert heartbeats.alive(session, "care", AT) == []
        session.add(Heartbeat(process="old@host:1", kind="care", pid=1, started_at=AT, at=AT))
        session.flush()
        heartbeats.beat(session, "care", AT, AT + timedelta(days=2))
        assert session.query(Heartbeat).filter_by(process="old@host:1").count() == 0


def test_names_of_processes_fit_their_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "h" * 200)
    assert len(heartbeats.process_name("answer")) <= 64
