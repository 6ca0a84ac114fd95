"""A web process in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine
from starlette.testclient import TestClient

from bot.clinic.clock import FixedClock
from bot.web import create_app
from tests.channels.web_chat.support import TUESDAY_NOON, parts
from tests.tables import empty_tables


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(TUESDAY_NOON)


@pytest.fixture
def browser(engine: Engine, database_url: str, clock: FixedClock) -> Iterator[TestClient]:
    """A browser at a web process on an empty record of care."""
    empty_tables(engine)
    with TestClient(create_app(parts(database_url, engine, clock)), raise_server_exceptions=True) as client:
        yield client
