"""What both workers share: how they are started, how they say that they live, and how they take jobs."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from procrastinate import App
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.care import heartbeats
from bot.care.database import DatabaseUnavailable, transaction
from bot.clinic.clock import SystemClock
from bot.clinic.errors import AftercareError
from bot.garbage import keep_what_is_loaded

log = logging.getLogger(__name__)

POLL_EVERY = 2.0
"""Seconds after which an idle worker looks for jobs by itself, should a notification be lost."""

GRACE = 8.0
"""Seconds that a job under way has when the worker is told to stop; what is not done then is tried again."""

STUCK_AFTER = 60
"""Seconds without a turn of the event loop after which the process ends. The longest turn of a dialogue takes 20."""


@asynccontextmanager
async def ending_when_stuck(seconds: int = STUCK_AFTER) -> AsyncIterator[None]:
    """End this process where its event loop stands still for so long within the block: whoever started it starts it
    again, and its job is another's.

    By the kernel's own alarm, whose default is to end the process: native code that never comes back may hold the
    interpreter's lock, and then no line of Python runs any more, not even a signal's handler.
    """

    async def put_off() -> None:
        signal.alarm(seconds)

    signal.alarm(seconds)
    try:
        async with Repeating(seconds / 6, put_off):
            yield
    finally:
        signal.alarm(0)


async def take_jobs(app: App, queue: str, concurrency: int) -> None:
    """Run the jobs of one queue, `concurrency` at a time, until the process is told to stop, or is stuck. Whatever the
    process works with is loaded by now."""
    keep_what_is_loaded()
    async with ending_when_stuck(), app.open_async():
        await app.run_worker_async(
            queues=[queue],
            concurrency=concurrency,
            fetch_job_polling_interval=POLL_EVERY,
            shutdown_graceful_timeout=GRACE,
            delete_jobs="successful",
        )


class Repeating:
    """Run a coroutine function again and again for the length of the block. Its errors are logged, never fatal."""

    def __init__(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        self._seconds, self._work = seconds, work

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._loop())

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _loop(self) -> None:
        while True:
            try:
                await self._work()
            except Exception as error:  # a database restart must not end the loop that repairs its damage
                log.warning("%s failed: %s; it is tried again.", self._work, type(error).__name__)
            await asyncio.sleep(self._seconds)


@asynccontextmanager
async def beating(engine: Engine, kind: str, **detail: Any) -> AsyncIterator[None]:
    """Store heartbeats of this process for the length of the block, then take them back. detail: what others see; a
    function is called for each heartbeat."""
    clock = SystemClock()
    started_at = clock.now()

    def store() -> None:
        with transaction(engine) as session:
            seen = {name: value() if callable(value) else value for name, value in detail.items()}
            heartbeats.beat(session, kind, started_at, clock.now(), **seen)

    def take_back() -> None:
        with transaction(engine) as session:
            heartbeats.say_goodbye(session, kind)

    try:
        async with Repeating(heartbeats.EVERY.total_seconds(), partial(asyncio.to_thread, store)):
            yield
    finally:
        # With the database away, the heartbeat grows old by itself.
        with suppress(DatabaseUnavailable):
            await asyncio.to_thread(take_back)


def main(kind: str, worker: Callable[[str], Awaitable[None]]) -> int:
    """Run a worker on the database that DATABASE_URL names; 0 after an orderly stop, 1 after an error."""
    # Procrastinate logs each job with its arguments at INFO; they are identifiers only, but nobody needs them.
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    url = os.environ.get("DATABASE_URL")
    if not url:
        log.error("DATABASE_URL is not set. Start everything with `aftercare run`.")
        return 2
    try:
        asyncio.run(_run(worker, url))
    except (AftercareError, SQLAlchemyError) as error:
        said = str(error) if isinstance(error, AftercareError) else type(error).__name__
        log.error("The %s worker stopped: %s", kind, said)
        return 1
    return 0


async def _run(worker: Callable[[str], Awaitable[None]], url: str) -> None:
    await worker(url)
