"""What the tests of sending share: a message of ours that waits, and the newest one of a number."""

from __future__ import annotations

from sqlalchemy.engine import Engine

from bot.care.conversations import SAFETY_REPLY, Reply, conversation_for_number, lock, receive, say
from bot.care.database import transaction
from bot.care.models import Channel, Message
from bot.care.numbers import hold
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from tests.channels.sms.support import TUESDAY_NOON, Record, new_sid


def queued(engine: Engine, number: str, text: str = "Not before tomorrow.", kind: str = "message") -> int:
    """A message of ours that waits for delivery, in answer to one of the patient's."""
    with transaction(engine) as session:
        conversation = lock(session, int(conversation_for_number(session, number).id))
        phone = hold(session, number)
        level = Level.CRISIS if kind == SAFETY_REPLY else Level.NONE
        theirs = receive(
            session,
            int(conversation.id),
            channel=Channel.SMS,
            external_id=new_sid(),
            text="...",
            verdict=Verdict(level, reasons=("Said so",)),
            now=TUESDAY_NOON,
            phone=phone,
        ).message
        ours = say(
            session,
            conversation,
            Reply(text, kind=kind),
            channel=Channel.SMS,
            now=TUESDAY_NOON,
            reply_to=theirs,
        )
        return int(ours.id)


def last(record: Record, number: str) -> Message:
    """The newest message of a number."""
    return record.messages(number)[-1]
