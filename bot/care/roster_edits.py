"""Changing the roster: people, how they are reached, shifts, days away, hours, holidays. And making it, once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from apprise import Apprise
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.care import live
from bot.care.models import Absence, ContactPoint, Holiday, OpeningHours, Responder, Shift
from bot.care.opening import MIDNIGHT
from bot.care.paging import defer_page, look_anew
from bot.care.people import BadNumber, e164
from bot.clinic.errors import AftercareError
from bot.clinic.paging_settings import APP, EMAIL, TEXT
from bot.clinic.settings import WEEKDAYS, Clinic, Hours

Row = TypeVar("Row", Shift, Absence, Holiday)
LONGEST_ABSENCE = timedelta(days=366)
_SEEDING = 7_201  # any number that no other advisory lock of ours has


class BadRosterEntry(AftercareError):
    """What was entered cannot stand in the roster."""

    code, status = "AC205", 422


class NotInRoster(AftercareError):
    """There is no such person, shift or address (any more)."""

    code, status = "AC206", 404


def add_person(session: Session, name: str, email: str, role: str, phone: str = "") -> Responder:
    """Somebody new at the end of the line, reached by e-mail, and by text where a phone is named; or somebody who comes
    back. Raises BadRosterEntry."""
    name, email = name.strip(), email.strip().lower()
    if not name or len(name) > 200:
        raise BadRosterEntry("Write the person's name, at most 200 characters.")
    _check_email(email)
    if not role.strip() or len(role) > 16:
        raise BadRosterEntry("Choose what this person is: nurse or clinician.")
    person = session.execute(select(Responder).where(Responder.email == email)).scalar_one_or_none()
    if person is not None and person.active:
        raise BadRosterEntry(f"{person.name} is in the roster with this e-mail address already.")
    last = session.execute(select(func.coalesce(func.max(Responder.place), 0))).scalar_one()
    if person is None:
        person = Responder(email=email, active=True)
        session.add(person)
    person.name, person.role, person.place, person.active = name, role.strip(), last + 1, True
    session.flush()
    for kind, address in ((EMAIL, email), (TEXT, phone.strip())):
        if address:
            add_contact(session, int(person.id), kind, address)
    return person


def remove_person(session: Session, person_id: int) -> Responder:
    """Nobody is paged any more who left; their shifts end. Raises NotInRoster, BadRosterEntry for the last one."""
    person = person_of(session, person_id)
    others = select(func.count(Responder.id)).where(Responder.active, Responder.id != person_id)
    if not session.execute(others).scalar_one():
        raise BadRosterEntry(
            "This is the last person of the roster: nobody would be paged. Add somebody first."
        )
    person.active = False
    session.execute(delete(Shift).where(Shift.responder_id == person_id))
    _changed(session)
    return person


def move_up(session: Session, person_id: int) -> Responder:
    """One place further to the front of the line. Raises NotInRoster."""
    person = person_of(session, person_id)
    before = session.execute(
        select(Responder)
        .where(Responder.active, Responder.place < person.place)
        .order_by(Responder.place.desc())
        .limit(1)
        .with_for_update()
    ).scalar_one_or_none()
    if before is not None:
        before.place, person.place = person.place, before.place
        _changed(session)
    return person


def person_of(session: Session, person_id: int) -> Responder:
    """The active person, locked. Raises NotInRoster."""
    statement = select(Responder).where(Responder.id == person_id, Responder.active).with_for_update()
    person: Responder | None = session.execute(statement).scalar_one_or_none()
    if person is None:
        raise NotInRoster("This person is not in the roster any more. Load the page again.")
    return person


def add_contact(session: Session, person_id: int, kind: str, address: str) -> ContactPoint:
    """A way to reach a person. Raises NotInRoster, BadRosterEntry."""
    person = person_of(session, person_id)
    address = address.strip()
    if kind == EMAIL:
        _check_email(address)
    elif kind == TEXT:
        try:
            address = e164(address)
        except BadNumber as error:
            raise BadRosterEntry(str(error)) from error
    elif kind == APP:
        if len(address) > 2000 or "://" not in address or not Apprise().add(address):
            raise BadRosterEntry(
                "This is not an Apprise address. Copy it whole, such as ntfys://host/topic or json://host/path."
            )
    else:
        raise BadRosterEntry("Choose how this person is reached: text, e-mail or app.")
    for known in person.contacts:
        if known.kind == kind and known.address == address:
            known.active = True
            _changed(session)
            return known
    contact = ContactPoint(kind=kind, address=address, active=True)
    person.contacts.append(contact)
    _changed(session)
    return contact


def remove_contact(session: Session, contact_id: int) -> ContactPoint:
    """This address is not used any more. Raises NotInRoster."""
    contact = session.get(ContactPoint, contact_id)
    if contact is None or not contact.active:
        raise _gone("This address is")
    contact.active = False
    _changed(session)
    return contact


def add_shifts(
    session: Session,
    person_id: int,
    starts: time,
    ends: time,
    *,
    weekdays: Sequence[int] = (),
    day: date | None = None,
) -> list[Shift]:
    """On call on these weekdays (0: Monday) every week, or on one day; an end not after the start is on the next day.

    Raises NotInRoster, BadRosterEntry.
    """
    person = person_of(session, person_id)
    if bool(weekdays) == (day is not None):
        raise BadRosterEntry("Choose either weekdays, for every week, or one date.")
    if any(not 0 <= weekday <= 6 for weekday in weekdays):
        raise BadRosterEntry("Choose days from Monday to Sunday.")
    known = {(shift.weekday, shift.day, shift.starts, shift.ends) for shift in person.shifts}
    wanted = [(weekday, None) for weekday in weekdays] if weekdays else [(None, day)]
    made = [
        Shift(responder_id=person.id, weekday=weekday, day=date_, starts=starts, ends=ends)
        for weekday, date_ in wanted
        if (weekday, date_, starts, ends) not in known
    ]
    session.add_all(made)
    session.flush()
    _changed(session)
    return made


def remove_shift(session: Session, shift_id: int) -> Shift:
    """This shift ends, at once. Raises NotInRoster."""
    return _take_out(session, Shift, shift_id, "This shift is")


def add_absence(session: Session, person_id: int, first: date, last: date) -> Absence:
    """The person is away on these days, the last one included. Raises NotInRoster, BadRosterEntry."""
    person = person_of(session, person_id)
    if not first <= last <= first + LONGEST_ABSENCE:
        raise BadRosterEntry("The last day has to be the first one or a later one, within a year.")
    absence = Absence(responder_id=person.id, first_day=first, last_day=last)
    session.add(absence)
    _changed(session)
    return absence


def remove_absence(session: Session, absence_id: int) -> Absence:
    """The person is not away after all. Raises NotInRoster."""
    return _take_out(session, Absence, absence_id, "These days are")


def add_holiday(session: Session, day: date, name: str) -> Holiday:
    """The clinic is closed on this day, and weekly shifts do not count. Raises BadRosterEntry."""
    name = name.strip()
    if not name or len(name) > 100:
        raise BadRosterEntry("Write what the holiday is called, at most 100 characters.")
    holiday = session.get(Holiday, day) or Holiday(day=day)
    holiday.name = name
    session.add(holiday)
    _changed(session)
    return holiday


def remove_holiday(session: Session, day: date) -> None:
    """An ordinary day after all. Raises NotInRoster."""
    _take_out(session, Holiday, day, "This holiday is")


def _check_email(email: str) -> None:
    if len(email) > 320 or not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise BadRosterEntry("This is not an e-mail address. Write one, such as nurse@clinic.example.")


def _take_out(session: Session, kind: type[Row], key: int | date, called: str) -> Row:
    row = session.get(kind, key)
    if row is None:
        raise _gone(called)
    session.delete(row)
    _changed(session)
    return row


def _gone(called: str) -> NotInRoster:
    return NotInRoster(f"{called} not in the roster any more. Load the page again.")


def _changed(session: Session) -> None:
    session.flush()
    live.queue_changed(session)


def set_hours(session: Session, weekdays: Sequence[int], hours: tuple[time, time] | None) -> dict[str, str]:
    """The clinic is open in these hours on these weekdays (0: Monday), or closed on them; closing at 00:00 means the
    day's end. Returns what changed: for each such weekday how it was and how it is. Raises BadRosterEntry."""
    if not weekdays or any(not 0 <= weekday <= 6 for weekday in weekdays):
        raise BadRosterEntry("Choose the days, from Monday to Sunday.")
    if hours is not None and hours[1] <= hours[0] and hours[1] != MIDNIGHT:
        raise BadRosterEntry("The clinic has to close later than it opens. Midnight is the end of the day.")
    opens, closes = hours or (None, None)
    changed: dict[str, str] = {}
    statement = select(OpeningHours).where(OpeningHours.weekday.in_(weekdays)).with_for_update()
    for day in session.execute(statement.order_by(OpeningHours.weekday)).scalars():
        if (day.opens, day.closes) != (opens, closes):
            before, after = _spoken(day.opens, day.closes), _spoken(opens, closes)
            changed[WEEKDAYS[day.weekday]] = f"{before}, now {after}"
            day.opens, day.closes = opens, closes
    _changed(session)
    return changed


