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

from sqlalchemy.orm import Session

from bot.care.conversations import question_just_asked
from bot.care.models import Conversation, Message


@dataclass
class Turn:
    """What belongs to one turn. failure: the first error of an action, which ends the turn without a trace."""

    session: Session
    conversation: Conversation
    message: Message
    now: datetime
    failure: BaseException | None = None

    @cached_property
    def question(self) -> str | None:
        """What our last message before this turn asked, if it asked something."""
        return question_just_asked(self.session, int(self.conversation.id))


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
