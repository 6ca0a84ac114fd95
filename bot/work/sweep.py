"""What is put right again and again, whatever went wrong: jobs of dead workers, messages that were forgotten."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from procrastinate import App
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care.conversations import forgotten_conversations, oldest_unanswered
from bot.care.database import transaction
from bot.care.heartbeats import alive
from bot.care.jobs import defer_answer
from bot.care.taking_in import taken_in_since
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases
from bot.work.give_up import give_up
from bot.work.paging import Paging

log = logging.getLogger(__name__)

STALLED_AFTER = 30
"""Seconds without a heartbeat after which a worker counts as dead; Procrastinate's workers beat every 10."""

FORGOTTEN_AFTER = timedelta(seconds=20)
"""A message this old without a job is given a new one."""

GIVEN_UP_AFTER = timedelta(seconds=90)
"""A message this old gets the fixed reply: nobody waits in silence. A cold start of the answer worker takes 40 s."""


@dataclass(frozen=True)
class Sweep:
    """One round of putting right. Any number of processes may run it at once: each step can be repeated."""

    engine: Engine
    queue: App
    phrases: Phrases
    clinic: Clinic
    clock: Clock
    started_at: datetime

    async def run(self) -> None:
        """Free stalled jobs, remind of forgotten messages, give up on old ones."""
        await self._free_stalled_jobs()
        self._remind()
        give_up_on_overdue(self.engine, self.phrases, self.clinic, self.clock, self.started_at)

    async def _free_stalled_jobs(self) -> None:
        stalled = await self.queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER)
        for job in stalled:
            log.warning(
                "Job %s (%s) belonged to a worker that died; it is tried again.", job.id, job.task_name
            )
            await self.queue.job_manager.retry_job(job)

    def _remind(self) -> None:
        with transaction(self.engine) as session:
            for conversation_id in forgotten_conversations(session, self.clock.now() - FORGOTTEN_AFTER):
                if not _has_job(session, conversation_id):
                    log.warning("Conversation %d had a message without a job.", conversation_id)
                    defer_answer(session, conversation_id)


def give_up_on_overdue(
    engine: Engine, phrases: Phrases, clinic: Clinic, clock: Clock, started_at: datetime
) -> None:
    """Give everybody who has waited for GIVEN_UP_AFTER the fixed reply, and put their message before staff.

    started_at: when the calling process started. After a stop of everything the answer worker first gets its chance.
    """
    now = clock.now()
    if now - started_at < GIVEN_UP_AFTER:
        return
    with transaction(engine) as session:
        waiting = forgotten_conversations(session, now - GIVEN_UP_AFTER)
        oldest = [(one, oldest_unanswered(session, one)) for one in waiting]
        overdue = [
            (one, int(message.id))
            for one, message in oldest
            # What was kept while the database was away is old when it comes: the answer worker first gets its chance.
            if message is not None and not taken_in_since(session, int(message.id), now - GIVEN_UP_AFTER)
        ]
    for conversation_id, message_id in overdue:
        reason = f"The assistant did not answer within {GIVEN_UP_AFTER.seconds} seconds."
        give_up(engine, phrases, clinic, now, conversation_id, message_id, reason)


def stand_in_for_care_worker(
    engine: Engine, phrases: Phrases, clinic: Clinic, clock: Clock, started_at: datetime, paging: Paging
) -> bool:
    """Where no care worker has been heard of lately, do what cannot wait for one. True where that was needed.

    Called by the web process again and again: with both workers gone, somebody is still paged, and a patient still
    does not wait in silence.
    """
    with transaction(engine) as session:
        if alive(session, "care", clock.now()):
            return False
    give_up_on_overdue(engine, phrases, clinic, clock, started_at)
    paging.sweep()
    return True


def _has_job(session: Session, conversation_id: int) -> bool:
    statement = text(
        "select 1 from procrastinate_jobs where lock = :lock and status in ('todo', 'doing') limit 1"
    )
    return session.execute(statement, {"lock": f"conversation:{conversation_id}"}).first() is not None
