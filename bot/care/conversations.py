"""Take in what patients write, store what is said to them, and look at what stands there."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, null, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from bot.care import check_in_pauses, jobs, live
from bot.care.alerts import add_words, raise_alert
from bot.care.appending import append
from bot.care.models import (
    Channel,
    Conversation,
    Message,
    MessageState,
    Patient,
    PhoneNumber,
    Sender,
)
from bot.care.numbers import hold, number_to_start
from bot.care.prepared import constant
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

# What kind of message a reply is; the console and the tests tell them apart by it.
SAFETY_REPLY = "safety"
FAILURE_REPLY = "failure"
FIRST_CONTACT = "first_contact"
"""How the kinds of the notice begin; what follows is how the clinic screened messages, where not in full."""
KEPT_REPLY = "kept"
"""Said when a message could not be stored, and was kept on disk until it could."""


@dataclass(frozen=True)
class Reply:
    """Something to say to the patient.

    question: what it asks, in the words that the reader was trained with, or None;
    guidance: the answers it rests on, as {topic, phase, version, hash}.
    """

    text: str
    kind: str = "message"
    question: str | None = None
    buttons: tuple[dict[str, str], ...] = ()
    guidance: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class Received:
    """What became of a delivery. new is False where the same delivery had been taken in before."""

    message: Message
    reply: Message | None
    new: bool


def our_id(name: str = "") -> str:
    """An identifier for a message of ours; the same for the same `name`, another one each time without.

    A browser chooses the identifiers of what it sends, and is shown ours. Nothing that it may send holds a space
    (`bot.channels.web_chat.wire`): so it cannot take one of ours, which would keep its own messages out.
    """
    return f"our {hashlib.sha256(name.encode()).hexdigest()[:40] if name else uuid.uuid4()}"


def start_conversation(session: Session, patient: Patient | None = None) -> Conversation:
    """A new conversation, with a patient of the clinic or with a visitor whom we do not know."""
    conversation = Conversation(patient=patient, last_seq=0)
    session.add(conversation)
    session.flush()
    return conversation


def conversation_of(session: Session, patient: Patient) -> Conversation:
    """The one conversation of a patient, made at first need."""
    session.execute(select(Patient.id).where(Patient.id == patient.id).with_for_update())
    found = session.execute(
        select(Conversation).where(Conversation.patient_id == patient.id)
    ).scalar_one_or_none()
    return found or start_conversation(session, patient)


_LOCKED: Final = (
    select(Conversation)
    .where(Conversation.id == bindparam("conversation"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


def lock(session: Session, conversation_id: int) -> Conversation:
    """The conversation, locked until the end of the transaction: numbers are given out to one writer at a time.

    The lock is the weaker one that foreign keys do not wait for. Raises NoResultFound for an unknown identifier.
    """
    return session.execute(_LOCKED, {"conversation": conversation_id}).scalar_one()


def receive(
    session: Session,
    conversation_id: int,
    *,
    channel: Channel,
    external_id: str,
    text: str,
    verdict: Verdict,
    now: datetime,
    immediate_reply: Reply | None = None,
    reply_in_request: bool = False,
    answered_here: bool = False,
    choice: str | None = None,
    media_count: int = 0,
    phone: PhoneNumber | None = None,
    came_at: datetime | None = None,
    locked: Conversation | None = None,
    alerted: bool = True,
    fresh: bool = False,
) -> Received:
    """Store a patient's message once, with its verdict, the alert it calls for, and the job that answers it.

    immediate_reply: the approved text for a message at crisis or emergency; it is stored as the answer, and no worker
    is asked. reply_in_request: the channel hands that text to the carrier in the answer to this request (TwiML), so
    that it is stored as sent and not queued. answered_here: the caller answers the message itself, in this transaction.
    phone: the number that a text came from. came_at: when it came, where that was before `now`: it was kept while it
    could not be stored, and whatever follows from it begins now. locked: the conversation, where the caller has locked
    it; alerted: False where the caller has seen since that it has no unresolved alert; fresh: True where it has seen
    since that this delivery was not taken in before.
    All of it belongs to the caller's transaction.
    """
    conversation = locked if locked is not None else lock(session, conversation_id)
    known = None if fresh else stored_before(session, conversation_id, channel, external_id)
    if known is not None:
        return Received(known, immediate_reply_to(session, known), new=False)

    for_worker = immediate_reply is None and not answered_here and conversation.owner_id is None
    message = append(
        session,
        conversation,
        sender=Sender.PATIENT,
        channel=channel,
        external_id=external_id,
        text=text,
        choice=choice,
        media_count=media_count,
        phone_number_id=phone.id if phone is not None else None,
        at=came_at or now,
        state=MessageState.RECEIVED,
        level=verdict.level.value,
        verdict=verdict.as_json(),
        encoded=verdict.encoded if for_worker else None,
        announce_at_once=not for_worker,
    )
    if verdict.level.needs_staff:
        raise_alert(session, message, verdict.level, verdict.reasons, now)
    elif alerted:
        add_words(session, message, (), now)
    reply = None
    if immediate_reply is not None:
        question = question_just_asked(session, conversation_id)
        reply = say(
            session,
            conversation,
            immediate_reply,
            channel=channel,
            now=came_at if came_at is not None and reply_in_request else now,
            reply_to=message,
            sent=reply_in_request,
        )
        check_in_pauses.pause_for_worry(session, conversation_id, now, message, question)
        # So that the browser brings the way to help to the front, where only the patient sees it.
        reply.level = verdict.level.value
        message.state = MessageState.ANSWERED.value
    elif answered_here:
        message.state = MessageState.ANSWERED.value
    elif conversation.owner_id is not None:
        message.state = MessageState.HELD.value
        live.queue_changed(session)
    else:
        jobs.defer_answer(session, conversation_id)
    return Received(message, reply, new=True)


def stored_before(
    session: Session, conversation_id: int, channel: Channel, external_id: str
) -> Message | None:
    """The message of an earlier delivery."""
    statement = select(Message).where(*_delivery(conversation_id, channel, external_id))
    found: Message | None = session.execute(statement).scalar_one_or_none()
    return found


def delivered_before(conversation_id: Any, channel: Channel, external_id: Any) -> Any:
    """SQL: whether the same delivery was taken in before. conversation_id, external_id: values, or SQL."""
    return select(Message.id).where(*_delivery(conversation_id, channel, external_id)).exists()


def _delivery(conversation_id: Any, channel: Channel, external_id: Any) -> list[Any]:
    """A carrier's identifier is one in the world, a browser's one in its conversation: by the time a text is delivered
    again, its number may lead elsewhere."""
    delivery = [
        Message.channel == channel.value,
        Message.external_id == external_id,
        Message.sender == Sender.PATIENT.value,
    ]
    return delivery if channel is Channel.SMS else [*delivery, Message.conversation_id == conversation_id]


def say(
    session: Session,
    conversation: Conversation,
    reply: Reply,
    *,
    channel: Channel,
    now: datetime,
    reply_to: Message | None = None,
    staff_id: int | None = None,
    sent: bool = False,
    phone: PhoneNumber | None = None,
) -> Message:
    """Store a message of ours. On SMS it is queued and a delivery job made; on the web it is there to be fetched.

    The conversation must be locked (`lock`). staff_id: the member of staff who wrote it, or None for the assistant.
    sent: an SMS that the channel has handed to the carrier already. phone: the number that an SMS goes to; otherwise
    the one that wrote what it replies to, or, for a text that we start, the patient's preferred one.
    """
    queued = channel is Channel.SMS and not sent
    if queued:
        state = MessageState.QUEUED
    elif channel is Channel.SMS:
        state = MessageState.SENT
    else:
        state = MessageState.DELIVERED
    message = append(
        session,
        conversation,
        sender=Sender.ASSISTANT if staff_id is None else Sender.STAFF,
        staff_id=staff_id,
        channel=channel,
        external_id=our_id(),
        text=reply.text,
        kind=reply.kind,
        question=reply.question,
        buttons=list(reply.buttons),
        guidance=list(reply.guidance),
        reply_to_id=reply_to.id if reply_to is not None else None,
        phone_number_id=_goes_to(session, conversation, reply_to, phone) if channel is Channel.SMS else None,
        at=now,
        state=state,
    )
    if queued:
        jobs.defer_delivery(session, int(message.id), int(conversation.id))
    return message


def _goes_to(
    session: Session, conversation: Conversation, reply_to: Message | None, phone: PhoneNumber | None
) -> int | None:
    if phone is None and reply_to is not None and reply_to.phone_number_id is not None:
        return int(reply_to.phone_number_id)
    phone = phone or number_to_start(session, int(conversation.id))
    return int(phone.id) if phone is not None else None


def immediate_reply_to(session: Session, message: Message) -> Message | None:
    """The safety text that was given in the answer to the request that brought `message`, if there was one."""
    return next(iter(replies_at_once(session, message, (SAFETY_REPLY,))), None)


def replies_at_once(session: Session, message: Message, kinds: Sequence[str]) -> list[Message]:
    """Our replies of these kinds to a patient's message, in order."""
    statement = select(Message).where(Message.reply_to_id == message.id, Message.kind.in_(kinds))
    return list(session.execute(statement.order_by(Message.seq)).scalars())


