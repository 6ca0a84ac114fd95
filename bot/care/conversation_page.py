"""What staff see of one conversation: who it is with, what was written on every channel, and what belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from bot.care.joined import conversations_of, messages_together
from bot.care.models import (
    Alert,
    AlertEvent,
    AlertState,
    CheckIn,
    CheckInAnswer,
    Conversation,
    Item,
    Message,
    MessageState,
    PhoneNumber,
)
from bot.care.numbers import numbers_of
from bot.care.ownership import UnknownConversation, open_items
from bot.care.prepared import constant

SHOWN = 100
"""So many messages of a conversation a page shows at once."""


def names_of(session: Session, conversations: Iterable[Conversation]) -> dict[int, str]:
    """How staff call whoever each conversation is with: name, else number, else nothing (a web visitor)."""
    conversations = list(conversations)
    numbers: dict[int, str] = {}
    unknown = [one.id for one in conversations if one.patient is None]
    if unknown:
        statement = select(PhoneNumber).where(PhoneNumber.conversation_id.in_(unknown))
        for row in session.execute(statement.order_by(PhoneNumber.id.desc())).scalars():
            numbers[row.conversation_id] = row.number
    return {one.id: one.patient.name if one.patient else numbers.get(one.id, "") for one in conversations}


@dataclass(frozen=True)
class ConversationPage:
    """All that staff see of one conversation. together: it, and those of the patient's duplicates; messages: of all of
    them, oldest first; earlier: there are more before them; answered: check-in answers by the message that gave them;
    alerts: newest first, resolved ones included."""

    conversation: Conversation
    together: Sequence[int]
    who: str
    messages: Sequence[Message]
    earlier: bool
    alerts: Sequence[Alert]
    items: Sequence[Item]
    check_ins: Sequence[CheckIn]
    numbers: Sequence[PhoneNumber]
    held: int
    answered: dict[int, list[CheckInAnswer]] = field(default_factory=dict)

    @property
    def alert(self) -> Alert | None:
        """The alert that is not resolved, if there is one."""
        return next((one for one in self.alerts if one.state != AlertState.RESOLVED.value), None)

    @property
    def seen(self) -> int:
        """The number of the last message of the conversation itself that is shown; 0 where none is."""
        shown = [one.seq for one in self.messages if one.conversation_id == self.conversation.id]
        return int(max(shown, default=0))


def conversation_head(session: Session, conversation_id: int) -> tuple[Conversation, str]:
    """A conversation, and how staff call whoever it is with. Raises UnknownConversation."""
    conversation = session.execute(
        select(Conversation)
        .options(joinedload(Conversation.patient), joinedload(Conversation.owner))
        .where(Conversation.id == conversation_id)
    ).scalar_one_or_none()
    if conversation is None:
        raise UnknownConversation(f"There is no conversation {conversation_id}. Go back to the queue.")
    return conversation, names_of(session, [conversation])[conversation.id]


def conversation_page(
    session: Session, conversation_id: int, before: int | None = None, limit: int = SHOWN
) -> ConversationPage:
    """One conversation for staff; `before`: messages with an identifier below it. Raises UnknownConversation."""
    conversation, who = conversation_head(session, conversation_id)
    together = conversations_of(session, conversation)
    messages = messages_together(session, together, before, limit + 1)
    check_ins = (
        session.execute(
            select(CheckIn)
            .options(selectinload(CheckIn.answers))
            .where(CheckIn.conversation_id.in_(together))
            .order_by(func.coalesce(CheckIn.started_at, CheckIn.sent_at, CheckIn.due_at).desc())
            .limit(30)
        )
        .scalars()
        .all()
    )
    answered: dict[int, list[CheckInAnswer]] = {}
    for check_in in check_ins:
        for answer in check_in.answers:
            if answer.message_id is not None:
                answered.setdefault(answer.message_id, []).append(answer)
    held = select(func.count(Message.id)).where(
        Message.conversation_id == conversation_id, Message.state == constant(MessageState.HELD.value)
    )
    return ConversationPage(
        conversation=conversation,
        together=together,
        who=who,
        messages=messages[-limit:],
        earlier=len(messages) > limit,
        alerts=_alerts(session, together),
        items=[item for one in together for item in open_items(session, one)],
        check_ins=check_ins,
        numbers=numbers_of(session, conversation_id),
        held=session.execute(held).scalar_one(),
        answered=answered,
    )


def alerts_of(session: Session, conversation_id: int) -> Sequence[Alert]:
    """The alerts that the page shows: of the conversation and of the patient's duplicates, newest first. Raises
    UnknownConversation."""
    conversation, _ = conversation_head(session, conversation_id)
    return _alerts(session, conversations_of(session, conversation))


def _alerts(session: Session, conversation_ids: Sequence[int]) -> Sequence[Alert]:
    return (
        session.execute(
            select(Alert)
            .options(
                selectinload(Alert.events).joinedload(AlertEvent.staff),
                joinedload(Alert.message),
                joinedload(Alert.acknowledged_by),
                joinedload(Alert.resolved_by),
            )
            .where(Alert.conversation_id.in_(conversation_ids))
            .order_by(Alert.id.desc())
            .limit(20)
        )
        .scalars()
        .all()
    )
