"""What is not resolved goes on with the person: a number or a browser turns out to be a patient's while an alert of its
visitor is open.

The alert moves to the patient's conversation with its history, its ladder and the questions after the crisis text, so
that the state holds there and an answer counts. Messages stay where they were written; staff see them beside the alert.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from bot.care import follow_up, live
from bot.care.alerts import has_unresolved_alert, record_event, unresolved_alert
from bot.care.conversations import lock
from bot.care.models import (
    Alert,
    AlertEvent,
    AlertState,
    Climb,
    ClimbState,
    Conversation,
    Disposition,
    Message,
    Page,
    Whereabouts,
)
from bot.care.prepared import constant
from bot.safety.levels import Level

CONTINUED = "continued"
"""The event of an alert that a visitor's one goes on in: it moved here, or the one here has taken it in."""

TAKEN_IN = "It goes on in the alert that was open for the same patient: it is one alert from now on."
"""For staff, as the note of an alert that was taken in."""


def lead_on(session: Session, visit: Conversation, patients: Conversation, now: datetime) -> None:
    """A visitor's conversation is gone on with in a patient's: staff see that beside both, and what is not resolved
    goes on there. What was written stays where it is."""
    visit.continued_in_id = patients.id
    carry_on(session, int(visit.id), int(patients.id), now)
    live.queue_changed(session)


def carry_on(session: Session, visit_id: int, patients_id: int, now: datetime) -> None:
    """Let the unresolved alert of one conversation go on in another, where its writer is read from now on.

    Where that one has an unresolved alert itself, there is one alert from then on: the one whose question was asked
    last, so that an answer finds it. It takes in level, reasons and ladder of the other, which ends as a duplicate. A
    ladder that is being climbed is climbed on, so that nobody is paged anew. Does nothing where there is no alert.
    """
    if visit_id == patients_id or not has_unresolved_alert(session, visit_id):
        return
    for one in sorted((visit_id, patients_id)):
        lock(session, one)
    came = unresolved_alert(session, visit_id, for_update=True)
    if came is None:
        return
    theirs = unresolved_alert(session, patients_id, for_update=True)
    if theirs is None:
        record_event(session, came, CONTINUED, now)
    elif _asked_at(session, came) > _asked_at(session, theirs):
        _take_in(session, came, theirs, now)
    else:
        _take_in(session, theirs, came, now)
    session.flush()
    if came.state != AlertState.RESOLVED.value:
        came.conversation_id = patients_id
        session.flush()
        session.expire(came, ["conversation"])
    for one in (visit_id, patients_id):
        live.conversation_changed(session, one)


def written_before(session: Session, alert: Alert | None) -> list[Message]:
    """What brought an alert, or was added to it, in a conversation that was another one then; oldest first."""
    if alert is None:
        return []
    events = select(AlertEvent.detail).where(AlertEvent.alert_id == alert.id, AlertEvent.kind == CONTINUED)
    details = session.execute(events).scalars().all()
    if not details:
        return []
    alerts = [int(alert.id), *(int(one["alert"]) for one in details if "alert" in one)]
    statement = (
        select(Message)
        .join(AlertEvent, AlertEvent.message_id == Message.id)
        .options(joinedload(Message.conversation))
        .where(AlertEvent.alert_id.in_(alerts), Message.conversation_id != alert.conversation_id)
    )
    return list(session.execute(statement.order_by(Message.id)).scalars())


def _take_in(session: Session, alert: Alert, came: Alert, now: datetime) -> None:
    """One alert in the place of two unresolved ones, both locked: `alert` goes on, `came` ends."""
    graver, news = Level(came.level) > Level(alert.level), came.state == AlertState.OPEN.value
    _climb_on(session, alert, came, graver, now)
    if news:
        alert.state, alert.act_by = AlertState.OPEN.value, None
    elif graver and alert.state == AlertState.ACKNOWLEDGED.value:
        # Whoever has the graver one has both: nobody knows less than they did.
        alert.acknowledged_at, alert.acknowledged_by_id = came.acknowledged_at, came.acknowledged_by_id
        alert.act_by = came.act_by
    if graver:
        alert.level = came.level
    if graver or alert.message_id is None:
        alert.message_id = came.message_id or alert.message_id
    alert.reasons = [*came.reasons, *(one for one in alert.reasons if one not in came.reasons)]
    alert.last_at = max(alert.last_at, came.last_at)
    if alert.next_at is None and came.next_at is not None:
        alert.last_attempt, alert.next_step, alert.next_at = came.last_attempt, came.next_step, came.next_at
    detail = {"alert": int(came.id), "reasons": list(came.reasons)}
    event = record_event(session, alert, CONTINUED, now, key=f"{CONTINUED}:{came.id}", detail=detail)
    if news:
        alert.news_id = event.id
    _point(session, Whereabouts, came, alert)
    came.state, came.resolved_at = AlertState.RESOLVED.value, now
    came.disposition, came.note = Disposition.DUPLICATE.value, TAKEN_IN
    came.next_step = came.next_at = came.act_by = None
    ended = {"disposition": came.disposition, "note": came.note}
    record_event(session, came, "resolved", now, detail=ended)


def _asked_at(session: Session, alert: Alert) -> float:
    """When a question was asked last after the crisis text of an alert; never: before everything."""
    asked = follow_up.of_alert(session, int(alert.id))
    return asked.asked_at.timestamp() if asked is not None and asked.asked_at is not None else 0.0


def _climb_on(session: Session, alert: Alert, came: Alert, graver: bool, now: datetime) -> None:
    """Of two ladders that of the graver alert is climbed on; pages lead to the alert that goes on."""
    active = select(Climb).where(
        Climb.alert_id.in_([alert.id, came.id]), Climb.state != constant(ClimbState.ENDED.value)
    )
    climbs = list(session.execute(active.order_by(Climb.id).with_for_update()).scalars())
    if len(climbs) > 1:
        stays = came.id if graver else alert.id
        for climb in climbs:
            if climb.alert_id != stays:
                climb.state, climb.ended, climb.ended_at = ClimbState.ENDED.value, "overtaken", now
    session.flush()
    _point(session, Climb, came, alert)
    _point(session, Page, came, alert)
    for climb in climbs:
        session.refresh(climb)


def _point(session: Session, model: Any, came: Alert, alert: Alert) -> None:
    statement = update(model).where(model.alert_id == came.id).values(alert_id=alert.id)
    session.execute(statement.execution_options(synchronize_session=False))
