"""The roster: who is on call when, how each is reached, days away, opening hours, holidays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any

from starlette.responses import Response

from bot.care import pages, roster, roster_edits
from bot.care.models import Responder
from bot.care.paging_view import standing
from bot.clinic.errors import AftercareError
from bot.staff.console import View, Visit
from bot.staff.permissions import Permission

HERE = "/staff/roster"


def show(visit: Visit) -> Response:
    """The whole roster on one page."""
    visit.note("roster.viewed")
    return _page(visit)


def _page(visit: Visit, status: int = 200, error: str = "", **values: Any) -> Response:
    clinic = visit.console.clinic
    roster_edits.seed(visit.record, clinic)
    visit.record.flush()
    visit.record.expire_all()
    found = roster.read(visit.record, clinic)
    return visit.page(
        "roster.html",
        status,
        roster=found,
        standing=standing(visit.record, found, visit.now),
        gaps=found.gaps(visit.now),
        opening=None if found.is_working(visit.now) else found.next_opening(visit.now),
        error=error,
        values=values,
        done=_DONE.get(visit.request.query_params.get("done", ""), ""),
    )


_DONE = {
    "changed": "The roster is changed. It counts from now on.",
    "test": "A test page is on its way. What became of it is in the log of pages.",
}


Edit = tuple[str, dict[str, Any]]
"""What the audit says of a change: what was changed, and how."""


def _changing(what: str, change: Callable[[Visit], str | Edit]) -> Callable[[Visit], Response]:
    """A view that changes the roster: what was refused comes back with what was typed."""

    def handle(visit: Visit) -> Response:
        try:
            with visit.record.begin_nested():
                edit = change(visit)
                subject, detail = (edit, {}) if isinstance(edit, str) else edit
        except AftercareError as refused:
            typed = {name: visit.form.get(name) for name in visit.form.fields}
            return _page(visit, refused.status, str(refused), **typed)
        visit.note(what, subject, **detail)
        return visit.go(f"{HERE}?done={'test' if what == 'roster.test_page' else 'changed'}")

    return handle


def _person(visit: Visit) -> int:
    number = visit.form.number("person")
    if number is None:
        raise roster_edits.BadRosterEntry("Choose a person.")
    return number


def _date(visit: Visit, name: str, what: str) -> date:
    try:
        return date.fromisoformat(visit.form.get(name))
    except ValueError:
        raise roster_edits.BadRosterEntry(f"Write {what} as a date.") from None


def _time(visit: Visit, name: str, what: str) -> time:
    at: time | None = None
    try:
        at = time.fromisoformat(visit.form.get(name))
    except ValueError:
        pass
    if at is None or at.tzinfo is not None:  # it is the clinic's
        raise roster_edits.BadRosterEntry(f"Write {what} as a time, such as 08:00.")
    return at


def _add_person(visit: Visit) -> str:
    form = visit.form
    person = roster_edits.add_person(
        visit.record, form.get("name"), form.get("email"), form.get("role"), form.get("phone")
    )
    return f"responder:{person.id}"


def _remove_person(visit: Visit) -> str:
    return f"responder:{roster_edits.remove_person(visit.record, visit.id()).id}"


def _move_up(visit: Visit) -> str:
    return f"responder:{roster_edits.move_up(visit.record, visit.id()).id}"


def _add_contact(visit: Visit) -> str:
    contact = roster_edits.add_contact(
        visit.record, visit.id(), visit.form.get("kind"), visit.form.get("address")
    )
    return f"contact:{contact.id}"


def _remove_contact(visit: Visit) -> str:
    return f"contact:{roster_edits.remove_contact(visit.record, visit.id()).id}"


def _add_shift(visit: Visit) -> str:
    starts, ends = _time(visit, "starts", "the beginning"), _time(visit, "ends", "the end")
    # The field's values are 1 to 7: an empty form field is 0.
    weekdays = [number - 1 for number in visit.form.numbers("weekday")]
    day = None if not visit.form.get("day") else _date(visit, "day", "the day")
    made = roster_edits.add_shifts(visit.record, _person(visit), starts, ends, weekdays=weekdays, day=day)
    return " ".join(f"shift:{shift.id}" for shift in made)


def _remove_shift(visit: Visit) -> str:
    return f"responder:{roster_edits.remove_shift(visit.record, visit.id()).responder_id}"


def _add_absence(visit: Visit) -> str:
    first, last = _date(visit, "first", "the first day"), _date(visit, "last", "the last day")
    return f"responder:{roster_edits.add_absence(visit.record, _person(visit), first, last).responder_id}"


def _remove_absence(visit: Visit) -> str:
    return f"responder:{roster_edits.remove_absence(visit.record, visit.id()).responder_id}"


def _set_hours(visit: Visit) -> Edit:
    hours = None
    if not visit.form.get("closed"):
        hours = _time(visit, "opens", "when the clinic opens"), _time(visit, "closes", "when it closes")
    weekdays = [number - 1 for number in visit.form.numbers("open_on")]
    roster_edits.seed(visit.record, visit.console.clinic)
    changed = roster_edits.set_hours(visit.record, weekdays, hours)
    roster_edits.opens_otherwise(visit.record, visit.now)
    return "roster:opening_hours", changed


def _add_holiday(visit: Visit) -> str:
    day = _date(visit, "holiday", "the holiday")
    roster_edits.add_holiday(visit.record, day, visit.form.get("called"))
    roster_edits.opens_otherwise(visit.record, visit.now)
    return f"holiday:{day.isoformat()}"


def _remove_holiday(visit: Visit) -> str:
    day = _date(visit, "day", "the holiday")
    roster_edits.remove_holiday(visit.record, day)
    roster_edits.opens_otherwise(visit.record, visit.now)
    return f"holiday:{day.isoformat()}"


def _send_test(visit: Visit) -> str:
    person: Responder = roster_edits.person_of(visit.record, visit.id())
    pages.trial_now(visit.record, person, visit.now)
    return f"responder:{person.id}"


def _post(path: str, what: str, change: Callable[[Visit], str | Edit]) -> View:
    return View("POST", f"{HERE}/{path}", Permission.ROSTER_EDIT, _changing(what, change))


VIEWS = [
    View("GET", HERE, Permission.ROSTER_VIEW, show),
    _post("people", "roster.person_added", _add_person),
    _post("people/{id:int}/remove", "roster.person_removed", _remove_person),
    _post("people/{id:int}/up", "roster.person_moved", _move_up),
    _post("people/{id:int}/test", "roster.test_page", _send_test),
    _post("people/{id:int}/contacts", "roster.contact_added", _add_contact),
    _post("contacts/{id:int}/remove", "roster.contact_removed", _remove_contact),
    _post("shifts", "roster.shift_added", _add_shift),
    _post("shifts/{id:int}/remove", "roster.shift_removed", _remove_shift),
    _post("absences", "roster.absence_added", _add_absence),
    _post("absences/{id:int}/remove", "roster.absence_removed", _remove_absence),
    _post("hours", "roster.hours_changed", _set_hours),
    _post("holidays", "roster.holiday_added", _add_holiday),
    _post("holidays/remove", "roster.holiday_removed", _remove_holiday),
]
