"""The turn under way: one message being answered in one transaction.

Actions, tracker, reply and jobs all use the session that is found here, and it is committed once, by whoever opened
the turn. A worker killed in the middle leaves nothing behind, so the retry repeats nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, undefer

from bot.care.alerts import unresolved
from bot.care.check_ins import may_concern
from bot.care.conversations import notice_stands, question_asked_last, question_just_asked
from bot.care.models import Conversation, Message, MessageState, TrackerState
from bot.care.prepared import constant
from bot.care.staff_questions import WITHIN, asked_last_at


@dataclass(frozen=True)
class Begun:
    """How things stood when a turn began. question: what our last message asked, if it asked something; greeted: the
    notice of first contact was said and stands; check_in: there is one that the message could belong to; staff_asked:
    when a member of staff wrote that message, where they asked something; alerted: the conversation has an alert that
    is not resolved."""

    question: str | None
    greeted: bool
    check_in: bool
    staff_asked: datetime | None = None
    alerted: bool = True


@dataclass
class Turn:
    """What belongs to one turn. failure: the first error of an action, which ends the turn without a trace; begun: how
    things stood, where that was looked at; memory:
    Rasa's, held here so that the session has it still when Rasa asks."""

    session: Session
    conversation: Conversation
    message: Message
    now: datetime
    failure: BaseException | None = None
    begun: Begun | None = None
    memory: TrackerState | None = None

    @cached_property
    def question(self) -> str | None:
        """What our last message before this turn asked, if it asked something."""
        if self.begun is not None:
            return self.begun.question
        return question_just_asked(self.session, int(self.conversation.id))

    @cached_property
    def staff_asked(self) -> datetime | None:
        """When a member of staff asked `question`; None where it was us, or nobody."""
        if self.begun is not None:
            return self.begun.staff_asked
        return self.session.execute(asked_last_at(int(self.conversation.id))).scalar_one_or_none()

    @property
    def answers_staff(self) -> bool:
        """Whether the message is taken for an answer to what a member of staff asked: it is theirs to see."""
        return self.staff_asked is not None and self.now - self.staff_asked <= WITHIN


def _begin() -> Any:
    conversation_id = bindparam("conversation", type_=Message.conversation_id.type)
    notice = bindparam("notice"), bindparam("notice_since", type_=Message.at.type)
    return (
        select(
            Message,
            Conversation,
            TrackerState,
            question_asked_last(conversation_id).scalar_subquery(),
            notice_stands(conversation_id, *notice),
            may_concern(conversation_id, bindparam("now", type_=Message.at.type)),
            asked_last_at(conversation_id).scalar_subquery(),
            unresolved(conversation_id),
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .outerjoin(TrackerState, TrackerState.conversation_id == Message.conversation_id)
        .options(undefer(Message.encoded))
        .where(
            Message.conversation_id == conversation_id, Message.state == constant(MessageState.RECEIVED.value)
        )
        .order_by(Message.seq)
        .limit(1)
    )


_BEGIN: Final = _begin()


def begin(
    session: Session, conversation_id: int, now: datetime, notice: str, notice_since: datetime | None
) -> Turn | None:
    """The turn of the oldest unanswered message of a conversation, or None where the assistant owes no answer.

    One statement brings the message with what the encoder made of it, the conversation, Rasa's memory of it, and how
    things stand. notice: the kind of the notice of first contact that is true now; notice_since: one from before does
    not count, where there is a time.
    """
    asked = {"conversation": conversation_id, "now": now, "notice": notice, "notice_since": notice_since}
    found = session.execute(_BEGIN, asked).one_or_none()
    if found is None:
        return None
    message, conversation, memory, question, greeted, check_in, staff_asked, alerted = found
    begun = Begun(question, greeted, check_in, staff_asked, alerted)
    return Turn(session, conversation, message, now, begun=begun, memory=memory)


_current: ContextVar[Turn | None] = ContextVar("turn", default=None)


def current_turn() -> Turn | None:
    """The turn under way in this task, or None (an action server of its own, `rasa shell`)."""
    return _current.get()


@contextmanager
def turn(under_way: Turn) -> Iterator[Turn]:
    """Make `under_way` the current turn for the length of the block."""
    token = _current.set(under_way)
    try:
        yield under_way
    finally:
        _current.reset(token)
