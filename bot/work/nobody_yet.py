"""Patients are told honestly when nobody could be paged for them, and when everybody was paged and nobody has come."""

from __future__ import annotations

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care.conversations import Reply, lock, say
from bot.care.database import transaction
from bot.care.heartbeats import alive
from bot.care.models import Alert, Channel
from bot.care.numbers import number_to_answer
from bot.care.ownership import can_text
from bot.care.unheard import unheard
from bot.channels.discreet import on_watched_phone
from bot.channels.immediate import of_trouble
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases


def tell_of_nobody_yet(engine: Engine, phrases: Phrases, clinic: Clinic, clock: Clock) -> int:
    """One round over all alerts; how many patients were told. Any number of processes may run it."""
    with transaction(engine) as session:
        waiting = unheard(session, len(clinic.paging.ladder), clock.now())
    told = 0
    for alert_id, kind in waiting:
        with transaction(engine) as session:
            told += _tell(session, alert_id, kind, phrases, clinic, clock)
    return told


def _tell(session: Session, alert_id: int, kind: str, phrases: Phrases, clinic: Clinic, clock: Clock) -> bool:
    alert = session.get(Alert, alert_id)
    if alert is None:
        return False
    conversation = lock(session, int(alert.conversation_id))
    # Another process may have said it, or a person come, while we waited for the lock.
    if (alert_id, kind) not in unheard(session, len(clinic.paging.ladder), clock.now()):
        return False
    message = alert.message
    channel = Channel(message.channel)
    # The newest message alone may be a harmless one that joined: what it gets names danger, too.
    if on_watched_phone(session, int(conversation.id)):
        return False
    words = of_trouble(kind, message.verdict, str(message.text), channel, phrases, clinic)
    if words is None or (channel is Channel.SMS and not _texts_go_out(session, alert, clock)):
        return False
    phone = number_to_answer(session, int(conversation.id)) if channel is Channel.SMS else None
    say(session, conversation, Reply(words, kind=kind), channel=channel, now=clock.now(), phone=phone)
    return True


def _texts_go_out(session: Session, alert: Alert, clock: Clock) -> bool:
    """Whether a text would reach them now: one that waits for a care worker might come when it is not true any more."""
    return can_text(session, int(alert.conversation_id)) and bool(alive(session, "care", clock.now()))
