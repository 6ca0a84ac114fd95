"""One conversation: read it, decide on its alert, take it over, write, hand it back."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from starlette.responses import Response

from bot.care import alerts, check_in_consent, left_alone, ownership
from bot.care.carrying_on import written_before
from bot.care.conversation_page import ConversationPage, alerts_of, conversation_head, conversation_page
from bot.care.corrections import judged
from bot.care.follow_up import told
from bot.care.models import AlertState, Channel, Disposition
from bot.care.people import treatments_of
from bot.clinic.errors import AftercareError
from bot.guidance.errors import UnknownTopic
from bot.guidance.phases import phase_of
from bot.staff.canned import offers, wording
from bot.staff.console import View, Visit
from bot.staff.correction_views import names
from bot.staff.errors import Stale
from bot.staff.events import state_of
from bot.staff.permissions import Permission
from bot.staff.queue_views import acted, alert_as_seen, back, done, outlook_of
from bot.staff.segments import cost
from bot.staff.short_notes import (
    LONGEST_NAME,
    clinicians_for,
    handed_to,
    named_clinicians,
    short_notes,
    whole_note,
)

LONGEST_REPLY = 5000
LONGEST_NOTE = 2000


def show(visit: Visit) -> Response:
    """The page. That somebody read it is in the audit."""
    conversation, _ = conversation_head(visit.record, visit.id())
    if conversation.patient is not None and conversation.patient.merged_into_id is not None:
        return visit.go(f"/staff/patients/{conversation.patient.merged_into_id}")
    visit.note("conversation.viewed", f"conversation:{visit.id()}")
    return _page(visit, visit.id())


def _page(visit: Visit, conversation_id: int, status: int = 200, **values: Any) -> Response:
    """The whole page again; `values` hold what was typed and what was wrong with it."""
    # Before anything is read to be shown: what comes between the two is news to the page, and not lost to it.
    drawn = json.dumps(state_of(visit.record, conversation_id, visit.console.clinic, visit.now))
    page = _read(visit, conversation_id)
    shown = {**_shared(visit, page), "drawn": drawn, "done": done(visit), **values}
    return visit.page("conversation.html", status, **shown)


def _read(visit: Visit, conversation_id: int) -> ConversationPage:
    before = visit.request.query_params.get("before", "")
    number = int(before) if before.isdecimal() and len(before) < 18 else None
    return conversation_page(visit.record, conversation_id, number)


def _shared(visit: Visit, page: ConversationPage) -> dict[str, Any]:
    conversation = page.conversation
    treatments = treatments_of(visit.record, conversation)
    channel = ownership.reply_channel(visit.record, int(conversation.id))
    patient_id = int(conversation.patient_id or 0)
    return {
        "page": page,
        "outlook": outlook_of(visit, page.alert),
        "left": left_alone.left_event(visit.record, page.alert),
        "short_notes": short_notes(visit, page.alerts) if _can_end(visit, page) else {},
        "ticked": frozenset(),
        "close_unreached": visit.staff.may(Permission.ALERT_CLOSE_UNREACHED),
        "told": told(visit.record, page.alert),
        "before": written_before(visit.record, page.alert),
        "said": judged(visit.record, [message.id for message in page.messages]),
        "said_names": names(visit),
        "agreed": check_in_consent.channels(visit.record, patient_id) if patient_id else (),
        "placement": phase_of(visit.now, treatments, visit.console.clinic),
        "channel": channel.value,
        "can_text": ownership.can_text(visit.record, int(conversation.id)),
        "mine": conversation.owner_id == visit.staff.id,
        "once": str(uuid4()),
        "draft": "",
        "offers": offers(visit),
        "offered": "",
        "offer_error": "",
        "closing": [item.id for item in page.items],
        "reply_error": "",
        "resolve_error": "",
        "disposition": "",
        "note": "",
        "clinician": "",
        "longest_name": LONGEST_NAME,
        "treatment_error": "",
        "treatment": {},
    }


def _can_end(visit: Visit, page: ConversationPage) -> bool:
    acknowledged = page.alert is not None and page.alert.state == AlertState.ACKNOWLEDGED.value
    return acknowledged and visit.staff.may(Permission.ALERT_HANDLE)


def transcript(visit: Visit) -> Response:
    """The messages alone, for a page that is open."""
    return visit.page("_transcript.html", **_shared(visit, _read(visit, visit.id())))


def panel(visit: Visit) -> Response:
    """The alert and the items alone, for a page that is open."""
    return visit.page("_panel.html", **_shared(visit, _read(visit, visit.id())))


def history(visit: Visit) -> Response:
    """What was done with the alerts so far, alone, for a page that is open."""
    return visit.page("_history.html", page=_read(visit, visit.id()))


def composer(visit: Visit) -> Response:
    """The form to write with alone, for a page that is open."""
    return visit.page("_composer.html", **_shared(visit, _read(visit, visit.id())))


def resolve(visit: Visit) -> Response:
    """End an alert with a disposition from the list and a note, typed or ticked; a handover with a clinician's name."""
    alert = alert_as_seen(visit)
    conversation_id = int(alert.conversation_id)
    chosen, typed, ticked = visit.form.get("disposition"), visit.form.get("note"), visit.form.all("short")
    offered = short_notes(visit, alerts_of(visit.record, conversation_id)).get(chosen, ())
    handed, name = chosen == Disposition.HANDED_OVER.value, visit.form.get("clinician")
    clinicians = named_clinicians(ticked, clinicians_for(visit), name) if handed else []
    # A name that was typed says as much as one that was ticked.
    said = [handed_to(one) for one in clinicians]
    note = whole_note([*ticked, *said], list(dict.fromkeys([*offered, *said])), typed)
    known = {one.value for one in Disposition}
    error = ""
    if chosen not in known:
        error = "Choose what became of it."
    elif handed and len(name) > LONGEST_NAME:
        error = f"The name has {len(name)} characters; {LONGEST_NAME} is the limit. Shorten it."
    elif len(note) > LONGEST_NOTE:
        error = f"The note has {len(note)} characters; {LONGEST_NOTE} is the limit. Shorten it."
    if not error:
        try:
            alerts.resolve(
                visit.record,
                int(alert.id),
                visit.staff.id,
                Disposition(chosen),
                note,
                visit.now,
                unreached=visit.staff.may(Permission.ALERT_CLOSE_UNREACHED),
                clinicians=clinicians,
            )
        except (
            alerts.AlertConflict,
            alerts.Unreached,
            alerts.ClinicianMissing,
            alerts.NoteMissing,
        ) as conflict:
            error = str(conflict)
    if error:
        shown = {"disposition": chosen, "note": typed, "ticked": frozenset(ticked), "clinician": name}
        return _page(visit, conversation_id, 422, resolve_error=error, **shown)
    detail = {"disposition": chosen, **({"clinicians": clinicians} if clinicians else {})}
    visit.note("alert.resolved", f"alert:{alert.id}", **detail, conversation=conversation_id)
    return back(visit, conversation_id, "resolved")


