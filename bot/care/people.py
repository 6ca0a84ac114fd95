"""Patients: enrolled, changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import carrying_on, check_in_plan, live
from bot.care.conversations import conversation_of, lock
from bot.care.models import Conversation, Patient, PhoneNumber, Treatment, WebSession
from bot.care.numbers import hold, is_shared, set_apart, shared_conversation, sharers
from bot.clinic.errors import AftercareError
from bot.clinic.settings import Clinic


class UnknownPatient(AftercareError):
    """There is no such patient, treatment or conversation."""

    code, status = "AC210", 404


class NumberTaken(AftercareError):
    """The phone number belongs to another patient."""

    code, status = "AC211", 409


class BadNumber(AftercareError):
    """Not a phone number that can be texted."""

    code, status = "AC212", 422


class BadZone(AftercareError):
    """Not the name of a time zone."""

    code, status = "AC248", 422


class AlreadyEnrolled(AftercareError):
    """The conversation belongs to a patient already."""

    code, status = "AC214", 409


class PortalNameTaken(AftercareError):
    """The clinic's portal calls another patient so."""

    code, status = "AC216", 409


@dataclass(frozen=True)
class Details:
    """What the clinic knows of a patient. phone: as typed; the rest may be empty except the name."""

    name: str
    date_of_birth: date | None = None
    phone: str = ""
    address: str = ""
    emergency_contact: str = ""


def e164(number: str) -> str:
    """`number` in E.164. Without a country code it is taken for one of North America. Raises BadNumber."""
    digits = re.sub(r"[\s().\-/]", "", number)
    if re.fullmatch(r"\+[1-9][0-9]{7,14}", digits):
        return digits
    if re.fullmatch(r"1?[2-9][0-9]{9}", digits):
        return "+1" + digits[-10:]
    raise BadNumber(
        "This is not a phone number that can be texted. Write ten digits, such as (212) 555-0142, "
        "or + with the country code."
    )


def enrol(session: Session, details: Details, now: datetime, conversation_id: int | None = None) -> Patient:
    """Make a patient, with the conversation that their texts and their browser lead to.

    conversation_id: a visitor's conversation that staff have found to be this patient's: it becomes theirs, and its
    browsers count as verified. A number that has texted us before brings its conversation along in the same way.
    Raises NumberTaken, BadNumber, AlreadyEnrolled, UnknownPatient (no such conversation).
    """
    number = e164(details.phone) if details.phone else None
    known = hold(session, number) if number else None
    if known is not None and (known.conversation.patient_id is not None or is_shared(session, int(known.id))):
        raise _taken()
    if conversation_id is None and known is not None:
        conversation_id = int(known.conversation_id)
    patient = Patient(created_at=now)
    _set(patient, details, number)
    session.add(patient)
    session.flush()
    if conversation_id is None:
        conversation = conversation_of(session, patient)
    else:
        conversation = _claim(session, conversation_id, patient)
    if number is not None:
        _point(session, number, conversation, now)
    live.queue_changed(session)
    return patient


def change(session: Session, patient_id: int, details: Details, now: datetime) -> Patient:
    """Overwrite a patient's details; a new number leads to their conversation from now on, the old one no more.
    An alert of an unknown number that is not resolved goes on there.

    A number that they share with others stays as it is: it leads to nobody.

    Raises UnknownPatient, NumberTaken, BadNumber.
    """
    patient = patient_by_id(session, patient_id)
    number = e164(details.phone) if details.phone else None
    old = patient.phone
    conversation = conversation_of(session, patient)
    if number is not None:
        known = hold(session, number)
        sharing = {patient.id for patient in sharers(session, int(known.id))} if known is not None else set()
        if known is not None and sharing and patient.id not in sharing:
            raise _taken()
        if known is not None and known.conversation.patient_id not in (None, patient.id):
            raise _taken()
        if not sharing:
            _point(session, number, conversation, now)
    if old and old != number:
        stale = hold(session, old)
        if stale is not None and stale.conversation_id == conversation.id:
            set_apart(session, stale)
    _set(patient, details, number)
    live.queue_changed(session)
    live.conversation_changed(session, int(conversation.id))
    return patient


