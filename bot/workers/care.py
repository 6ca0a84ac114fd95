"""The care worker: what must go on without Rasa. Pages, delivers, and puts right what was left behind."""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import timedelta

from sqlalchemy.engine import Engine

from bot.care import pools
from bot.care.database import engine_for, transaction
from bot.care.jobs import CARE_QUEUE, defer, defer_delivery
from bot.care.models import Message
from bot.channels.sms.delivery import deliver, undelivered
from bot.channels.sms.providers import Provider, make_provider
from bot.channels.sms.settings import load_settings
from bot.clinic.clock import Clock, SystemClock
from bot.clinic.secret import fingerprint
from bot.clinic.settings import load_clinic
from bot.guidance.phrases import Phrases
from bot.work import report_figures
from bot.work.check_ins import Rounds
from bot.work.misled import tell_of_differing_settings
from bot.work.nobody_yet import tell_of_nobody_yet
from bot.work.pager import make_pager
from bot.work.paging import Paging
from bot.work.queue import TRY_AGAIN, queue_app
from bot.work.quiet_owners import tell_of_quiet_owners
from bot.work.report_figures import ReportFigures
from bot.work.retention import Retention
from bot.work.sweep import Sweep
from bot.workers.process import Repeating, beating, main, take_jobs

log = logging.getLogger(__name__)

SWEEP_EVERY = 15.0
"""Seconds between two sweeps: whatever was left behind is found within half a minute."""

CHECK_INS_EVERY = 15.0
"""Seconds between two looks at which check-ins are due."""

RETENTION_EVERY = 86_400.0
"""Seconds between two rounds that remove what is older than the clinic keeps it."""

UNDELIVERED_AFTER = timedelta(minutes=2)
"""A text message that has been queued for so long lost its job, or waits for the next try; a job more does no harm."""

AT_ONCE = 4
"""Jobs at a time: each waits for the carrier most of its life."""


async def run(url: str) -> None:
    """Page, deliver and sweep until told to stop. Raises AftercareError where the settings are wrong."""
    engine, clinic, clock = engine_for(url, pool_size=pools.CARE), load_clinic(), SystemClock()
    settings, phrases = load_settings(clinic), Phrases.load()
    provider = make_provider(settings)

    async def deliver_message(message_id: int) -> None:
        await asyncio.to_thread(_deliver, engine, provider, clock, message_id)

    async def redeliver() -> None:
        await asyncio.to_thread(_redeliver, engine, clock)

    rounds = Rounds(engine, clinic, Phrases.load(), clock)
    planned = False

    async def check_ins() -> None:
        nonlocal planned
        if not planned:
            # What clinic.yml says may have changed since the last start.
            await asyncio.to_thread(rounds.plan_anew)
            planned = True
        await asyncio.to_thread(rounds.run)

    async def quiet_owners() -> None:
        await asyncio.to_thread(tell_of_quiet_owners, engine, phrases, clinic, clock)

    async def nobody_yet() -> None:
        await asyncio.to_thread(tell_of_nobody_yet, engine, phrases, clinic, clock)

    async def differing_settings() -> None:
        await asyncio.to_thread(tell_of_differing_settings, engine, phrases, clinic, clock)

    retention = Retention(engine, clinic, clock)

    figures = ReportFigures(engine, clinic, clock)

    async def reckon_reports() -> None:
        await asyncio.to_thread(figures.run)

    async def remove_what_is_over() -> None:
        await asyncio.to_thread(retention.run)

    paging = Paging(engine, clinic, clock, make_pager(clinic, provider, settings))

    async def page(alert_id: int) -> None:
        await asyncio.to_thread(paging.page, alert_id)

    async def send_test_pages() -> None:
        await asyncio.to_thread(paging.send_due)

    async def sweep_pages() -> None:
        await asyncio.to_thread(paging.sweep)

    app = queue_app(url)
    app.task(name="deliver", queue=CARE_QUEUE, retry=TRY_AGAIN)(deliver_message)
    app.task(name="page", queue=CARE_QUEUE, retry=TRY_AGAIN)(page)
    app.task(name="send_test_pages", queue=CARE_QUEUE, retry=TRY_AGAIN)(send_test_pages)
    sweep = Sweep(engine, app, Phrases.load(), clinic, clock, clock.now())
    async with (
        app.open_async(),
        beating(engine, "care", ready=True, clinic=clinic.version, secret=fingerprint),
        Repeating(SWEEP_EVERY, sweep.run),
        Repeating(SWEEP_EVERY, sweep_pages),
        Repeating(SWEEP_EVERY, redeliver),
        Repeating(SWEEP_EVERY, quiet_owners),
        Repeating(SWEEP_EVERY, nobody_yet),
        Repeating(SWEEP_EVERY, differing_settings),
        Repeating(CHECK_INS_EVERY, check_ins),
        Repeating(RETENTION_EVERY, remove_what_is_over),
        Repeating(report_figures.EVERY.total_seconds(), reckon_reports),
    ):
        log.warning("care worker: ready")
        await take_jobs(app, CARE_QUEUE, concurrency=AT_ONCE)


def _deliver(engine: Engine, provider: Provider, clock: Clock, message_id: int) -> None:
    outcome = deliver(engine, message_id, provider, clock)
    if outcome.kind == "retry":
        at = clock.now() + timedelta(seconds=outcome.after)
        with transaction(engine) as session:
            defer(session, "deliver", queue=CARE_QUEUE, at=at, message_id=message_id)


def _redeliver(engine: Engine, clock: Clock) -> None:
    with transaction(engine) as session:
        for message_id in undelivered(session, clock.now() - UNDELIVERED_AFTER):
            message = session.get(Message, message_id)
            if message is not None:
                defer_delivery(session, message_id, int(message.conversation_id))


if __name__ == "__main__":
    sys.exit(main("care", run))
