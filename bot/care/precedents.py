"""What stands before a message in its conversation, in one statement: the screen reads the message with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import follow_up
from bot.care.check_ins import may_concern
from bot.care.conversations import question_asked_last, texts_before
from bot.care.models import Conversation


@dataclass(frozen=True)
class Precedents:
    """question: what our last message asked, or None; texts: what the patient wrote lately and worried nobody, oldest
    first; owned: a person speaks with the patient; check_in: there is one that a message could belong to; follow_up: a
    question after a crisis text may wait."""

    question: str | None = None
    texts: tuple[str, ...] = ()
    owned: bool = False
    check_in: bool = False
    follow_up: bool = False


def precedents(
    session: Session,
    conversation_id: int,
    now: datetime,
    *,
    lately: timedelta,
    most: int,
) -> Precedents:
    """What a message that comes in now is read with. lately, most: how old texts may be, and how many count."""
    statement = select(
        question_asked_last(conversation_id).scalar_subquery(),
        texts_before(conversation_id, now - lately, most),
        Conversation.owner_id.is_not(None),
        may_concern(conversation_id, now),
        follow_up.may_wait(conversation_id),
    ).where(Conversation.id == conversation_id)
    found = session.execute(statement).one_or_none()
    if found is None:
        return Precedents()
    question, texts, owned, check_in, asked = found
    return Precedents(question, tuple(reversed(texts)), owned, check_in, asked)