def take_over(visit: Visit) -> Response:
    """The assistant falls silent, and the patient is told who writes now."""
    conversation_id = _where_somebody_reads(visit)
    ownership.take_over(
        visit.record,
        conversation_id,
        visit.staff.id,
        visit.now,
        expected_owner_id=visit.form.number("owner"),
        announcement=_announcement(visit, "taken_over", name=visit.staff.name[:60]),
    )
    acted(visit, conversation_id)
    visit.note("conversation.taken_over", f"conversation:{conversation_id}")
    return visit.go(f"/staff/conversations/{conversation_id}?done=taken#text")


def _where_somebody_reads(visit: Visit) -> int:
    """The conversation, if it still is one: nobody reads that of an erased patient, or of a duplicate."""
    conversation, _ = conversation_head(visit.record, visit.id())
    patient = conversation.patient
    if patient is not None and (patient.erased_at or patient.merged_into_id):
        raise Stale(
            "This patient was erased, or is one with another record by now: nobody would read it. Search for them."
        )
    return int(conversation.id)


def hand_back(visit: Visit) -> Response:
    """The assistant answers again, and the patient is told."""
    conversation_id = visit.id()
    ownership.hand_back(
        visit.record,
        conversation_id,
        visit.staff.id,
        visit.now,
        answer_held={"answer": True, "done": False}.get(visit.form.get("held")),
        announcement=_announcement(visit, "handed_back"),
        seen=visit.form.number("seen"),
    )
    acted(visit, conversation_id)
    visit.note("conversation.handed_back", f"conversation:{conversation_id}")
    return visit.go(f"/staff/conversations/{conversation_id}?done=handed-back")


