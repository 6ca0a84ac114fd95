"""A patient's plan of check-ins: what is to come, what became of it, consent, and what staff change about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from starlette.responses import Response

from bot.care import check_in_consent, check_in_plan, check_in_requests, people
from bot.care.check_in_consent import How
from bot.care.conversations import conversation_of
from bot.care.models import Channel, CheckIn, CheckInPause, CheckInReason, CheckInState, Conversation, Patient
from bot.clinic.errors import AftercareError
from bot.clinic.instruments import FOLDER
from bot.staff.console import View, Visit
from bot.staff.errors import NotHere
from bot.staff.labels import local_in
from bot.staff.permissions import Permission
from bot.staff.queue_views import done

LOOK_BACK = timedelta(days=14)
"""How long a check-in that could not be sent stays on the list of the clinic."""
MOST_SHOWN = 200
"""Lines of that list; the newest. More than that is a fault of the assistant, and no list to read."""

STATES = {
    CheckInState.SCHEDULED.value: "planned",
    CheckInState.SENT.value: "sent, no answer yet",
    CheckInState.OPEN.value: "begun",
    CheckInState.FINISHED.value: "answered",
    CheckInState.PARTIAL.value: "partly answered",
    CheckInState.EXPIRED.value: "expired",
    CheckInState.CANCELLED.value: "cancelled",
}
REASONS = {
    CheckInReason.ALERT.value: "an alert was not resolved",
    CheckInReason.STAFF_SPEAKS.value: "a member of staff had the conversation",
    CheckInReason.WRITING.value: "the patient was writing with us",
    CheckInReason.UNREACHABLE.value: "no number or browser on a channel that the patient agreed to",
    CheckInReason.QUIET_HOURS.value: "quiet hours where the patient lives",
    CheckInReason.TREATMENT_CHANGED.value: "the treatment was moved or cancelled",
    CheckInReason.NEXT_TREATMENT.value: "the plan of the next treatment counts",
    CheckInReason.PLAN_CHANGED.value: "the clinic's plan has changed",
    CheckInReason.NO_CONSENT.value: "no consent",
    CheckInReason.STAFF_CANCELLED.value: "by staff",
    CheckInReason.JUST_ANSWERED.value: "the patient had just done one",
    CheckInReason.UNANSWERED.value: "nobody answered",
    CheckInReason.LATE.value: "not sent: the assistant was not running in its hours",
    CheckInReason.WORRY_INSTEAD.value: "no answer; the patient wrote something worrying instead, see the alert",
}
PAUSED = {
    CheckInPause.WORRY.value: "paused: the patient wrote something worrying, see the alert",
    CheckInPause.NOT_NOW.value: "paused: the patient wants to go on later",
}
HELD_AT_PRESENT = {
    CheckInReason.ALERT.value: "an alert is not resolved",
    CheckInReason.STAFF_SPEAKS.value: "a member of staff has the conversation",
    CheckInReason.WRITING.value: "the patient is writing with us",
}
HOW = {
    How.IN_PERSON.value: "in person",
    How.ON_PAPER.value: "on paper",
    How.BY_PHONE.value: "by phone",
    How.IN_WRITING_HERE.value: "in a message",
    How.TO_THE_CARRIER.value: "to the carrier (STOP)",
    How.DEMO.value: "invented, for the demo",
}
CHANNELS = {Channel.SMS.value: "text message", Channel.WEB.value: "web chat"}


@dataclass(frozen=True)
class Line:
    """One check-in as the page shows it. Times are the patient's; status: its state, with why it came to that."""

    check_in: CheckIn
    due: str
    sent: str
    reminded: str
    status: str
    held: bool
    waits: bool


def show(visit: Visit) -> Response:
    """The page of one patient."""
    patient = people.patient_by_id(visit.record, visit.id())
    visit.note("check_ins.viewed", f"patient:{patient.id}")
    return _page(visit, patient)