def name_at_portal(session: Session, patient_id: int, name: str) -> Patient:
    """Set what the clinic's portal calls a patient; empty for nothing. Raises UnknownPatient, PortalNameTaken."""
    patient = patient_by_id(session, patient_id)
    taken = select(Patient.id).where(Patient.portal_id == name, Patient.id != patient.id)
    if name and session.execute(taken).first() is not None:
        raise PortalNameTaken(
            "The portal cannot call two patients the same. Search for the other, or check the name."
        )
    patient.portal_id = name[:64] or None
    session.flush()
    return patient


def patient_by_id(session: Session, patient_id: int) -> Patient:
    """The patient. Raises UnknownPatient, also for one who was erased or is one with another patient by now."""
    patient = session.get(Patient, patient_id)
    if patient is None:
        raise UnknownPatient(f"There is no patient {patient_id}. Search for them by name.")
    if patient.erased_at is not None:
        raise UnknownPatient(f"Patient {patient_id} was erased. The audit shows when and by whom.")
    if patient.merged_into_id is not None:
        other = patient.merged_into_id
        raise UnknownPatient(f"Patient {patient_id} and patient {other} are one by now. Search for {other}.")
    return patient


def set_time_zone(session: Session, patient_id: int, zone: str, clinic: Clinic, now: datetime) -> Patient:
    """By whose clock the patient lives: an IANA name, or empty for the clinic's. Planned check-ins move along.

    Raises UnknownPatient, BadZone.
    """
    patient = patient_by_id(session, patient_id)
    if zone and zone not in available_timezones():
        raise BadZone(f"{zone!r} is not a time zone. Write an IANA name, such as America/Chicago.")
    patient.time_zone = zone or None
    session.flush()
    check_in_plan.replan(session, patient_id, clinic, now)
    return patient


def treatments_of(session: Session, conversation: Conversation) -> list[datetime]:
    """The times (aware) of the infusions of whom this conversation is with, oldest first, without cancelled ones."""
    if conversation.patient_id is None:
        return []
    statement = select(Treatment.infusion_at).where(
        Treatment.patient_id == conversation.patient_id, Treatment.cancelled_at.is_(None)
    )
    return list(session.execute(statement.order_by(Treatment.infusion_at)).scalars())


def _set(patient: Patient, details: Details, number: str | None) -> None:
    patient.name = details.name
    patient.date_of_birth = details.date_of_birth
    patient.phone = number
    patient.address = details.address or None
    patient.emergency_contact = details.emergency_contact or None


def _point(session: Session, number: str, conversation: Conversation, now: datetime) -> None:
    known = hold(session, number)
    if known is None:
        session.add(PhoneNumber(number=number, conversation_id=conversation.id))
    elif known.conversation_id != conversation.id:
        carrying_on.lead_on(session, known.conversation, conversation, now)
        known.conversation_id = conversation.id
    session.flush()


def _claim(session: Session, conversation_id: int, patient: Patient) -> Conversation:
    if session.get(Conversation, conversation_id) is None:
        raise UnknownPatient(f"There is no conversation {conversation_id}. Go back to the queue.")
    conversation = lock(session, conversation_id)
    if conversation.patient_id is not None:
        raise AlreadyEnrolled("This conversation belongs to a patient already. Open it to see whose.")
    if shared_conversation(session, conversation_id):
        raise AlreadyEnrolled(
            "Several patients share this phone, so its conversation belongs to none of them. Enrol the person without "
            "it, then add the number on their page."
        )
    conversation.patient_id = patient.id
    for browser in session.execute(
        select(WebSession).where(WebSession.conversation_id == conversation_id)
    ).scalars():
        browser.verified = True
    session.flush()
    live.conversation_changed(session, conversation_id)
    return conversation


def _taken() -> NumberTaken:
    return NumberTaken(
        "This number belongs to another patient. Search for it to see whose it is. If two patients use the same phone, "
        "leave it empty here and add it on the patient's page."
    )
