"""What was filled in about a patient, checked: in a form, or in the line of a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timezone
from zoneinfo import ZoneInfo

from bot.care import people

FIELDS = ("name", "date_of_birth", "phone", "address", "emergency_contact")
LONGEST_NAME = 200
LONGEST_TEXT = 1000
EARLIEST_BIRTH = date(1900, 1, 1)


def check(values: Mapping[str, str], today: date) -> tuple[people.Details, dict[str, str]]:
    """The details, and what is wrong with them by field, in words for staff; the details count only where nothing is.

    values: as typed, by the names of FIELDS. today: at the clinic.
    """
    errors: dict[str, str] = {}
    given = {name: values.get(name, "").strip() for name in FIELDS}
    if not given["name"]:
        errors["name"] = "Write the patient's name."
    elif len(given["name"]) > LONGEST_NAME:
        errors["name"] = "The name is longer than 200 characters. Shorten it."
    born = None
    if given["date_of_birth"]:
        born = day_of(given["date_of_birth"])
        if born is None:
            errors["date_of_birth"] = "Write the date as 1984-03-14: year, month, day."
        elif not EARLIEST_BIRTH <= born < today:
            errors["date_of_birth"] = "This date of birth cannot be right. Check the year."
    for field in ("address", "emergency_contact"):
        if len(given[field]) > LONGEST_TEXT:
            errors[field] = "This is longer than 1,000 characters. Shorten it."
    if given["phone"]:
        try:
            people.e164(given["phone"])
        except people.BadNumber as bad:
            errors["phone"] = str(bad)
    details = people.Details(
        given["name"], born, given["phone"], given["address"], given["emergency_contact"]
    )
    return details, errors


def day_of(text: str) -> date | None:
    """A date as 1984-03-14, or as spreadsheets in America save it, 3/14/1984: month first."""
    american = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    try:
        if american:
            month, day, year = map(int, american.groups())
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        return None


def wall_time(day: str, hour: str, zone: ZoneInfo) -> datetime:
    """A moment (aware, UTC) from a date as 2026-03-14 and a time as 09:30. Raises ValueError in words for staff."""
    try:
        moment = datetime.combine(date.fromisoformat(day), time.fromisoformat(hour))
    except ValueError:
        raise ValueError("Write the date as 2026-03-14 and the time as 09:30.") from None
    if moment.tzinfo is not None:
        raise ValueError("Write the time as 09:30, without a time zone: it is the clinic's.")
    try:
        at = moment.replace(tzinfo=zone).astimezone(timezone.utc)
    except OverflowError:
        raise ValueError("This date cannot be right. Check the year.") from None
    if at.astimezone(zone).replace(tzinfo=None) != moment:
        raise ValueError("That hour does not exist: the clocks go forward in that night. Check the time.")
    return at
