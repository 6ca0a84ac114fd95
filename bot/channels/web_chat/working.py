"""Which number is answered now, for answers that must not wait for the database: by the roster's hours and holidays as
they were last read."""

from __future__ import annotations

import logging
import time
from datetime import datetime

import anyio
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.care.database import DatabaseUnavailable, transaction
from bot.care.opening import OpeningTimes, by_file, opening_times
from bot.clinic.settings import Clinic

log = logging.getLogger(__name__)

FRESH = 15.0
"""Seconds for which what was read counts: a flood of refused requests must not become a flood of queries."""
PATIENCE = 1.0
"""Seconds that an answer waits for the database; then what was read before counts."""


class Working:
    """Whether the clinic is open. Days ahead are known from one reading, so that they count with the database away."""

    def __init__(self, engine: Engine, clinic: Clinic) -> None:
        self._engine, self._clinic = engine, clinic
        self._known: OpeningTimes = by_file(clinic)
        self._looked_at: float | None = None

    @property
    def due(self) -> bool:
        """Whether hours and holidays are to be read again."""
        return self._looked_at is None or time.monotonic() - self._looked_at > FRESH

    async def look(self) -> None:
        """Read them where that is due. Never raises; without the database, what was read before counts."""
        if not self.due:
            return
        self._looked_at = time.monotonic()  # tried, be it in vain: the next try is as far away
        try:
            with anyio.move_on_after(PATIENCE):
                await anyio.to_thread.run_sync(self._read, abandon_on_cancel=True)
        except RuntimeError as error:  # no thread could be started
            log.warning("the hours of the roster could not be read: %s", type(error).__name__)

    def open_at(self, now: datetime) -> bool:
        """Whether the clinic is open at `now` (aware), by what was last read."""
        return self._known.is_open(now)

    def _read(self) -> None:
        try:
            with transaction(self._engine) as session:
                self._known = opening_times(session, self._clinic)
        except (DatabaseUnavailable, SQLAlchemyError) as error:
            log.warning("the hours of the roster could not be read: %s", type(error).__name__)
