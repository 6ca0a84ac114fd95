"""Trying to reach a patient. "Could not reach" ends no alert: it says when somebody tries again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import live, paging
from bot.care.alerts import AlertConflict, locked_alert, record_event
from bot.care.models import Alert, AlertState, Attempt, NextStep
from bot.clinic.errors import AftercareError

LATEST = timedelta(hours=24)
"""A next try that is further away is forgotten by everybody but the patient."""


class BadNextStep(AftercareError):
    """After a failed try somebody has to say what follows, and when."""

    code, status = "AC204", 422


def record_attempt(
    session: Session,
    alert_id: int,
    staff_id: int,
    outcome: Attempt,
    note: str,
    now: datetime,
    *,
    step: NextStep | None = None,
    at: datetime | None = None,
) -> Alert:
    """Record a try to reach the patient of an acknowledged alert.

    step, at: after a failed one, what follows and when (aware, within LATEST): the alert opens again then, and pages.
    Raises AlertConflict where the alert is not acknowledged, BadNextStep.
    """
    alert = locked_alert(session, alert_id)
    if alert.state != AlertState.ACKNOWLEDGED.value:
        raise AlertConflict(f"Alert {alert_id} is not in anybody's hands. Acknowledge it first.")
    detail: dict[str, str] = {"outcome": outcome.value, "note": note}
    if outcome is Attempt.REACHED:
        alert.next_step = alert.next_at = None
    else:
        if step is None or at is None:
            raise BadNextStep("Say what follows, and in how many minutes: a further try, or a welfare check.")
        if not now < at <= now + LATEST:
            raise BadNextStep("The next step has to come within 24 hours. Choose a sooner time.")
        alert.next_step, alert.next_at = step.value, at
        detail.update(step=step.value, at=at.isoformat())
        paging.defer_page(session, alert_id, at)
    alert.last_attempt = outcome.value
    record_event(session, alert, "attempt", now, staff_id=staff_id, detail=detail)
    live.conversation_changed(session, int(alert.conversation_id))
    return alert


def due_steps(session: Session, now: datetime) -> list[int]:
    """Alerts whose next step is due."""
    statement = select(Alert.id).where(Alert.next_at <= now, Alert.state == AlertState.ACKNOWLEDGED.value)
    return [int(row) for row in session.execute(statement.order_by(Alert.next_at)).scalars()]


def bring_back_if_due(session: Session, alert_id: int, now: datetime) -> None:
    """Open an alert again whose next step is due, and page; nothing where it is not, or not any more."""
    alert = locked_alert(session, alert_id)
    if alert.state != AlertState.ACKNOWLEDGED.value or alert.next_at is None or alert.next_at > now:
        return
    alert.state = AlertState.OPEN.value
    alert.last_at = now
    alert.next_at = None
    alert.news_id = record_event(session, alert, "due", now, detail={"step": alert.next_step}).id
    paging.start(session, alert, "due", now)
    live.conversation_changed(session, int(alert.conversation_id))
