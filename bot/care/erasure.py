"""Erase a patient: what tells who somebody was or what they wrote goes, that something happened stays.

Rows are blanked, not deleted, so that counts, times and the history of alerts go on making sense; the audit is left
alone. Copies in backups go when the backups go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import case, cast, delete, func, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from bot.care import browsers, holds, live
from bot.care.check_in_plan import cancel_row
from bot.care.conversations import conversation_of, lock
from bot.care.joined import conversations_of
from bot.care.models import (
    Alert,
    AlertState,
    CheckIn,
    CheckInAnswer,
    CheckInConsent,
    CheckInReason,
    CheckInState,
    Conversation,
    FollowUp,
    FollowUpAnswer,
    Invite,
    Item,
    Message,
    MessageState,
    Patient,
    PhoneShare,
    Sender,
    TrackerState,
    Treatment,
    Whereabouts,
)
from bot.care.models.notes import Note
from bot.care.numbers import numbers_of, set_apart, shared_conversation
from bot.care.people import patient_by_id
from bot.care.prepared import constant
from bot.clinic.errors import AftercareError


class CannotErase(AftercareError):
    """Somebody still has to be helped or answered."""

    code, status = "AC256", 409


class Because(str, Enum):
    """Why a patient is erased. A fixed list: free words would name the person again."""

    ASKED = "asked_by_patient"
    RETENTION = "kept_long_enough"
    MISTAKE = "enrolled_by_mistake"
    TRIAL = "made_for_a_trial"


@dataclass(frozen=True)
class Extent:
    """How much there is of a patient: what is lost for good."""

    conversations: int
    messages: int
    answers: int
    treatments: int
    numbers: int
    notes: int


def extent(session: Session, patient_id: int) -> Extent:
    """What erasing the patient would take. Raises UnknownPatient."""
    patients, ids = _reach(session, patient_id)

    def count(column: Any, *where: Any) -> int:
        return int(session.execute(select(func.count(column)).where(*where)).scalar_one())

    return Extent(
        conversations=len(ids),
        messages=count(Message.id, Message.conversation_id.in_(ids)),
        answers=count(CheckInAnswer.id, CheckInAnswer.check_in_id.in_(_of(CheckIn, ids))),
        treatments=count(Treatment.id, Treatment.patient_id.in_(patients)),
        numbers=sum(len(numbers_of(session, one)) for one in ids),
        notes=count(Note.id, Note.conversation_id.in_(ids)),
    )


def erase(session: Session, patient_id: int, staff_id: int, because: Because, now: datetime) -> Extent:
    """Erase a patient, with the duplicates that were merged into them and what they wrote before we knew them.

    Numbers are forgotten, but for those that opted out: they stay, with nobody, so that nothing is sent there. What was
    written from a shared phone is nobody's and stays. Raises UnknownPatient; CannotErase while an alert is not
    resolved, a message waits for an answer, or a legal hold stands.
    """
    holds.wait_for_removals(session)
    patients, ids = _reach(session, patient_id)
    if any(holds.is_held(session, one) for one in patients):
        raise CannotErase("A legal hold stands on this patient: nothing may be removed. Nothing was erased.")
    for conversation_id in sorted(ids):
        lock(session, conversation_id)
    _nobody_waits(session, ids)
    whole = extent(session, patient_id)
    _end(session, patients, ids, staff_id, now)
    _blank_messages(session, ids)
    _blank_alerts(session, ids)
    _forget_numbers(session, patients, ids)
    for one in patients:
        _forget(session, session.get(Patient, one), staff_id, because, now)
    session.flush()
    session.expire_all()
    for conversation_id in ids:
        live.conversation_changed(session, conversation_id)
    live.queue_changed(session)
    return whole


def _reach(session: Session, patient_id: int) -> tuple[list[int], list[int]]:
    """The patient and their duplicates; all conversations that are theirs."""
    patient = patient_by_id(session, patient_id)
    duplicates = select(Patient.id).where(Patient.merged_into_id == patient_id)
    patients = [patient_id, *session.execute(duplicates).scalars()]
    own = conversations_of(session, conversation_of(session, patient))
    before = select(Conversation.id).where(
        Conversation.continued_in_id.in_(own), Conversation.patient_id.is_(None)
    )
    visits = [one for one in session.execute(before).scalars() if not shared_conversation(session, one)]
    return patients, [*own, *visits]


def _nobody_waits(session: Session, ids: Sequence[int]) -> None:
    unresolved = select(Alert.id).where(
        Alert.conversation_id.in_(ids), Alert.state != constant(AlertState.RESOLVED.value)
    )
    if session.execute(unresolved.limit(1)).first() is not None:
        raise CannotErase("An alert of this patient is not resolved. Deal with it first. Nothing was erased.")
    states = (MessageState.RECEIVED.value, MessageState.HELD.value)
    waiting = select(Message.id).where(Message.conversation_id.in_(ids), Message.state.in_(states))
    if session.execute(waiting.limit(1)).first() is not None:
        raise CannotErase(
            "A message of this patient waits for an answer. Answer it first. Nothing was erased."
        )


def _end(session: Session, patients: Sequence[int], ids: Sequence[int], staff_id: int, now: datetime) -> None:
    """Nothing more is sent or asked, and no browser reads on."""
    for one in ids:
        browsers.end_all(session, one, now)
    _set(session, Conversation, Conversation.id.in_(ids), owner_id=None)
    _set(
        session,
        Message,
        Message.conversation_id.in_(ids) & (Message.state == constant(MessageState.QUEUED.value)),
        state=MessageState.WITHHELD.value,
    )
    _set(
        session,
        Item,
        Item.conversation_id.in_(ids) & Item.closed_at.is_(None),
        closed_at=now,
        closed_by_id=staff_id,
    )
    live_states = (CheckInState.SCHEDULED.value, CheckInState.SENT.value, CheckInState.OPEN.value)
    statement = select(CheckIn).where(CheckIn.conversation_id.in_(ids), CheckIn.state.in_(live_states))
    for row in session.execute(statement).scalars():
        cancel_row(row, CheckInReason.STAFF_CANCELLED, now)
    _set(
        session,
        CheckInConsent,
        CheckInConsent.patient_id.in_(patients) & CheckInConsent.withdrawn_at.is_(None),
        withdrawn_at=now,
        withdrawn_by_id=staff_id,
    )
    _set(
        session,
        Invite,
        Invite.patient_id.in_(patients) & Invite.used_at.is_(None) & Invite.withdrawn_at.is_(None),
        withdrawn_at=now,
    )


def _blank_messages(session: Session, ids: Sequence[int]) -> None:
    nothing = cast(literal_column('\'{"reasons": [], "evidence": []}\''), JSONB)
    _set(
        session,
        Message,
        Message.conversation_id.in_(ids),
        text="",
        choice=None,
        encoded=None,
        buttons=[],
        question=case((Message.sender != Sender.STAFF.value, Message.question)),
        # What fired stays: false alarms are counted by it. Reasons and spans are about the words.
        verdict=Message.verdict.op("||")(nothing),
        external_id=func.concat("erased-", Message.id),
        carrier_id=None,
    )
    _set(session, CheckInAnswer, CheckInAnswer.check_in_id.in_(_of(CheckIn, ids)), raw="", value=None)
    # By their alert: they may have been asked before it was known who wrote.
    follow_ups = select(FollowUp.id).where(FollowUp.alert_id.in_(_of(Alert, ids)))
    _set(session, FollowUpAnswer, FollowUpAnswer.follow_up_id.in_(follow_ups), words="", meaning="")
    _set(session, Item, Item.conversation_id.in_(ids), reason="")
    _set(session, Note, Note.conversation_id.in_(ids), text="")
    _delete(session, Whereabouts, Whereabouts.alert_id.in_(_of(Alert, ids)))
    _delete(session, TrackerState, TrackerState.conversation_id.in_(ids))


def _blank_alerts(session: Session, ids: Sequence[int]) -> None:
    _set(session, Alert, Alert.conversation_id.in_(ids), reasons=[], note=None)
    # The database refuses to change this history, except to whoever says that they erase.
    session.execute(text("select set_config('aftercare.erasing', 'yes', true)"))
    session.execute(
        text(
            "update alert_event set detail = (select coalesce(jsonb_object_agg(key, value), '{}') "
            "from jsonb_each(detail) where key in ('disposition', 'outcome', 'step', 'check_in_id')) "
            "where alert_id in (select id from alert where conversation_id = any(:ids))"
        ),
        {"ids": list(ids)},
    )
    session.execute(text("select set_config('aftercare.erasing', '', true)"))


def _forget_numbers(session: Session, patients: Sequence[int], ids: Sequence[int]) -> None:
    _delete(session, PhoneShare, PhoneShare.patient_id.in_(patients))
    for conversation_id in ids:
        for number in numbers_of(session, conversation_id):
            if number.opted_out_at is not None:
                _set(session, Message, Message.phone_number_id == number.id, phone_number_id=None)
                set_apart(session, number)
            else:
                session.delete(number)
    session.flush()


def _forget(session: Session, patient: Patient, staff_id: int, because: Because, now: datetime) -> None:
    patient.name = f"Erased patient {patient.id}"
    patient.date_of_birth = patient.phone = patient.address = patient.emergency_contact = None
    patient.portal_id = patient.time_zone = None
    patient.erased_at, patient.erased_by_id, patient.erased_because = now, staff_id, because.value


def _of(model: Any, ids: Sequence[int]) -> Any:
    return select(model.id).where(model.conversation_id.in_(ids))


def _set(session: Session, model: Any, where: Any, **values: Any) -> None:
    session.execute(update(model).where(where).values(**values).execution_options(synchronize_session=False))


def _delete(session: Session, model: Any, where: Any) -> None:
    session.execute(delete(model).where(where).execution_options(synchronize_session=False))
