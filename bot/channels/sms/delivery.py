"""Send what is queued for a phone: once, in order, with retries where they help, and a person where they do not.

The carrier knows no key that makes sending twice harmless, so one of two evils is chosen for a process killed between
handing a message over and storing that: we **send at least once**, since a lost crisis reply is worse than a repeated
one, and make a repetition unlikely: every further try first asks the carrier whether the message is there, and a status
report that came meanwhile counts as sent.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care import live
from bot.care.alerts import open_item, raise_signal
from bot.care.consent import OPT_OUT_REPLY
from bot.care.conversations import SAFETY_REPLY, lock
from bot.care.database import transaction
from bot.care.models import (
    Channel,
    Conversation,
    ItemKind,
    Message,
    MessageState,
    PhoneNumber,
    Sender,
)
from bot.care.numbers import is_shared, number_to_start
from bot.care.ownership import HANDOVER
from bot.care.prepared import constant
from bot.care.quiet_owners import OWNER_QUIET
from bot.channels.sms.errors import SendFailed
from bot.channels.sms.providers import OPTED_OUT, Accepted, Outgoing, Provider
from bot.channels.sms.segments import parts, plain
from bot.clinic.clock import Clock
from bot.safety.levels import Level

log = logging.getLogger(__name__)

TRIES = 10
"""With the pauses below, an outage of about an hour and a half is bridged. Then a person has to know."""
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 900.0
_TURN = 5.0
"""Seconds until a message looks again whether the ones before it are out."""
OTHERS_NUMBER = "number_of_another"
"""The failure of a text whose number has become somebody else's, or that of several patients, since it was written."""
TAKEN_OVER = "a person took over"
"""Why a text is withheld: a person has the conversation by now."""
_TRIES_OF_SAFETY = 2
"""Failed tries after which staff learn that a safety reply has not gone out, while it is still being tried."""


@dataclass(frozen=True)
class Outcome:
    """What became of one try.

    "sent": the carrier has it. "failed": it will not be sent, and staff know. "retry": call `deliver` again after
    `after` seconds. "withheld": a person has taken the conversation over. "nothing": there was nothing to do (sent
    already, or another process is at it).
    """

    kind: Literal["sent", "failed", "retry", "withheld", "nothing"]
    after: float = 0.0


def deliver(engine: Engine, message_id: int, provider: Provider, clock: Clock) -> Outcome:
    """Try once to send a queued text message of ours. Blocks for as long as the carrier does.

    Safe to call twice, at once or later. Raises DatabaseUnavailable.
    """
    with transaction(engine) as session:
        message = _queued(session, message_id)
        if message is None:
            return Outcome("nothing")
        if message.kind != SAFETY_REPLY and _earlier_waits(session, message):
            return Outcome("retry", _TURN)
        message.attempts += 1
    with transaction(engine) as session:
        # The row stays locked while the carrier is asked, so that no second process sends the same message.
        message = _queued(session, message_id)
        if message is None:
            return Outcome("nothing")
        return _try(session, message, provider, clock.now())


def undelivered(session: Session, before: datetime, limit: int = 500) -> list[int]:
    """Messages queued before `before` that no job is going to send: the sweep has them delivered again.

    One that waits for its next try has a job, and is left to it: otherwise every sweep would use up a try.
    """
    # The queue's tables are not ours to model; its public columns are read.
    statement = text(
        "select message.id from message where message.state = 'queued' and message.channel = 'sms'"
        " and message.at < :before and not exists ("
        "  select 1 from procrastinate_jobs job where job.task_name = 'deliver' and job.status in ('todo', 'doing')"
        "  and job.args ->> 'message_id' = message.id::text)"
        " order by message.id limit :limit"
    )
    return [int(row) for row in session.execute(statement, {"before": before, "limit": limit}).scalars()]


def fail(session: Session, message: Message, reason: str, now: datetime) -> None:
    """Record that a message of ours did not reach the patient, and put that before staff.

    A safety reply that is not delivered is an alert of its own. reason: the carrier's error number or a word of ours.
    """
    lock(session, int(message.conversation_id))
    phone = message.phone_number
    if reason == OPTED_OUT and phone is not None and phone.opted_out_at is None:
        phone.opted_out_at = now  # the carrier heard of it first
    message.state = MessageState.FAILED.value
    message.failure = reason[:64]
    tell_staff(session, message, reason, now)
    live.conversation_changed(session, int(message.conversation_id))


def tell_staff(session: Session, message: Message, reason: str, now: datetime, final: bool = True) -> None:
    """Put an undelivered message before staff: one item a message, whatever the number of tries.

    final: False while it is still being tried. The conversation must be locked.
    """
    if message.kind == SAFETY_REPLY:
        what = "was not delivered" if final else "has not been delivered yet"
        news = f"A safety reply {what} (reason: {reason}). Phone the patient now."
        level = Level(message.reply_to.level) if message.reply_to is not None else Level.CRISIS
        key = f"undelivered:{message.id}:{'final' if final else 'trying'}"
        # Our own text does not join the episode as a message: staff are to see what the patient wrote.
        raise_signal(session, int(message.conversation_id), level, [news], now, key=key)
    elif reason == OTHERS_NUMBER:
        news = "The number is not this patient's alone any more, and a text was not sent. Reach them another way."
    elif reason == OPTED_OUT:
        news = "The patient has opted out of texts, and this one was not sent. Phone them if it matters."
    else:
        news = f"A text message was not delivered (reason: {reason}). Reach the patient another way."
    open_item(session, ItemKind.FAILED_DELIVERY, message, news, now)


