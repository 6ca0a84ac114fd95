"""Alerts that somebody acknowledged and then left: watched from the acknowledgement on, paged again when it is time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import paging
from bot.care.models import Alert, AlertEvent
from bot.clinic.paging_settings import Left
from bot.safety.levels import Level


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
    return int(alert.id) in left_among(session, [alert])


def left_among(session: Session, alerts: Sequence[Alert]) -> set[int]:
    """The identifiers of those of these alerts whose latest news is that they were left."""
    newest = [alert.news_id for alert in alerts]
    statement = select(AlertEvent.alert_id).where(AlertEvent.id.in_(newest), AlertEvent.kind == paging.LEFT)
    return {int(one) for one in session.execute(statement).scalars()}