_ANSWERED: Final = (
    update(Message.__table__)
    .where(Message.__table__.c.id == bindparam("message"))
    .values(state=MessageState.ANSWERED.value, encoded=null())
)


def answered(session: Session, message: Message) -> None:
    """Note that a patient's message is answered: no worker looks for it any more, and what the encoder made of it is
    not needed."""
    session.execute(_ANSWERED, {"message": message.id})
    set_committed_value(message, "state", MessageState.ANSWERED.value)
    set_committed_value(message, "encoded", None)


def oldest_unanswered(session: Session, conversation_id: int) -> Message | None:
    """The next message that the assistant has to answer, or None."""
    statement = select(Message).where(
        Message.conversation_id == conversation_id,
        Message.state == constant(MessageState.RECEIVED.value),
    )
    return session.execute(statement.order_by(Message.seq).limit(1)).scalar_one_or_none()


def forgotten_conversations(session: Session, before: datetime) -> list[int]:
    """Conversations with a message received before `before` that nobody answered: their job was lost."""
    statement = select(Message.conversation_id).where(
        Message.state == constant(MessageState.RECEIVED.value), Message.at < before
    )
    return [int(row) for row in session.execute(statement.distinct()).scalars()]


def texts_before(conversation_id: Any, since: Any, most: Any) -> Any:
    """SQL: what the patient wrote from `since` on and what worried nobody, as an array, newest first: at most `most`
    texts. The screen reads the next message together with them. All three are values, or SQL."""
    statement = select(Message.text).where(
        Message.conversation_id == conversation_id,
        Message.sender == Sender.PATIENT.value,
        Message.level == Level.NONE.value,
        Message.at >= since,
    )
    return func.array(statement.order_by(Message.seq.desc()).limit(most).scalar_subquery())


