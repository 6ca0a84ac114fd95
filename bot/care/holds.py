"""Legal holds: of these patients nothing is removed, by no rule and by no person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from bot.care import audit
from bot.care.models import Conversation, LegalHold, Patient
from bot.care.people import patient_by_id
from bot.clinic.errors import AftercareError

_KEY = 7_250_417_301
"""Of the lock that makes a hold wait for a removal under way, and the next removal see the hold."""


class HoldStands(AftercareError):
    """There is a hold already, or there is none to lift."""

    code, status = "AC270", 409


class UnderHold(AftercareError):
    """What shall be removed is under a legal hold."""

    code, status = "AC271", 409


def wait_for_removals(session: Session) -> None:
    """Until the end of the transaction no hold is placed while something is removed, nor the other way round."""
    session.execute(select(func.pg_advisory_xact_lock(_KEY)))


def place(session: Session, patient_id: int, reason: str, who: str, now: datetime) -> LegalHold:
    """From now on nothing of this patient is removed. reason: for the audit, nothing about the patient.

    Raises UnknownPatient, HoldStands.
    """
    wait_for_removals(session)
    patient_by_id(session, patient_id)
    if _standing(session, patient_id) is not None:
        raise HoldStands(f"Patient {patient_id} is under a legal hold already.")
    hold = LegalHold(patient_id=patient_id, reason=reason[:200], placed_at=now, placed_by=who[:100])
    session.add(hold)
    session.flush()
    audit.record(session, "hold.placed", now, subject=f"patient:{patient_id}", by=who, hold=int(hold.id))
    return hold


def lift(session: Session, patient_id: int, who: str, now: datetime) -> LegalHold:
    """The rules of retention count again. Raises HoldStands where there is none."""
    hold = _standing(session, patient_id)
    if hold is None:
        raise HoldStands(f"Patient {patient_id} is under no legal hold. See aftercare hold list.")
    hold.lifted_at, hold.lifted_by = now, who[:100]
    audit.record(session, "hold.lifted", now, subject=f"patient:{patient_id}", by=who, hold=int(hold.id))
    return hold


def standing(session: Session) -> Sequence[LegalHold]:
    """The holds that count now, oldest first."""
    statement = select(LegalHold).options(joinedload(LegalHold.patient)).where(LegalHold.lifted_at.is_(None))
    return session.execute(statement.order_by(LegalHold.id)).scalars().all()


def is_held(session: Session, patient_id: int) -> bool:
    """Whether nothing of this patient may be removed: a hold stands on any record of theirs."""
    return session.execute(select(held(patient_id))).scalar_one()


def held(patient_id: Any) -> Any:
    """SQL: whether a hold stands on this patient (a column or a number), or on another record of the same person: one
    that was merged into theirs, or that theirs was merged into."""
    under, asked = aliased(Patient), aliased(Patient)
    person = func.coalesce(under.merged_into_id, under.id)
    return (
        select(LegalHold.id)
        .join(under, under.id == LegalHold.patient_id)
        .join(asked, func.coalesce(asked.merged_into_id, asked.id) == person)
        .where(LegalHold.lifted_at.is_(None), asked.id == patient_id)
        .correlate_except(LegalHold, under, asked)
        .exists()
    )


def held_conversation(conversation: Any) -> Any:
    """SQL: whether a hold covers this conversation: its patient's, or its visitor's who turned out to be one."""
    later = aliased(Conversation)
    continued = (
        select(later.id)
        .where(later.id == conversation.continued_in_id, held(later.patient_id))
        .correlate_except(later)
        .exists()
    )
    return or_(held(conversation.patient_id), continued)


def _standing(session: Session, patient_id: int) -> LegalHold | None:
    statement = select(LegalHold).where(LegalHold.patient_id == patient_id, LegalHold.lifted_at.is_(None))
    found: LegalHold | None = session.execute(statement.with_for_update()).scalar_one_or_none()
    return found
