"""A database server that a test may take away, and web processes on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.care.database import engine_for, migrate
from bot.channels.spool import Spool
from bot.clinic.clock import FixedClock
from bot.embedded import EmbeddedPostgres
from bot.web import create_app
from tests.channels.web_chat.support import TUESDAY_NOON, Browser, Served, parts, unlimited


@pytest.fixture(scope="module")
def postgres(session_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server of this module's own, to be taken away."""
    server = EmbeddedPostgres(session_folder / "outage", session_folder / "outage.log", careless=True)
    migrate(server.start())
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def there(postgres: EmbeddedPostgres) -> Iterator[None]:
    """Whatever a test did, the next one finds the server running."""
    yield
    if not postgres.running:
        postgres.start()


@pytest.fixture
def engine(postgres: EmbeddedPostgres) -> Iterator[Engine]:
    made = engine_for(postgres.url())
    yield made
    made.dispose()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(TUESDAY_NOON)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def serve(
    postgres: EmbeddedPostgres, engine: Engine, clock: FixedClock, spool: Spool
) -> Iterator[Callable[..., str]]:
    """Start a web process on the server: serve(**changes) returns its address."""
    running: list[Served] = []

    def start(**changes: Any) -> str:
        given = {"clinic": unlimited(), "spool": spool} | changes
        on = given.pop("engine", engine)
        running.append(Served(create_app(parts(postgres.url(), on, clock, **given))))
        return running[-1].base

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def browse() -> Iterator[Callable[[str], Browser]]:
    """Open the chat at an address: browse(base)."""
    browsers: list[Browser] = []

    def one(base: str) -> Browser:
        browsers.append(Browser(base))
        browsers[-1].open()
        return browsers[-1]

    yield one
    for browser in browsers:
        browser.client.close()
