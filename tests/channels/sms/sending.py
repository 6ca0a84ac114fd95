"""What the tests of sending share: one number, a carrier, and messages of ours that wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Engine

from bot.care.conversations import SAFETY_REPLY, Reply, conversation_for_number, lock, receive, say
from bot.care.database import transaction
from bot.care.models import Channel, Message
from bot.care.numbers import hold
from bot.channels.sms.delivery import Outcome, deliver
from bot.channels.sms.providers import Provider, TwilioProvider
from bot.clinic.clock import FixedClock
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from tests.channels.sms.double import CarrierDouble
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


@dataclass
class Post:
    """One number, and what is sent to it through the real client to a double of the carrier."""

    engine: Engine
    record: Record
    twilio: TwilioProvider
    double: CarrierDouble
    clock: FixedClock
    number: str

    def queued(self, text: str = "Not before tomorrow.", kind: str = "message") -> int:
        """A message of ours that waits."""
        return queued(self.engine, self.number, text, kind)

    def deliver(self, message_id: int, provider: Provider | None = None) -> Outcome:
        """One try."""
        return deliver(self.engine, message_id, provider or self.twilio, self.clock)

    def last(self) -> Message:
        """The newest message."""
        return last(self.record, self.number)

    def of(self, model: Any) -> list[Any]:
        """All rows of the number's conversation, oldest first."""
        return self.record.of(model, self.number, model.id)
