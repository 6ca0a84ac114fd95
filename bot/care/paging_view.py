"""What staff see of the ladder: who was paged, who is next and in how long, and what is wrong with paging itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

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

_ENDED = (PageState.SENT.value, PageState.FAILED.value)
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
    in vain; unpaged: open alerts of which no page went out; unreachable: who (name, way, kind of failure) could not be
    sent the last page to that address, be it of an alert or a test; last_page: the newest one that was sent.
    """

    on_call: tuple[str, ...]
    until: datetime | None
    exhausted: int = 0
    unpaged: int = 0
    unreachable: tuple[tuple[str, str, str], ...] = ()
    last_page: int = 0


def outlooks(session: Session, alert_ids: Sequence[int], roster: Roster, now: datetime) -> dict[int, Outlook]:
    """The outlook of each alert that somebody climbs for."""
    if not alert_ids:
        return {}
    climbs = session.execute(
        select(Climb).where(Climb.alert_id.in_(alert_ids), Climb.state != constant(ClimbState.ENDED.value))
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
    exhausted = select(func.count(Climb.id)).where(
        Climb.state == constant(ClimbState.EXHAUSTED.value), paged()
    )
    unpaged = (
        select(func.count(Climb.id))
        .join(Alert, Alert.id == Climb.alert_id)
        .where(
            Climb.state != constant(ClimbState.ENDED.value),
            Alert.state == constant(AlertState.OPEN.value),
            unpaged_since(1, now),
        )
    )
    return Standing(
        on_call=tuple(person.name for person in roster.on_call(now)),
        until=roster.until(now, days=14),
        exhausted=session.execute(exhausted).scalar_one(),
        unpaged=session.execute(unpaged).scalar_one(),
        unreachable=_unreachable(session, roster),
        last_page=session.execute(select(func.max(Page.id)).where(Page.sent_at.is_not(None))).scalar_one()
        or 0,
    )


def _unreachable(session: Session, roster: Roster) -> tuple[tuple[str, str, str], ...]:
    """(who, by what, kind of failure) of each address and each service whose last page failed, whatever it was of.

    Who has left the roster, and an address that was taken out of it, are not waited for.
    """
    last = (
        select(Page.state, Page.error)
        .where(Page.contact_id == ContactPoint.id, Page.state.in_(_ENDED))
        .order_by(Page.id.desc())
        .limit(1)
        .lateral()
    )
    statement = (
        select(Responder.name, ContactPoint.kind.label("way"), last.c.error)
        .join(ContactPoint, ContactPoint.responder_id == Responder.id)
        .join(last, last.c.state == PageState.FAILED.value)
        .where(Responder.active, ContactPoint.active)
    )
    found = {(str(one.name), str(one.way), str(one.error)) for one in session.execute(statement)}
    nowhere = (
        select(Responder.name, func.max(Page.error))
        .join(Page, Page.responder_id == Responder.id)
        .where(
            Page.contact_id.is_(None),
            Page.state == constant(PageState.FAILED.value),
            Responder.active,
            ~Responder.contacts.any(ContactPoint.active),
        )
        .group_by(Responder.name)
    )
    found |= {(str(name), "", str(error)) for name, error in session.execute(nowhere)}
    for service in roster.clinic.paging.services:
        to_it = select(Page.state, Page.error).where(
            Page.contact_id.is_(None), Page.way == service, Page.state.in_(_ENDED)
        )
        page = session.execute(to_it.order_by(Page.id.desc()).limit(1)).first()
        if page is not None and page.state == PageState.FAILED.value:
            found.add((service, "", str(page.error)))
    return tuple(sorted(found))


def page_log(session: Session) -> Sequence[Page]:
    """The last pages, newest first."""
    return session.execute(select(Page).order_by(Page.id.desc()).limit(SHOWN)).scalars().all()
