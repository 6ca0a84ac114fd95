"""What making one record of two would do: looked at first, done exactly so, and told exactly so in the audit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from bot.care import browsers
from bot.care.conversations import conversation_of
from bot.care.models import (
    CheckIn,
    CheckInConsent,
    CheckInState,
    Conversation,
    Invite,
    Item,
    Message,
    Patient,
    PhoneShare,
    Treatment,
)
from bot.care.numbers import numbers_of, sharers
from bot.care.prepared import constant

DETAILS = ("name", "date_of_birth", "phone", "address", "emergency_contact", "portal_id", "time_zone")


@dataclass(frozen=True)
class Field:
    """One detail as it stands in the record that counts, in the other, and after merging."""

    name: str
    kept: str | date
    other: str | date

    @property
    def after(self) -> str | date:
        """What stands then: the record that counts decides, and the other fills its gaps."""
        return self.kept or self.other

    @property
    def lost(self) -> bool:
        """Whether something of the other record will not be shown any more."""
        return bool(self.kept and self.other and self.kept != self.other)


@dataclass(frozen=True)
class Belongings:
    """What belongs to one record: numbers as in E.164, when its infusions are, and how many there are of the rest."""

    numbers: tuple[str, ...]
    treatments: tuple[datetime, ...]
    consents: tuple[CheckInConsent, ...]
    check_ins: int
    planned: int
    messages: int
    items: int
    browsers: int
    links: int


@dataclass(frozen=True)
class Moves:
    """What goes over to the record that counts, and what ends, as identifiers of rows; `filled` names details.

    shares: shared numbers that are the other record's as well; doubled: infusions that are in both records and stand
    once; check_ins: those that are over or were begun; ended: of these, the one that was being answered; called_off:
    those that wait or are planned, planned anew for the record that counts; consents_left: those that do not go over;
    visits: chats of visitors that were gone on with; records: those that were made one with the other before.
    """

    filled: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    shares: tuple[int, ...] = ()
    treatments: tuple[int, ...] = ()
    doubled: tuple[int, ...] = ()
    check_ins: tuple[int, ...] = ()
    ended: tuple[int, ...] = ()
    called_off: tuple[int, ...] = ()
    consents: tuple[int, ...] = ()
    consents_left: tuple[int, ...] = ()
    items: tuple[int, ...] = ()
    browsers_ended: tuple[int, ...] = ()
    links_ended: tuple[int, ...] = ()
    visits: tuple[int, ...] = ()
    records: tuple[int, ...] = ()

    def told(self) -> dict[str, list[Any]]:
        """Everything that moves, for the audit: identifiers and names of details, no content; what is empty is left
        out."""
        every = {one.name: list(getattr(self, one.name)) for one in fields(self)}
        return {name: values for name, values in every.items() if values}


@dataclass(frozen=True)
class Plan:
    """Both records side by side, and what would move. `seal` changes with any of it: who confirms has seen this."""

    details: tuple[Field, ...]
    kept: Belongings
    other: Belongings
    moves: Moves
    seal: str


def plan(session: Session, kept: Patient, other: Patient) -> Plan:
    """What making `kept` the one record of both would do. Changes nothing."""
    ours, theirs = conversation_of(session, kept), conversation_of(session, other)
    details = tuple(Field(name, getattr(kept, name) or "", getattr(other, name) or "") for name in DETAILS)
    moves = _moves(session, kept, other, theirs, details)
    sealed = [int(kept.id), int(other.id), [asdict(one) for one in details], moves.told()]
    seal = hashlib.sha256(json.dumps(sealed, sort_keys=True, default=str).encode()).hexdigest()
    return Plan(details, _belongings(session, kept, ours), _belongings(session, other, theirs), moves, seal)


def _moves(
    session: Session, kept: Patient, other: Patient, theirs: Conversation, details: Iterable[Field]
) -> Moves:
    def found(model: Any, *where: Any) -> Sequence[Any]:
        return session.execute(select(model).where(*where).order_by(model.id)).scalars().all()

    standing = {one.infusion_at for one in kept.treatments if one.cancelled_at is None}
    treatments = found(Treatment, Treatment.patient_id == other.id)
    check_ins = found(CheckIn, CheckIn.conversation_id == theirs.id)
    waiting = (CheckInState.SENT.value, CheckInState.SCHEDULED.value)
    # Who took consent back is not asked again because of a duplicate: a word of this record on a channel decides.
    decided = {one.channel for one in found(CheckInConsent, CheckInConsent.patient_id == kept.id)}
    consents = found(CheckInConsent, CheckInConsent.patient_id == other.id)
    shares = select(PhoneShare.phone_number_id).where(PhoneShare.patient_id == other.id)
    return Moves(
        filled=tuple(one.name for one in details if one.other and not one.kept),
        numbers=_ids(numbers_of(session, int(theirs.id))),
        shares=tuple(sorted(int(one) for one in session.execute(shares).scalars())),
        treatments=_ids(treatments),
        doubled=_ids(one for one in treatments if one.cancelled_at is None and one.infusion_at in standing),
        check_ins=_ids(one for one in check_ins if one.state not in waiting),
        ended=_ids(one for one in check_ins if one.state == CheckInState.OPEN.value),
        called_off=_ids(one for one in check_ins if one.state in waiting),
        consents=_ids(one for one in consents if one.channel not in decided),
        consents_left=_ids(one for one in consents if one.channel in decided),
        items=_ids(found(Item, Item.conversation_id == theirs.id, Item.closed_at.is_(None))),
        browsers_ended=tuple(sorted(_ids(browsers.browsers_of(session, int(theirs.id))))),
        links_ended=_ids(_open_links(session, int(other.id))),
        visits=_ids(found(Conversation, Conversation.continued_in_id == theirs.id)),
        records=_ids(found(Patient, Patient.merged_into_id == other.id)),
    )


def _belongings(session: Session, patient: Patient, conversation: Conversation) -> Belongings:
    def count(statement: Select) -> int:
        return int(session.execute(statement).scalar_one())

    its = CheckIn.conversation_id == conversation.id
    planned = CheckIn.state == constant(CheckInState.SCHEDULED.value)
    consents = select(CheckInConsent).where(CheckInConsent.patient_id == patient.id)
    open_items = (Item.conversation_id == conversation.id, Item.closed_at.is_(None))
    shared = session.execute(select(PhoneShare).where(PhoneShare.patient_id == patient.id)).scalars()
    own = [one.number for one in numbers_of(session, int(conversation.id))]
    return Belongings(
        numbers=(*own, *(one.phone_number.number for one in shared)),
        treatments=tuple(one.infusion_at for one in patient.treatments if one.cancelled_at is None),
        consents=tuple(session.execute(consents.order_by(CheckInConsent.id)).scalars()),
        check_ins=count(select(func.count(CheckIn.id)).where(its, ~planned)),
        planned=count(select(func.count(CheckIn.id)).where(its, planned)),
        messages=count(select(func.count(Message.id)).where(Message.conversation_id == conversation.id)),
        items=count(select(func.count(Item.id)).where(*open_items)),
        browsers=len(browsers.browsers_of(session, int(conversation.id))),
        links=len(_open_links(session, int(patient.id))),
    )


def _open_links(session: Session, patient_id: int) -> Sequence[Invite]:
    statement = select(Invite).where(
        Invite.patient_id == patient_id, Invite.used_at.is_(None), Invite.withdrawn_at.is_(None)
    )
    found: Sequence[Invite] = session.execute(statement.order_by(Invite.id)).scalars().all()
    return found


def only_shared_by(session: Session, number_id: int, patient_id: int) -> bool:
    """Whether nobody but this patient shares the number."""
    return {int(one.id) for one in sharers(session, number_id)} == {patient_id}


def _ids(rows: Iterable[Any]) -> tuple[int, ...]:
    return tuple(int(row.id) for row in rows)
