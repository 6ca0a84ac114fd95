"""The figures of a large clinic are reckoned beforehand, say as of when they are, and are the very same."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.care import alerts, report_figures
from bot.care.database import engine_for, transaction
from bot.care.models import Disposition
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.work.report_figures import EVERY, ReportFigures
from tests.tables import empty_tables
from tests.work.paging_scene import OPEN, Duty

CLINIC = load_clinic()


@pytest.fixture
def busy(engine: Engine) -> Duty:
    """A clinic in which an alert was resolved and another one waits."""
    empty_tables(engine, "procrastinate_jobs")
    duty = Duty(engine, CLINIC, FixedClock(OPEN))
    first = duty.alert("crisis")
    duty.alert("urgent")
    nurse = duty.nurse()
    duty.clock.move(timedelta(minutes=4))
    with transaction(engine) as session:
        alerts.acknowledge(session, first, nurse, duty.clock.now())
        alerts.resolve(session, first, nurse, Disposition.REACHED_SAFE, "Spoke.", duty.clock.now())
    duty.clock.move(timedelta(minutes=6))
    return duty


def asked(duty: Duty, days: int = 30) -> report_figures.Figures:
    with transaction(duty.engine) as session:
        return report_figures.figures(session, days, CLINIC.zone, duty.clock.now())


def test_what_is_kept_is_what_was_reckoned(busy: Duty) -> None:
    now = busy.clock.now()
    with transaction(busy.engine) as session:
        reckoned = {
            days: report_figures.reckon(session, days, CLINIC.zone, now) for days in report_figures.DAYS
        }
    assert reckoned[30].outcomes and reckoned[30].handling
    ReportFigures(busy.engine, CLINIC, busy.clock, felt=0).run()
    for days in report_figures.DAYS:
        assert asked(busy, days) == reckoned[days]


def test_later_figures_say_as_of_when_they_are_and_are_renewed(busy: Duty) -> None:
    worker = ReportFigures(busy.engine, CLINIC, busy.clock, felt=0)
    worker.run()
    then = busy.clock.now()
    busy.clock.move(timedelta(minutes=5))
    busy.alert("urgent")
    assert asked(busy).as_of == then
    assert sum(one.alerts for one in asked(busy).outcomes) == 2
    worker.run()  # too soon: another worker may have reckoned a moment ago
    assert asked(busy).as_of == then
    busy.clock.move(EVERY)
    worker.run()
    assert asked(busy).as_of == busy.clock.now()
    assert sum(one.alerts for one in asked(busy).outcomes) == 3


def test_what_is_reckoned_in_no_time_is_never_kept(busy: Duty) -> None:
    ReportFigures(busy.engine, CLINIC, busy.clock, felt=0).run()
    busy.clock.move(EVERY)
    ReportFigures(busy.engine, CLINIC, busy.clock, felt=1e9).run()
    busy.alert("urgent")
    busy.clock.move(timedelta(minutes=1))
    assert asked(busy).as_of == busy.clock.now()
    assert sum(one.alerts for one in asked(busy).outcomes) == 3


def test_figures_of_the_day_before_yesterday_are_no_answer(busy: Duty) -> None:
    ReportFigures(busy.engine, CLINIC, busy.clock, felt=0).run()
    busy.clock.move(timedelta(days=1, minutes=1))
    assert asked(busy).as_of == busy.clock.now()


def test_periods_are_kept_apart(busy: Duty) -> None:
    busy.clock.move(timedelta(days=20))
    ReportFigures(busy.engine, CLINIC, busy.clock, felt=0).run()
    assert asked(busy, 7).outcomes == [] and len(asked(busy, 30).outcomes) == 2
    assert replace(asked(busy, 30), as_of=OPEN) != replace(asked(busy, 7), as_of=OPEN)


def test_what_is_slow_only_the_first_time_is_not_kept(busy: Duty, database_url: str) -> None:
    """A fresh process pays for its first connection and its first statements."""
    engine, waited = engine_for(database_url), []

    @event.listens_for(engine, "before_cursor_execute")
    def slow_at_first(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if "alert" in statement and not waited:
            waited.append(statement)
            time.sleep(1.1)

    ReportFigures(engine, CLINIC, busy.clock, felt=1.0).run()
    engine.dispose()
    assert waited
    busy.clock.move(timedelta(minutes=1))
    assert asked(busy, report_figures.DAYS[0]).as_of == busy.clock.now()