def overview(visit: Visit) -> Response:
    """Over all patients: what is held back now, and what could not be sent lately."""
    visit.note("check_ins.viewed")
    since = visit.now - LOOK_BACK
    # After days without a carrier there are thousands: they are counted, not read.
    rows = check_in_plan.not_sent(visit.record, since, MOST_SHOWN)
    many = check_in_plan.count_not_sent(visit.record, since) if len(rows) == MOST_SHOWN else len(rows)
    # All at once, not one after the other when each line asks whose it is.
    whose = select(Conversation).options(joinedload(Conversation.patient))
    known = visit.record.execute(whose.where(Conversation.id.in_([row.conversation_id for row in rows])))
    conversations = {int(one.id): one for one in known.scalars()}
    found = [
        (patient, _line(visit, row, _zone(visit, patient)))
        for row in rows
        if (patient := conversations[int(row.conversation_id)].patient) is not None
    ]
    return visit.page(
        "check_ins_not_sent.html",
        found=found,
        days=LOOK_BACK.days,
        plain_key=plain_key,
        left_out=many - len(rows),
    )


def plain_key(key: str) -> str:
    """The name of an entry of the plan as words."""
    return (key or "asked for").replace("_", " ")


def _zone(visit: Visit, patient: Patient) -> ZoneInfo:
    return check_in_plan.zone_of(patient, visit.console.clinic)


def _page(visit: Visit, patient: Patient, status: int = 200, error: str = "") -> Response:
    zone = _zone(visit, patient)
    conversation = conversation_of(visit.record, patient)
    rows = check_in_plan.planned(visit.record, int(conversation.id))
    consents = check_in_consent.history(visit.record, int(patient.id))
    agreed = {one.channel for one in consents if one.withdrawn_at is None}
    return visit.page(
        "check_ins.html",
        status,
        patient=patient,
        zone=zone.key,
        lines=[_line(visit, row, zone) for row in rows],
        consents=consents,
        to_agree=[channel for channel in CHANNELS if channel not in agreed],
        channels=CHANNELS,
        how=HOW,
        hows=[how.value for how in check_in_consent.RECORDED_BY_STAFF],
        instruments=_instruments(),
        plain_key=plain_key,
        done=done(visit),
        error=error,
    )


def _line(visit: Visit, row: CheckIn, zone: ZoneInfo) -> Line:
    def shown(at: datetime | None) -> str:
        return local_in(at, zone, visit.now) if at is not None else ""

    waits = row.state == CheckInState.SCHEDULED.value
    held = waits and row.held_because is not None
    if held:
        because = HELD_AT_PRESENT.get(row.held_because, REASONS[row.held_because])
        status = f"held back: {because}"
    elif waits and row.requested_by_id is not None:
        status = "being sent"
    elif row.paused_because is not None and row.ended_at is None:
        status = f"{STATES[row.state]}; {PAUSED[row.paused_because]}"
    else:
        status = STATES[row.state] + (f": {REASONS[row.reason]}" if row.reason else "")
    return Line(row, shown(row.due_at), shown(row.sent_at), shown(row.reminded_at), status, held, waits)


def _instruments() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


def give_consent(visit: Visit) -> Response:
    """The patient agreed to check-ins on a channel; what their treatments call for is planned."""
    patient = people.patient_by_id(visit.record, visit.id())
    channel, how = visit.form.get("channel"), visit.form.get("how")
    if channel not in CHANNELS or how not in {one.value for one in check_in_consent.RECORDED_BY_STAFF}:
        return _page(visit, patient, 422, "Choose the channel, and how the patient agreed.")
    consent = check_in_consent.give(
        visit.record, int(patient.id), Channel(channel), How(how), visit.staff.id, visit.now
    )
    check_in_plan.replan(visit.record, int(patient.id), visit.console.clinic, visit.now)
    visit.note("consent.recorded", f"patient:{patient.id}", consent=int(consent.id), channel=channel, how=how)
    return _back(visit, patient, "consent-recorded")


