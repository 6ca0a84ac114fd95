"""A browser, what is kept of it, and who takes it in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from bot.channels.spool import Spool
from bot.channels.take_in import TakeIn
from bot.clinic.clock import FixedClock
from tests.channels.keeping import Chat, taking
from tests.channels.web_chat.support import TUESDAY_NOON


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(TUESDAY_NOON + timedelta(minutes=30))


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def take_in(engine: Engine, clock: FixedClock, spool: Spool) -> TakeIn:
    return taking(engine, clock, spool)


@pytest.fixture
def chat(engine: Engine) -> Chat:
    return Chat(engine)
