"""Two records of one patient become one.

The record that counts takes over the other's numbers, treatments, check-ins and open items. Messages stay in their
conversation under their number: what a browser, the carrier or Rasa remembers of them stays true, and staff read both
conversations as one, in the order in which messages were stored (`bot.care.joined`). Alerts stay with the messages that
brought them. Browsers of the other record end: they would show a history that they have not followed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.care import browsers, carrying_on, live, merge_plan
from bot.care.alerts import unresolved_alert
from bot.care.check_in_plan import cancel_row, replan
from bot.care.conversations import conversation_of, lock
from bot.care.merge_plan import Moves, Plan, only_shared_by
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
    PhoneNumber,
    PhoneShare,
    TrackerState,
    Treatment,
)
from bot.care.people import patient_by_id
from bot.clinic.errors import AftercareError
from bot.clinic.settings import Clinic


class CannotMerge(AftercareError):
    """The two are the same record, somebody still has to be helped or answered in one of them, or one of them changed
    since a person looked."""

    code, status = "AC257", 409


def look(session: Session, kept_id: int, other_id: int) -> Plan:
    """Both records side by side and what would move; nothing is changed. Raises UnknownPatient, CannotMerge."""
    return merge_plan.plan(session, *_both(session, kept_id, other_id))


def merge(
    session: Session, kept_id: int, other_id: int, staff_id: int, seal: str, clinic: Clinic, now: datetime
) -> Moves:
    """Make `kept_id` the one record of both; what moved. It cannot be undone by itself.

    seal: of the plan that a person has seen. Raises UnknownPatient; CannotMerge where something changed since then,
    and while, in either record, an alert is not resolved, a message waits for an answer or a member of staff has the
    conversation: merging is for quiet moments.
    """
    kept, other = _both(session, kept_id, other_id)
    ours, theirs = conversation_of(session, kept), conversation_of(session, other)
    for one in sorted((int(ours.id), int(theirs.id))):
        lock(session, one)
        _quiet(session, one)
    seen = merge_plan.plan(session, kept, other)
    if seen.seal != seal:
        raise CannotMerge("One of the two changed since you looked. Look at what is below again.")
    moves = seen.moves
    _take_details(session, kept, other, moves)
    _take_numbers(session, kept, other, ours, moves, now)
    _take_check_ins(session, ours, moves, now)
    _take_treatments(session, kept, moves, now)
    _point(session, CheckInConsent, moves.consents, patient_id=kept_id)
    browsers.end_all(session, int(theirs.id), now)
    _point(session, Invite, moves.links_ended, withdrawn_at=now)
    _point(session, Item, moves.items, conversation_id=ours.id)
    _point(session, Conversation, moves.visits, continued_in_id=ours.id)
    # Those that were merged into the other before are now this one's.
    _point(session, Patient, moves.records, merged_into_id=kept_id)
    session.execute(delete(TrackerState).where(TrackerState.conversation_id == theirs.id))
    other.merged_into_id, other.merged_at, other.merged_by_id = kept_id, now, staff_id
    session.flush()
    session.expire_all()
    replan(session, kept_id, clinic, now)
    for one in (ours, theirs):
        live.conversation_changed(session, int(one.id))
    live.queue_changed(session)
    return moves


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


def _take_details(session: Session, kept: Patient, other: Patient, moves: Moves) -> None:
    found = {name: getattr(other, name) for name in moves.filled}
    other.portal_id = None  # it may stand once
    session.flush()
    for name, value in found.items():
        setattr(kept, name, value)
    session.flush()


def _take_numbers(
    session: Session, kept: Patient, other: Patient, ours: Conversation, moves: Moves, now: datetime
) -> None:
    for number in _rows(session, PhoneNumber, moves.numbers):
        number.preferred = False
        number.conversation_id = ours.id
    for number in _rows(session, PhoneNumber, moves.shares):
        session.execute(
            delete(PhoneShare).where(
                PhoneShare.phone_number_id == number.id, PhoneShare.patient_id == other.id
            )
        )
        if session.get(PhoneShare, (number.id, kept.id)) is None:
            session.add(PhoneShare(phone_number_id=number.id, patient_id=kept.id))
        elif only_shared_by(session, int(number.id), int(kept.id)):
            # The two who shared it are one: what was written from it before stays beside the conversation.
            session.execute(delete(PhoneShare).where(PhoneShare.phone_number_id == number.id))
            carrying_on.lead_on(session, number.conversation, ours, now)
            number.conversation_id = ours.id
    session.flush()


def _take_check_ins(session: Session, ours: Conversation, moves: Moves, now: datetime) -> None:
    for row in _rows(session, CheckIn, moves.ended):
        row.state, row.ended_at = CheckInState.PARTIAL.value, now
    for row in _rows(session, CheckIn, moves.called_off):
        asked = row.state == CheckInState.SENT.value
        # What was asked is not asked again; what was planned is planned anew for the record that counts.
        cancel_row(row, CheckInReason.STAFF_CANCELLED if asked else CheckInReason.TREATMENT_CHANGED, now)
    session.flush()
    _point(session, CheckIn, (*moves.check_ins, *moves.called_off), conversation_id=ours.id)


def _take_treatments(session: Session, kept: Patient, moves: Moves, now: datetime) -> None:
    for treatment in _rows(session, Treatment, moves.treatments):
        if treatment.id in moves.doubled:
            treatment.cancelled_at = now
        treatment.patient_id = kept.id
    session.flush()


def _rows(session: Session, model: Any, ids: tuple[int, ...]) -> list[Any]:
    return list(session.execute(select(model).where(model.id.in_(ids)).order_by(model.id)).scalars())


def _point(session: Session, model: Any, ids: tuple[int, ...], **values: object) -> None:
    statement = update(model).where(model.id.in_(ids)).values(**values)
    session.execute(statement.execution_options(synchronize_session=False))
