"""Alerts and the other items of the staff queue: raised, joined, acknowledged, resolved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.care import left_alone, live, paging
from bot.care.models import (
    Alert,
    AlertEvent,
    AlertState,
    Attempt,
    Conversation,
    Disposition,
    Item,
    ItemKind,
    Message,
)
from bot.care.prepared import constant
from bot.clinic.errors import AftercareError
from bot.clinic.paging_settings import Left
from bot.safety.levels import Level

EPISODE = timedelta(hours=24)
"""A worrying message this soon after the resolution belongs to what was resolved: the new alert names that one."""


class AlertConflict(AftercareError):
    """The alert is not in a state in which this can be done; somebody else was quicker."""

    code, status = "AC202", 409


class Unreached(AftercareError):
    """The patient was not reached: a nurse cannot end the alert, and a clinician only with a reason."""

    code, status = "AC203", 409


class NoteMissing(AftercareError):
    """An alert ends with what became of it in words, too: that holds for a false alarm as for an ambulance."""

    code, status = "AC207", 422


class ClinicianMissing(AftercareError):
    """An alert is handed to somebody, and whoever reads its history later has to know to whom."""

    code, status = "AC208", 422


def raise_alert(
    session: Session,
    message: Message,
    level: Level,
    reasons: Iterable[str],
    now: datetime,
) -> Alert:
    """Put a worrying message before staff. One alert an episode: a further message joins the unresolved one.

    A message after the acknowledgement opens the alert again, and a higher level raises it. Called twice for the same
    message (by the channel and by Rasa's action) it does nothing the second time. The conversation must be locked or
    the message new, so that two messages do not open two alerts.
    """
    told = session.execute(select(AlertEvent).where(AlertEvent.message_id == message.id)).scalar_one_or_none()
    if told is not None:
        return told.alert
    return _tell(session, int(message.conversation_id), level, list(reasons), now, message_id=message.id)


def raise_signal(
    session: Session,
    conversation_id: int,
    level: Level,
    reasons: list[str],
    now: datetime,
    *,
    key: str,
    check_in_id: int | None = None,
) -> Alert:
    """Put before staff what no single message says: a pattern over days, check-ins that stay away.

    It joins the unresolved alert of the conversation as a message does, or opens one. key: names the signal for ever
    (such as `missed:<check-in>`, at most 128 characters); the same key again does nothing. reasons: for staff, without
    a patient's words. The conversation is locked until the end of the transaction.
    """
    session.execute(
        select(Conversation.id).where(Conversation.id == conversation_id).with_for_update(key_share=True)
    ).scalar_one()
    told = session.execute(select(AlertEvent).where(AlertEvent.key == key)).scalar_one_or_none()
    if told is not None:
        return told.alert
    about = {} if check_in_id is None else {"check_in_id": check_in_id}
    return _tell(session, conversation_id, level, list(reasons), now, key=key, about=about)


def _tell(
    session: Session,
    conversation_id: int,
    level: Level,
    reasons: list[str],
    now: datetime,
    *,
    message_id: int | None = None,
    key: str | None = None,
    about: dict[str, Any] | None = None,
) -> Alert:
    alert = unresolved_alert(session, conversation_id, for_update=True)
    about = about or {}
    if alert is None:
        kind = "opened"
        before = _resolved_lately(session, conversation_id, now)
        alert = Alert(
            conversation_id=conversation_id,
            level=level.value,
            state=AlertState.OPEN.value,
            reasons=reasons,
            opened_at=now,
            last_at=now,
            message_id=message_id,
            follows_id=before,
        )
        session.add(alert)
        session.flush()
    else:
        raised = level > Level(alert.level)
        seen = alert.state == AlertState.ACKNOWLEDGED.value
        kind = "raised" if raised else "reopened" if seen else "joined"
        if raised:
            alert.level = level.value
        alert.reasons = reasons + [reason for reason in alert.reasons if reason not in reasons]
        alert.state = AlertState.OPEN.value
        alert.act_by = None
        alert.message_id = message_id or alert.message_id
        alert.last_at = now
    fields = {"message_id": message_id, "key": key, "detail": {"reasons": reasons, **about}}
    alert.news_id = record_event(session, alert, kind, now, **fields).id
    paging.start(session, alert, kind, now)
    return alert


def _resolved_lately(session: Session, conversation_id: int, now: datetime) -> int | None:
    """The alert of the conversation that was resolved last, if that was less than EPISODE ago."""
    statement = select(Alert.id).where(
        Alert.conversation_id == conversation_id,
        Alert.state == constant(AlertState.RESOLVED.value),
        Alert.resolved_at > now - EPISODE,
    )
    found = session.execute(statement.order_by(Alert.resolved_at.desc()).limit(1)).scalar_one_or_none()
    return None if found is None else int(found)


def add_words(session: Session, message: Message, reasons: Iterable[str], now: datetime) -> None:
    """Add what a patient wrote to the unresolved alert of their conversation, where there is one.

    "jk", "never mind", "it was my brother" belong to it as much as what brought it: they close and lower nothing, and
    are no news that has to be acknowledged. reasons: for staff, behind those that are there. Safe to call twice.
    """
    alert = unresolved_alert(session, int(message.conversation_id), for_update=True)
    if alert is None:
        return
    reasons = list(reasons)
    told = select(AlertEvent.id).where(AlertEvent.message_id == message.id)
    if session.execute(told).first() is None:
        record_event(session, alert, "added", now, message_id=message.id, detail={"reasons": reasons})
    new = [reason for reason in reasons if reason not in alert.reasons]
    if new:
        alert.reasons = [*alert.reasons, *new]
        live.queue_changed(session)


def unresolved_alert(session: Session, conversation_id: int, for_update: bool = False) -> Alert | None:
    """The open or acknowledged alert of a conversation, if there is one."""
    statement = _UNRESOLVED_LOCKED if for_update else _UNRESOLVED
    return session.execute(statement, {"conversation": conversation_id}).scalar_one_or_none()


def _as_it_is_now(statement: Any) -> Any:
    """The statement with the row locked, and read anew: a session that has seen the alert before would keep what it
    saw, and compare it with what somebody else has changed since."""
    return statement.with_for_update().execution_options(populate_existing=True)


_UNRESOLVED: Final = select(Alert).where(
    Alert.conversation_id == bindparam("conversation"), Alert.state != constant(AlertState.RESOLVED.value)
)
_UNRESOLVED_LOCKED: Final = _as_it_is_now(_UNRESOLVED)


def has_unresolved_alert(session: Session, conversation_id: int) -> bool:
    """Whether a conversation has one; true until the end of the transaction where the conversation is locked."""
    return bool(session.execute(select(unresolved(conversation_id))).scalar_one())


def unresolved(conversation_id: Any) -> Any:
    """SQL: what `has_unresolved_alert` tells. conversation_id: a value, or SQL."""
    return (
        select(Alert.id)
        .where(Alert.conversation_id == conversation_id, Alert.state != constant(AlertState.RESOLVED.value))
        .exists()
    )


def in_crisis(session: Session, conversation_id: int) -> bool:
    """True from a crisis message until a person has resolved the alert: the assistant is sober until then."""
    alert = unresolved_alert(session, conversation_id)
    return alert is not None and alert.level == Level.CRISIS.value


def acknowledge(session: Session, alert_id: int, staff_id: int, now: datetime, left: Left = Left()) -> Alert:
    """A named person has seen the alert and deals with it: nobody else is paged, unless nobody does anything with it
    for as long as `left` says. Raises AlertConflict where it is resolved already."""
    alert = locked_alert(session, alert_id)
    if alert.state == AlertState.RESOLVED.value:
        raise AlertConflict(f"Alert {alert_id} was resolved already. Open it to see by whom.")
    alert.state = AlertState.ACKNOWLEDGED.value
    alert.acknowledged_at = now
    alert.acknowledged_by_id = staff_id
    paging.stop(session, alert, "acknowledged", now)
    left_alone.watch(session, alert, left, now)
    record_event(session, alert, "acknowledged", now, staff_id=staff_id)
    return alert


def resolve(
    session: Session,
    alert_id: int,
    staff_id: int,
    disposition: Disposition,
    note: str,
    now: datetime,
    *,
    unreached: bool = False,
    clinicians: Sequence[str] = (),
) -> Alert:
    """End an alert with what became of it.

    note: why, in words; unreached: whether this member of staff may end it although the last try to reach the patient
    failed, which only a clinician may, with a reason; clinicians: to whom it was handed, by name, which a handover
    needs and its history keeps. Raises AlertConflict where it is not acknowledged, or resolved already; Unreached;
    ClinicianMissing; NoteMissing.
    """
    note = note.strip()
    alert = locked_alert(session, alert_id)
    if alert.state == AlertState.RESOLVED.value:
        raise AlertConflict(f"Alert {alert_id} was resolved already. Open it to see by whom.")
    if alert.state == AlertState.OPEN.value:
        raise AlertConflict(f"Alert {alert_id} has news that nobody has acknowledged. Acknowledge it first.")
    if alert.last_attempt == Attempt.NO_ANSWER.value and not (unreached and note):
        raise Unreached(
            "Nobody has reached this patient. Write the reason why it may be closed all the same."
            if unreached
            else "The last try to reach them failed. Record that you reached them, or ask a clinician to close it."
        )
    handed = disposition is Disposition.HANDED_OVER
    if handed and not clinicians:
        raise ClinicianMissing("Say to which clinician you handed it: tick a name, or type one.")
    if not note:
        raise NoteMissing(
            "Write a note, or tick what fits: whom you reached, what was agreed, or why it is none."
        )
    alert.state = AlertState.RESOLVED.value
    alert.resolved_at = now
    alert.resolved_by_id = staff_id
    alert.disposition = disposition.value
    alert.note = note
    alert.next_step = alert.next_at = alert.act_by = None
    record_event(
        session,
        alert,
        "resolved",
        now,
        staff_id=staff_id,
        detail={
            "disposition": disposition.value,
            "note": note,
            **({"clinicians": list(clinicians)} if handed else {}),
        },
    )
    live.conversation_changed(session, int(alert.conversation_id))
    return alert


def locked_alert(session: Session, alert_id: int) -> Alert:
    """The alert as it is now, locked until the end of the transaction. Raises AlertConflict where there is none."""
    alert = session.execute(_as_it_is_now(select(Alert).where(Alert.id == alert_id))).scalar_one_or_none()
    if alert is None:
        raise AlertConflict(f"There is no alert {alert_id}. Go back to the queue.")
    return alert


def record_event(session: Session, alert: Alert, kind: str, now: datetime, **fields: Any) -> AlertEvent:
    """Add a line to the history of an alert, and tell open pages."""
    event = AlertEvent(alert_id=alert.id, at=now, kind=kind, level=alert.level, **fields)
    session.add(event)
    session.flush()
    live.queue_changed(session)
    return event


def open_item(session: Session, kind: ItemKind, message: Message, reason: str, now: datetime) -> Item:
    """Put something other than an alert into the staff queue; the same kind for the same message is one item."""
    statement = select(Item).where(Item.kind == kind.value, Item.message_id == message.id)
    item = session.execute(statement).scalar_one_or_none()
    if item is None:
        item = Item(
            kind=kind.value,
            conversation_id=message.conversation_id,
            message_id=message.id,
            reason=reason,
            opened_at=now,
        )
        session.add(item)
        session.flush()
        live.queue_changed(session)
    return item


def close_item(session: Session, item_id: int, staff_id: int, now: datetime) -> Item:
    """A member of staff has dealt with the item. Raises AlertConflict where it is unknown or closed already."""
    item = session.execute(select(Item).where(Item.id == item_id).with_for_update()).scalar_one_or_none()
    if item is None or item.closed_at is not None:
        raise AlertConflict(f"Item {item_id} is not open. Go back to the queue.")
    item.closed_at = now
    item.closed_by_id = staff_id
    live.queue_changed(session)
    return item
