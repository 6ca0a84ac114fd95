"""Many patients from one file: read and checked line by line, then enrolled together or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import enrolment, people, treatments
from bot.care.models import Conversation, Patient, PhoneNumber, PhoneShare
from bot.care.models.names import words_of
from bot.care.search import namesakes
from bot.clinic.errors import AftercareError
from bot.clinic.settings import Clinic

MOST_LINES = 1000
"""Patients at once. More are more than anybody looks through before they are enrolled."""

TITLES = {
    "name": ("name", "patient", "patientname", "fullname"),
    "first": ("firstname", "givenname", "first"),
    "last": ("lastname", "surname", "familyname", "last"),
    "date_of_birth": ("dateofbirth", "dob", "birthdate", "birthday", "born"),
    "phone": ("phone", "mobile", "mobilephone", "cell", "cellphone", "phonenumber", "number"),
    "address": ("address", "homeaddress"),
    "emergency_contact": ("emergencycontact", "contact"),
    "treatments": ("treatments", "treatment", "infusions", "infusion"),
}
"""What a column may be called, without spaces, marks and capitals."""


class CannotImport(AftercareError):
    """The file is not the one that was checked, or not fit to be imported."""

    code, status = "AC258", 409


@dataclass(frozen=True)
class Line:
    """One patient of the file. number: of the line, as a spreadsheet counts; treatments: when infusions were or will be
    (aware); problems: what to mend; known: the identifiers of patients who seem to be this one, so that the line is
    left out."""

    number: int
    details: people.Details
    treatments: tuple[datetime, ...] = ()
    problems: tuple[str, ...] = ()
    known: tuple[int, ...] = ()


@dataclass(frozen=True)
class Draft:
    """What a file would do. wrong: with the file as a whole; ignored: columns that nothing is taken from."""

    lines: tuple[Line, ...] = ()
    wrong: str = ""
    ignored: tuple[str, ...] = ()

    @property
    def bad(self) -> tuple[Line, ...]:
        """The lines that have to be mended."""
        return tuple(line for line in self.lines if line.problems)

    @property
    def known(self) -> tuple[Line, ...]:
        """The lines of patients who are enrolled already."""
        return tuple(line for line in self.lines if line.known and not line.problems)

    @property
    def new(self) -> tuple[Line, ...]:
        """The lines that would be enrolled."""
        return tuple(line for line in self.lines if not line.problems and not line.known)

    @property
    def ready(self) -> bool:
        """Whether it can be imported as it is."""
        return not self.wrong and not self.bad and bool(self.new)

    @property
    def seal(self) -> str:
        """What was found, in short: the same file against the same record has the same seal."""
        return hashlib.sha256(repr(self).encode("utf-8", "replace")).hexdigest()[:32]


def draft(session: Session, text: str, clinic: Clinic, now: datetime) -> Draft:
    """Read a CSV file (comma, semicolon or tab) and check every line of it; nothing is changed. now: aware."""
    today = now.astimezone(clinic.zone).date()
    try:
        titles, rows = _read(text)
    except (csv.Error, CannotImport) as error:
        reason = str(error) if isinstance(error, CannotImport) else "It is not a CSV file. Save it as CSV."
        return Draft(wrong=reason)
    lines, taken = [], set(titles.values())
    for number, row in rows:
        values = {field: row[place].strip() if place < len(row) else "" for field, place in titles.items()}
        values.setdefault("name", f"{values.get('first', '')} {values.get('last', '')}".strip())
        details, errors = enrolment.check(values, today)
        treatments, wrong = _treatments(values.get("treatments", ""), clinic, now)
        lines.append(Line(number, details, treatments, (*errors.values(), *wrong)))
    header = next(csv.reader(io.StringIO(text), delimiter=_delimiter(text)))
    ignored = tuple(title for place, title in enumerate(header) if place not in taken and title.strip())
    return Draft(tuple(_against_record(session, _among_themselves(lines))), ignored=ignored)


def run(session: Session, text: str, seal: str, clinic: Clinic, now: datetime) -> list[Patient]:
    """Enrol the new patients of a file that was checked, and record their treatments. seal: of the draft that a person
    looked at.

    All in the caller's transaction. Raises CannotImport where the draft is another by now, or has lines to mend;
    names the line where one cannot be enrolled after all.
    """
    checked = draft(session, text, clinic, now)
    if checked.seal != seal:
        raise CannotImport(
            "The file or the list of patients has changed since the check. Nothing was imported."
        )
    if not checked.ready:
        raise CannotImport(
            "There is nothing in this file that can be imported as it is. Nothing was imported."
        )
    made = []
    for line in checked.new:
        try:
            patient = people.enrol(session, line.details, now)
            for at in line.treatments:
                treatments.record_treatment(session, int(patient.id), at, clinic, now)
            made.append(patient)
        except AftercareError as refused:
            raise CannotImport(f"Line {line.number}: {refused} Nothing was imported.") from refused
    return made


def _treatments(text: str, clinic: Clinic, now: datetime) -> tuple[tuple[datetime, ...], list[str]]:
    """The infusions of a cell by the clinic's clock, and what is wrong with it: date and time of each, one after the
    other with a semicolon or a new line between them."""
    found: list[datetime] = []
    wrong: list[str] = []
    for one in re.split(r"[;\n]", text):
        words = one.split()
        if not words:
            continue
        day = enrolment.day_of(words[0])
        if day is None or len(words) != 2:
            wrong.append(f"Write each treatment as 2026-03-14 09:30, date and time: {one.strip()[:40]}")
            continue
        try:
            at = enrolment.wall_time(day.isoformat(), words[1].zfill(5), clinic.zone)
            treatments.check_plausible(at, now)
        except (ValueError, AftercareError) as refused:
            wrong.append(f"Treatment {one.strip()[:40]}: {refused}")
            continue
        if at in found:
            wrong.append(f"The same treatment twice: {one.strip()[:40]}. Remove one of the two.")
        found.append(at)
    return tuple(sorted(found)), wrong


def _read(text: str) -> tuple[dict[str, int], list[tuple[int, list[str]]]]:
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text), strict=True)
    rows = [(number, row) for number, row in _numbered(reader) if any(cell.strip() for cell in row)]
    if not rows:
        raise CannotImport(
            "It is empty. The first line holds the titles of the columns, such as name and phone."
        )
    titles = _titles(rows[0][1])
    if "name" not in titles and not {"first", "last"} & set(titles):
        raise CannotImport(
            "It has no column for the name. Call it name (or first name and last name), in the first line."
        )
    if len(rows) == 1:
        raise CannotImport("It has titles and no patients.")
    if len(rows) - 1 > MOST_LINES:
        raise CannotImport(
            f"It has {len(rows) - 1} patients; {MOST_LINES} at once is the limit. Make several files."
        )
    return titles, rows[1:]


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    # A cell may hold line ends; a spreadsheet counts rows, as we do.
    return enumerate(reader, 1)


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _titles(header: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, title in enumerate(header):
        plain = "".join(letter for letter in title.lower() if letter.isalnum())
        for field, names in TITLES.items():
            if plain in names:
                if field in found:
                    raise CannotImport(
                        f"Two columns mean the same: {header[found[field]]} and {title}. Keep one."
                    )
                found[field] = place
    return found


def _among_themselves(lines: list[Line]) -> list[Line]:
    """The same person, or the same number, twice in the file."""
    people_seen: dict[tuple[object, ...], int] = {}
    numbers_seen: dict[str, int] = {}
    found = []
    for line in lines:
        problems = list(line.problems)
        who = (tuple(sorted(words_of(line.details.name))), line.details.date_of_birth)
        first = people_seen.setdefault(who, line.number)
        if first != line.number and who[0]:
            problems.append(f"The same name and date of birth as line {first}. Remove one of the two.")
        number = _number(line)
        first = numbers_seen.setdefault(number, line.number) if number else line.number
        if first != line.number and not problems:
            problems.append(
                f"The same phone number as line {first}. If they share a phone, leave it empty here and add it on "
                "their page."
            )
        found.append(replace(line, problems=tuple(problems)))
    return found


def _against_record(session: Session, lines: list[Line]) -> list[Line]:
    """Patients who are enrolled already; numbers that are another patient's."""
    same = namesakes(session, [(line.details.name, line.details.date_of_birth) for line in lines])
    holders = _holders(session, [number for number in map(_number, lines) if number])
    found = []
    for place, line in enumerate(lines):
        known = tuple(int(one.id) for one in same.get(place, ()))
        others = [one for one in holders.get(_number(line) or "", ()) if one not in known]
        problems = line.problems
        if others and not known:
            named = " and ".join(f"no. {one}" for one in others)
            problems = (*problems, f"The phone number is that of patient {named}. Check whose it is.")
        found.append(replace(line, problems=problems, known=known))
    return found


def _holders(session: Session, numbers: list[str]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    own = (
        select(PhoneNumber.number, Conversation.patient_id)
        .join(Conversation, Conversation.id == PhoneNumber.conversation_id)
        .where(PhoneNumber.number.in_(numbers), Conversation.patient_id.is_not(None))
    )
    shared = (
        select(PhoneNumber.number, PhoneShare.patient_id)
        .join(PhoneShare, PhoneShare.phone_number_id == PhoneNumber.id)
        .where(PhoneNumber.number.in_(numbers))
    )
    for statement in (own, shared):
        for number, patient_id in session.execute(statement):
            found.setdefault(number, []).append(int(patient_id))
    return found


def _number(line: Line) -> str | None:
    try:
        return people.e164(line.details.phone) if line.details.phone else None
    except people.BadNumber:
        return None
