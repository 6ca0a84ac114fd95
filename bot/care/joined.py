"""Which conversations belong together: a patient's own, and those of the duplicates that were merged into them.

Messages keep their conversation and their number, so nothing that a browser or Rasa remembers is ever renumbered.
Shown together they stand in the order in which they were stored, which within one conversation is that of its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.models import Conversation, Message, Patient
from bot.care.transcript import whole_messages


def conversations_of(session: Session, conversation: Conversation) -> list[int]:
    """The conversation itself first, then those of the duplicates of its patient."""
    if conversation.patient_id is None:
        return [int(conversation.id)]
    statement = select(Conversation.id).join(Patient).where(Patient.merged_into_id == conversation.patient_id)
    return [int(conversation.id), *session.execute(statement.order_by(Conversation.id)).scalars()]


def messages_together(
    session: Session, conversation_ids: Sequence[int], before_id: int | None, limit: int
) -> list[Message]:
    """The last `limit` messages of these conversations that were stored before `before_id` (None: the newest), oldest
    first."""
    found: list[Message] = []
    for conversation_id in conversation_ids:
        statement = whole_messages().where(Message.conversation_id == conversation_id)
        if before_id is not None:
            statement = statement.where(Message.id < before_id)
        found += session.execute(statement.order_by(Message.seq.desc()).limit(limit)).scalars()
    return sorted(found, key=lambda message: int(message.id))[-limit:]
