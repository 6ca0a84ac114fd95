"""A web process and a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.clinic.clock import FixedClock
from bot.web import create_app
from tests.channels.web_chat.support import SITE, TUESDAY_NOON, Browser, Served, parts, unlimited


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(TUESDAY_NOON)


@pytest.fixture(scope="module")
def web(engine: Engine, database_url: str) -> Iterator[str]:
    """The address of a web process on the module's database, on a Tuesday at noon in New York."""
    served = Served(create_app(parts(database_url, engine, FixedClock(TUESDAY_NOON), clinic=unlimited())))
    yield served.base
    served.stop()


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Start web processes of other parts: serve(url, engine, clock, **changes) returns the address."""
    running: list[Served] = []

    def start(*given: Any, **changes: Any) -> str:
        running.append(Served(create_app(parts(*given, **{"clinic": unlimited(), **changes}))))
        return running[-1].base

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def new_browser(web: str) -> Iterator[Callable[..., Browser]]:
    """More browsers, without a cookie; another address may be given."""
    browsers: list[Browser] = []

    def make(base: str = web) -> Browser:
        browsers.append(Browser(base))
        return browsers[-1]

    yield make
    for one in browsers:
        one.client.close()


@pytest.fixture
def browser(new_browser: Callable[..., Browser]) -> Browser:
    """A browser that has opened the chat."""
    one = new_browser()
    one.open()
    return one


@pytest.fixture
def embedding(
    serve: Callable[..., str],
    database_url: str,
    engine: Engine,
    clock: FixedClock,
    new_browser: Callable[..., Browser],
) -> Browser:
    """A browser, without a cookie, at a clinic whose own site, which is another, embeds the chat."""
    demo = unlimited()
    web = demo.web.copy(update={"allowed_origins": (SITE,)})
    return new_browser(serve(database_url, engine, clock, clinic=demo.copy(update={"web": web})))
