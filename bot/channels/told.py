"""What a patient is told of a message that is kept, and what of it stands in the record once the message is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import follow_up, jobs
from bot.care.consent import OPT_OUT_REPLY
from bot.care.conversations import KEPT_REPLY, SAFETY_REPLY, Received, Reply, say
from bot.care.models import Channel, Conversation, Message, MessageState
from bot.care.taking_in import record_taken_in, taken_in_since
from bot.channels.follow_up import FOLLOW_UP
from bot.channels.spool import Spool
from bot.channels.spool_records import Kept
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

NOTICE_EVERY = timedelta(minutes=10)
"""A patient who writes on is told of the fault once in this time, not with every message."""

AT_ONCE = (SAFETY_REPLY, FOLLOW_UP, OPT_OUT_REPLY)
"""Kinds of our replies that are said in the answer to the request itself."""

SAID_OTHERWISE = "said in other words"
"""Why a text of ours is withheld: the patient was given another one in its place."""


def notice(spool: Spool, channel: Channel, sender: str, wording: str, now: datetime) -> Reply | None:
    """What a patient is told of a message that is kept: nothing where they were told a moment ago."""
    if spool.told_since(channel.value, sender, now - NOTICE_EVERY):
        return None
    return Reply(wording, kind=KEPT_REPLY)


def answered_at_once(kept: Kept | None, verdict: Verdict) -> Reply | None:
    """What answered a kept message for good while it was kept; None where it is still to be answered.

    That the message was kept is no answer; nor is a safety text for less than what the message is now known to be.
    """
    if kept is None or not _answers(kept.told) or verdict.level > kept.verdict.level:
        return None
    return kept.told


def record(
    session: Session,
    conversation: Conversation,
    received: Received,
    kept: Kept,
    question: str | None,
    now: datetime,
) -> None:
    """Write down what the patient was told while the message was kept, and that it was taken in. Once each.

    The message may be stored already: our patience with the database ran out, the message was kept, and then the
    database stored it after all. The request was answered with what was told here, so that what was stored as its
    answer never went out; nothing of it may be said besides.

    question: what our last message before it asked; it is still open, whatever we said of the fault.
    """
    message, told = received.message, kept.told
    said = _replies(session, message)
    if received.new:
        record_taken_in(session, message, now)
    if told is not None and any(one.text == told.text for one in said):
        return
    # What another process kept of the same text, and told, went out: there is nothing to settle.
    settled = received.new or taken_in_since(session, int(message.id), message.at)
    if kept.channel == Channel.SMS.value and not settled:
        _settle_texts(session, conversation, said, told, now)
    elif kept.channel == Channel.WEB.value and not received.new and _shown_otherwise(said, told):
        return
    if told is not None:
        fault = told.kind == KEPT_REPLY
        given = say(
            session,
            conversation,
            Reply(told.text, told.kind, question=question if fault else None),
            channel=Channel(kept.channel),
            now=kept.at,
            reply_to=message,
            sent=True,
        )
        given.level = Level.NONE.value if fault else kept.verdict.level.value


def _answers(told: Reply | None) -> bool:
    return told is not None and told.kind != KEPT_REPLY


def _replies(session: Session, message: Message) -> Sequence[Message]:
    statement = select(Message).where(Message.reply_to_id == message.id)
    return session.execute(statement.order_by(Message.seq)).scalars().all()


def _shown_otherwise(said: Sequence[Message], told: Reply | None) -> bool:
    """Whether the browser shows something in the place of what it was told: it took that away when this came."""
    return any(one.kind in AT_ONCE or not _answers(told) for one in said)


def _settle_texts(
    session: Session, conversation: Conversation, said: Sequence[Message], told: Reply | None, now: datetime
) -> None:
    """Of texts that were stored as given to the carrier and never were: keep back what a safety text has taken the
    place of, with its question, and have the rest sent."""
    for one in said:
        if one.state != MessageState.SENT.value or one.attempts or one.carrier_id is not None:
            continue
        if _answers(told) and one.kind in (SAFETY_REPLY, FOLLOW_UP):
            one.state, one.failure = MessageState.WITHHELD.value, SAID_OTHERWISE
            follow_up.not_asked(session, one, now)
        else:
            one.state = MessageState.QUEUED.value
            jobs.defer_delivery(session, int(one.id), int(conversation.id))
