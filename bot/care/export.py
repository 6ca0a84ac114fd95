"""Everything that the clinic keeps of one patient, in plain JSON types, to hand out to that patient.

Private notes of staff are no part of it, nor what was written from a browser or phone that may be somebody else's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from bot.care import browsers, check_in_consent
from bot.care.conversations import conversation_of
from bot.care.invites import invites_of
from bot.care.joined import conversations_of
from bot.care.models import (
    Alert,
    AlertEvent,
    CheckIn,
    FollowUp,
    Item,
    Message,
    Patient,
    Treatment,
)
from bot.care.numbers import numbers_of, shared_numbers_of
from bot.care.people import patient_by_id
from bot.care.transcript import whole_messages

Json = dict[str, Any]

LEFT_OUT = (
    "Private notes of staff",
    "Messages from a browser or a phone of which it is not certain whose they are",
    "Who looked at this record (the audit)",
)


def everything(session: Session, patient_id: int, now: datetime) -> Json:
    """The whole record of a patient, oldest first within each part. Times are UTC. Raises UnknownPatient."""
    patient = patient_by_id(session, patient_id)
    conversation = conversation_of(session, patient)
    ids = conversations_of(session, conversation)
    return {
        "format": "aftercare-patient-1",
        "exported_at": _plain(now),
        "left_out": list(LEFT_OUT),
        "patient": _fields(
            patient,
            "id name date_of_birth phone address emergency_contact portal_id time_zone created_at",
        ),
        "merged_from": _duplicates(session, patient_id),
        "numbers": [
            _fields(one, "number opted_out_at preferred created_at") for one in numbers_of(session, ids[0])
        ],
        "shared_numbers": [one.number for one in shared_numbers_of(session, patient_id)],
        "treatments": [
            _fields(one, "id infusion_at cancelled_at created_at")
            for one in session.query(Treatment)
            .filter_by(patient_id=patient_id)
            .order_by(Treatment.infusion_at)
        ],
        "consents": [
            _fields(one, "channel how given_at withdrawn_at withdrawn_how")
            for one in reversed(check_in_consent.history(session, patient_id))
        ],
        "messages": _messages(session, ids),
        "check_ins": _check_ins(session, ids),
        "alerts": _alerts(session, ids),
        "questions_after_a_crisis": _follow_ups(session, ids),
        "other_items": [
            _fields(one, "kind reason opened_at closed_at message_id")
            for one in session.query(Item).filter(Item.conversation_id.in_(ids)).order_by(Item.id)
        ],
        "browsers": [
            _fields(one, "created_at last_seen_at verified") for one in browsers.browsers_of(session, ids[0])
        ],
        "links": [
            _fields(one, "made_at expires_at used_at withdrawn_at") for one in invites_of(session, patient_id)
        ],
    }


def _duplicates(session: Session, patient_id: int) -> list[Json]:
    statement = select(Patient).where(Patient.merged_into_id == patient_id).order_by(Patient.id)
    names = "id name date_of_birth phone address emergency_contact merged_at"
    return [_fields(one, names) for one in session.execute(statement).scalars()]


def _messages(session: Session, ids: Sequence[int]) -> list[Json]:
    statement = whole_messages().where(Message.conversation_id.in_(ids)).order_by(Message.id)
    names = (
        "id conversation_id seq at sender channel text choice media_count state failure kind level guidance"
    )
    return [
        {
            **_fields(one, names),
            "written_by": one.staff.name if one.staff else None,
            "number": one.phone_number.number if one.phone_number else None,
            "reasons": list((one.verdict or {}).get("reasons", ())),
        }
        for one in session.execute(statement).scalars()
    ]


def _check_ins(session: Session, ids: Sequence[int]) -> list[Json]:
    statement = select(CheckIn).options(selectinload(CheckIn.answers)).where(CheckIn.conversation_id.in_(ids))
    names = (
        "id instrument instrument_version state channel due_at sent_at paused_at paused_because started_at ended_at"
        " reason treatment_id"
    )
    return [
        {
            **_fields(one, names),
            "answers": [_fields(answer, "item raw value skipped at message_id") for answer in one.answers],
        }
        for one in session.execute(statement.order_by(CheckIn.id)).scalars()
    ]


def _alerts(session: Session, ids: Sequence[int]) -> list[Json]:
    statement = (
        select(Alert)
        .options(
            selectinload(Alert.events).joinedload(AlertEvent.staff),
            joinedload(Alert.acknowledged_by),
            joinedload(Alert.resolved_by),
        )
        .where(Alert.conversation_id.in_(ids))
    )
    names = "id level state reasons opened_at acknowledged_at resolved_at disposition note message_id"
    return [
        {
            **_fields(one, names),
            "acknowledged_by": one.acknowledged_by.name if one.acknowledged_by else None,
            "resolved_by": one.resolved_by.name if one.resolved_by else None,
            "history": [
                {
                    **_fields(event, "at kind level message_id detail"),
                    "by": event.staff.name if event.staff else None,
                }
                for event in one.events
            ],
        }
        for one in session.execute(statement.order_by(Alert.id)).scalars()
    ]


def _follow_ups(session: Session, ids: Sequence[int]) -> list[Json]:
    statement = (
        select(FollowUp)
        .join(Alert, Alert.id == FollowUp.alert_id)
        .options(selectinload(FollowUp.answers))
        .where(Alert.conversation_id.in_(ids))
    )
    return [
        {
            **_fields(one, "alert_id started_at ended_at"),
            "answers": [_fields(answer, "question meaning words at message_id") for answer in one.answers],
        }
        for one in session.execute(statement.order_by(FollowUp.id)).scalars()
    ]


def _fields(row: Any, names: str) -> Json:
    return {name: _plain(getattr(row, name)) for name in names.split()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value
