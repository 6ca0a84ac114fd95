"""When the clinic is open: the roster's hours and holidays, clinic.yml's only until the roster has some."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from bot.care import roster_edits
from bot.care.database import transaction
from bot.care.models import OpeningHours, Responder
from bot.care.opening import by_file, open_now, opening_times
from bot.care.roster_edits import BadRosterEntry
from bot.clinic.settings import WEEKDAYS, Hours, load_clinic
from tests.tables import empty_tables

CLINIC = load_clinic()
WORKDAYS = range(5)


@pytest.fixture
def made(engine: Engine) -> Engine:
    """A database with the roster that clinic.yml makes."""
    empty_tables(engine)
    with transaction(engine) as session:
        roster_edits.seed(session, CLINIC)
    return engine


def there(when: str) -> datetime:
    """A moment of the clinic's wall clock. 2 March 2026 is a Monday."""
    return datetime.fromisoformat(when).replace(tzinfo=CLINIC.zone)


def is_open(engine: Engine, when: str) -> bool:
    """What both ways of asking say; they have to agree."""
    with transaction(engine) as session:
        now = open_now(session, CLINIC, there(when))
        assert opening_times(session, CLINIC).is_open(there(when)) == now
    return now


def set_hours(engine: Engine, days: Any, hours: tuple[str, str] | None) -> dict[str, str]:
    times = None if hours is None else (time.fromisoformat(hours[0]), time.fromisoformat(hours[1]))
    with transaction(engine) as session:
        return roster_edits.set_hours(session, list(days), times)


def test_the_first_hours_are_those_of_clinic_yml(made: Engine) -> None:
    with transaction(made) as session:
        assert opening_times(session, CLINIC) == by_file(CLINIC)
        roster_edits.seed(session, CLINIC)
        assert list(opening_times(session, CLINIC).hours) == list(WEEKDAYS)


def test_an_edited_roster_keeps_its_hours_and_one_of_before_gets_them(made: Engine) -> None:
    set_hours(made, [6], ("10:00", "12:00"))
    with transaction(made) as session:
        roster_edits.seed(session, CLINIC)
        assert opening_times(session, CLINIC).hours["sun"] == Hours(time(10), time(12))
        # A clinic that had people before there were hours.
        session.query(OpeningHours).delete()
        people = session.query(Responder).count()
        roster_edits.seed(session, CLINIC)
        assert session.query(Responder).count() == people
        assert opening_times(session, CLINIC) == by_file(CLINIC)


def test_until_there_are_hours_clinic_yml_counts_and_holidays_do_already(engine: Engine) -> None:
    empty_tables(engine)
    assert is_open(engine, "2026-03-02T12:00") and not is_open(engine, "2026-03-01T12:00")
    with transaction(engine) as session:
        roster_edits.add_holiday(session, date(2026, 3, 2), "Town day")
    assert not is_open(engine, "2026-03-02T12:00")


def test_a_weekday_of_which_nothing_is_known_is_as_clinic_yml_says(made: Engine) -> None:
    set_hours(made, range(7), None)
    with transaction(made) as session:
        session.query(OpeningHours).filter_by(weekday=0).delete()
    assert is_open(made, "2026-03-02T12:00") and not is_open(made, "2026-03-03T12:00")


@pytest.mark.parametrize(
    ("when", "then"),
    [
        ("2026-03-02T08:59:59", False),
        ("2026-03-02T09:00", True),
        ("2026-03-02T19:59:59", True),
        ("2026-03-02T20:00", False),
        ("2026-03-03T12:00", False),
        ("2026-03-07T23:59:59", True),
        ("2026-03-08T00:00", False),
        ("2026-03-09T09:30", False),
    ],
)
def test_the_edges_of_the_hours(made: Engine, when: str, then: bool) -> None:
    set_hours(made, [0], ("09:00", "20:00"))
    set_hours(made, [1], None)
    set_hours(made, [5], ("09:00", "00:00"))
    with transaction(made) as session:
        roster_edits.add_holiday(session, date(2026, 3, 9), "Town day")
    assert is_open(made, when) is then


def test_the_next_opening_is_by_the_hours_of_the_roster(made: Engine) -> None:
    set_hours(made, WORKDAYS, None)
    set_hours(made, [2], ("07:30", "09:00"))
    with transaction(made) as session:
        found = opening_times(session, CLINIC)
    assert found.next_opening(there("2026-03-02T12:00")) == there("2026-03-04T07:30")
    set_hours(made, range(7), None)
    with transaction(made) as session:
        never = opening_times(session, CLINIC)
    assert never.next_opening(there("2026-03-02T12:00")) == there("2026-03-02T12:00")


def test_what_changed_is_told_and_only_that(made: Engine) -> None:
    assert set_hours(made, [0, 4], ("08:00", "18:00")) == {"fri": "08:00-17:00, now 08:00-18:00"}
    assert set_hours(made, [6, 0], None) == {"mon": "08:00-18:00, now closed"}
    assert set_hours(made, [0], ("00:00", "00:00")) == {"mon": "closed, now 00:00-00:00"}


@pytest.mark.parametrize(
    ("days", "hours", "says"),
    [
        ([], ("08:00", "18:00"), "Choose the days"),
        ([7], None, "Choose the days"),
        ([0], ("18:00", "08:00"), "close later than it opens"),
        ([0], ("08:00", "08:00"), "close later than it opens"),
    ],
)
def test_hours_that_are_none_are_refused(
    made: Engine, days: list[int], hours: tuple[str, str] | None, says: str
) -> None:
    with pytest.raises(BadRosterEntry, match=says):
        set_hours(made, days, hours)


def test_the_database_itself_refuses_them(made: Engine) -> None:
    with pytest.raises(IntegrityError), transaction(made) as session:
        session.query(OpeningHours).filter_by(weekday=0).update({"closes": time(7)})


def test_either_way_of_asking_is_one_statement(made: Engine) -> None:
    asked: list[str] = []

    @event.listens_for(made, "before_cursor_execute")
    def count(_: Any, __: Any, statement: str, *more: Any) -> None:
        asked.append(statement)

    at = there("2026-03-02T12:00")
    with transaction(made) as session:
        open_now(session, CLINIC, at)
        assert len(asked) == 1
        opening_times(session, CLINIC)
        assert len(asked) == 2
