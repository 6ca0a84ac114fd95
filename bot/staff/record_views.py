"""A patient's record as a whole: saved as a file, and the ways to merge and to erase it."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from bot.care import export, people
from bot.care.fhir_record import whole_bundle
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
    return _file(visit, whole, "application/json", "json")


def save_as_fhir(visit: Visit) -> Response:
    """The same as a FHIR Bundle, for another record."""
    whole = whole_bundle(visit.record, visit.id(), visit.console.clinic.web.public_url, visit.now)
    visit.note("patient.exported", f"patient:{visit.id()}", format="fhir", resources=len(whole["entry"]))
    return _file(visit, whole, "application/fhir+json", "fhir.json")


def _file(visit: Visit, whole: dict[str, Any], media_type: str, ending: str) -> Response:
    content = json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    # No name of a patient in the name of a file: it stands in the history of browsers.
    disposition = f'attachment; filename="patient-{visit.id()}.{ending}"'
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})


_HERE = "/staff/patients/{id:int}/record"
VIEWS = [
    View("GET", _HERE, Permission.PATIENT_EDIT, show),
    View("GET", f"{_HERE}.json", Permission.PATIENT_EXPORT, save),
    View("GET", f"{_HERE}.fhir", Permission.PATIENT_EXPORT, save_as_fhir),
]
