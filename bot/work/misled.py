"""Patients are told honestly when the clinic's numbers that they were given may be wrong, and whom they can call."""

from __future__ import annotations

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care.alerts import unresolved_alert
from bot.care.conversations import Reply, lock, question_just_asked, say
from bot.care.database import transaction
from bot.care.misled import SETTINGS_DIFFER, misled, since
from bot.care.models import Channel, Message
from bot.care.numbers import number_to_answer
from bot.care.ownership import can_text
from bot.channels.immediate import of_differing_settings
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases


def tell_of_differing_settings(engine: Engine, phrases: Phrases, clinic: Clinic, clock: Clock) -> int:
    """One round over all who wrote lately; how many were told. Any number of processes may run it, and it costs one
    statement while all agree."""
    now = clock.now()
    with transaction(engine) as session:
        began = since(session, now)
        waiting = (
            [int(one.conversation_id) for one in misled(session, began, now)] if began is not None else []
        )
    told = 0
    for conversation_id in waiting:
        with transaction(engine) as session:
            told += _tell(session, conversation_id, phrases, clinic, clock)
    return told


def _tell(session: Session, conversation_id: int, phrases: Phrases, clinic: Clinic, clock: Clock) -> bool:
    now = clock.now()
    conversation = lock(session, conversation_id)
    # Another process may have said it, or a person come, while we waited for the lock.
    began = since(session, now)
    last = misled(session, began, now, conversation_id) if began is not None else []
    if not last:
        return False
    message: Message = last[0]
    channel = Channel(message.channel)
    if channel is Channel.SMS and not can_text(session, conversation_id):
        return False
    alert = unresolved_alert(session, conversation_id)
    brought = alert.message if alert is not None else None
    words = of_differing_settings(str(message.text), brought, channel, phrases, clinic)
    # What we asked before is still open: a bare number is the answer to that.
    reply = Reply(words, kind=SETTINGS_DIFFER, question=question_just_asked(session, conversation_id))
    phone = number_to_answer(session, conversation_id) if channel is Channel.SMS else None
    say(session, conversation, reply, channel=channel, now=now, phone=phone)
    return True