def _queued(session: Session, message_id: int) -> Message | None:
    statement = select(Message).where(
        Message.id == message_id,
        Message.state == constant(MessageState.QUEUED.value),
        Message.channel == Channel.SMS.value,
    )
    found: Message | None = session.execute(
        statement.with_for_update(key_share=True, skip_locked=True)
    ).scalar_one_or_none()
    return found


def _earlier_waits(session: Session, message: Message) -> bool:
    statement = select(Message.id).where(
        Message.conversation_id == message.conversation_id,
        Message.state == constant(MessageState.QUEUED.value),
        Message.channel == Channel.SMS.value,
        Message.seq < message.seq,
    )
    return session.execute(statement.limit(1)).first() is not None


def _try(session: Session, message: Message, provider: Provider, now: datetime) -> Outcome:
    phone = message.phone_number or number_to_start(session, int(message.conversation_id))
    if phone is None:
        fail(session, message, "no_number", now)
        return Outcome("failed")
    message.phone_number_id = phone.id
    if not _may_read(session, phone, message):
        fail(session, message, OTHERS_NUMBER, now)
        return Outcome("failed")
    if phone.opted_out_at is not None and not _answers_own_words(message):
        fail(session, message, OPTED_OUT, now)
        return Outcome("failed")
    try:
        accepted = _hand_over(session, message, str(phone.number), provider)
    except _TakenOver:
        _withhold(session, message)
        return Outcome("withheld")
    except SendFailed as error:
        return _failed(session, message, error, now)
    message.state = (MessageState.DELIVERED if accepted.delivered else MessageState.SENT).value
    message.carrier_id = accepted.carrier_id
    message.failure = None
    live.conversation_changed(session, int(message.conversation_id))
    return Outcome("sent")


class _TakenOver(Exception):
    """Nothing of the message is out, and a member of staff has the conversation by now."""


def _taken_over(session: Session, message: Message) -> bool:
    """Whether the assistant would speak over a member of staff. Looked at right before the carrier is asked.

    The conversation is not locked for that: a patient's next message must not wait for the carrier.
    """
    about_staff = message.kind in (HANDOVER, OWNER_QUIET)
    if message.sender != Sender.ASSISTANT.value or about_staff or _answers_own_words(message):
        return False
    statement = select(Conversation.owner_id).where(Conversation.id == message.conversation_id)
    return session.execute(statement).scalar_one() is not None


def _withhold(session: Session, message: Message) -> None:
    """Keep back what the assistant had to say; what it replies to waits for the person who has the conversation."""
    lock(session, int(message.conversation_id))
    message.state, message.failure = MessageState.WITHHELD.value, TAKEN_OVER
    asked = message.reply_to
    if asked is not None and asked.state == MessageState.ANSWERED.value:
        asked.state = MessageState.HELD.value
    live.conversation_changed(session, int(message.conversation_id))
    live.queue_changed(session)


def _may_read(session: Session, phone: PhoneNumber, message: Message) -> bool:
    """Whether a text may go to this number: it leads to the text's conversation, or the text says nothing of a patient.

    A number can become another patient's, or a shared one, while a text waits.
    """
    if phone.conversation_id == message.conversation_id or _answers_own_words(message):
        return True
    return message.conversation.patient_id is None and not is_shared(session, int(phone.id))


def _hand_over(session: Session, message: Message, number: str, provider: Provider) -> Accepted:
    pieces = parts(plain(message.text))
    accepted = None
    for part, piece in enumerate(pieces, 1):
        outgoing = Outgoing(number, piece, int(message.id), part, len(pieces))
        # After the first try nobody can know how far it came: the process may have died, the answer got lost.
        found = provider.find(outgoing, since=message.at) if message.attempts > 1 else []
        known = _not_of_another(session, message, found)
        if known is None and part == 1 and _taken_over(session, message):
            raise _TakenOver
        accepted = known or provider.send(outgoing)
    if accepted is None:
        raise SendFailed("empty", retry=False)
    return accepted


def _not_of_another(session: Session, message: Message, found: list[Accepted]) -> Accepted | None:
    """The first that belongs to no other message of ours: the same words may have been said twice."""
    taken = set(
        session.execute(
            select(Message.carrier_id).where(
                Message.carrier_id.in_([one.carrier_id for one in found]), Message.id != message.id
            )
        ).scalars()
    )
    return next((one for one in found if one.carrier_id not in taken), None)


def _failed(session: Session, message: Message, error: SendFailed, now: datetime) -> Outcome:
    log.warning("text message %s not sent, try %s: %s", message.id, message.attempts, error.reason)
    if not error.retry or message.attempts >= TRIES:
        fail(session, message, error.reason, now)
        return Outcome("failed")
    message.failure = error.reason
    live.conversation_changed(session, int(message.conversation_id))
    if message.kind == SAFETY_REPLY and message.attempts >= _TRIES_OF_SAFETY:
        lock(session, int(message.conversation_id))
        tell_staff(session, message, error.reason, now, final=False)
    pause = min(_FIRST_PAUSE * 4.0 ** (message.attempts - 1), _LONGEST_PAUSE)
    return Outcome("retry", min(max(pause, error.after or 0.0), _LONGEST_PAUSE))


def _answers_own_words(message: Message) -> bool:
    """Whether this answers what the patient wrote and may go out in spite of an opt-out: a safety text, or the one
    confirmation of the opt-out itself (47 CFR 64.1200(a)(12))."""
    return message.kind in (SAFETY_REPLY, OPT_OUT_REPLY) and message.reply_to_id is not None
