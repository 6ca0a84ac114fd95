"""The queue: what to do first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from bot.care import alerts, attempts, roster
from bot.care.models import Alert, AlertState, Item
from bot.care.paging_view import Outlook, outlooks
from bot.staff.board import board
from bot.staff.console import HOME, View, Visit
from bot.staff.errors import Stale
from bot.staff.permissions import Permission

DONE = {
    "acknowledged": "Acknowledged. The alert is yours until it is resolved.",
    "resolved": "Resolved and noted.",
    "closed": "Item closed.",
    "reached": "Noted: you reached them.",
    "attempt": "Noted. When the next step is due, the alert opens again, and pages.",
    "taken": "You have this conversation now. The assistant is silent, and the patient was told.",
    "sent": "Sent.",
    "handed-back": "The assistant has this conversation again, and the patient was told.",
    "recorded": "Treatment recorded.",
    "cancelled": "Treatment cancelled. Its check-ins that were not sent are cancelled too.",
    "moved": "Treatment moved. Its check-ins that were not sent have moved along.",
    "consent-recorded": "Consent recorded. Check-ins are planned from the treatments on record.",
    "consent-withdrawn": "Consent withdrawn.",
    "check-in-cancelled": "Check-in cancelled. It will not be sent.",
    "check-in-requested": "The check-in is being sent. It shows as sent within a minute.",
    "zone-changed": "Time zone saved. Planned check-ins have moved along.",
    "enrolled": "Patient enrolled.",
    "changed": "Details changed.",
    "signed": "Signed off.",
    "corrected": "Kept as an example for the next training.",
    "number-attached": "Number added.",
    "number-detached": "The number is not this patient's any more. Texts from it are a stranger's.",
    "number-preferred": "Texts that we start go to that number.",
    "number-alone": "The number is this patient's alone.",
    "number-opted-out": "Noted: no texts to that number.",
    "number-opted-in": "Noted: they want texts again. After STOP they have to text START as well.",
    "imported": "All patients of the file are enrolled.",
    "erased": "Patient erased. Only that there was one is kept.",
    "merged": "The two records are one.",
    "note-written": "Note kept. Only staff can read it.",
    "note-struck": "Note struck out. It stays readable.",
    "invite-withdrawn": "The link works no more.",
    "browser-ended": "That browser reads and writes no more.",
    "browsers-ended": "All browsers were ended. Make a link for the next one.",
    "session-ended": "That browser is logged out.",
    "sessions-ended": "All your other browsers are logged out.",
    "password-changed": "Your password is changed, and all your other browsers are logged out.",
    "second-factor-removed": "The app is removed. Set up the next one now.",
    "second-factor-reset": "The app is removed, and all browsers of that person are logged out.",
    "account-closed": "The account is closed, and all its browsers are logged out.",
    "account-opened": "The account is open again.",
}
"""What a page says after something was done, by the word in its address."""


def done(visit: Visit) -> str:
    """The note that belongs to `?done=`; empty for anything unknown."""
    return DONE.get(visit.request.query_params.get("done", ""), "")


def _list(visit: Visit) -> dict[str, Any]:
    """What the list shows, and the version by which an open page knows whether it shows that already."""
    drawn = board(visit.record, visit.console.clinic, visit.console.disk, visit.now)
    return {
        "queue": drawn.queue,
        "outlooks": drawn.outlooks,
        "standing": drawn.standing,
        "faults": drawn.faults,
        "drawn": drawn.version,
    }


def outlook_of(visit: Visit, alert: Alert | None) -> Outlook | None:
    """Where the ladder of one alert stands; None where nobody is being paged."""
    if alert is None or alert.state != AlertState.OPEN.value:
        return None
    found = roster.read(visit.record, visit.console.clinic)
    return outlooks(visit.record, [int(alert.id)], found, visit.now).get(int(alert.id))


def queue_page(visit: Visit) -> Response:
    """The whole page."""
    visit.note("queue.viewed")
    return visit.page("queue.html", **_list(visit), done=done(visit))


def queue_part(visit: Visit) -> Response:
    """The lists alone, asked for by the page when something changed."""
    return visit.page("_queue.html", **_list(visit))


def acknowledge(visit: Visit) -> Response:
    """A named person deals with the alert. What they have not seen they cannot acknowledge."""
    alert = alert_as_seen(visit)
    refuse_if_taken(visit, alert)
    if alert.state != AlertState.ACKNOWLEDGED.value:
        alerts.acknowledge(visit.record, alert.id, visit.staff.id, visit.now, visit.left)
        visit.note("alert.acknowledged", f"alert:{alert.id}", conversation=alert.conversation_id)
    return back(visit, int(alert.conversation_id), "acknowledged")


def refuse_if_taken(visit: Visit, alert: Alert) -> None:
    """Raises Stale where a colleague has acknowledged the alert, which must be locked."""
    if alert.state == AlertState.ACKNOWLEDGED.value and alert.acknowledged_by_id != visit.staff.id:
        name = alert.acknowledged_by.name
        raise Stale(f"{name} acknowledged this alert before you. Ask {name}, or open it to help.")


def alert_as_seen(visit: Visit) -> Alert:
    """The alert, locked, if its latest news is what that the member of staff had before them."""
    alert = visit.record.execute(
        select(Alert).where(Alert.id == visit.id()).with_for_update()
    ).scalar_one_or_none()
    if alert is None:
        raise Stale(f"There is no alert {visit.id()}. Go back to the queue.")
    if visit.form.number("seen") != alert.news_id:
        raise Stale(
            "The patient has written again, or there is other news, since this page was loaded. Read it first."
        )
    return alert


def acted(visit: Visit, conversation_id: int) -> None:
    """This member of staff did something with a patient: an alert of theirs is not left alone."""
    alert = attempts.acted(visit.record, conversation_id, visit.staff.id, visit.now, visit.left)
    if alert is not None:
        visit.note("alert.acknowledged", f"alert:{alert.id}", conversation=conversation_id)


def close_item(visit: Visit) -> Response:
    """The item is dealt with."""
    item: Item = alerts.close_item(visit.record, visit.id(), visit.staff.id, visit.now)
    visit.note("item.closed", f"item:{item.id}", kind=item.kind, conversation=item.conversation_id)
    return back(visit, int(item.conversation_id), "closed")


def back(visit: Visit, conversation_id: int, what: str) -> Response:
    """To where the form was: the queue (as a part for htmx) or the conversation."""
    if visit.form.get("from") != "queue":
        return visit.go(f"/staff/conversations/{conversation_id}?done={what}")
    if visit.from_htmx:
        return visit.page("_queue.html", **_list(visit), done=DONE[what])
    return visit.go(f"{HOME}?done={what}")


VIEWS = [
    View("GET", HOME, Permission.QUEUE_VIEW, queue_page),
    View("GET", "/staff/queue", Permission.QUEUE_VIEW, queue_part, passive=True),
    View("POST", "/staff/alerts/{id:int}/acknowledge", Permission.ALERT_HANDLE, acknowledge),
    View("POST", "/staff/items/{id:int}/close", Permission.ALERT_HANDLE, close_item),
]
