"""Who has taken a conversation over and lets the patient wait: the queue says so, and the patient hears it once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.care.alerts import open_item
from bot.care.conversations import Reply, lock, say
from bot.care.models import Channel, Conversation, ItemKind, Message, MessageState, Sender
from bot.care.numbers import number_to_answer
from bot.care.ownership import HANDOVER, can_text, reply_channel
from bot.care.prepared import constant

OWNER_QUIET = "owner_quiet"
"""The kind of the message that tells a patient that nobody has answered yet."""


def waiting_for_quiet_owners(session: Session, before: datetime) -> list[int]:
    """Conversations of members of staff in which a patient has waited since before `before` and was not told so."""
    statement = (
        select(Message.conversation_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.state == constant(MessageState.HELD.value),
            Conversation.owner_id.is_not(None),
            Message.at < before,
        )
        .distinct()
    )
    return [int(one) for one in session.execute(statement).scalars() if not _told(session, int(one))]


def tell_of_quiet_owner(
    session: Session, conversation_id: int, before: datetime, now: datetime, words: dict[Channel, str]
) -> bool:
    """Say it to the staff and, where they can be reached, to the patient; False where it is not true any more.

    words: the approved text by channel.
    """
    conversation = lock(session, conversation_id)
    oldest = _oldest_held(session, conversation_id)
    if conversation.owner is None or oldest is None or oldest.at >= before or _told(session, conversation_id):
        return False
    minutes = int((now - oldest.at) / timedelta(minutes=1))
    reason = (
        f"{conversation.owner.name} has this conversation, and the patient has waited {minutes} minutes. "
        "Ask them, or take it over."
    )
    open_item(session, ItemKind.OWNER_QUIET, oldest, reason, now)
    channel = reply_channel(session, conversation_id)
    if channel is Channel.SMS and not can_text(session, conversation_id):
        return True
    phone = number_to_answer(session, conversation_id) if channel is Channel.SMS else None
    say(session, conversation, Reply(words[channel], kind=OWNER_QUIET), channel=channel, now=now, phone=phone)
    return True


def _told(session: Session, conversation_id: int) -> bool:
    """Whether it was said since a member of staff last wrote or took the conversation over."""
    ours = Message.conversation_id == conversation_id
    by_staff = or_(Message.sender == Sender.STAFF.value, Message.kind == HANDOVER)
    last_sign = select(func.coalesce(func.max(Message.seq), 0)).where(ours, by_staff).scalar_subquery()
    statement = select(Message.id).where(ours, Message.kind == OWNER_QUIET, Message.seq > last_sign)
    return session.execute(statement.limit(1)).first() is not None


def _oldest_held(session: Session, conversation_id: int) -> Message | None:
    statement = select(Message).where(
        Message.conversation_id == conversation_id, Message.state == constant(MessageState.HELD.value)
    )
    found: Message | None = session.execute(statement.order_by(Message.seq).limit(1)).scalar_one_or_none()
    return found
