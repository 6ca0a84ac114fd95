"""Who is on call when: nights, holidays, days away, and the two days a year on which the clock jumps."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.care import roster, roster_edits
from bot.care.database import transaction
from bot.care.models import Responder
from bot.care.roster import Roster
from bot.care.roster_edits import BadRosterEntry, NotInRoster
from bot.clinic.settings import load_clinic
from tests.tables import truncate

CLINIC = load_clinic()
NORA, DANIEL = "Nora Whitfield", "Daniel Okafor"


@pytest.fixture
def people(engine: Engine) -> dict[str, int]:
    """The roster as clinic.yml makes it; name to identifier."""
    with transaction(engine) as session:
        truncate(session, "responder", "holiday", "opening_hours", "page")
        roster_edits.seed(session, CLINIC)
        roster_edits.seed(session, CLINIC)
        return {person.name: int(person.id) for person in session.query(Responder)}


def read(engine: Engine) -> Roster:
    with transaction(engine) as session:
        return roster.read(session, CLINIC)


def there(when: str, fold: int = 0) -> datetime:
    """A moment of the clinic's wall clock."""
    return datetime.fromisoformat(when).replace(tzinfo=CLINIC.zone, fold=fold)


def names(engine: Engine, when: str) -> list[str]:
    return [person.name for person in read(engine).on_call(there(when))]


def only(engine: Engine, person: int, starts: str, ends: str, **when: object) -> None:
    """The one shift that there is."""
    with transaction(engine) as session:
        session.execute(text("delete from shift"))
        roster_edits.add_shifts(
            session, person, time.fromisoformat(starts), time.fromisoformat(ends), **when  # type: ignore[arg-type]
        )  # fmt: skip


def test_the_first_roster_is_what_clinic_yml_says(engine: Engine, people: dict[str, int]) -> None:
    found = read(engine)
    assert [person.name for person in found.people] == [NORA, DANIEL]
    contacts = {(contact.kind, contact.address) for contact in found.people[0].contacts}
    assert contacts == {("email", "nora.whitfield@riverside.example"), ("text", "+12125550111")}
    assert names(engine, "2026-03-03T08:00") == [NORA, DANIEL]
    assert names(engine, "2026-03-03T07:59:59") == names(engine, "2026-03-03T18:00") == []
    assert names(engine, "2026-03-08T12:00") == []  # a Sunday


def test_a_changed_roster_is_not_made_anew(engine: Engine, people: dict[str, int]) -> None:
    with transaction(engine) as session:
        roster_edits.remove_person(session, people[NORA])
        roster_edits.seed(session, CLINIC)
    assert [person.name for person in read(engine).people] == [DANIEL]


@pytest.mark.parametrize(
    ("when", "on"),
    [
        ("2026-03-03T19:59", False),  # Tuesday
        ("2026-03-03T20:00", True),
        ("2026-03-03T23:59", True),
        ("2026-03-04T00:00", True),
        ("2026-03-04T07:59", True),
        ("2026-03-04T08:00", False),
        ("2026-03-04T20:00", False),
    ],
)
def test_a_night_shift_ends_on_the_next_day(
    engine: Engine, people: dict[str, int], when: str, on: bool
) -> None:
    only(engine, people[NORA], "20:00", "08:00", weekdays=[1])
    assert bool(names(engine, when)) is on


@pytest.mark.parametrize(("day", "hours"), [("2026-03-07", 11), ("2026-10-31", 13), ("2026-03-14", 12)])
def test_a_night_in_which_the_clock_jumps_is_an_hour_shorter_or_longer(
    engine: Engine, people: dict[str, int], day: str, hours: int
) -> None:
    only(engine, people[NORA], "20:00", "08:00", day=date.fromisoformat(day))
    at = there(f"{day}T20:00").astimezone(timezone.utc)
    found = read(engine)
    assert found.on_call(at)
    assert found.until(at) == at + timedelta(hours=hours)


def test_no_gap_opens_in_the_hour_that_the_clock_leaves_out(engine: Engine, people: dict[str, int]) -> None:
    """2026-03-08, 02:30 does not exist in New York: one shift ends then and the next begins."""
    only(engine, people[NORA], "00:00", "02:30", day=date(2026, 3, 8))
    with transaction(engine) as session:
        roster_edits.add_shifts(session, people[DANIEL], time(2, 30), time(6, 0), day=date(2026, 3, 8))
    found = read(engine)
    start = there("2026-03-08T00:00").astimezone(timezone.utc)
    # 00:00 to 06:00 by the wall clock are five hours.
    covered = [len(found.on_call(start + timedelta(minutes=minutes))) for minutes in range(5 * 60)]
    assert set(covered) == {1}
    assert not found.on_call(start + timedelta(hours=5))


