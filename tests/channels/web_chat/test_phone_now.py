"""The number in an error answer is the one that is answered now: by the hours and holidays of the roster, which count
with the database away as well."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from bot.care import roster_edits
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


@pytest.fixture
def closed(engine: Engine) -> Iterator[Callable[[], None]]:
    """Close the clinic on every weekday, in the roster."""

    def make() -> None:
        with transaction(engine) as session:
            roster_edits.seed(session, CLINIC)
            roster_edits.set_hours(session, range(7), None)

    empty_tables(engine)
    yield make
    empty_tables(engine)


def said(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["error"]["phone"])


class Readings:
    """The readings of hours and holidays for error answers: how many began, and whether one is over."""

    def __init__(self) -> None:
        self.begun, self.over = 0, threading.Event()


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Readings:
    found, read = Readings(), working.Working._read

    def counted(self: working.Working) -> None:
        found.begun += 1
        read(self)
        found.over.set()

    monkeypatch.setattr(working.Working, "_read", counted)
    return found


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
    holiday: Callable[[], None], readings: Readings,
) -> None:  # fmt: skip
    engine = engine_for(database_url)
    holiday()
    browser = new_browser(serve(database_url, engine, FixedClock(TUESDAY_NOON)))
    read_before_the_database_went(engine, browser, readings)
    assert said(browser.client.get("/chat/messages"), 503) == CLINIC.after_hours_phone
    assert readings.begun == 1


def test_so_do_hours_that_were_changed_in_the_roster(
    serve: Callable[..., str], database_url: str, new_browser: Callable[..., Browser], closed: Callable[[], None],
    readings: Readings,
) -> None:  # fmt: skip
    engine = engine_for(database_url)
    closed()
    browser = new_browser(serve(database_url, engine, FixedClock(TUESDAY_NOON)))
    assert browser.open()["clinic"]["on_shift"] is False
    read_before_the_database_went(engine, browser, readings)
    assert said(browser.client.get("/chat/messages"), 503) == CLINIC.after_hours_phone


def test_what_was_never_read_is_as_clinic_yml_says(
    serve: Callable[..., str], database_url: str, new_browser: Callable[..., Browser], closed: Callable[[], None],
) -> None:  # fmt: skip
    engine = engine_for(database_url)
    closed()
    goes_away(engine)
    browser = new_browser(serve(database_url, engine, FixedClock(TUESDAY_NOON)))
    assert said(browser.client.get("/chat/messages"), 401) == CLINIC.phone


def read_before_the_database_went(engine: Engine, browser: Browser, readings: Readings) -> None:
    browser.open()  # nothing was refused yet: they are read behind an ordinary answer
    assert readings.over.wait(10)
    goes_away(engine)


def goes_away(engine: Engine) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def refuse(*_: Any) -> None:
        raise OperationalError("", None, Exception("the server is gone"))


def test_a_flood_of_refusals_is_no_flood_of_queries(
    serve: Callable[..., str], database_url: str, new_browser: Callable[..., Browser],
    readings: Readings,
) -> None:  # fmt: skip
    browser = new_browser(serve(database_url, engine_for(database_url), FixedClock(TUESDAY_NOON)))
    for _ in range(20):
        assert said(browser.send("hello"), 401) == CLINIC.phone
    assert readings.begun == 1
