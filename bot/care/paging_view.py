"""What staff see of the ladder: who was paged, who is next and in how long, and what is wrong with paging itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.care.models import Alert, AlertState, Climb, ClimbState, Page, PageState
from bot.care.paging import LEFT, waits_for_opening
from bot.care.roster import Roster
from bot.care.unheard import paged, unpaged_since

LATELY = timedelta(hours=1)
"""A page that failed longer ago than this is in the log only, unless its alert still waits."""

SHOWN = 200
"""Lines of the log of pages."""


@dataclass(frozen=True)
class Outlook:
    """Where the ladder of one alert stands.

    reached: who was paged, each once, first one first; last_at: when the last page went out; failed: (who, by what,
    kind of failure) of pages that did not go out; next_at, next: when who is paged next, empty where nobody is there
    then; waits: the first page waits for the clinic to open; exhausted: everybody was paged already; left: somebody had
    acknowledged the alert, and nobody did anything with it.
    """

    reached: tuple[str, ...] = ()
    last_at: datetime | None = None
    failed: tuple[tuple[str, str, str], ...] = ()
    next_at: datetime | None = None
    next: tuple[str, ...] = ()
    waits: bool = False
    exhausted: bool = False
    left: bool = False


@dataclass(frozen=True)
class Standing:
    """Whether somebody would be paged now, and what went wrong lately.

    on_call: names, first in line first; until: when that changes; exhausted: open alerts for which everybody was paged
    in vain; unpaged: open alerts of which no page went out; failed: pages of the last hour that did not go out;
    last_page: the newest one that was sent.
    """

    on_call: tuple[str, ...]
    until: datetime | None
    exhausted: int = 0
    unpaged: int = 0
    failed: int = 0
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
        left=climb.cause == LEFT,
    )


def standing(session: Session, roster: Roster, now: datetime) -> Standing:
    """Whether paging works, for the banner of every queue."""
    exhausted = select(func.count(Climb.id)).where(Climb.state == ClimbState.EXHAUSTED.value, paged())
    failed = select(func.count(Page.id)).where(
        Page.state == PageState.FAILED.value, Page.due_at > now - LATELY
    )
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
        last_page=session.execute(select(func.max(Page.id)).where(Page.sent_at.is_not(None))).scalar_one()
        or 0,
    )


def page_log(session: Session) -> Sequence[Page]:
    """The last pages, newest first."""
    return session.execute(select(Page).order_by(Page.id.desc()).limit(SHOWN)).scalars().all()