def withdraw_consent(visit: Visit) -> Response:
    """The patient took their consent back; without any, nothing is sent any more."""
    how = visit.form.get("how")
    if how not in {one.value for one in check_in_consent.RECORDED_BY_STAFF}:
        raise NotHere("Say how the patient took the consent back. Go back and choose.")
    consent = check_in_consent.withdraw(visit.record, visit.id(), How(how), visit.staff.id, visit.now)
    patient = people.patient_by_id(visit.record, int(consent.patient_id))
    check_in_plan.replan(visit.record, int(patient.id), visit.console.clinic, visit.now)
    visit.note("consent.withdrawn", f"patient:{patient.id}", consent=int(consent.id), how=how)
    return _back(visit, patient, "consent-withdrawn")


def set_zone(visit: Visit) -> Response:
    """By whose clock the patient lives."""
    patient = people.patient_by_id(visit.record, visit.id())
    zone = visit.form.get("zone")
    try:
        people.set_time_zone(visit.record, int(patient.id), zone, visit.console.clinic, visit.now)
    except people.BadZone as refused:
        return _page(visit, patient, 422, str(refused))
    visit.note("patient.zone_changed", f"patient:{patient.id}", zone=zone)
    return _back(visit, patient, "zone-changed")


def cancel(visit: Visit) -> Response:
    """This one is not sent."""

    def work() -> CheckIn:
        return check_in_requests.cancel(visit.record, visit.id(), visit.now)

    return _done_with(visit, work, "check_in.cancelled", "check-in-cancelled")


def send_now(visit: Visit) -> Response:
    """This one is sent now instead of when it is due."""

    def work() -> CheckIn:
        return check_in_requests.send_now(
            visit.record, visit.id(), visit.staff.id, visit.console.clinic, visit.now
        )

    return _done_with(visit, work, "check_in.requested", "check-in-requested")


def send_one(visit: Visit) -> Response:
    """One beside the plan is sent now."""
    patient = people.patient_by_id(visit.record, visit.id())
    instrument = visit.form.get("instrument")
    if instrument not in _instruments():
        return _page(visit, patient, 422, "Choose the questions.")
    try:
        made = check_in_requests.send_one(
            visit.record, int(patient.id), instrument, visit.staff.id, visit.console.clinic, visit.now
        )
    except AftercareError as refused:
        return _page(visit, patient, refused.status, str(refused))
    visit.note("check_in.requested", f"patient:{patient.id}", check_in=int(made.id), instrument=instrument)
    return _back(visit, patient, "check-in-requested")


def _done_with(visit: Visit, work: Any, action: str, what: str) -> Response:
    try:
        row = work()
    except check_in_requests.NotSendable as refused:
        known = visit.record.get(CheckIn, visit.id())
        return _page(visit, known.conversation.patient, refused.status, str(refused))
    patient = row.conversation.patient
    visit.note(action, f"patient:{patient.id}", check_in=int(row.id))
    return _back(visit, patient, what)


def _back(visit: Visit, patient: Patient, what: str) -> Response:
    return visit.go(f"/staff/patients/{patient.id}/check-ins?done={what}")


_HERE = "/staff/patients/{id:int}"
VIEWS = [
    View("GET", "/staff/check-ins", Permission.PATIENT_VIEW, overview),
    View("GET", f"{_HERE}/check-ins", Permission.PATIENT_VIEW, show),
    View("POST", f"{_HERE}/check-ins", Permission.CONVERSATION_WRITE, send_one),
    View("POST", f"{_HERE}/consent", Permission.PATIENT_EDIT, give_consent),
    View("POST", f"{_HERE}/zone", Permission.PATIENT_EDIT, set_zone),
    View("POST", "/staff/consent/{id:int}/withdraw", Permission.PATIENT_EDIT, withdraw_consent),
    View("POST", "/staff/check-ins/{id:int}/cancel", Permission.CONVERSATION_WRITE, cancel),
    View("POST", "/staff/check-ins/{id:int}/send", Permission.CONVERSATION_WRITE, send_now),
]
