"""Staff decide whose a phone number is: attached, shared, preferred, taken away; and note who wants no texts there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.care import carrying_on, live
from bot.care.conversations import conversation_of
from bot.care.models import PhoneNumber, PhoneShare
from bot.care.numbers import hold, is_shared, numbers_of, set_apart
from bot.care.people import NumberTaken, UnknownPatient, e164, patient_by_id


def attach(
    session: Session, patient_id: int, raw: str, now: datetime, *, shared: bool = False
) -> PhoneNumber:
    """Let a number lead to a patient: texts from it count as theirs, and they can be texted there.

    raw: as typed. shared: staff know that another patient uses the same phone; from then on the number leads to no
    patient's conversation, whoever writes from it. What an unknown number wrote before stays in its own conversation,
    which staff see beside the patient's; an alert that is not resolved goes on in the patient's. Raises UnknownPatient,
    BadNumber; NumberTaken where it is another patient's and `shared` was not said.
    """
    patient = patient_by_id(session, patient_id)
    conversation = conversation_of(session, patient)
    number = e164(raw)
    known = hold(session, number)
    if known is None:
        known = PhoneNumber(number=number, conversation_id=conversation.id)
        session.add(known)
        session.flush()
    elif known.conversation_id != conversation.id:
        holder = known.conversation.patient_id
        if holder is not None or is_shared(session, int(known.id)):
            if not shared:
                raise NumberTaken(
                    "This number belongs to another patient. If two patients use this phone, say so: then nothing "
                    "about either of them is said by text."
                )
            _share(session, known, patient_id)
        else:
            carrying_on.lead_on(session, known.conversation, conversation, now)
            known.conversation_id = conversation.id
    patient.phone = patient.phone or number
    _changed(session, int(conversation.id))
    return known


def give_alone(session: Session, patient_id: int, phone_id: int, now: datetime) -> PhoneNumber:
    """A number that was shared is this patient's alone from now on; an alert of it that is not resolved goes on with
    them. Raises UnknownPatient."""
    patient = patient_by_id(session, patient_id)
    phone = _held(session, phone_id)
    if _share_of(session, phone_id, patient_id) is None:
        raise _not_theirs()
    session.execute(delete(PhoneShare).where(PhoneShare.phone_number_id == phone_id))
    conversation = conversation_of(session, patient)
    carrying_on.carry_on(session, int(phone.conversation_id), int(conversation.id), now)
    phone.conversation_id = conversation.id
    session.flush()
    _changed(session, int(conversation.id))
    return phone


def detach(session: Session, patient_id: int, phone_id: int) -> None:
    """A number is not this patient's any more: texts from it are a stranger's. Raises UnknownPatient.

    What was written stays where it is; an opt-out stays with the number.
    """
    patient = patient_by_id(session, patient_id)
    phone = _held(session, phone_id)
    conversation = conversation_of(session, patient)
    share = _share_of(session, phone_id, patient_id)
    if share is not None:
        session.delete(share)
    elif phone.conversation_id == conversation.id:
        set_apart(session, phone)
    else:
        raise _not_theirs()
    if patient.phone == phone.number:
        left = numbers_of(session, int(conversation.id))
        patient.phone = left[-1].number if left else None
    _changed(session, int(conversation.id))


def prefer(session: Session, patient_id: int, phone_id: int) -> None:
    """Texts that we start go to this number of the patient's. Raises UnknownPatient."""
    phone = _held(session, phone_id)
    conversation = conversation_of(session, patient_by_id(session, patient_id))
    if phone.conversation_id != conversation.id:
        raise _not_theirs()
    # One after the other: there is never more than one.
    session.execute(
        update(PhoneNumber).where(PhoneNumber.conversation_id == conversation.id).values(preferred=False)
    )
    phone.preferred = True
    _changed(session, int(conversation.id))


def refuse_texts(session: Session, patient_id: int, phone_id: int, now: datetime) -> None:
    """Whoever has this number said to staff that they want no texts: as if they had texted it. Safe to call twice.
    Raises UnknownPatient."""
    phone = _theirs(session, patient_id, phone_id)
    if phone.opted_out_at is None:
        phone.opted_out_at = now
        _changed(session, int(phone.conversation_id))


def want_texts(session: Session, patient_id: int, phone_id: int) -> None:
    """They want texts again, and said so to staff. A carrier that was told STOP still refuses ours until it is told
    START. Raises UnknownPatient."""
    phone = _theirs(session, patient_id, phone_id)
    phone.opted_out_at = None
    _changed(session, int(phone.conversation_id))


def _theirs(session: Session, patient_id: int, phone_id: int) -> PhoneNumber:
    """A number of the patient's, shared ones included, locked."""
    conversation = conversation_of(session, patient_by_id(session, patient_id))
    phone = _held(session, phone_id)
    if phone.conversation_id != conversation.id and _share_of(session, phone_id, patient_id) is None:
        raise _not_theirs()
    return phone


def _share(session: Session, phone: PhoneNumber, patient_id: int) -> None:
    holder = phone.conversation.patient
    if holder is not None:
        session.add(PhoneShare(phone_number_id=phone.id, patient_id=holder.id))
        old = int(phone.conversation_id)
        set_apart(session, phone)
        _changed(session, old)
    if _share_of(session, int(phone.id), patient_id) is None:
        session.add(PhoneShare(phone_number_id=phone.id, patient_id=patient_id))
    session.flush()


def _share_of(session: Session, phone_id: int, patient_id: int) -> PhoneShare | None:
    statement = select(PhoneShare).where(
        PhoneShare.phone_number_id == phone_id, PhoneShare.patient_id == patient_id
    )
    found: PhoneShare | None = session.execute(statement).scalar_one_or_none()
    return found


def _held(session: Session, phone_id: int) -> PhoneNumber:
    number = session.execute(
        select(PhoneNumber.number).where(PhoneNumber.id == phone_id)
    ).scalar_one_or_none()
    phone = hold(session, number) if number is not None else None
    if phone is None:
        raise _not_theirs()
    return phone


def _not_theirs() -> UnknownPatient:
    return UnknownPatient("This number is not this patient's. Load the page again.")


def _changed(session: Session, conversation_id: int) -> None:
    session.flush()
    live.conversation_changed(session, conversation_id)
    live.queue_changed(session)
