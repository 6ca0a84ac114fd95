"""What a patient wrote in the episode under way: the messages of the alert that nobody has resolved."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.models import Alert, AlertEvent, AlertState, Message
from bot.care.prepared import constant
from bot.safety.verdict import Verdict


def episode(session: Session, conversation_id: int) -> list[tuple[Verdict, str]]:
    """Verdict and text of each message of a conversation's unresolved alert, in order; empty where there is none, or
    where no message brought it."""
    statement = (
        select(Message.verdict, Message.text)
        .join(AlertEvent, AlertEvent.message_id == Message.id)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .where(
            Alert.conversation_id == conversation_id,
            Alert.state != constant(AlertState.RESOLVED.value),
        )
    )
    found = session.execute(statement.order_by(Message.seq)).all()
    return [(Verdict.from_json(verdict), str(text)) for verdict, text in found if verdict]
