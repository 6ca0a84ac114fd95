"""Remove what is older than the clinic keeps it, once a day, in small batches that nobody waits for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care import audit, holds, retention
from bot.care.database import transaction
from bot.care.models import AlertEvent, AlertState
from bot.care.retention import Batch
from bot.channels.dead_letters import DeadLetter, DeadLetters
from bot.channels.held_letters import is_held
from bot.channels.spool import spool_folder
from bot.channels.take_in import dead_letter_key
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic

log = logging.getLogger(__name__)

AT_A_TIME = 500
"""Rows of one transaction: it takes some milliseconds, and holds no lock that a patient's message waits for longer."""

LOG_INS_LAST = timedelta(days=1)
"""A log-in of staff that nobody has used for so long is over, whatever its own rules say (bot/staff/accounts.py)."""

Step = Callable[[Session, Any, int], Batch]


@dataclass(frozen=True)
class Retention:
    """One round over everything that has a rule. Any number of processes may run it at once, and be killed in it."""

    engine: Engine
    clinic: Clinic
    clock: Clock
    letters: DeadLetters = field(default_factory=lambda: DeadLetters(spool_folder()))

    def run(self) -> dict[str, int]:
        """Remove what is due, and gives how much of each; the audit says so where it was anything."""
        removed = {name: self._all(step) for name, step in self._steps().items()}
        removed["dead_letters"] = self._dead_letters()
        removed = {name: number for name, number in removed.items() if number}
        if removed:
            with transaction(self.engine) as session:
                audit.record(session, "retention.ran", self.clock.now(), subject="record", **removed)
            log.warning("retention removed %s", ", ".join(f"{name} {n}" for name, n in removed.items()))
        return removed

    def _steps(self) -> dict[str, Step]:
        """By the name of its rule. A rule that says never has none."""
        rules, web, now = self.clinic.retention, self.clinic.web, self.clock.now()
        lasts, idle = timedelta(days=web.session_days), timedelta(days=web.session_idle_days)
        steps: dict[str, Step] = {}

        def rule(name: str, days: int | None, step: Callable[[Session, datetime, Any, int], Batch]) -> None:
            if days is not None:
                before = now - timedelta(days=days)
                steps[name] = lambda session, after, limit: step(session, before, after, limit)

        rule("messages", rules.messages, lambda s, b, a, n: retention.expire_messages(s, b, now, a, n))
        rule("trackers", rules.trackers, retention.forget_trackers)
        rule(
            "browsers", rules.sessions, lambda s, b, a, n: retention.forget_browsers(s, b, lasts, idle, a, n)
        )
        rule(
            "log_ins", rules.sessions, lambda s, b, a, n: retention.forget_log_ins(s, b - LOG_INS_LAST, a, n)
        )
        rule("pages", rules.pages, retention.forget_pages)
        rule("jobs", rules.jobs, lambda s, b, a, n: retention.forget_jobs(s, b, n))
        return steps

    def _all(self, step: Step) -> int:
        removed, after, more = 0, None, True
        while more:
            with transaction(self.engine) as session:
                holds.wait_for_removals(session)
                batch = step(session, after, AT_A_TIME)
            removed, after = removed + batch.removed, batch.last
            more = after is not None
        return removed

    def _dead_letters(self) -> int:
        """Take out those of this machine that staff have dealt with, and no hold covers. A damaged line names no alert,
        and stays."""
        days = self.clinic.retention.dead_letters
        if days is None:
            return 0
        before = self.clock.now() - timedelta(days=days)
        with transaction(self.engine) as session:
            holds.wait_for_removals(
                session
            )  # until they are gone: a hold placed meanwhile would come too late
            over = [one for one in self.letters.all() if _dealt_with(session, one, before)]
            return self.letters.remove(over) if over else 0


def _dealt_with(session: Session, letter: DeadLetter, before: datetime) -> bool:
    if letter.kept is None:
        return False
    statement = select(AlertEvent).where(AlertEvent.key == dead_letter_key(letter.kept))
    event = session.execute(statement).scalar_one_or_none()
    if event is None or event.alert.state != AlertState.RESOLVED.value:
        return False
    return bool(event.alert.resolved_at < before) and not is_held(session, letter.kept)
