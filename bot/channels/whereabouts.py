"""What somebody whom nobody can phone writes of a number to call and of where they are: found, and put into words for
staff. Nothing is sent anywhere by itself."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.models import ContactPoint
from bot.clinic.paging_settings import TEXT
from bot.clinic.settings import Clinic
from bot.safety.follow_up import Script

REGION = "US"
"""Whose numbers need no country code, as `phonenumbers` names it."""


@dataclass(frozen=True)
class Named:
    """What a message names. number: in E.164, or None; place: whether it tells where they are."""

    number: str | None
    place: bool

    @property
    def reason(self) -> str:
        """A sentence for staff."""
        what = [*(["a number"] if self.number else []), *(["where they are"] if self.place else [])]
        return f"Wrote {' and '.join(what)}: see below. Not verified."


def named_in(session: Session, text: str, script: Script, clinic: Clinic) -> Named | None:
    """The number and the place that a message names, or None where it names neither. The clinic's own numbers, those of
    whoever is on call, and lines that everybody may call are not the writer's."""
    number, place = number_in(session, text, clinic), script.tells_a_place(text)
    return Named(number, place) if number is not None or place else None


def number_in(session: Session, text: str, clinic: Clinic) -> str | None:
    """The first phone number of a text that may be its writer's, in E.164, or None."""
    found = [
        _e164(match.number)
        for match in phonenumbers.PhoneNumberMatcher(text, REGION)
        if phonenumbers.number_type(match.number) is not PhoneNumberType.TOLL_FREE
    ]
    if not found:
        return None
    ours = _of_the_clinic(session, clinic)
    return next((one for one in found if one not in ours), None)


def _of_the_clinic(session: Session, clinic: Clinic) -> set[str]:
    contacts = select(ContactPoint.address).where(ContactPoint.kind == TEXT)
    raw = [
        clinic.phone,
        clinic.after_hours_phone,
        clinic.crisis_line,
        clinic.ambulance,
        *(one.phone for one in clinic.on_call),
        *session.execute(contacts).scalars(),
    ]
    numbers = set()
    for one in raw:
        try:
            numbers.add(_e164(phonenumbers.parse(str(one), REGION)))
        except NumberParseException:
            continue  # a line of three digits in another country's form: no text is taken for it either
    return numbers


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
