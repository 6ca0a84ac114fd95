"""The number in an error answer is the one that is answered now: by opening hours, and by the roster's holidays, which
count with the database away as well."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from bot.care.database import engine_for, transaction
from bot.care.models import Holiday
from bot.channels.web_chat import working
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from tests.channels.web_chat.support import TUESDAY_NOON, Browser
from tests.tables import empty_tables

CLINIC = load_clinic()


@pytest.fixture
def holiday(engine: Engine) -> Iterator[Callable[[], None]]:
    """Make today a holiday, in the roster."""

    def make() -> None:
        with transaction(engine) as session:
            session.add(Holiday(day=TUESDAY_NOON.astimezone(CLINIC.zone).date(), name="Founders' day"))

    empty_tables(engine)
    yield make
    empty_tables(engine)


def said(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["error"]["phone"])


def is_of_all_holidays(statement: str) -> bool:
    """Whether it is the reading for error answers; others read the names as well, or one day."""
    return statement.split() == ["SELECT", "holiday.day", "FROM", "holiday"]


def test_in_hours_after_hours_and_on_a_holiday(
    serve: Callable[..., str], engine: Engine, database_url: str, new_browser: Callable[..., Browser],
    holiday: Callable[[], None], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(working, "FRESH", 0.0)
    clock = FixedClock(TUESDAY_NOON)
    browser = new_browser(serve(database_url, engine, clock))
    assert said(browser.send("hello"), 401) == CLINIC.phone
    holiday()
    assert said(browser.send("hello"), 401) == CLINIC.after_hours_phone
    clock.move(timedelta(days=1))
    assert said(browser.send("hello"), 401) == CLINIC.phone
    clock.move(timedelta(hours=10))
    assert said(browser.send("hello"), 401) == CLINIC.after_hours_phone


def test_a_holiday_counts_while_the_database_is_away(
    serve: Callable[..., str], database_url: str, new_browser: Callable[..., Browser],
    holiday: Callable[[], None],
) -> None:  # fmt: skip
    engine = engine_for(database_url)
    holiday()
    browser = new_browser(serve(database_url, engine, FixedClock(TUESDAY_NOON)))
    away, asked, known = False, [], threading.Event()

    @event.listens_for(engine, "before_cursor_execute")
    def look(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)
        if away:
            raise OperationalError("", None, Exception("the server is gone"))
        connection.info["holidays"] = is_of_all_holidays(statement)

    @event.listens_for(engine, "commit")
    def read(connection: Any) -> None:
        if connection.info.get("holidays"):
            known.set()

    browser.open()  # nothing was refused yet: the days are read behind an ordinary answer
    assert known.wait(10)
    away = True
    asked.clear()
    assert said(browser.client.get("/chat/messages"), 503) == CLINIC.after_hours_phone
    assert not any(is_of_all_holidays(one) for one in asked)


def test_a_flood_of_refusals_is_no_flood_of_queries(
    serve: Callable[..., str], database_url: str, new_browser: Callable[..., Browser]
) -> None:
    engine, asked = engine_for(database_url), []

    @event.listens_for(engine, "before_cursor_execute")
    def look(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if is_of_all_holidays(statement):
            asked.append(statement)

    browser = new_browser(serve(database_url, engine, FixedClock(TUESDAY_NOON)))
    for _ in range(20):
        assert said(browser.send("hello"), 401) == CLINIC.phone
    assert len(asked) == 1
