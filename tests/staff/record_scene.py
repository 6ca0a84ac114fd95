"""A patient who was lived with: messages, check-ins, alerts, notes; and where words of theirs are left."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from bot.care import alerts
from bot.care.conversations import Reply, lock, say
from bot.care.models import (
    Alert,
    Channel,
    CheckIn,
    CheckInAnswer,
    Disposition,
    Invite,
    ItemKind,
    Message,
    Patient,
    StaffMember,
    TrackerState,
    WebSession,
)
from bot.care.models.notes import Note
from bot.care.treatments import record_treatment

MARK = "zq-marker"
PHONE = "(212) 555-0161"


def lived_in(scene: Any, name: str = f"Maria {MARK}", phone: str = PHONE) -> tuple[int, int]:
    """A patient with something in every corner of the record; all alerts resolved, nothing waits."""
    patient, conversation = scene.patient(name, phone)
    scene.says(conversation, f"better off without me {MARK}", "crisis", MARK, (f"Wrote {MARK}",))
    with scene.record() as session:
        nurse = StaffMember(name="Nora", email=f"{patient}@clinic.example", role="nurse", password_hash="x")
        session.add(nurse)
        session.flush()
        staff = int(nurse.id)
        now = scene.clock.now()
        session.get(Patient, patient).address = f"12 {MARK} St"
        session.get(Patient, patient).portal_id = f"{MARK}-{patient}"
        treatment = record_treatment(session, patient, now - timedelta(days=3), scene.clinic, now)
        check_in = CheckIn(
            conversation_id=conversation,
            treatment_id=treatment.id,
            instrument="mood",
            instrument_version="1",
            state="finished",
            started_at=now,
            ended_at=now,
        )
        session.add(check_in)
        session.flush()
        message = session.query(Message).filter_by(conversation_id=conversation).first()
        session.add(
            CheckInAnswer(
                check_in_id=check_in.id, item="mood", raw=f"4 {MARK}", value=4, message_id=message.id, at=now
            )
        )
        alerts.open_item(session, ItemKind.QUESTION, message, f"Asked {MARK}", now)
        session.add(Note(conversation_id=conversation, staff_id=staff, text=f"note {MARK}", at=now))
        session.add(WebSession(token_hash=f"h{patient}", conversation_id=conversation))
        session.add(Invite(token_hash=f"i{patient}", patient_id=patient, made_by_id=staff, expires_at=now))
        session.add(TrackerState(conversation_id=conversation, state={"words": MARK}, updated_at=now))
        asks = Reply(f"Hello {MARK}", question=f"Hello {MARK}")
        say(session, lock(session, conversation), asks, channel=Channel.WEB, now=now, staff_id=staff)
        message.state = "answered"
        alert = session.query(Alert).filter_by(conversation_id=conversation).one()
        alerts.acknowledge(session, int(alert.id), staff, now)
        alerts.resolve(session, int(alert.id), staff, Disposition.REACHED_SAFE, f"Spoke {MARK}", now)
    return patient, conversation


def holding(scene: Any, words: str) -> list[str]:
    """The tables in which `words` stand anywhere."""
    with scene.record() as session:
        names = session.execute(
            text("select table_name from information_schema.tables where table_schema = 'public'")
        ).scalars()
        return [
            name
            for name in sorted(names)
            if session.execute(
                text(f'select 1 from "{name}" t where t::text ilike :words limit 1'), {"words": f"%{words}%"}
            ).first()
        ]


def erase(browser: Any, patient: int, **changes: str) -> Any:
    data = {"because": "asked_by_patient", "number": str(patient), **changes}
    return browser.post(f"/staff/patients/{patient}/erase", data=data)


def merge(browser: Any, kept: int, other: int, **changes: str) -> Any:
    """Look at what would move, then confirm it."""
    looked = browser.post(f"/staff/patients/{kept}/merge", data={"other": str(other)}).text
    seal = re.search(r'name="seal" value="(\w+)"', looked)
    data = {"seal": seal[1] if seal else "", "number": str(other), **changes}
    return browser.post(f"/staff/patients/{kept}/merge/{other}", data=data)
