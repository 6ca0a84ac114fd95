"""The ladder: an alert climbs it, rung after rung, until somebody acknowledges. What is to be sent is written here,
in one transaction with where the climb stands; sending is the workers' (`bot.work.paging`)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from bot.care import live
from bot.care.jobs import CARE_QUEUE, URGENT, defer
from bot.care.models import (
    Alert,
    AlertEvent,
    AlertState,
    Climb,
    ClimbState,
    Page,
    PageState,
)
from bot.care.pages import new_page, pages_to, what_of
from bot.care.prepared import constant
from bot.care.roster import Roster
from bot.clinic.paging_settings import APP, EMAIL, TEXT, Rung
from bot.safety.levels import Level

GRACE = timedelta(minutes=3)
"""Whoever acknowledged an alert sees further words in the console at once; if nobody looks, the ladder begins."""

LEFT = "left"
"""The event of an alert that was acknowledged, and with which nobody has done anything since."""

UNHEARD = timedelta(minutes=2)
"""How soon the last rung is rung again when not one page of it could be sent."""


def start(session: Session, alert: Alert, kind: str, now: datetime) -> None:
    """Begin to climb for an alert, by the event that calls for it (its `kind`). The alert must be locked or new.

    A message that joins an alert which is being paged already starts nothing: no storms. A higher level begins anew,
    and so do words of the patient where the ladder was climbed for an alert that was left.
    """
    active = _active(session, int(alert.id))
    if active is not None:
        if kind == "joined" and active.cause != LEFT:
            return
        _end(active, "overtaken", now)
        session.flush()
    begins = now + GRACE if kind == "reopened" else now
    session.add(
        Climb(
            alert_id=alert.id,
            level=alert.level,
            cause=kind,
            started_at=now,
            state=ClimbState.CLIMBING.value,
            rung=0,
            next_at=begins,
        )
    )
    session.flush()
    defer_page(session, int(alert.id), begins if begins > now else None)


def stop(session: Session, alert: Alert, why: str, now: datetime) -> None:
    """Somebody has acknowledged or resolved the alert: nobody else is paged. The alert must be locked."""
    active = _active(session, int(alert.id))
    if active is not None:
        _end(active, why, now)


def defer_page(session: Session, alert_id: int, at: datetime | None = None) -> None:
    """Have a worker look after the pages of an alert, at once or at `at`."""
    defer(session, "page", queue=CARE_QUEUE, at=at, priority=URGENT, alert_id=alert_id)


def ring(session: Session, alert_id: int, roster: Roster, now: datetime) -> datetime | None:
    """Write the pages of every rung that is due, and return when the next one is; None where nobody is to be paged.

    Can be called at any time, by any number of processes: a rung is rung once.
    """
    alert = session.execute(select(Alert).where(Alert.id == alert_id).with_for_update()).scalar_one_or_none()
    climb = _active(session, alert_id)
    if alert is None or climb is None:
        return None
    if alert.state != AlertState.OPEN.value:
        _end(climb, alert.state, now)
        return None
    before = climb.next_at
    while climb.next_at <= now:
        if waits_for_opening(climb, roster, now):
            climb.next_at = roster.next_opening(now)
            break
        _ring_one(session, alert, climb, roster, now)
    if climb.next_at != before:
        live.queue_changed(session)
        defer_page(session, alert_id, climb.next_at)
    return climb.next_at


def look_anew(session: Session, now: datetime) -> list[int]:
    """Hours or holidays changed: whatever was to begin when the clinic opens is due for a look now. Its alerts."""
    waits = (Climb.state == constant(ClimbState.CLIMBING.value), Climb.rung == 0, Climb.next_at > now + GRACE)
    found = session.execute(select(Climb).where(*waits).order_by(Climb.id).with_for_update()).scalars().all()
    for climb in found:
        climb.next_at = now
    session.flush()
    return [int(climb.alert_id) for climb in found]


def waits_for_opening(climb: Climb, roster: Roster, now: datetime) -> bool:
    """Whether nobody is to be paged before the clinic opens: an alert below emergency, while it is closed."""
    waits = not Level(climb.level).immediate and roster.clinic.paging.urgent == "opening_hours"
    return waits and roster.next_opening(now) > now


def _ring_one(session: Session, alert: Alert, climb: Climb, roster: Roster, now: datetime) -> None:
    settings = roster.clinic.paging
    number = int(climb.rung)
    if number >= len(settings.ladder) and climb.state == ClimbState.CLIMBING.value:
        _exhausted(session, alert, climb, now)
    pages = _pages_of(settings.rung(number), roster, now)
    for page in pages:
        page.key = f"{climb.id}:{number}:{what_of(page)}"
        page.climb_id, page.alert_id, page.rung = climb.id, alert.id, number
        session.add(page)
    climb.rung = number + 1
    if any(page.state == PageState.DUE.value for page in pages):
        climb.next_at = now + timedelta(minutes=settings.pause(number, climb.cause == LEFT))
    elif not settings.is_last(number):
        climb.next_at = now  # a rung without anybody costs no time
    else:
        if climb.state == ClimbState.CLIMBING.value:
            _exhausted(session, alert, climb, now)
        climb.next_at = now + timedelta(minutes=settings.pause(number + 1, climb.cause == LEFT))
    session.flush()


def _pages_of(rung: Rung, roster: Roster, now: datetime) -> list[Page]:
    services = [way for way in rung.by if way not in (TEXT, EMAIL, APP)]
    personal = [way for way in rung.by if way in (TEXT, EMAIL, APP)]
    pages: list[Page] = []
    if personal:
        people = roster.who(rung.who, now)
        pages = [page for person in people for page in pages_to(person, personal, now)]
        if not people:
            pages.append(new_page(name=rung.who, way="", state=PageState.NOBODY, now=now))
    return pages + [new_page(name=way, way=way, state=PageState.DUE, now=now) for way in services]


def _exhausted(session: Session, alert: Alert, climb: Climb, now: datetime) -> None:
    climb.state = ClimbState.EXHAUSTED.value
    session.add(AlertEvent(alert_id=alert.id, at=now, kind="exhausted", level=alert.level))


def hurry(session: Session, alert_id: int, roster: Roster, now: datetime) -> bool:
    """Climb on at once where not one page of the rung that was rung last could be sent. True where that was so."""
    session.execute(select(Alert.id).where(Alert.id == alert_id).with_for_update())
    climb = _active(session, alert_id)
    if climb is None or climb.rung == 0 or climb.next_at <= now:
        return False
    number = int(climb.rung) - 1
    heard = or_(
        Page.state == constant(PageState.SENT.value),
        and_(Page.state == constant(PageState.DUE.value), Page.error.is_(None)),
    )
    statement = select(Page.id).where(Page.climb_id == climb.id, Page.rung == number, heard)
    if session.execute(statement.limit(1)).first() is not None:
        return False
    if roster.clinic.paging.is_last(number):
        if climb.next_at <= now + UNHEARD:
            return False
        climb.next_at = now + UNHEARD
        defer_page(session, alert_id, climb.next_at)
        return False
    climb.next_at = now
    return True


def lost(session: Session, now: datetime) -> list[int]:
    """Alerts that somebody has to look after: open ones that nobody climbs for, and climbs that are due."""
    climbing = exists().where(Climb.alert_id == Alert.id, Climb.state != constant(ClimbState.ENDED.value))
    forgotten = select(Alert.id).where(Alert.state == constant(AlertState.OPEN.value), ~climbing)
    due = select(Climb.alert_id).where(Climb.state != constant(ClimbState.ENDED.value), Climb.next_at <= now)
    found = [*session.execute(forgotten).scalars(), *session.execute(due).scalars()]
    return sorted({int(one) for one in found})


def start_where_forgotten(session: Session, alert_id: int, now: datetime) -> None:
    """An open alert that nobody climbs for gets its ladder."""
    alert = session.execute(select(Alert).where(Alert.id == alert_id).with_for_update()).scalar_one()
    if alert.state == AlertState.OPEN.value and _active(session, alert_id) is None:
        start(session, alert, "opened", now)


def _active(session: Session, alert_id: int) -> Climb | None:
    statement = select(Climb).where(
        Climb.alert_id == alert_id, Climb.state != constant(ClimbState.ENDED.value)
    )
    found: Climb | None = session.execute(statement.with_for_update()).scalar_one_or_none()
    return found


def _end(climb: Climb, why: str, now: datetime) -> None:
    climb.state, climb.ended, climb.ended_at = ClimbState.ENDED.value, why, now
