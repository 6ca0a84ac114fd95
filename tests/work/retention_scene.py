"""What tests of retention share: patients who wrote, pages, and the days that a clinic keeps things."""

from __future__ import annotations

import itertools
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import conversations, people
from bot.care.conversations import Reply
from bot.care.models import (
    Alert,
    AlertState,
    Channel,
    Message,
    Page,
    PageState,
    StaffMember,
)
from bot.clinic.retention_settings import Retention as Rules
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

BEGIN = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
RULES = Rules(messages=400, trackers=30, sessions=30, pages=365, jobs=30, dead_letters=90)
_numbers = itertools.count(1)


def patient(session: Session) -> Any:
    number = next(_numbers)
    return people.enrol(session, people.Details(f"Patient {number}", phone=f"+1646555{number:04}"), BEGIN)


def said(
    session: Session, conversation: Any, words: str, level: str = "none", at: datetime = BEGIN
) -> Message:
    """A message of the patient and our answer to it."""
    verdict = Verdict(Level(level), 0.5, ("A reason",), ((0, 3),), ("rule",), {"join": "v"})
    message = conversations.receive(
        session,
        int(conversation.id),
        channel=Channel.WEB,
        external_id=f"delivery-{next(_numbers)}",
        text=words,
        choice="a choice",
        verdict=verdict,
        now=at,
        answered_here=True,
    ).message
    conversations.say(
        session, conversation, Reply("our words"), channel=Channel.WEB, now=at, reply_to=message
    )
    return message


def words(session: Session, conversation: Any) -> list[str]:
    statement = select(Message.text).where(Message.conversation_id == conversation.id).order_by(Message.seq)
    return list(session.execute(statement).scalars())


def member(session: Session) -> StaffMember:
    found = StaffMember(name="Nora", email=f"n{next(_numbers)}@x.example", role="nurse", password_hash="-")
    session.add(found)
    session.flush()
    return found


def page_of(session: Session, conversation: Any, state: AlertState = AlertState.RESOLVED) -> Page:
    """A page for an alert that was resolved long ago, or of one that stands."""
    alert = session.execute(select(Alert).where(Alert.conversation_id == conversation.id)).scalars().first()
    if alert is None:
        alert = Alert(
            conversation_id=conversation.id, level="urgent", state=state.value, reasons=[], opened_at=BEGIN,
            last_at=BEGIN, resolved_at=BEGIN if state is AlertState.RESOLVED else None,
        )  # fmt: skip
        session.add(alert)
        session.flush()
    return Page(
        key=f"page-{next(_numbers)}", alert_id=alert.id, name="Nora", way="text", state=PageState.SENT.value,
        due_at=BEGIN,
    )  # fmt: skip
