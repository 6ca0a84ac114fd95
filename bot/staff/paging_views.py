"""The link of a page, tries to reach a patient, and the log of all pages."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from bot.care import alerts, attempts, page_links
from bot.care.models import Alert, AlertState, Attempt, NextStep, PageLink
from bot.care.paging_view import page_log
from bot.clinic.errors import AftercareError
from bot.staff.console import View, Visit
from bot.staff.errors import NotHere, Stale
from bot.staff.permissions import Permission
from bot.staff.queue_views import alert_as_seen, back, refuse_if_taken

LONGEST_NOTE = 1000
NO_LINK = "This link is not one of ours, is cut off, or is too old. Go to the queue: what waits is there."


class BadAttempt(AftercareError):
    """A try to reach a patient was not recorded."""

    code, status = "AC613", 422


def open_link(visit: Visit) -> Response:
    """The link of a page, after log-in: what waits, and one button. Opening it changes nothing."""
    link, alert = _link(visit)
    visit.note("page.opened", f"alert:{alert.id}", page=link.page_id)
    return visit.page(
        "page_link.html",
        alert=alert,
        token=visit.request.path_params["token"],
        spent=page_links.is_spent(link, visit.now),
        follows=alert.follows,
    )


def use_link(visit: Visit) -> Response:
    """Acknowledge by the link of a page. It works once. Of several whose links are pressed together one has it, and the
    others are told who."""
    link, alert = _link(visit)
    alert = alerts.locked_alert(visit.record, int(alert.id))
    refuse_if_taken(visit, alert)
    if alert.state == AlertState.OPEN.value and not page_links.is_spent(link, visit.now):
        if visit.form.number("seen") != alert.news_id:
            raise Stale(
                "There is news in this alert since the page was loaded. Open the link again and read it."
            )
        alerts.acknowledge(visit.record, int(alert.id), visit.staff.id, visit.now, visit.left)
        link.used_at, link.used_by_id = visit.now, visit.staff.id
        conversation = int(alert.conversation_id)
        visit.note("alert.acknowledged", f"alert:{alert.id}", conversation=conversation, page=link.page_id)
        return visit.go(f"/staff/conversations/{conversation}?done=acknowledged")
    return visit.go(f"/staff/conversations/{alert.conversation_id}")


def check_link(request: Request) -> None:
    """Raises NotHere for a link that we did not sign, before anything is asked of the database."""
    if not page_links.is_ours(str(request.path_params["token"])):
        raise NotHere(NO_LINK)


def _link(visit: Visit) -> tuple[PageLink, Alert]:
    link = page_links.link_of(visit.record, str(visit.request.path_params["token"]))
    if link is None or link.page.alert is None:
        raise NotHere(NO_LINK)
    return link, link.page.alert


def record_attempt(visit: Visit) -> Response:
    """Somebody tried to reach the patient. What came of it is kept; a failed try says what follows, and when."""
    alert = alert_as_seen(visit)
    form = visit.form
    reached = form.get("outcome") == Attempt.REACHED.value
    steps = {one.value: one for one in NextStep}
    minutes = form.number("minutes")
    error = ""
    if form.get("outcome") not in {one.value for one in Attempt}:
        error = "Say whether you reached them."
    elif len(form.get("note")) > LONGEST_NOTE:
        error = f"The note is longer than {LONGEST_NOTE} characters. Shorten it."
    else:
        try:
            attempts.record_attempt(
                visit.record,
                int(alert.id),
                visit.staff.id,
                Attempt(form.get("outcome")),
                form.get("note"),
                visit.now,
                step=None if reached else steps.get(form.get("step")),
                at=None if reached or minutes is None else visit.now + timedelta(minutes=minutes),
                left=visit.left,
            )
        except AftercareError as refused:
            if refused.status != 422:
                raise
            error = str(refused)
    if error:
        raise BadAttempt(error)
    visit.note("alert.attempt", f"alert:{alert.id}", outcome=form.get("outcome"))
    return back(visit, int(alert.conversation_id), "reached" if reached else "attempt")


def show_log(visit: Visit) -> Response:
    """The last pages: to whom, by what, when, and what became of each. No patient is named."""
    visit.note("pages.viewed")
    return visit.page("page_log.html", pages=page_log(visit.record))


VIEWS = [
    View("GET", "/staff/page/{token}", Permission.ALERT_HANDLE, open_link, check=check_link),
    View("POST", "/staff/page/{token}", Permission.ALERT_HANDLE, use_link, check=check_link),
    View("POST", "/staff/alerts/{id:int}/attempt", Permission.ALERT_HANDLE, record_attempt),
    View("GET", "/staff/pages", Permission.ROSTER_VIEW, show_log),
]
