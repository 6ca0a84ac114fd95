"""The figures of the reports, reckoned before somebody asks: where that takes long enough to be felt."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care import report_figures
from bot.care.database import transaction
from bot.care.report_figures import Figures
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic

EVERY = timedelta(minutes=15)
"""How old the figures of a large clinic may be."""

FELT = 0.05
"""Seconds. What is reckoned in less is reckoned when somebody asks."""

COLD = 2.0
"""Seconds. What takes less is reckoned twice before it counts as felt: a process that does it for the first time pays
for getting ready as well, and the reports of a small clinic would be old for no reason."""

_LOCK = 6_172_636_173
_LONGEST = 600_000
"""Milliseconds that reckoning may take; every other statement gives up sooner, since a patient waits behind it."""


@dataclass(frozen=True)
class ReportFigures:
    """Keeps the figures of each period. felt: seconds from which on they are kept."""

    engine: Engine
    clinic: Clinic
    clock: Clock
    felt: float = FELT

    def run(self) -> None:
        """One round. Any number of processes may run it: one reckons, the others leave it at that."""
        for days in report_figures.DAYS:
            self._refresh(days)

    def _refresh(self, days: int) -> None:
        now = self.clock.now()
        with transaction(self.engine) as session:
            alone = session.execute(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK + days})
            if not alone.scalar_one() or report_figures.is_kept_since(session, days, now - EVERY / 2):
                return
            session.execute(text(f"set local statement_timeout = {_LONGEST}"))
            found, took = self._timed(session, days, now)
            if self.felt <= took < COLD:
                found, took = self._timed(session, days, now)
            if took >= self.felt:
                report_figures.keep(session, days, found)
            else:
                report_figures.forget(session, days)

    def _timed(self, session: Session, days: int, now: datetime) -> tuple[Figures, float]:
        """The figures, and the seconds that they took."""
        began = time.perf_counter()
        found = report_figures.reckon(session, days, self.clinic.zone, now)
        return found, time.perf_counter() - began
