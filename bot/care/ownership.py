"""Who speaks with a patient: the assistant, or a member of staff who has taken the conversation over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from bot.care import alerts, jobs, live
from bot.care.conversations import Reply, lock, our_id, say
from bot.care.models import Channel, Conversation, Item, ItemKind, Message, MessageState, Sender
from bot.care.numbers import number_to_answer, numbers_of
from bot.care.prepared import constant
from bot.care.staff_questions import asked_in
from bot.clinic.errors import AftercareError

HANDOVER = "handover"
"""The kind of a message that tells the patient who speaks with them from now on."""


class UnansweredMeanwhile(AftercareError):
    """Handing back would count a message as dealt with that the member of staff may not have seen."""

    code, status = "AC233", 409


class OwnerChanged(AftercareError):
    """Somebody else owns the conversation by now."""

    code, status = "AC230", 409


class OptedOut(AftercareError):
    """The patient has opted out of text messages."""

    code, status = "AC231", 409


class UnknownConversation(AftercareError):
    """There is no such conversation."""

    code, status = "AC232", 404


def reply_channel(session: Session, conversation_id: int) -> Channel:
    """The channel that the patient last wrote from; before the first message, SMS where a number is known."""
    last = session.execute(
        select(Message.channel)
        .where(Message.conversation_id == conversation_id, Message.sender == Sender.PATIENT.value)
        .order_by(Message.seq.desc())
        .limit(1)
    ).scalar_one_or_none()
    if last is not None:
        return Channel(last)
    return Channel.SMS if numbers_of(session, conversation_id) else Channel.WEB


def can_text(session: Session, conversation_id: int) -> bool:
    """Whether an answer may be sent as a text message: the number that it goes to has not opted out."""
    phone = number_to_answer(session, conversation_id)
    return phone is not None and phone.opted_out_at is None


def take_over(
    session: Session,
    conversation_id: int,
    staff_id: int,
    now: datetime,
    *,
    expected_owner_id: int | None,
    announcement: dict[Channel, str],
) -> Conversation:
    """The assistant falls silent and a member of staff speaks. What waits for the assistant waits for them instead.

    expected_owner_id: the owner that the member of staff saw; announcement: the approved words by channel. Taking over
    what one owns already changes nothing. Raises OwnerChanged, UnknownConversation.
    """
    conversation = _locked(session, conversation_id)
    if conversation.owner_id == staff_id:
        return conversation
    if conversation.owner_id != expected_owner_id:
        raise OwnerChanged(
            "Somebody took this conversation over, or handed it back, a moment ago. "
            "Nothing was changed. Look who has it now and try again if you still want to."
        )
    conversation.owner_id = staff_id
    _heard_of(session, conversation_id, staff_id, now)
    for message in _in_state(session, conversation_id, MessageState.RECEIVED):
        message.state = MessageState.HELD.value
    channel = reply_channel(session, conversation_id)
    # Somebody who opted out is told nothing by text; taking over must still work.
    if channel is not Channel.SMS or can_text(session, conversation_id):
        _announce(session, conversation, Reply(announcement[channel], kind=HANDOVER), channel, now)
    _changed(session, conversation_id)
    return conversation


def hand_back(
    session: Session,
    conversation_id: int,
    staff_id: int,
    now: datetime,
    *,
    answer_held: bool | None,
    announcement: dict[Channel, str],
    seen: int | None = None,
) -> Conversation:
    """The assistant answers again, and the patient is told so.

    answer_held: have the assistant answer what the patient wrote meanwhile, or count it as dealt with. None: nobody
    was asked, since nothing was waiting. seen: the number (`seq`) of the last message that was before whoever counts
    it as dealt with. Raises UnansweredMeanwhile where something came since, OwnerChanged where `staff_id` does not own
    the conversation, UnknownConversation.
    """
    conversation = _locked(session, conversation_id)
    if conversation.owner_id != staff_id:
        raise OwnerChanged("You do not have this conversation any more. Nothing was changed.")
    held = _in_state(session, conversation_id, MessageState.HELD)
    unseen = seen is not None and any(message.seq > seen for message in held)
    if held and (answer_held is None or (unseen and not answer_held)):
        raise UnansweredMeanwhile(
            "The patient has written meanwhile. Read it, and say whether you have dealt with it or the assistant "
            "shall answer. Nothing was changed."
        )
    conversation.owner_id = None
    _heard_of(session, conversation_id, staff_id, now)
    channel = reply_channel(session, conversation_id)
    if channel is not Channel.SMS or can_text(session, conversation_id):
        _announce(session, conversation, Reply(announcement[channel], kind=HANDOVER), channel, now)
    for message in held:
        if answer_held:
            message.state = MessageState.RECEIVED.value
            jobs.defer_answer(session, conversation_id)
        else:
            message.state = MessageState.ANSWERED.value
    _changed(session, conversation_id)
    return conversation


def write(
    session: Session,
    conversation_id: int,
    staff_id: int,
    text: str,
    now: datetime,
    *,
    once: str,
    seen: int,
    closes: Iterable[int] = (),
) -> Message:
    """Say something to the patient as a member of staff, on the channel that they last wrote from.

    once: an identifier of this sending (up to 64 characters): the same one again returns the same message, so that a
    button pressed twice says nothing twice. seen: the number (`seq`) of the last message that was before whoever wrote
    it, 0 for none: what the patient wrote up to it counts as answered, what came later still waits. closes: open items
    of this conversation that the reply deals with. Raises OwnerChanged where another member of staff owns the
    conversation, OptedOut, UnknownConversation, AlertConflict for an item that is not open.
    """
    conversation = _locked(session, conversation_id)
    said = session.execute(
        select(Message).where(Message.conversation_id == conversation_id, Message.external_id == our_id(once))
    ).scalar_one_or_none()
    if said is not None:
        return said
    if conversation.owner_id not in (None, staff_id):
        raise OwnerChanged(
            "A colleague has this conversation now. Your text was not sent. Take the conversation over first."
        )
    channel = reply_channel(session, conversation_id)
    if channel is Channel.SMS and not can_text(session, conversation_id):
        raise OptedOut(
            "Your text was not sent: this patient has opted out of text messages, or has no number. Phone them."
        )
    phone = number_to_answer(session, conversation_id) if channel is Channel.SMS else None
    message = say(
        session,
        conversation,
        Reply(text, question=asked_in(text)),
        channel=channel,
        now=now,
        staff_id=staff_id,
        phone=phone,
    )
    message.external_id = our_id(once)
    for waiting in _in_state(session, conversation_id, MessageState.HELD):
        if waiting.seq <= seen:
            waiting.state = MessageState.ANSWERED.value
    _heard_of(session, conversation_id, staff_id, now)
    for item in open_items(session, conversation_id):
        if item.id in set(closes):
            alerts.close_item(session, int(item.id), staff_id, now)
    session.flush()
    _changed(session, conversation_id)
    return message


def open_items(session: Session, conversation_id: int) -> list[Item]:
    """The open items of a conversation, oldest first."""
    statement = select(Item).where(Item.conversation_id == conversation_id, Item.closed_at.is_(None))
    return list(session.execute(statement.order_by(Item.opened_at, Item.id)).scalars())


def _locked(session: Session, conversation_id: int) -> Conversation:
    try:
        return lock(session, conversation_id)
    except NoResultFound:
        raise UnknownConversation(
            f"There is no conversation {conversation_id}. Go back to the queue."
        ) from None


def _heard_of(session: Session, conversation_id: int, staff_id: int, now: datetime) -> None:
    """Somebody deals with the conversation again: that nobody did waits for nobody any more."""
    for item in open_items(session, conversation_id):
        if item.kind == ItemKind.OWNER_QUIET.value:
            alerts.close_item(session, int(item.id), staff_id, now)


def _announce(
    session: Session, conversation: Conversation, reply: Reply, channel: Channel, now: datetime
) -> None:
    phone = number_to_answer(session, int(conversation.id)) if channel is Channel.SMS else None
    say(session, conversation, reply, channel=channel, now=now, phone=phone)


def _in_state(session: Session, conversation_id: int, state: MessageState) -> list[Message]:
    statement = select(Message).where(
        Message.conversation_id == conversation_id,
        Message.sender == Sender.PATIENT.value,
        Message.state == constant(state.value),
    )
    return list(session.execute(statement.order_by(Message.seq)).scalars())


def _changed(session: Session, conversation_id: int) -> None:
    live.conversation_changed(session, conversation_id)
    live.queue_changed(session)