def test_a_holiday_counts_for_weekly_shifts_and_not_for_one_of_that_date(
    engine: Engine, people: dict[str, int]
) -> None:
    with transaction(engine) as session:
        roster_edits.add_holiday(session, date(2026, 11, 26), "Thanksgiving")
        roster_edits.add_shifts(session, people[DANIEL], time(9), time(12), day=date(2026, 11, 26))
    found = read(engine)
    assert names(engine, "2026-11-26T10:00") == [DANIEL]
    assert names(engine, "2026-11-26T13:00") == []
    assert not found.is_working(there("2026-11-26T10:00"))
    assert not found.is_staffed(there("2026-11-26T10:00"))
    assert found.next_opening(there("2026-11-25T20:00")) == there("2026-11-27T08:00")
    with transaction(engine) as session:
        roster_edits.remove_holiday(session, date(2026, 11, 26))
    assert names(engine, "2026-11-26T13:00") == [NORA, DANIEL]


def test_who_is_away_is_not_on_call(engine: Engine, people: dict[str, int]) -> None:
    with transaction(engine) as session:
        roster_edits.add_absence(session, people[NORA], date(2026, 3, 3), date(2026, 3, 4))
    assert names(engine, "2026-03-02T10:00") == [NORA, DANIEL]
    assert names(engine, "2026-03-03T10:00") == names(engine, "2026-03-04T10:00") == [DANIEL]
    assert names(engine, "2026-03-05T10:00") == [NORA, DANIEL]


def test_rungs_name_people_by_shift_and_by_role(engine: Engine, people: dict[str, int]) -> None:
    found, night = read(engine), there("2026-03-03T23:00")
    who = lambda name, at=night: [person.name for person in found.who(name, at)]  # noqa: E731
    assert who("everybody") == [NORA, DANIEL]
    assert who("clinician") == [DANIEL]
    assert who("on_call") == who("first_on_call") == []
    assert who("first_on_call", there("2026-03-03T12:00")) == [NORA]


def test_times_without_anybody_are_named(engine: Engine, people: dict[str, int]) -> None:
    found = read(engine)
    gaps = [(gap.begins, gap.ends) for gap in found.gaps(there("2026-03-06T12:00"), days=3)]
    assert gaps == [
        (there("2026-03-06T17:00"), there("2026-03-07T09:00")),
        (there("2026-03-07T13:00"), there("2026-03-09T08:00")),
    ]


def test_moving_up_changes_who_is_first(engine: Engine, people: dict[str, int]) -> None:
    with transaction(engine) as session:
        roster_edits.move_up(session, people[DANIEL])
        roster_edits.move_up(session, people[DANIEL])
    assert names(engine, "2026-03-03T10:00") == [DANIEL, NORA]


def test_somebody_comes_back_with_the_same_address(engine: Engine, people: dict[str, int]) -> None:
    with transaction(engine) as session:
        roster_edits.remove_person(session, people[DANIEL])
        back = roster_edits.add_person(session, DANIEL, "Daniel.Okafor@riverside.example", "clinician")
        assert back.id == people[DANIEL]
    assert len(read(engine).people) == 2


@pytest.mark.parametrize(
    ("kind", "address", "says"),
    [
        ("text", "not a number", "number"),
        ("email", "nobody", "e-mail address"),
        ("app", "nonsense", "Apprise"),
        ("app", "nosuchservice://host/topic", "Apprise"),
        ("fax", "+12125550100", "Choose how"),
    ],
)
def test_what_nobody_can_be_reached_by_is_refused(
    engine: Engine, people: dict[str, int], kind: str, address: str, says: str
) -> None:
    with pytest.raises(BadRosterEntry, match=says), transaction(engine) as session:
        roster_edits.add_contact(session, people[NORA], kind, address)


def test_the_last_person_stays(engine: Engine, people: dict[str, int]) -> None:
    with transaction(engine) as session:
        roster_edits.remove_person(session, people[NORA])
    with pytest.raises(BadRosterEntry, match="last person"), transaction(engine) as session:
        roster_edits.remove_person(session, people[DANIEL])
    with pytest.raises(NotInRoster), transaction(engine) as session:
        roster_edits.remove_person(session, people[NORA])


@pytest.mark.parametrize("when", [{}, {"weekdays": [1], "day": date(2026, 3, 3)}, {"weekdays": [7]}])
def test_a_shift_is_weekly_or_of_one_day(
    engine: Engine, people: dict[str, int], when: dict[str, object]
) -> None:
    with pytest.raises(BadRosterEntry), transaction(engine) as session:
        roster_edits.add_shifts(session, people[NORA], time(8), time(9), **when)  # type: ignore[arg-type]
