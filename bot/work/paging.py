"""Pages: rung after rung, until somebody acknowledges. Any number of processes may do this at once."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care import attempts, pages, paging, roster
from bot.care.database import DatabaseUnavailable, transaction
from bot.care.models import Alert, Page
from bot.care.roster import Roster
from bot.care.roster_edits import seed
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic
from bot.work.pager import PageFailed, Pager, notice_of

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Pages sent at a time: one server that is silent must not make the others wait."""


@dataclass(frozen=True)
class Paging:
    """Looks after the pages of one alert, or of all."""

    engine: Engine
    clinic: Clinic
    clock: Clock
    pager: Pager

    def page(self, alert_id: int) -> None:
        """Ring what is due for an alert, and send it; the next rung at once where nothing could be sent.

        Safe to call twice, at once or later, and to be killed anywhere. Raises DatabaseUnavailable.
        """
        with transaction(self.engine) as session:
            attempts.bring_back_if_due(session, alert_id, self.clock.now())
        again = True
        while again:
            with transaction(self.engine) as session:
                paging.ring(session, alert_id, self._roster(session), self.clock.now())
            self.send_due(alert_id)
            with transaction(self.engine) as session:
                again = paging.hurry(session, alert_id, self._roster(session), self.clock.now())

    def sweep(self) -> None:
        """Whatever was left behind: alerts without a job, steps that are due, pages to try again, the daily test."""
        now = self.clock.now()
        with transaction(self.engine) as session:
            lost = {*paging.lost(session, now), *attempts.due_again(session, now)}
        for alert_id in sorted(lost):
            try:
                with transaction(self.engine) as session:
                    paging.start_where_forgotten(session, alert_id, now)
                self.page(alert_id)
            except DatabaseUnavailable:
                raise
            except Exception as error:  # one alert that cannot be paged must not keep the others waiting
                log.error("alert %s could not be paged: %s", alert_id, type(error).__name__)
        with transaction(self.engine) as session:
            pages.daily_trial(session, self._roster(session), now)
        self.send_due()

    def _roster(self, session: Session) -> Roster:
        seed(session, self.clinic)
        return roster.read(session, self.clinic)

    def send_due(self, alert_id: int | None = None) -> None:
        """Try every page that is to be sent now: of one alert, or of all and the tests. Raises DatabaseUnavailable."""
        with transaction(self.engine) as session:
            due = pages.due_pages(session, self.clock.now(), alert_id)
        if due:
            with ThreadPoolExecutor(min(AT_ONCE, len(due))) as threads:
                list(threads.map(self._send, due))

    def _send(self, page_id: int) -> None:
        """One try: counted first, so that whoever is killed in the middle leaves a page that is due again."""
        with transaction(self.engine) as session:
            token = pages.begin_attempt(session, page_id, self.clock.now())
        if token is None:
            return
        with transaction(self.engine) as session:
            # Locked while it is being sent, so that no second process sends it as well.
            page = pages.claim(session, page_id, self.clock.now())
            if page is None:
                return
            try:
                shown = self._hand_over(session, page, token)
            except Exception as error:
                failed = error if isinstance(error, PageFailed) else PageFailed(type(error).__name__)
                log.warning("page %s not sent, try %s: %s", page.id, page.attempts, failed.kind)
                pages.not_sent(session, page, failed.kind, failed.retry, self.clock.now())
            else:
                pages.sent(session, page, self.clock.now(), shown)

    def _hand_over(self, session: Session, page: Page, token: str) -> str | None:
        alert = session.get(Alert, page.alert_id) if page.alert_id is not None else None
        link = f"{self.clinic.web.public_url}/staff/page/{token}"
        notice = notice_of(self.clinic, alert.level if alert else None, link)
        address = str(page.contact.address) if page.contact is not None else ""
        return self.pager.send(str(page.way), address, notice, int(page.id))
