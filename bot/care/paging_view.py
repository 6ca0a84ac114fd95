"""What staff see of the ladder: who was paged, who is next and in how long, and what is wrong with paging itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.care.models import (
    Alert,
    AlertState,
    Climb,
    ClimbState,
    ContactPoint,
    Page,
    PageState,
    Responder,
)
from bot.care.paging import waits_for_opening
from bot.care.prepared import constant
from bot.care.roster import Roster
from bot.care.unheard import paged, unpaged_since

LATELY = timedelta(hours=1)
"""A page that failed longer ago than this is in the log only, unless its alert still waits or it was a test."""

SHOWN = 200
"""Lines of the log of pages."""


@dataclass(frozen=True)
class Outlook:
    """Where the ladder of one alert stands.

    reached: who was paged, each once, first one first; last_at: when the last page went out; failed: (who, by what,
    kind of failure) of pages that did not go out; next_at, next: when who is paged next, empty where nobody is there
    then; waits: the first page waits for the clinic to open; exhausted: everybody was paged already.
    """

    reached: tuple[str, ...] = ()
    last_at: datetime | None = None
    failed: tuple[tuple[str, str, str], ...] = ()
    next_at: datetime | None = None
    next: tuple[str, ...] = ()
    waits: bool = False
    exhausted: bool = False


@dataclass(frozen=True)
class Standing:
    """Whether somebody would be paged now, and what went wrong lately.

    on_call: names, first in line first; until: when that changes; exhausted: open alerts for which everybody was paged
    in vain; unpaged: open alerts of which no page went out; failed: pages that failed in the last hour; failed_tests:
    of whom (name, way, kind of failure) the last test page failed, while there are daily ones; last_page: the newest
    one that was sent.
    """

    on_call: tuple[str, ...]
    until: datetime | None
    exhausted: int = 0
    unpaged: int = 0
    failed: int = 0
    failed_tests: tuple[tuple[str, str, str], ...] = ()
    last_page: int = 0


def outlooks(session: Session, alert_ids: Sequence[int], roster: Roster, now: datetime) -> dict[int, Outlook]:
    """The outlook of each alert that somebody climbs for."""
    if not alert_ids:
        return {}
    climbs = session.execute(
        select(Climb).where(Climb.alert_id.in_(alert_ids), Climb.state != ClimbState.ENDED.value)
    ).scalars()
    by_alert = {int(climb.alert_id): climb for climb in climbs}
    pages: dict[int, list[Page]] = {int(climb.id): [] for climb in by_alert.values()}
    rows = select(Page).where(Page.climb_id.in_(list(pages))).order_by(Page.id)
    for page in session.execute(rows).scalars():
        pages[int(page.climb_id)].append(page)
    return {
        alert_id: _outlook(climb, pages[int(climb.id)], roster, now) for alert_id, climb in by_alert.items()
    }


def _outlook(climb: Climb, pages: Iterable[Page], roster: Roster, now: datetime) -> Outlook:
    sent = [page for page in pages if page.state == PageState.SENT.value]
    failed = [page for page in pages if page.error is not None and page.state != PageState.SENT.value]
    at = max(climb.next_at, now)
    number = int(climb.rung)
    names: list[str] = []
    # A rung without anybody costs no time: who is next is on the first rung that has somebody.
    while not names:
        rung = roster.clinic.paging.rung(number)
        names = [person.name for person in roster.who(rung.who, at)] + [
            way for way in rung.by if way in roster.clinic.paging.services
        ]
        if roster.clinic.paging.is_last(number):
            break
        number += 1
    return Outlook(
        reached=tuple(dict.fromkeys(page.name for page in sent)),
        last_at=max((page.sent_at for page in sent), default=None),
        failed=tuple(dict.fromkeys((page.name, page.way, page.error) for page in failed)),
        next_at=climb.next_at,
        next=tuple(names),
        waits=not sent and waits_for_opening(climb, roster, now),
        exhausted=climb.state == ClimbState.EXHAUSTED.value,
    )


def standing(session: Session, roster: Roster, now: datetime) -> Standing:
    """Whether paging works, for the banner of every queue."""
    exhausted = select(func.count(Climb.id)).where(Climb.state == ClimbState.EXHAUSTED.value, paged())
    tests = roster.clinic.paging.test_at is not None
    failed = select(func.count(Page.id)).where(
        Page.state == constant(PageState.FAILED.value), Page.failed_at > now - LATELY
    )
    if tests:
        failed = failed.where(Page.climb_id.is_not(None))
    unpaged = (
        select(func.count(Climb.id))
        .join(Alert, Alert.id == Climb.alert_id)
        .where(
            Climb.state != ClimbState.ENDED.value,
            Alert.state == AlertState.OPEN.value,
            unpaged_since(1, now),
        )
    )
    return Standing(
        on_call=tuple(person.name for person in roster.on_call(now)),
        until=roster.until(now, days=14),
        exhausted=session.execute(exhausted).scalar_one(),
        unpaged=session.execute(unpaged).scalar_one(),
        failed=session.execute(failed).scalar_one(),
        failed_tests=_failed_tests(session) if tests else (),
        last_page=session.execute(select(func.max(Page.id)).where(Page.sent_at.is_not(None))).scalar_one()
        or 0,
    )


def _failed_tests(session: Session) -> tuple[tuple[str, str, str], ...]:
    """(who, by what, kind of failure) of each test page that failed, until a later page to the same address went out.

    Who has left the roster, and an address that was taken out of it, are not waited for.
    """
    later = aliased(Page)
    same = or_(
        later.contact_id == Page.contact_id,
        and_(Page.contact_id.is_(None), later.responder_id == Page.responder_id),
    )
    went_out = exists().where(later.id > Page.id, same, later.state == PageState.SENT.value)
    statement = (
        select(Page.name, Page.way, Page.error)
        .join(Responder, Responder.id == Page.responder_id)
        .outerjoin(ContactPoint, ContactPoint.id == Page.contact_id)
        .where(
            Page.climb_id.is_(None),
            Page.state == constant(PageState.FAILED.value),
            Responder.active,
            func.coalesce(ContactPoint.active, True),
            ~went_out,
        )
        .order_by(Page.id)
    )
    # Of several to one address the newest counts.
    found = {(str(one.name), str(one.way)): str(one.error) for one in session.execute(statement)}
    return tuple((name, way, error) for (name, way), error in sorted(found.items()))


def page_log(session: Session) -> Sequence[Page]:
    """The last pages, newest first."""
    return session.execute(select(Page).order_by(Page.id.desc()).limit(SHOWN)).scalars().all()
