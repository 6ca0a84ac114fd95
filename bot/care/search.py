"""Patients found by name, number or identifier, and by being enrolled already."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session, joinedload

from bot.care.models import Conversation, Patient, PhoneNumber, PhoneShare
from bot.care.models.names import words_of

FEWEST_DIGITS = 3
"""With fewer, half of all numbers end so."""
_AS_LISTED = re.compile(r"(?:patient\s*)?no\.?\s*([0-9]{1,9})", re.IGNORECASE)
"""An identifier as lists show it: "no. 12", "patient no. 12"."""


def find(session: Session, words: str, limit: int = 50) -> Sequence[Patient]:
    """Patients by name (beginnings of its words, in any order, accents or not), by the last digits of any number of
    theirs, or by identifier ("12", or as lists show it, "no. 12"); in the order of names. The newest when `words` is
    empty.

    Who was erased, or merged into another, is found by the identifier alone.
    """
    words = words.strip()
    statement = select(Patient).options(joinedload(Patient.conversation), joinedload(Patient.treatments))
    there = Patient.erased_at.is_(None) & Patient.merged_into_id.is_(None)
    if not words:
        statement = statement.where(there).order_by(Patient.id.desc())
        return session.execute(statement.limit(limit)).unique().scalars().all()
    listed = _AS_LISTED.fullmatch(words)
    if listed is not None:
        statement = statement.where(Patient.id == int(listed[1]))
        return session.execute(statement).unique().scalars().all()
    digits = re.sub(r"\D", "", words)
    ways = []
    named = words_of(words)
    if named:
        beginnings = " & ".join(f"{word}:*" for word in named)
        ways.append(
            select(Patient.id).where(
                Patient.name_words.op("@@")(func.to_tsquery("simple", beginnings)), there
            )
        )
    if len(digits) >= FEWEST_DIGITS and not any(letter.isalpha() for letter in words):
        ends = PhoneNumber.backwards.like(f"{digits[::-1]}%")
        ways.append(select(Conversation.patient_id).join(PhoneNumber).where(ends))
        ways.append(select(PhoneShare.patient_id).join(PhoneNumber).where(ends))
    if digits == words and len(digits) <= 9:
        ways.append(select(Patient.id).where(Patient.id == int(digits)))
    if not ways:
        return []
    statement = statement.where(Patient.id.in_(union(*ways).subquery().select()))
    return session.execute(statement.order_by(Patient.name, Patient.id).limit(limit)).unique().scalars().all()


def namesakes(session: Session, people: Sequence[tuple[str, date | None]]) -> dict[int, list[Patient]]:
    """Who may be enrolled already: by the place in `people` the patients of the same name (accents and the order of
    its words do not count) who were born on the same day, or whose date of birth is not known on one side."""
    wanted: dict[tuple[str, ...], list[int]] = {}
    for place, (name, _) in enumerate(people):
        wanted.setdefault(tuple(sorted(words_of(name))), []).append(place)
    queries = [" & ".join(words) for words in wanted if words]
    found: dict[int, list[Patient]] = {}
    for start in range(0, len(queries), _AT_ONCE):
        together = " | ".join(f"({query})" for query in queries[start : start + _AT_ONCE])
        statement = select(Patient).where(
            Patient.name_words.op("@@")(func.to_tsquery("simple", together)),
            Patient.erased_at.is_(None),
            Patient.merged_into_id.is_(None),
        )
        for patient in session.execute(statement.order_by(Patient.id)).scalars():
            for place in wanted.get(tuple(sorted(words_of(patient.name))), ()):
                born = people[place][1]
                if born is None or patient.date_of_birth in (None, born):
                    found.setdefault(place, []).append(patient)
    return found


_AT_ONCE = 100
