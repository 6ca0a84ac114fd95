"""Pages: one notification to one address each. Made here, claimed by one process at a time, sent or failed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from bot.care import audit, live
from bot.care.jobs import CARE_QUEUE, URGENT, defer
from bot.care.models import (
    Alert,
    AlertState,
    Climb,
    ClimbState,
    ContactPoint,
    Page,
    PageLink,
    PageState,
    Responder,
)
from bot.care.page_links import hash_of, new_token
from bot.care.prepared import constant
from bot.care.roster import Roster
from bot.clinic.paging_settings import APP, EMAIL, TEXT

TRIES = 3
UNDELIVERED = "undelivered"
"""Why a page failed that the carrier had taken."""
_TRY_AGAIN = timedelta(seconds=30)


def pages_to(person: Responder, ways: Iterable[str], now: datetime) -> list[Page]:
    """The pages to one person, one an address: of the kinds wanted, otherwise of any kind that they have."""
    active = [contact for contact in person.contacts if contact.active]
    wanted = set(ways)
    contacts = [contact for contact in active if contact.kind in wanted] or active
    if not contacts:
        missing = new_page(name=person.name, way="", state=PageState.FAILED, now=now)
        missing.responder_id, missing.error, missing.failed_at = person.id, "no_address", now
        return [missing]
    return [_to_contact(person, contact, now) for contact in contacts]


def _to_contact(person: Responder, contact: ContactPoint, now: datetime) -> Page:
    page = new_page(name=person.name, way=contact.kind, state=PageState.DUE, now=now)
    page.responder_id, page.contact_id = person.id, contact.id
    return page


def new_page(*, name: str, way: str, state: PageState, now: datetime) -> Page:
    return Page(name=name, way=way, state=state.value, due_at=now, attempts=0, rung=0)


def what_of(page: Page) -> str:
    """What tells a page from the others of the same rung: the address, the service, or who has none."""
    if page.contact_id is not None:
        return f"contact-{page.contact_id}"
    return f"person-{page.responder_id}" if page.responder_id is not None else page.way or "nobody"


def due_pages(session: Session, now: datetime, alert_id: int | None = None, limit: int = 200) -> list[int]:
    """Pages that are to be sent now, oldest first; of one alert, or of all and the test pages."""
    statement = select(Page.id).where(Page.state == constant(PageState.DUE.value), Page.due_at <= now)
    if alert_id is not None:
        statement = statement.where(Page.alert_id == alert_id)
    return [int(row) for row in session.execute(statement.order_by(Page.id).limit(limit)).scalars()]


def begin_attempt(session: Session, page_id: int, now: datetime) -> str | None:
    """Count a try to send a page, and return the token of its link; None where there is nothing to send any more."""
    page = claim(session, page_id, now)
    if page is None:
        return None
    if not _still_needed(session, page):
        page.state = PageState.NOT_NEEDED.value
        return None
    page.attempts += 1
    page.attempted_at = now
    token = new_token()
    session.add(PageLink(token_hash=hash_of(token), page_id=page.id, made_at=now))
    return token


def claim(session: Session, page_id: int, now: datetime) -> Page | None:
    """The page, locked, where it is to be sent now and no other process is at it."""
    statement = (
        select(Page)
        .options(joinedload(Page.contact))
        .where(Page.id == page_id, Page.state == constant(PageState.DUE.value), Page.due_at <= now)
        .with_for_update(key_share=True, skip_locked=True, of=Page)
    )
    found: Page | None = session.execute(statement).scalar_one_or_none()
    return found


def _still_needed(session: Session, page: Page) -> bool:
    if page.alert_id is None:
        return True
    state = session.execute(select(Alert.state).where(Alert.id == page.alert_id)).scalar_one()
    climb = session.execute(select(Climb.state).where(Climb.id == page.climb_id)).scalar_one()
    return bool(state == AlertState.OPEN.value and climb != ClimbState.ENDED.value)


def sent(session: Session, page: Page, now: datetime, shown: str | None = None) -> None:
    """The page is out. shown: what a demo shows in place of sending."""
    page.state, page.sent_at, page.error, page.shown = PageState.SENT.value, now, None, shown
    _record_try(session, page, "page.sent", now)
    live.queue_changed(session)


def not_sent(session: Session, page: Page, error: str, retry: bool, now: datetime) -> None:
    """The page did not go out; it is tried again where that may help."""
    page.error = error[:32]
    _record_try(session, page, "page.not_sent", now, error=page.error)
    if retry and page.attempts < TRIES:
        page.due_at = now + _TRY_AGAIN * page.attempts
    else:
        page.state, page.failed_at = PageState.FAILED.value, now
    live.queue_changed(session)


def not_delivered(session: Session, page_id: int, now: datetime) -> Page | None:
    """Whoever took a page says later that it did not arrive: it counts as not sent. The page, or None where it is none
    of ours, or known already."""
    # Whoever is sending it holds the row: a report that is quicker than the commit waits for it.
    statement = select(Page).where(Page.id == page_id).with_for_update(key_share=True)
    page: Page | None = session.execute(statement).scalar_one_or_none()
    if page is None or page.state != PageState.SENT.value:
        return None
    page.state, page.failed_at, page.error = PageState.FAILED.value, now, UNDELIVERED
    _record_try(session, page, "page.not_sent", now, error=UNDELIVERED)
    live.queue_changed(session)
    return page


def _record_try(session: Session, page: Page, outcome: str, now: datetime, **why: Any) -> None:
    """Each try has an entry in the audit: the page itself holds what came of the last one."""
    attempt, way = int(page.attempts), str(page.way)
    audit.record(session, outcome, now, subject=f"page:{page.id}", attempt=attempt, way=way, **why)


def trial_pages(session: Session, people: Iterable[Responder], key: str, now: datetime) -> list[Page]:
    """Pages that say that they are a test, to every address of these people. The same `key` again makes none."""
    if session.execute(select(Page.id).where(Page.key.like(f"test:{key}:%")).limit(1)).first() is not None:
        return []
    pages = [page for person in people for page in pages_to(person, (TEXT, EMAIL, APP), now)]
    if not pages:
        pages = [new_page(name="on_call", way="", state=PageState.NOBODY, now=now)]
    for page in pages:
        page.key = f"test:{key}:{what_of(page)}"
        session.add(page)
    session.flush()
    return pages


def trial_now(session: Session, person: Responder, now: datetime) -> list[Page]:
    """A test page to one person, because a member of staff wants to see whether they can be reached."""
    pages = trial_pages(session, [person], uuid.uuid4().hex, now)
    defer(session, "send_test_pages", queue=CARE_QUEUE, priority=URGENT)
    return pages


def daily_trial(session: Session, roster: Roster, now: datetime) -> list[Page]:
    """The test pages of today, once the hour has come: to whoever is on call. None on a holiday."""
    at = roster.clinic.paging.test_at
    local = now.astimezone(roster.clinic.zone)
    if at is None or local.time() < at or local.date() in roster.holidays:
        return []
    # After a stop of everything, an hour late is still a test; in the evening it only wakes somebody.
    if local - local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0) > timedelta(hours=1):
        return []
    return trial_pages(session, roster.on_call(now), local.date().isoformat(), now)
