"""Patients who wait for a member of staff who has gone quiet are told so, and the queue says it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.engine import Engine

from bot.care.database import transaction
from bot.care.models import Channel
from bot.care.opening import open_now
from bot.care.quiet_owners import tell_of_quiet_owner, waiting_for_quiet_owners
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases


def tell_of_quiet_owners(engine: Engine, phrases: Phrases, clinic: Clinic, clock: Clock) -> int:
    """One round over all conversations; how many patients were told of it. Any number of processes may run it.

    How long is too long is `handover` in clinic.yml: sooner after closing and on holidays, when nobody is on shift.
    """
    now = clock.now()
    texts = {channel: phrases.say("owner_quiet", channel, clinic) for channel in ("web", "sms")}
    words = {channel: texts["sms" if channel is Channel.SMS else "web"] for channel in Channel}
    with transaction(engine) as session:
        working = open_now(session, clinic, now)
        minutes = clinic.handover.quiet_minutes if working else clinic.handover.quiet_minutes_closed
        before = now - timedelta(minutes=minutes)
        waiting = waiting_for_quiet_owners(session, before)
    told = 0
    for conversation_id in waiting:
        with transaction(engine) as session:
            told += tell_of_quiet_owner(session, conversation_id, before, now, words)
    return told
