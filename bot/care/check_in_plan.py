"""The plan of check-ins: from infusions and the clinic's settings to times, and from times to rows.

One rule keeps plans from doubling: from the local day of an infusion on, only the plan of that infusion counts. So a
course of six infusions in two weeks asks at most once a day, and the last infusion's plan runs to its end.

Whoever changes planned check-ins holds the conversation's lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.care import check_in_consent
from bot.care.conversations import conversation_of, lock
from bot.care.models import CheckIn, CheckInReason, CheckInState, Patient, Treatment
from bot.care.prepared import constant
from bot.clinic.check_in_settings import CheckIns, PlanEntry
from bot.clinic.instruments import load_instrument
from bot.clinic.settings import Clinic

NEVER = datetime.max.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class Planned:
    """One check-in that is to come. Times are aware, in UTC: asked from due_at on, not after send_by."""

    treatment_id: int
    key: str
    instrument: str
    due_at: datetime
    send_by: datetime
    expires_at: datetime


def zone_of(patient: Patient, clinic: Clinic) -> ZoneInfo:
    """The time zone by whose clock the patient lives."""
    return ZoneInfo(patient.time_zone) if patient.time_zone else clinic.zone


def share_of(patient_id: int) -> float:
    """Where in the spread a patient is asked, 0 to below 1: the same each time, and even over all patients."""
    digest = hashlib.sha256(str(patient_id).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def times(
    infusions: Iterable[tuple[int, datetime]], settings: CheckIns, zone: ZoneInfo, share: float = 0.0
) -> list[Planned]:
    """All check-ins after these infusions, past and to come, in order; at most one on any local day.

    infusions: (identifier, aware time of its beginning); share: of the patient, by `share_of`. A check-in whose window
    cannot hold it is left out: the infusion began too late in the day, or the clock jumped over the window. Each
    expires when the next is due, at the latest.
    """
    ordered = sorted(infusions, key=lambda one: (one[1], one[0]))
    days = [at.astimezone(zone).date() for _, at in ordered]
    found: list[Planned] = []
    for number, (treatment_id, at) in enumerate(ordered):
        until = days[number + 1] if number + 1 < len(days) else date.max
        for entry in settings.plan:
            day = days[number] + timedelta(days=entry.day)
            window = _window(entry, day, at, zone) if day < until else None
            if window is not None:
                due, closes = window
                due = _spread(entry, due, closes, zone, share * settings.spread_minutes)
                expires = due + timedelta(hours=settings.expire_after_hours)
                found.append(Planned(treatment_id, entry.key, entry.instrument, due, closes, expires))
    found.sort(key=lambda one: one.due_at)
    following = [*(one.due_at for one in found[1:]), NEVER]
    return [_until(one, due) for one, due in zip(found, following, strict=False)]


def replan(
    session: Session, patient_id: int, clinic: Clinic, now: datetime, why: CheckInReason | None = None
) -> None:
    """Make the rows say what the plan says: what is missing is added, what has moved is moved, what is not wanted any
    more is cancelled. What was sent stays as it was. Called again it changes nothing.

    why: the reason noted on what is cancelled, where the caller knows it better than the rows do.
    """
    patient = session.get(Patient, patient_id)
    if patient is None:
        return
    conversation_id = int(conversation_of(session, patient).id)
    lock(session, conversation_id)
    treatments = _treatments(session, patient_id)
    agreed = check_in_consent.channels(session, patient_id)
    infusions = [(one.id, one.infusion_at) for one in treatments.values() if one.cancelled_at is None]
    zone = zone_of(patient, clinic)
    wanted = times(infusions, clinic.check_ins, zone, share_of(patient_id)) if agreed else []
    if not agreed:
        why = CheckInReason.NO_CONSENT
    open_plans = {(one.treatment_id, one.key): one for one in wanted}
    settled = set()
    for row in _planned_rows(session, conversation_id):
        key = (row.treatment_id, row.plan_key)
        plan = open_plans.get(key)
        if row.state != CheckInState.SCHEDULED.value:
            if _settles(row, treatments):
                settled.add(key)
        elif agreed and (row.treatment_id is None or row.requested_by_id is not None):
            settled.add(key)  # no matter of the plan, or not any more
        elif plan is not None and (plan.send_by > now or plan.due_at == row.due_at):
            settled.add(key)
            _move(row, plan)
        else:
            cancel_row(row, why or _why_not(row, treatments, plan, clinic.check_ins), now)
    for key, plan in open_plans.items():
        if key not in settled and plan.send_by > now:
            _add(session, conversation_id, plan)
    session.flush()


def with_plans(session: Session, settings: CheckIns, now: datetime) -> list[int]:
    """The patients whose plan is not over."""
    longest = max((entry.day for entry in settings.plan), default=0)
    statement = (
        select(Treatment.patient_id)
        .where(Treatment.infusion_at > now - timedelta(days=longest + 2))
        .union(
            select(Treatment.patient_id)
            .join(CheckIn, CheckIn.treatment_id == Treatment.id)
            .where(CheckIn.state == constant(CheckInState.SCHEDULED.value))
        )
    )
    return sorted(int(one) for one in session.execute(statement).scalars())


def planned(session: Session, conversation_id: int, limit: int = 60) -> Sequence[CheckIn]:
    """The check-ins that we sent or plan to send, the newest or furthest first."""
    statement = select(CheckIn).where(CheckIn.conversation_id == conversation_id, CheckIn.due_at.is_not(None))
    return session.execute(statement.order_by(CheckIn.due_at.desc(), CheckIn.id).limit(limit)).scalars().all()


def not_sent(session: Session, since: datetime, limit: int | None = None) -> Sequence[CheckIn]:
    """What staff should know of: check-ins that are held back now, and those that expired unsent since `since`; the
    newest or furthest first, at most `limit` (None: all)."""
    statement = select(CheckIn).where(_unsent(since)).order_by(CheckIn.due_at.desc(), CheckIn.id)
    return session.execute(statement.limit(limit)).scalars().all()


def count_not_sent(session: Session, since: datetime) -> int:
    """How many of them there are."""
    return int(session.execute(select(func.count(CheckIn.id)).where(_unsent(since))).scalar_one())


def _unsent(since: datetime) -> Any:
    return or_(
        (CheckIn.state == constant(CheckInState.SCHEDULED.value)) & CheckIn.held_at.is_not(None),
        (CheckIn.state == constant(CheckInState.EXPIRED.value))
        & CheckIn.sent_at.is_(None)
        & (CheckIn.ended_at >= since),
    )


def stop(session: Session, conversation_id: int, now: datetime) -> None:
    """The patient wants no more check-ins: what is planned and what waits for an answer is cancelled at once, and one
    that was begun ends as partial.

    A row that a turn under way is working on is left to it. The conversation is locked.
    """
    lock(session, conversation_id)
    states = (CheckInState.SCHEDULED.value, CheckInState.SENT.value, CheckInState.OPEN.value)
    statement = select(CheckIn).where(CheckIn.conversation_id == conversation_id, CheckIn.state.in_(states))
    rows = session.execute(
        statement.with_for_update(key_share=True, skip_locked=True).execution_options(populate_existing=True)
    )
    for row in rows.scalars():
        begun = row.state == CheckInState.OPEN.value
        cancel_row(row, CheckInReason.NO_CONSENT, now)
        if begun:
            row.state = CheckInState.PARTIAL.value
    session.flush()


def cancel_row(row: CheckIn, reason: CheckInReason, now: datetime) -> None:
    """Note that a check-in is not wanted any more, and why."""
    row.state = CheckInState.CANCELLED.value
    row.reason = reason.value
    row.ended_at = now


def _window(
    entry: PlanEntry, day: date, infusion_at: datetime, zone: ZoneInfo
) -> tuple[datetime, datetime] | None:
    opens, closes = (_moment(day, hour, zone) for hour in entry.window)
    due = max(opens, infusion_at + timedelta(hours=entry.hours_after)).astimezone(timezone.utc)
    # Where the clock jumps over the window, or over the whole day (as in Samoa in 2011), it lies elsewhere.
    if due > closes or due.astimezone(zone).date() != day:
        return None
    return due, closes


def _spread(entry: PlanEntry, due: datetime, closes: datetime, zone: ZoneInfo, minutes: float) -> datetime:
    """`due` so many minutes later, but in the first half of what is left of the window: one that is held back, or a
    worker that was down, needs the rest. Where the clocks go back over the window's beginning it stays as it is."""
    seconds = min(minutes * 60, (closes - due).total_seconds() / 2)
    later = due + timedelta(seconds=int(seconds))
    return later if later.astimezone(zone).time() >= entry.window[0] else due


