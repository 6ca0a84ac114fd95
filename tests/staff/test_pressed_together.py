"""Links of pages that are pressed together: each over a connection of its own, one of them has the alert, and nobody
acknowledges what came while they pressed."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.care import alerts
from bot.care.models import Alert, AlertEvent, PageLink, StaffMember
from bot.safety.levels import Level
from tests.staff.test_paging import crisis, links, paged

__all__ = ["paged"]

PATIENCE = timedelta(seconds=20)


def until_somebody_waits(scene: Any) -> None:
    """Until one connection waits for what another has locked."""
    waits = text(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    end = time.monotonic() + PATIENCE.total_seconds()
    while time.monotonic() < end:
        with scene.record() as session:
            if session.execute(waits).scalar_one():
                return
        time.sleep(0.02)
    raise AssertionError("Nobody waits for the lock.")


def pressed_while(scene: Any, alert: Any, what: Callable[[Session], object]) -> Any:
    """The answer to a link that is pressed after `what` was done, and before it was committed."""
    browser, link = scene.logged_in("nurse", "Daniel Okafor"), links(scene)[0]
    with ThreadPoolExecutor(1) as pool:
        with scene.record() as session:
            what(session)
            session.flush()
            pressed = pool.submit(browser.post, link, data={"seen": alert.news_id})
            until_somebody_waits(scene)
        return pressed.result(PATIENCE.total_seconds())


def test_the_slower_of_two_is_told_who_has_it(paged: Any) -> None:
    alert, quicker = crisis(paged), paged.hire("nurse", "Olu Ade")

    def acknowledge(session: Session) -> None:
        olu = session.query(StaffMember).filter_by(email=quicker).one()
        alerts.acknowledge(session, int(alert.id), int(olu.id), paged.clock.now())

    late = pressed_while(paged, alert, acknowledge)
    assert late.status_code == 409 and "Olu Ade acknowledged this alert before you" in late.text
    with paged.record() as session:
        assert session.get(Alert, alert.id).acknowledged_by.name == "Olu Ade"
        assert session.query(AlertEvent).filter_by(kind="acknowledged").count() == 1
        assert session.query(PageLink).filter(PageLink.used_at.is_not(None)).count() == 0


def test_news_that_came_between_is_not_acknowledged_unread(paged: Any) -> None:
    alert = crisis(paged)

    def news(session: Session) -> None:
        alerts.raise_signal(
            session, int(alert.conversation_id), Level.CRISIS, ["A pattern"], paged.clock.now(), key="one"
        )

    late = pressed_while(paged, alert, news)
    assert late.status_code == 409 and "There is news in this alert" in late.text
    assert paged.get(Alert, alert.id).state == "open"


def test_who_has_it_already_presses_again_without_harm(paged: Any) -> None:
    alert, browser, (link, *_) = crisis(paged), paged.logged_in(), links(paged)
    for _ in range(2):
        assert browser.post(link, data={"seen": alert.news_id}).status_code == 303
