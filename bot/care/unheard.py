"""Patients in danger for whom everybody was paged in vain: they hear it once for each time that it happens."""

from __future__ import annotations

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from bot.care.models import Alert, AlertState, Climb, ClimbState, Conversation, Message, Sender
from bot.care.paging import LEFT
from bot.safety.levels import Level

NOBODY_YET = "nobody_yet"
"""The kind of the message that says so."""

_IN_DANGER = [level.value for level in Level if level.immediate]


def unheard(session: Session) -> list[int]:
    """Alerts of which the patient is still to be told that everybody was paged and nobody has acknowledged.

    Not where a person speaks with the patient, nor where somebody had the alert and left it: the patient has heard from
    them. Not where no message brought it, since the patient knows of no alert then.
    """
    since_then = (Message.conversation_id == Alert.conversation_id, Message.at >= Climb.started_at)
    told = exists().where(*since_then, or_(Message.kind == NOBODY_YET, Message.sender == Sender.STAFF.value))
    statement = (
        select(Alert.id)
        .join(Climb, Climb.alert_id == Alert.id)
        .join(Conversation, Conversation.id == Alert.conversation_id)
        .where(
            Climb.state == ClimbState.EXHAUSTED.value,
            Climb.cause != LEFT,
            Alert.state == AlertState.OPEN.value,
            Alert.level.in_(_IN_DANGER),
            Alert.message_id.is_not(None),
            Conversation.owner_id.is_(None),
            ~told,
        )
    )
    return [int(one) for one in session.execute(statement.order_by(Alert.id)).scalars()]