def _spoken(opens: time | None, closes: time | None) -> str:
    return "closed" if opens is None or closes is None else f"{opens:%H:%M}-{closes:%H:%M}"


def opens_otherwise(session: Session, now: datetime) -> None:
    """Hours or holidays were changed: pages that wait for the clinic to open are looked at anew, at once."""
    for alert_id in look_anew(session, now):
        defer_page(session, alert_id)


def seed(session: Session, clinic: Clinic) -> None:
    """Make the roster from `on_call` and `opening_hours` of clinic.yml, each where there never was one."""
    if _is_made(session):
        return
    # Two processes at their first start: the second waits, and finds it done.
    session.execute(select(func.pg_advisory_xact_lock(_SEEDING)))
    if not session.execute(select(func.count(OpeningHours.weekday))).scalar_one():
        session.add_all(_seeded_hours(clinic))
    if not session.execute(select(func.count(Responder.id))).scalar_one():
        session.add_all(_seeded_people(clinic))
    session.flush()


def _is_made(session: Session) -> bool:
    there = select(select(OpeningHours).exists() & select(Responder).exists())
    return bool(session.execute(there).scalar_one())


def _seeded_hours(clinic: Clinic) -> Iterator[OpeningHours]:
    for number, weekday in enumerate(WEEKDAYS):
        opens, closes = _times(clinic.opening_hours[weekday])
        yield OpeningHours(weekday=number, opens=opens, closes=closes)


def _seeded_people(clinic: Clinic) -> Iterator[Responder]:
    for place, person in enumerate(clinic.on_call, 1):
        responder = Responder(name=person.name, email=person.email.lower(), role=person.role, place=place)
        responder.contacts = [ContactPoint(kind=EMAIL, address=person.email)]
        try:
            responder.contacts.append(ContactPoint(kind=TEXT, address=e164(person.phone)))
        except BadNumber:
            pass  # clinic.yml takes numbers of any country as they are written; such a person is reached by e-mail
        for number, weekday in enumerate(WEEKDAYS):
            starts, ends = _times(clinic.opening_hours[weekday])
            if starts is not None:
                responder.shifts.append(Shift(weekday=number, starts=starts, ends=ends))
        yield responder


def _times(hours: Hours | None) -> tuple[time, time] | tuple[None, None]:
    """Opening and closing as the roster has them, where the end of the day is 00:00."""
    if hours is None:
        return None, None
    return hours.open, MIDNIGHT if hours.close == time.max else hours.close
