"""A web process in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine
from starlette.testclient import TestClient

from bot.care.database import transaction
from bot.care.models import Base
from bot.clinic.clock import FixedClock
from bot.web import create_app
from tests.channels.web_chat.support import TUESDAY_NOON, parts


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(TUESDAY_NOON)


@pytest.fixture
def browser(engine: Engine, database_url: str, clock: FixedClock) -> Iterator[TestClient]:
    """A browser at a web process on an empty record of care."""
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with transaction(engine) as session:
        session.execute(text(f"truncate {tables} restart identity cascade"))
    with TestClient(create_app(parts(database_url, engine, clock)), raise_server_exceptions=True) as client:
        yield client
