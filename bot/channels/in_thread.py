"""Work that answers a patient is done in a thread; where the machine gives none, it is done all the same."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

log = logging.getLogger(__name__)

T = TypeVar("T")


async def in_thread(work: Callable[[], T], limiter: anyio.CapacityLimiter, *, abandon: bool = False) -> T:
    """What `work` gives, from a thread, so that others need not wait for it meanwhile.

    Where no thread can be started (a machine has only so many), everybody waits while it is done in the event loop:
    milliseconds for the screen or a line on the disk, against a patient in crisis who reads that something went wrong.
    Not for what asks the database. abandon: leave it to end by itself when the caller's time is up.
    """
    begun = False

    def begin() -> T:
        nonlocal begun
        begun = True
        return work()

    try:
        return await anyio.to_thread.run_sync(begin, limiter=limiter, abandon_on_cancel=abandon)
    except RuntimeError:
        if begun:
            raise
        log.error("no thread could be started; what a patient waits for is done without one")
        return work()
