"""Private notes: a page of their own, so that no note is ever typed into the box that writes to the patient."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from bot.care import attempts, notes
from bot.care.alerts import unresolved_alert
from bot.care.conversation_page import conversation_head
from bot.care.joined import conversations_of
from bot.safety.levels import Level
from bot.staff.console import View, Visit
from bot.staff.permissions import Permission
from bot.staff.queue_views import done

LONGEST = 4000


def show(visit: Visit) -> Response:
    """All notes beside a conversation, and the form for a new one."""
    visit.note("notes.viewed", f"conversation:{visit.id()}")
    return _page(visit, visit.id())


def beside(visit: Visit) -> Response:
    """The notes for an open conversation, which asks for them by itself; whoever opened that is in the audit."""
    return visit.page("_notes.html", **_shared(visit, visit.id()))


def write(visit: Visit) -> Response:
    """Keep a note; one that cannot be kept comes back with the reason, and what was typed."""
    conversation_id, text = visit.id(), visit.form.get("note")
    error = ""
    if not text:
        error = "There is nothing to keep. Write the note first."
    elif len(text) > LONGEST:
        error = f"The note has {len(text)} characters; {LONGEST} is the limit. Shorten it, or make two of it."
    if error:
        return _page(visit, conversation_id, 422, error=error, draft=text)
    note = notes.write(visit.record, conversation_id, visit.staff.id, text, visit.now)
    attempts.noted(visit.record, conversation_id, visit.now, visit.left)
    visit.note("note.written", f"conversation:{conversation_id}", note=int(note.id))
    return visit.go(f"/staff/conversations/{conversation_id}/notes?done=note-written")


def strike(visit: Visit) -> Response:
    """A note was wrong: it stays readable, struck out."""
    note = notes.strike(visit.record, visit.id(), visit.staff.id, visit.now)
    visit.note("note.struck", f"conversation:{note.conversation_id}", note=int(note.id))
    return visit.go(f"/staff/conversations/{note.conversation_id}/notes?done=note-struck")


def _page(visit: Visit, conversation_id: int, status: int = 200, **values: Any) -> Response:
    shown = {**_shared(visit, conversation_id), "done": done(visit), "error": "", "draft": ""}
    return visit.page("notes.html", status, **{**shown, **values})


def _shared(visit: Visit, conversation_id: int) -> dict[str, Any]:
    conversation, name = conversation_head(visit.record, conversation_id)
    together = conversations_of(visit.record, conversation)
    alert = unresolved_alert(visit.record, conversation_id)
    immediate = alert is not None and Level(alert.level).immediate
    return {
        "conversation": conversation,
        "alert": alert,
        "by_notes": int(visit.left.by_notes(immediate) / timedelta(minutes=1)),
        "name": name,
        "notes": notes.notes_of(visit.record, together),
        "longest": LONGEST,
    }


_HERE = "/staff/conversations/{id:int}/notes"
VIEWS = [
    View("GET", _HERE, Permission.NOTE_VIEW, show),
    View("GET", f"{_HERE}/beside", Permission.NOTE_VIEW, beside, passive=True),
    View("POST", _HERE, Permission.NOTE_WRITE, write),
    View("POST", "/staff/notes/{id:int}/strike", Permission.NOTE_WRITE, strike),
]
