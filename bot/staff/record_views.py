"""A patient's record as a whole: saved as a file, and the ways to merge and to erase it."""

from __future__ import annotations

import json

from starlette.responses import Response

from bot.care import export, people
from bot.staff.console import View, Visit
from bot.staff.permissions import Permission
from bot.staff.queue_views import done


def show(visit: Visit) -> Response:
    """What can be done with the whole record."""
    patient = people.patient_by_id(visit.record, visit.id())
    visit.note("patient.viewed", f"patient:{patient.id}")
    return visit.page("record.html", patient=patient, done=done(visit), left_out=export.LEFT_OUT)


def save(visit: Visit) -> Response:
    """Everything about the patient, as JSON."""
    whole = export.everything(visit.record, visit.id(), visit.now)
    visit.note("patient.exported", f"patient:{visit.id()}", messages=len(whole["messages"]))
    content = json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    # No name of a patient in the name of a file: it stands in the history of browsers.
    disposition = f'attachment; filename="patient-{visit.id()}.json"'
    return Response(content, media_type="application/json", headers={"Content-Disposition": disposition})


_HERE = "/staff/patients/{id:int}/record"
VIEWS = [
    View("GET", _HERE, Permission.PATIENT_EDIT, show),
    View("GET", f"{_HERE}.json", Permission.PATIENT_EXPORT, save),
]