def _moment(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """A time of the wall clock in UTC; one that comes twice is taken for the first."""
    return datetime.combine(day, hour, tzinfo=zone).astimezone(timezone.utc)


def _until(one: Planned, next_due: datetime) -> Planned:
    return Planned(
        one.treatment_id, one.key, one.instrument, one.due_at, one.send_by, min(one.expires_at, next_due)
    )


def _treatments(session: Session, patient_id: int) -> dict[int, Treatment]:
    statement = select(Treatment).where(Treatment.patient_id == patient_id)
    return {int(one.id): one for one in session.execute(statement).scalars()}


def _planned_rows(session: Session, conversation_id: int) -> Sequence[CheckIn]:
    statement = select(CheckIn).where(CheckIn.conversation_id == conversation_id, CheckIn.due_at.is_not(None))
    return session.execute(statement.execution_options(populate_existing=True)).scalars().all()


def _settles(row: CheckIn, treatments: dict[int, Treatment]) -> bool:
    """Whether a row that is over or under way stands for its entry of the plan, so that it is not planned again.

    One that was cancelled for a reason that may have passed does not, nor one that was due before its infusion: the
    infusion has been moved since.
    """
    lasting = (CheckInReason.STAFF_CANCELLED.value, CheckInReason.JUST_ANSWERED.value)
    if row.state == CheckInState.CANCELLED.value and row.reason not in lasting:
        return False
    treatment = treatments.get(row.treatment_id)
    return treatment is None or row.due_at >= treatment.infusion_at


def _why_not(
    row: CheckIn, treatments: dict[int, Treatment], plan: Planned | None, settings: CheckIns
) -> CheckInReason:
    treatment = treatments.get(row.treatment_id)
    if plan is not None or treatment is None or treatment.cancelled_at is not None:
        return CheckInReason.TREATMENT_CHANGED
    if row.plan_key not in {entry.key for entry in settings.plan}:
        return CheckInReason.PLAN_CHANGED
    later = any(
        one.cancelled_at is None and one.infusion_at > treatment.infusion_at for one in treatments.values()
    )
    return CheckInReason.NEXT_TREATMENT if later else CheckInReason.TREATMENT_CHANGED


def _move(row: CheckIn, plan: Planned) -> None:
    if row.due_at != plan.due_at:
        row.held_at = row.held_because = None
    row.due_at, row.send_by, row.expires_at = plan.due_at, plan.send_by, plan.expires_at
    if row.instrument != plan.instrument:
        row.instrument = plan.instrument
        row.instrument_version = load_instrument(plan.instrument).version


def _add(session: Session, conversation_id: int, plan: Planned) -> None:
    session.add(
        CheckIn(
            conversation_id=conversation_id,
            treatment_id=plan.treatment_id,
            plan_key=plan.key,
            instrument=plan.instrument,
            instrument_version=load_instrument(plan.instrument).version,
            state=CheckInState.SCHEDULED.value,
            due_at=plan.due_at,
            send_by=plan.send_by,
            expires_at=plan.expires_at,
        )
    )
