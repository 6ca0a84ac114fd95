"""What is done with an alert that somebody has: tries to reach the patient, and alerts that come back by themselves.

"Could not reach" ends no alert: it says when somebody tries again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.care import left_alone, live, paging
from bot.care.alerts import AlertConflict, acknowledge, locked_alert, record_event, unresolved_alert
from bot.care.models import Alert, AlertEvent, AlertState, Attempt, Message, NextStep, Sender
from bot.care.ownership import HANDOVER
from bot.care.prepared import constant
from bot.clinic.errors import AftercareError
from bot.clinic.paging_settings import Left
from bot.safety.levels import Level

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
    left: Left = Left(),
) -> Alert:
    """Record a try to reach the patient of an acknowledged alert.

    step, at: after a failed one, what follows and when (aware, within LATEST): the alert opens again then, and pages.
    left: after how long it does so by itself where the patient was reached and nobody does anything more.
    Raises AlertConflict where the alert is not acknowledged, BadNextStep.
    """
    alert = locked_alert(session, alert_id)
    if alert.state != AlertState.ACKNOWLEDGED.value:
        raise AlertConflict(f"Alert {alert_id} is not in anybody's hands. Acknowledge it first.")
    detail: dict[str, str] = {"outcome": outcome.value, "note": note}
    if outcome is Attempt.REACHED:
        alert.next_step = alert.next_at = None
        left_alone.watch(session, alert, left, now)
    else:
        if step is None or at is None:
            raise BadNextStep("Say what follows, and in how many minutes: a further try, or a welfare check.")
        if not now < at <= now + LATEST:
            raise BadNextStep("The next step has to come within 24 hours. Choose a sooner time.")
        alert.next_step, alert.next_at, alert.act_by = step.value, at, None
        detail.update(step=step.value, at=at.isoformat())
        paging.defer_page(session, alert_id, at)
    alert.last_attempt = outcome.value
    record_event(session, alert, "attempt", now, staff_id=staff_id, detail=detail)
    live.conversation_changed(session, int(alert.conversation_id))
    return alert


def noted(session: Session, conversation_id: int, now: datetime, left: Left = Left()) -> None:
    """A member of staff kept a private note of a patient: the alert that somebody has is not left for a while.

    Notes alone put that off for so long only as `left` says, since the patient notices nothing of them. And they take
    no alert that was left: whoever has it again acknowledges it, writes or tries.
    """
    alert = unresolved_alert(session, conversation_id, for_update=True)
    if alert is None or alert.act_by is None:
        return
    immediate = Level(alert.level).immediate
    by = min(now + left.after(immediate), _reached_out(session, alert) + left.by_notes(immediate))
    if by > alert.act_by:
        alert.act_by = by
        paging.defer_page(session, int(alert.id), by)
        live.queue_changed(session)


def _reached_out(session: Session, alert: Alert) -> datetime:
    """When a member of staff last wrote to the patient, tried to reach them, took over or handed back; the moment of
    the acknowledgement where nobody has since."""
    since = alert.acknowledged_at
    to_them = or_(Message.sender == Sender.STAFF.value, Message.kind == HANDOVER)
    wrote = select(func.max(Message.at)).where(
        Message.conversation_id == alert.conversation_id, Message.at >= since, to_them
    )
    tried = select(func.max(AlertEvent.at)).where(
        AlertEvent.alert_id == alert.id, AlertEvent.kind == "attempt", AlertEvent.at >= since
    )
    found = (session.execute(one).scalar_one() for one in (wrote, tried))
    return max([since, *(at for at in found if at is not None)])


def acted(
    session: Session, conversation_id: int, staff_id: int, now: datetime, left: Left = Left()
) -> Alert | None:
    """A member of staff did something that a patient notices: wrote, took over, handed back.

    The unresolved alert of the conversation counts as dealt with from now on: it is not left for as long as `left`
    says, and where it was opened again only because it had been left, it is that person's. What the patient wrote
    meanwhile still has to be acknowledged. Returns the alert where it was acknowledged by this; nothing where there is
    none.
    """
    alert = unresolved_alert(session, conversation_id, for_update=True)
    if alert is None:
        return None
    if alert.state == AlertState.ACKNOWLEDGED.value:
        left_alone.watch(session, alert, left, now)
    elif left_alone.is_left(session, alert):
        return acknowledge(session, int(alert.id), staff_id, now, left)
    return None


def due_again(session: Session, now: datetime) -> list[int]:
    """Acknowledged alerts that are to be opened again: their next step is due, or nobody has done anything for long."""
    statement = select(Alert.id).where(
        or_(Alert.next_at <= now, Alert.act_by <= now), Alert.state == constant(AlertState.ACKNOWLEDGED.value)
    )
    return [int(row) for row in session.execute(statement.order_by(Alert.id)).scalars()]


def bring_back_if_due(session: Session, alert_id: int, now: datetime) -> None:
    """Open an alert again whose next step is due, or that was left, and page; nothing where it is not, or not any
    more."""
    alert = locked_alert(session, alert_id)
    if alert.state != AlertState.ACKNOWLEDGED.value:
        return
    if alert.next_at is not None and alert.next_at <= now:
        kind, detail = "due", {"step": alert.next_step}
    elif alert.act_by is not None and alert.act_by <= now:
        kind, detail = paging.LEFT, {}
    else:
        return
    alert.state = AlertState.OPEN.value
    alert.last_at = now
    alert.next_at = alert.act_by = None
    alert.news_id = record_event(session, alert, kind, now, detail=detail).id
    paging.start(session, alert, kind, now)
    live.conversation_changed(session, int(alert.conversation_id))
