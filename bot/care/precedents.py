"""What stands before a message in its conversation, in one statement: the screen reads the message with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import Session

from bot.care import follow_up
from bot.care.check_ins import may_concern
from bot.care.conversations import question_asked_last, texts_before
from bot.care.models import Conversation, Message


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


def _statement() -> Any:
    conversation_id = Conversation.id
    return select(
        question_asked_last(conversation_id).scalar_subquery(),
        texts_before(conversation_id, bindparam("since"), bindparam("most", type_=Integer)),
        Conversation.owner_id.is_not(None),
        may_concern(conversation_id, bindparam("now", type_=Message.at.type)),
        follow_up.may_wait(conversation_id),
    ).where(Conversation.id == bindparam("conversation"))


_PRECEDENTS: Final = _statement()
# Built once: SQLAlchemy takes as long to put such a statement together as PostgreSQL to answer it.


def precedents(
    session: Session,
    conversation_id: int,
    now: datetime,
    *,
    lately: timedelta,
    most: int,
) -> Precedents:
    """What a message that comes in now is read with. lately, most: how old texts may be, and how many count."""
    values = {"conversation": conversation_id, "now": now, "since": now - lately, "most": most}
    found = session.execute(_PRECEDENTS, values).one_or_none()
    if found is None:
        return Precedents()
    question, texts, owned, check_in, asked = found
    return Precedents(question, tuple(reversed(texts)), owned, check_in, asked)