def question_just_asked(session: Session, conversation_id: int) -> str | None:
    """The question that our last message asked, if it asked one: context for reading the patient's next message."""
    return session.execute(_ASKED_LAST, {"conversation": conversation_id}).scalar_one_or_none()


def question_asked_last(conversation_id: Any) -> Any:
    """SQL: what `question_just_asked` tells. conversation_id: a value, or SQL."""
    statement = select(Message.question).where(
        Message.conversation_id == conversation_id, Message.sender != Sender.PATIENT.value
    )
    return statement.order_by(Message.seq.desc()).limit(1)


_ASKED_LAST: Final = question_asked_last(bindparam("conversation"))


def has_said(session: Session, conversation_id: int, kind: str, since: datetime | None = None) -> bool:
    """True where a message of ours of this kind (such as SAFETY_REPLY) is in the conversation, or was said since."""
    statement = select(Message.id).where(Message.conversation_id == conversation_id, Message.kind == kind)
    found = statement if since is None else statement.where(Message.at >= since)
    return bool(session.execute(select(found.exists())).scalar_one())


def notice_stands(conversation_id: Any, kind: Any, since: Any) -> Any:
    """SQL: whether the notice of first contact that was said last is of this kind, and not from before `since`, where
    that is not null. All three are values, or SQL."""
    notices = select(Message.kind, Message.at).where(
        Message.conversation_id == conversation_id, Message.kind.startswith(FIRST_CONTACT, autoescape=True)
    )
    last = notices.order_by(Message.seq.desc()).limit(1).subquery()
    in_time = last.c.at >= func.coalesce(since, last.c.at)
    return select(last.c.kind).where(last.c.kind == kind, in_time).exists()


_WORRIED: Final = (
    select(Message.id)
    .where(
        Message.conversation_id == bindparam("conversation"),
        Message.seq > bindparam("seq"),
        Message.kind == SAFETY_REPLY,
    )
    .exists()
)
_WORRIED_SINCE: Final = select(_WORRIED)
_STATE_SINCE: Final = select(Message.state, _WORRIED).where(Message.id == bindparam("message"))


def safety_reply_after(session: Session, conversation_id: int, seq: int) -> bool:
    """True where the screen has replied to something worrying after message number `seq`."""
    return bool(session.execute(_WORRIED_SINCE, {"conversation": conversation_id, "seq": seq}).scalar_one())


def state_since(session: Session, message: Message, seq: int) -> tuple[str, bool]:
    """The state of a message as it stands in the record now, and what `safety_reply_after` tells."""
    asked = {"message": message.id, "conversation": message.conversation_id, "seq": seq}
    state, worried = session.execute(_STATE_SINCE, asked).one()
    return str(state), bool(worried)


def waiting_for_answer(session: Session, conversation_id: int) -> bool:
    """True while the assistant owes an answer: the typing indicator."""
    return oldest_unanswered(session, conversation_id) is not None


def conversation_for_number(session: Session, number: str) -> Conversation:
    """The conversation that a phone number (E.164) belongs to; an unknown number gets one of its own."""
    known = hold(session, number)
    if known is not None:
        return known.conversation
    conversation = start_conversation(session)
    session.add(PhoneNumber(number=number, conversation_id=conversation.id))
    session.flush()
    return conversation
