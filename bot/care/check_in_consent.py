"""Consent to check-ins: recorded by a person, channel by channel, until it is withdrawn.

START after an opt-out turns our answers to a patient's texts on again; it brings no check-ins back. For that somebody
records consent anew: who wanted to be left alone is not asked again because of one word.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.models import Channel, CheckInConsent, Conversation
from bot.clinic.errors import AftercareError

CHANNELS = (Channel.SMS, Channel.WEB)
"""On these a check-in may come; the first that a patient agreed to and can be reached on is taken."""


class How(str, Enum):
    """How a patient agreed, or took it back."""

    IN_PERSON = "in_person"
    ON_PAPER = "on_paper"
    BY_PHONE = "by_phone"
    IN_WRITING_HERE = "in_writing_here"
    TO_THE_CARRIER = "to_the_carrier"
    DEMO = "demo"


RECORDED_BY_STAFF = (How.IN_PERSON, How.ON_PAPER, How.BY_PHONE, How.IN_WRITING_HERE)
"""What a member of staff may choose from."""


class NoSuchConsent(AftercareError):
    """There is no such consent, or it was withdrawn already."""

    code, status = "AC247", 409


def standing(session: Session, patient_id: int) -> Sequence[CheckInConsent]:
    """The consents of a patient that were not withdrawn."""
    statement = select(CheckInConsent).where(
        CheckInConsent.patient_id == patient_id, CheckInConsent.withdrawn_at.is_(None)
    )
    return session.execute(statement.order_by(CheckInConsent.id)).scalars().all()


def history(session: Session, patient_id: int) -> Sequence[CheckInConsent]:
    """All consents of a patient, the newest first."""
    statement = select(CheckInConsent).where(CheckInConsent.patient_id == patient_id)
    return session.execute(statement.order_by(CheckInConsent.id.desc())).scalars().all()


def channels(session: Session, patient_id: int) -> tuple[Channel, ...]:
    """The channels that a patient has agreed to, the preferred one first."""
    agreed = {one.channel for one in standing(session, patient_id)}
    return tuple(channel for channel in CHANNELS if channel.value in agreed)


def give(
    session: Session, patient_id: int, channel: Channel, how: How, staff_id: int | None, now: datetime
) -> CheckInConsent:
    """Record that a patient agreed. Given twice, the first stands. staff_id: who recorded it (None: the demo)."""
    known = next((one for one in standing(session, patient_id) if one.channel == channel.value), None)
    if known is not None:
        return known
    consent = CheckInConsent(
        patient_id=patient_id, channel=channel.value, how=how.value, given_at=now, recorded_by_id=staff_id
    )
    session.add(consent)
    session.flush()
    return consent


def withdraw(session: Session, consent_id: int, how: How, staff_id: int, now: datetime) -> CheckInConsent:
    """Record that a patient took their consent back. Raises NoSuchConsent."""
    consent = session.get(CheckInConsent, consent_id)
    if consent is None or consent.withdrawn_at is not None:
        raise NoSuchConsent("This consent was withdrawn already. Load the page again to see what stands.")
    consent.withdrawn_at, consent.withdrawn_how, consent.withdrawn_by_id = now, how.value, staff_id
    session.flush()
    return consent


def withdraw_all(session: Session, conversation: Conversation, how: How, now: datetime) -> None:
    """The patient wrote that they want no more: no consent of theirs stands from now on."""
    if conversation.patient_id is None:
        return
    for consent in standing(session, int(conversation.patient_id)):
        consent.withdrawn_at, consent.withdrawn_how = now, how.value
    session.flush()
