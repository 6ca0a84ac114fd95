"""Patients who may have read wrong numbers or hours, since processes run with different settings of the clinic."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from bot.care import heartbeats
from bot.care.models import Conversation, Message, MessageState, Sender
from bot.care.prepared import constant

SETTINGS_DIFFER = "settings_differ"
"""The kind of the message that says so."""

LATELY = timedelta(hours=1)
"""Who wrote longer ago than this is not looked for; and whoever was told so lately is not told again."""

AT_A_TIME = 200
"""Patients told in one round; the next round goes on."""


def since(session: Session, now: datetime) -> datetime | None:
    """Since when the settings differ; None where they agree, or where it may be a restart that is not over yet."""
    began = heartbeats.disagreeing_since(session, now)
    return began if began is not None and now - began >= heartbeats.FRESH else None


def misled(
    session: Session, began: datetime, now: datetime, conversation_id: int | None = None
) -> list[Message]:
    """What patients wrote last while the settings differ, of those who were not told so; of one conversation, or all.

    Once it is answered, so that no answer comes behind this. Not where a person speaks with them, who knows better.
    """
    newest = func.max(Message.seq)
    last = (
        select(Message.conversation_id, newest.label("seq"))
        .where(
            Message.sender == Sender.PATIENT.value,
            Message.at >= max(began, now - LATELY),
            Message.expired_at.is_(None),  # always so of what is so new: it names the index
        )
        .group_by(Message.conversation_id)
    )
    if conversation_id is not None:
        last = last.where(Message.conversation_id == conversation_id)
    found = last.subquery()
    said = select(Message.id).where(
        Message.conversation_id == Conversation.id,
        Message.kind == SETTINGS_DIFFER,
        Message.at >= min(began, now - LATELY),
    )
    statement = (
        select(Message)
        .join(found, (found.c.conversation_id == Message.conversation_id) & (found.c.seq == Message.seq))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.owner_id.is_(None),
            Message.state == constant(MessageState.ANSWERED.value),
            ~exists(said.correlate(Conversation)),
        )
    )
    return list(session.execute(statement.order_by(Message.id).limit(AT_A_TIME)).scalars())
