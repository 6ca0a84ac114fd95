"""When nobody can answer: the patient is told so, and staff get an item. Never silence."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Engine

from bot.care.alerts import open_item
from bot.care.conversations import FAILURE_REPLY, Reply, lock, say
from bot.care.database import transaction
from bot.care.models import Channel, ItemKind, Message, MessageState
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases


def give_up(
    engine: Engine,
    phrases: Phrases,
    clinic: Clinic,
    now: datetime,
    conversation_id: int,
    message_id: int,
    reason: str,
) -> None:
    """Say the fixed reply to a message that nobody could answer, and put it before staff. Does nothing the second time.

    reason: for staff, without a patient's words.
    """
    with transaction(engine) as session:
        conversation = lock(session, conversation_id)
        message = session.get(Message, message_id)
        if message is None or message.state != MessageState.RECEIVED.value:
            return
        open_item(session, ItemKind.FAILED_TURN, message, reason, now)
        channel = Channel(message.channel)
        reply = Reply(phrases.say("turn_failed", channel.value, clinic), kind=FAILURE_REPLY)
        say(session, conversation, reply, channel=channel, now=now, reply_to=message)
        message.state = MessageState.ANSWERED.value
