"""What a member of staff asked a patient: the screen reads the answer with it, and the answer is theirs to see."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, select
from sqlalchemy.orm import Session

from bot.care.alerts import open_item, unresolved_alert
from bot.care.models import ItemKind, Message, Sender

WITHIN = timedelta(days=1)
"""So long what a patient writes next is taken for an answer that staff wait for."""

LONGEST = Message.question.type.length
ANSWERED = (
    "The patient wrote after a member of staff had asked them something. The assistant has passed it on."
)


def asked_in(text: str) -> str | None:
    """What a text of staff asks, as context for reading the answer, or None: there is no question in it. Of a long one
    the end up to its last question, which is what most answer."""
    asked = text[: text.rfind("?") + 1].strip()
    return asked[-LONGEST:] or None


def asked_last_at(conversation_id: Any) -> Any:
    """SQL: when a member of staff asked what our last message asks; null where that was not staff, or asks nothing.
    conversation_id: a value, or SQL."""
    by_staff = and_(Message.sender == Sender.STAFF.value, Message.question.is_not(None))
    statement = select(case((by_staff, Message.at))).where(
        Message.conversation_id == conversation_id, Message.sender != Sender.PATIENT.value
    )
    return statement.order_by(Message.seq.desc()).limit(1)


def keep_answer(session: Session, message: Message, now: datetime) -> None:
    """Put a patient's answer to staff into their queue; where an alert is unresolved, it has joined that already."""
    if unresolved_alert(session, int(message.conversation_id)) is None:
        open_item(session, ItemKind.PERSON_WANTED, message, ANSWERED, now)
