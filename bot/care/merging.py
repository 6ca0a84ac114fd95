"""Two records of one patient become one.

The record that counts takes over the other's numbers, treatments, check-ins and open items. Messages stay in their
conversation under their number: what a browser, the carrier or Rasa remembers of them stays true, and staff read both
conversations as one, in the order in which messages were stored (`bot.care.joined`). Alerts stay with the messages that
brought them. Browsers of the other record end: they would show a history that they have not followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.care import browsers, live
from bot.care.alerts import unresolved_alert
from bot.care.check_in_plan import cancel_row, replan
from bot.care.conversations import conversation_of, lock
from bot.care.models import (
    CheckIn,
    CheckInConsent,
    CheckInReason,
    CheckInState,
    Conversation,
    Invite,
    Item,
    Message,
    MessageState,
    Patient,
    PhoneShare,
    TrackerState,
    Treatment,
)
from bot.care.numbers import numbers_of, sharers
from bot.care.people import patient_by_id
from bot.clinic.errors import AftercareError
from bot.clinic.settings import Clinic


class CannotMerge(AftercareError):
    """The two are the same record, or somebody still has to be helped or answered in one of them."""

    code, status = "AC257", 409


@dataclass(frozen=True)
class Field:
    """One detail as it stands in the record that counts, in the other, and after merging."""

    name: str
    kept: str
    other: str

    @property
    def after(self) -> str:
        """What stands then: the record that counts decides, and the other fills its gaps."""
        return self.kept or self.other

    @property
    def lost(self) -> bool:
        """Whether something of the other record will not be shown any more."""
        return bool(self.kept and self.other and self.kept != self.other)


_FIELDS = ("name", "date_of_birth", "phone", "address", "emergency_contact", "portal_id", "time_zone")


def compare(session: Session, kept_id: int, other_id: int) -> list[Field]:
    """The details of both, side by side. Raises UnknownPatient, CannotMerge."""
    kept, other = _both(session, kept_id, other_id)
    return [Field(name, _shown(getattr(kept, name)), _shown(getattr(other, name))) for name in _FIELDS]


def merge(
    session: Session, kept_id: int, other_id: int, staff_id: int, clinic: Clinic, now: datetime
) -> Patient:
    """Make `kept_id` the one record of both. It cannot be undone.

    Raises UnknownPatient; CannotMerge while, in either record, an alert is not resolved, a message waits for an answer
    or a member of staff has the conversation: merging is for quiet moments.
    """
    kept, other = _both(session, kept_id, other_id)
    ours, theirs = conversation_of(session, kept), conversation_of(session, other)
    for one in sorted((int(ours.id), int(theirs.id))):
        lock(session, one)
        _quiet(session, one)
    _take_details(session, kept, other)
    _take_numbers(session, kept, other, ours, theirs)
    _take_check_ins(session, ours, theirs, now)
    _take_treatments(session, kept, other, now)
    _take_consents(session, kept_id, other_id)
    browsers.end_all(session, int(theirs.id), now)
    for invite in session.query(Invite).filter_by(patient_id=other_id, used_at=None, withdrawn_at=None):
        invite.withdrawn_at = now
    _point(
        session, Item, Item.conversation_id == theirs.id, Item.closed_at.is_(None), conversation_id=ours.id
    )
    _point(session, Conversation, Conversation.continued_in_id == theirs.id, continued_in_id=ours.id)
    # Those that were merged into the other before are now this one's.
    _point(session, Patient, Patient.merged_into_id == other_id, merged_into_id=kept_id)
    session.execute(delete(TrackerState).where(TrackerState.conversation_id == theirs.id))
    other.merged_into_id, other.merged_at, other.merged_by_id = kept_id, now, staff_id
    session.flush()
    session.expire_all()
    replan(session, kept_id, clinic, now)
    for one in (ours, theirs):
        live.conversation_changed(session, int(one.id))
    live.queue_changed(session)
    return kept


def counts_now(session: Session, patient_id: int) -> Patient:
    """The record that counts for a patient: itself, or the one that it was merged into. Raises UnknownPatient."""
    patient = session.get(Patient, patient_id)
    if patient is not None and patient.merged_into_id is not None:
        return patient_by_id(session, int(patient.merged_into_id))
    return patient_by_id(session, patient_id)


def _both(session: Session, kept_id: int, other_id: int) -> tuple[Patient, Patient]:
    if kept_id == other_id:
        raise CannotMerge("This is the same record. Choose the other one.")
    return patient_by_id(session, kept_id), patient_by_id(session, other_id)


def _quiet(session: Session, conversation_id: int) -> None:
    nothing = " Nothing was merged."
    if unresolved_alert(session, conversation_id) is not None:
        raise CannotMerge("An alert of one of the two is not resolved. Deal with it first." + nothing)
    owner = session.execute(
        select(Conversation.owner_id).where(Conversation.id == conversation_id)
    ).scalar_one()
    states = (MessageState.RECEIVED.value, MessageState.HELD.value)
    waiting = select(Message.id).where(Message.conversation_id == conversation_id, Message.state.in_(states))
    if session.execute(waiting.limit(1)).first() is not None:
        raise CannotMerge("In one of the two a message waits for an answer. Answer it first." + nothing)
    if owner is not None:
        raise CannotMerge("A member of staff has one of the two conversations. Hand it back first." + nothing)


def _take_details(session: Session, kept: Patient, other: Patient) -> None:
    found = {name: getattr(other, name) for name in _FIELDS}
    other.portal_id = None  # it may stand once
    session.flush()
    for name, value in found.items():
        if not getattr(kept, name):
            setattr(kept, name, value)
    session.flush()


def _take_numbers(
    session: Session, kept: Patient, other: Patient, ours: Conversation, theirs: Conversation
) -> None:
    for number in numbers_of(session, int(theirs.id)):
        number.preferred = False
        number.conversation_id = ours.id
    for share in session.query(PhoneShare).filter_by(patient_id=other.id).all():
        number = share.phone_number
        session.delete(share)
        session.flush()
        sharing = {int(one.id) for one in sharers(session, int(number.id))}
        if int(kept.id) not in sharing:
            session.add(PhoneShare(phone_number_id=number.id, patient_id=kept.id))
        elif sharing == {int(kept.id)}:
            # The two who shared it are one: what was written from it before stays beside the conversation.
            session.execute(delete(PhoneShare).where(PhoneShare.phone_number_id == number.id))
            number.conversation.continued_in_id = ours.id
            number.conversation_id = ours.id
    session.flush()


def _take_check_ins(session: Session, ours: Conversation, theirs: Conversation, now: datetime) -> None:
    for row in session.query(CheckIn).filter_by(conversation_id=theirs.id):
        if row.state == CheckInState.OPEN.value:
            row.state, row.ended_at = CheckInState.PARTIAL.value, now
        elif row.state == CheckInState.SENT.value:
            cancel_row(
                row, CheckInReason.STAFF_CANCELLED, now
            )  # its question was asked; it is not asked again
        elif row.state == CheckInState.SCHEDULED.value:
            cancel_row(row, CheckInReason.TREATMENT_CHANGED, now)  # planned anew for the record that counts
    session.flush()
    _point(session, CheckIn, CheckIn.conversation_id == theirs.id, conversation_id=ours.id)


def _take_treatments(session: Session, kept: Patient, other: Patient, now: datetime) -> None:
    standing = {
        one.infusion_at for one in session.query(Treatment).filter_by(patient_id=kept.id, cancelled_at=None)
    }
    for treatment in session.query(Treatment).filter_by(patient_id=other.id):
        if treatment.cancelled_at is None and treatment.infusion_at in standing:
            treatment.cancelled_at = now  # the same infusion, recorded twice
        treatment.patient_id = kept.id
    session.flush()


def _take_consents(session: Session, kept_id: int, other_id: int) -> None:
    """Consent that was given to the other record counts, unless this one has a word on that channel of its own: who
    took consent back is not asked again because of a duplicate."""
    decided = {one.channel for one in session.query(CheckInConsent).filter_by(patient_id=kept_id)}
    for consent in session.query(CheckInConsent).filter_by(patient_id=other_id):
        if consent.channel not in decided:
            consent.patient_id = kept_id
    session.flush()


def _point(session: Session, model: object, *where: object, **values: object) -> None:
    session.execute(update(model).where(*where).values(**values).execution_options(synchronize_session=False))


def _shown(value: str | date | None) -> str:
    return value.isoformat() if isinstance(value, date) else value or ""
