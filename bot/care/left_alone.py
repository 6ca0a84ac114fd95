"""Alerts that are open again after somebody acknowledged them: since when and why; and those that were left, watched
from the acknowledgement on and paged again when it is time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.care import paging
from bot.care.models import Alert, AlertEvent, AlertState
from bot.clinic.paging_settings import Left
from bot.safety.levels import Level

OPENS_AGAIN = ("reopened", "raised", "due", paging.LEFT)
"""The events that open an acknowledged alert again. What joins it afterwards opens nothing."""


def watch(session: Session, alert: Alert, left: Left, now: datetime) -> None:
    """Somebody has just done something with an acknowledged alert: it is left when nothing more is done for as long as
    `left` says, and pages then. While a next step is set, that is what is waited for. The alert must be locked."""
    if alert.next_at is not None:
        alert.act_by = None
        return
    alert.act_by = now + left.after(Level(alert.level).immediate)
    paging.defer_page(session, int(alert.id), alert.act_by)


def is_left(session: Session, alert: Alert) -> bool:
    """Whether an open alert is open again only because it was left: there is no other news in it since."""
    newest = session.get(AlertEvent, alert.news_id)
    return newest is not None and newest.kind == paging.LEFT


def opened_again(session: Session, alerts: Sequence[Alert]) -> dict[int, AlertEvent]:
    """What opened each of these alerts again: the first such event after it was last acknowledged, which no message
    that joins later moves. Only those are in it that are open and were acknowledged before."""
    open_again = [
        alert.id
        for alert in alerts
        if alert.state == AlertState.OPEN.value and alert.acknowledged_at is not None
    ]
    if not open_again:
        return {}
    acknowledged = (
        select(AlertEvent.alert_id, func.max(AlertEvent.id).label("id"))
        .where(AlertEvent.alert_id.in_(open_again), AlertEvent.kind == "acknowledged")
        .group_by(AlertEvent.alert_id)
        .subquery()
    )
    statement = (
        select(AlertEvent)
        .join(acknowledged, acknowledged.c.alert_id == AlertEvent.alert_id)
        .where(AlertEvent.id > acknowledged.c.id, AlertEvent.kind.in_(OPENS_AGAIN))
        .distinct(AlertEvent.alert_id)
        .order_by(AlertEvent.alert_id, AlertEvent.id)
    )
    return {int(event.alert_id): event for event in session.execute(statement).scalars()}


def left_event(session: Session, alert: Alert | None) -> AlertEvent | None:
    """The event by which an open alert counts as left: until somebody acknowledges it again, whatever joins it."""
    event = None if alert is None else opened_again(session, [alert]).get(int(alert.id))
    return event if event is not None and event.kind == paging.LEFT else None
