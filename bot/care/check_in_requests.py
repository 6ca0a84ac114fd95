"""What members of staff do with a patient's check-ins: cancel one, or have one sent now."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import check_in_consent
from bot.care.check_in_plan import cancel_row, zone_of
from bot.care.conversations import conversation_of, lock
from bot.care.models import CheckIn, CheckInReason, CheckInState, Conversation, Patient
from bot.care.prepared import constant
from bot.clinic.check_in_settings import CheckIns
from bot.clinic.errors import AftercareError
from bot.clinic.instruments import load_instrument
from bot.clinic.settings import Clinic

BY_STAFF = "by_staff"
"""The plan's key of a check-in that a member of staff sent beside the plan."""

REQUESTED_FOR = timedelta(minutes=30)
"""How long a check-in that staff want sent now may wait for its chance."""

_WAITS_NO_MORE = (
    "This check-in is not waiting to be sent any more. Load the page again to see what became of it."
)


class UnknownCheckIn(AftercareError):
    """There is no such check-in, or no such patient."""

    code, status = "AC245", 404


class NotSendable(AftercareError):
    """The check-in is not waiting to be sent any more, or must not be sent now."""

    code, status = "AC246", 409


def check_in_by_id(session: Session, check_in_id: int) -> CheckIn:
    """The check-in, with its conversation locked until the end of the transaction. Raises UnknownCheckIn."""
    found = session.get(CheckIn, check_in_id)
    if found is None:
        raise UnknownCheckIn(f"There is no check-in {check_in_id}. Go back to the patient.")
    lock(session, int(found.conversation_id))
    session.refresh(found)
    return found


def cancel(session: Session, check_in_id: int, now: datetime) -> CheckIn:
    """A member of staff does not want this one sent; it is not planned again. Raises UnknownCheckIn, NotSendable."""
    check_in = check_in_by_id(session, check_in_id)
    if check_in.state != CheckInState.SCHEDULED.value:
        raise NotSendable(_WAITS_NO_MORE)
    cancel_row(check_in, CheckInReason.STAFF_CANCELLED, now)
    session.flush()
    return check_in


def send_now(session: Session, check_in_id: int, staff_id: int, clinic: Clinic, now: datetime) -> CheckIn:
    """A member of staff wants this one sent now, also while an alert is open: the care worker sends it within seconds.

    Raises UnknownCheckIn; NotSendable where it waits no more, or where it must not be sent (quiet hours, a person has
    the conversation).
    """
    check_in = check_in_by_id(session, check_in_id)
    if check_in.state != CheckInState.SCHEDULED.value:
        raise NotSendable(_WAITS_NO_MORE)
    _may_be_sent(session, check_in.conversation, clinic, now)
    _request(check_in, staff_id, clinic.check_ins, now)
    session.flush()
    return check_in


def send_one(
    session: Session, patient_id: int, instrument: str, staff_id: int, clinic: Clinic, now: datetime
) -> CheckIn:
    """A member of staff wants a check-in sent now that no plan has. Asked for twice, it is one. Raises NotSendable."""
    patient = session.get(Patient, patient_id)
    if patient is None:
        raise UnknownCheckIn(f"There is no patient {patient_id}. Search for them by name.")
    conversation = lock(session, int(conversation_of(session, patient).id))
    _may_be_sent(session, conversation, clinic, now)
    waiting = select(CheckIn).where(
        CheckIn.conversation_id == conversation.id,
        CheckIn.plan_key == BY_STAFF,
        CheckIn.state == constant(CheckInState.SCHEDULED.value),
    )
    check_in = session.execute(waiting).scalars().first()
    if check_in is None:
        check_in = CheckIn(
            conversation_id=conversation.id,
            plan_key=BY_STAFF,
            instrument=instrument,
            instrument_version=load_instrument(instrument).version,
            state=CheckInState.SCHEDULED.value,
        )
        session.add(check_in)
    _request(check_in, staff_id, clinic.check_ins, now)
    session.flush()
    return check_in


def _request(check_in: CheckIn, staff_id: int, settings: CheckIns, now: datetime) -> None:
    check_in.requested_by_id = staff_id
    check_in.due_at, check_in.send_by = now, now + REQUESTED_FOR
    check_in.expires_at = now + timedelta(hours=settings.expire_after_hours)
    check_in.held_at = check_in.held_because = None


def _may_be_sent(session: Session, conversation: Conversation, clinic: Clinic, now: datetime) -> None:
    patient = conversation.patient
    if patient is None or not check_in_consent.channels(session, int(patient.id)):
        raise NotSendable("There is no consent to check-ins on record. Ask the patient, and record it first.")
    if conversation.owner_id is not None:
        raise NotSendable(
            "A member of staff has this conversation. Hand it back first; then send the check-in."
        )
    local = now.astimezone(zone_of(patient, clinic))
    if clinic.check_ins.is_quiet(local):
        raise NotSendable(
            f"It is {local:%H:%M} where the patient lives: quiet hours. Send it later, or phone."
        )