def _announcement(visit: Visit, key: str, **fields: str) -> dict[Channel, str]:
    console = visit.console
    texts = {one: console.phrases.say(key, one, console.clinic, **fields) for one in ("web", "sms")}
    return {channel: texts["sms" if channel is Channel.SMS else "web"] for channel in Channel}


def reply(visit: Visit) -> Response:
    """Write to the patient; what cannot be sent comes back with the reason, and nothing that was typed is lost."""
    conversation_id, form = _where_somebody_reads(visit), visit.form
    text, once, closing = form.get("text"), form.get("once")[:64], form.numbers("closes")
    channel = ownership.reply_channel(visit.record, conversation_id)
    error, status = _wrong_with(text, channel), 422
    if not error:
        try:
            with visit.record.begin_nested():
                if form.get("then") == "own":
                    ownership.take_over(
                        visit.record,
                        conversation_id,
                        visit.staff.id,
                        visit.now,
                        expected_owner_id=form.number("owner"),
                        announcement=_announcement(visit, "taken_over", name=visit.staff.name[:60]),
                    )
                message = ownership.write(
                    visit.record,
                    conversation_id,
                    visit.staff.id,
                    text,
                    visit.now,
                    once=once or str(uuid4()),
                    seen=form.number("seen") or 0,
                    closes=closing,
                )
        except AftercareError as refused:
            error, status = str(refused), refused.status
            if status == 404:
                raise
    if error:
        return _page(visit, conversation_id, status, reply_error=error, draft=text, closing=closing)
    acted(visit, conversation_id)
    visit.note("message.written", f"conversation:{conversation_id}", message=message.id, closed=closing)
    return visit.go(f"/staff/conversations/{conversation_id}?done=sent#text")


def _wrong_with(text: str, channel: Channel) -> str:
    if not text:
        return "There is nothing to send. Write your reply first."
    if len(text) > LONGEST_REPLY:
        return f"Your text has {len(text)} characters; {LONGEST_REPLY} is the limit. Shorten it."
    if channel is Channel.SMS and cost(text).too_long:
        parts = cost(text).segments
        return f"Your text would arrive as {parts} text messages. Shorten it, or phone."
    return ""


def canned(visit: Visit) -> Response:
    """Put the guidance on a topic behind what was typed. Nothing is sent: it is there to be edited."""
    conversation, _ = conversation_head(visit.record, _where_somebody_reads(visit))
    typed, topic, error = visit.form.get("text"), visit.form.get("topic"), ""
    channel = ownership.reply_channel(visit.record, int(conversation.id)).value
    try:
        typed = f"{typed}\n\n{wording(visit, conversation, topic, channel)}".strip()
    except UnknownTopic:
        error = "Choose a topic first."
    values = {
        "draft": typed,
        "closing": visit.form.numbers("closes"),
        "offered": topic,
        "offer_error": error,
    }
    if not visit.from_htmx:
        return _page(visit, int(conversation.id), 422 if error else 200, **values)
    shared = _shared(visit, _read(visit, int(conversation.id)))
    return visit.page("_composer.html", **{**shared, **values})


def count_segments(visit: Visit) -> Response:
    """How many text messages the draft is, while it is being written."""
    text = visit.form.raw("text").strip()
    return visit.page("_segments.html", cost=cost(text), length=len(text))


_HERE = "/staff/conversations/{id:int}"
VIEWS = [
    View("GET", _HERE, Permission.CONVERSATION_VIEW, show),
    View("GET", f"{_HERE}/transcript", Permission.CONVERSATION_VIEW, transcript, passive=True),
    View("GET", f"{_HERE}/panel", Permission.CONVERSATION_VIEW, panel, passive=True),
    View("GET", f"{_HERE}/history", Permission.CONVERSATION_VIEW, history, passive=True),
    View("GET", f"{_HERE}/composer", Permission.CONVERSATION_VIEW, composer, passive=True),
    View("POST", "/staff/alerts/{id:int}/resolve", Permission.ALERT_HANDLE, resolve),
    View("POST", f"{_HERE}/take-over", Permission.CONVERSATION_WRITE, take_over),
    View("POST", f"{_HERE}/hand-back", Permission.CONVERSATION_WRITE, hand_back),
    View("POST", f"{_HERE}/reply", Permission.CONVERSATION_WRITE, reply),
    View("POST", f"{_HERE}/canned", Permission.CONVERSATION_WRITE, canned),
    View("POST", "/staff/segments", Permission.CONVERSATION_WRITE, count_segments),
]
