"""The messages of a conversation read back in order, theirs and ours, with who wrote them and what they reply to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from bot.care.models import Channel, Message, MessageState
from bot.care.prepared import constant


def whole_messages() -> Any:
    """Messages with who wrote them and what they reply to, in one query."""
    return select(Message).options(
        joinedload(Message.staff), joinedload(Message.reply_to), joinedload(Message.phone_number)
    )


def messages_numbered(session: Session, conversation_id: int, seqs: Collection[int]) -> Sequence[Message]:
    """The messages with these numbers, in order."""
    if not seqs:
        return []
    statement = whole_messages().where(Message.conversation_id == conversation_id, Message.seq.in_(seqs))
    return session.execute(statement.order_by(Message.seq)).scalars().all()


def texts_under_way(session: Session, conversation_id: int, seq: int) -> Sequence[Message]:
    """Texts of ours with a number up to `seq` that are not out to the phone yet."""
    statement = whole_messages().where(
        Message.conversation_id == conversation_id,
        Message.seq <= seq,
        Message.channel == Channel.SMS.value,
        Message.state == constant(MessageState.QUEUED.value),
    )
    return session.execute(statement.order_by(Message.seq)).scalars().all()


def messages_before(
    session: Session, conversation_id: int, seq: int | None, limit: int = 50
) -> Sequence[Message]:
    """The last `limit` messages with a number below `seq` (None: the newest), oldest first."""
    statement = whole_messages().where(Message.conversation_id == conversation_id)
    if seq is not None:
        statement = statement.where(Message.seq < seq)
    newest_first = session.execute(statement.order_by(Message.seq.desc()).limit(limit)).scalars().all()
    return list(reversed(newest_first))
