"""What a patient wrote in the episode under way: the messages of the alert that nobody has resolved.

Every turn asks while an alert is open: what was grave in it and its texts are read apart, so that the hundredth message
to a clinic that has not looked yet does not bring all the others along.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import Session

from bot.care.models import Alert, AlertEvent, AlertState, Message
from bot.care.prepared import constant
from bot.safety.levels import Level
from bot.safety.verdict import Verdict


def _of_the_episode(*columns: Any) -> Any:
    return (
        select(*columns)
        .select_from(Message)
        .join(AlertEvent, AlertEvent.message_id == Message.id)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .where(
            Alert.conversation_id == bindparam("conversation", type_=Integer()),
            Alert.state != constant(AlertState.RESOLVED.value),
        )
        .order_by(Message.seq)
    )


_IMMEDIATE: Final = [constant(level.value) for level in Level if level.immediate]
_GRAVE: Final = _of_the_episode(Message.verdict, Message.text).where(
    Message.verdict["level"].as_string().in_(_IMMEDIATE)
)
_TEXTS: Final = _of_the_episode(Message.text)


def grave_messages(session: Session, conversation_id: int) -> list[tuple[Verdict, str]]:
    """Verdict and text of each crisis and emergency of a conversation's unresolved alert, in order."""
    found = session.execute(_GRAVE, {"conversation": conversation_id}).all()
    return [(Verdict.from_json(verdict), str(text)) for verdict, text in found]


def texts(session: Session, conversation_id: int) -> list[str]:
    """All that the patient wrote in a conversation's unresolved alert, in order; empty where no message brought it."""
    return [
        str(text) for text in session.execute(_TEXTS, {"conversation": conversation_id}).scalars() if text
    ]
