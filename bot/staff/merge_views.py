"""Merging duplicates: choose the other record, look at both side by side, then make one of them."""

from __future__ import annotations

from starlette.responses import Response

from bot.care import merging, people, search
from bot.care.models import Patient
from bot.clinic.errors import AftercareError
from bot.staff.console import View, Visit
from bot.staff.patient_views import to_patient
from bot.staff.permissions import Permission

FIELDS = {
    "name": "Name",
    "date_of_birth": "Date of birth",
    "phone": "Mobile phone",
    "address": "Address",
    "emergency_contact": "Emergency contact",
    "portal_id": "Name at the portal",
    "time_zone": "Time zone",
}


def choose(visit: Visit) -> Response:
    """Which other record is the same patient's."""
    patient = people.patient_by_id(visit.record, visit.id())
    visit.note("patient.viewed", f"patient:{patient.id}")
    return _chosen(visit, patient)


def compare(visit: Visit) -> Response:
    """Both records side by side, and what stands afterwards."""
    patient = people.patient_by_id(visit.record, visit.id())
    other_id = visit.form.number("other")
    try:
        if other_id is None:
            raise people.UnknownPatient("Write the number of the other record, such as 12.")
        rows = merging.compare(visit.record, int(patient.id), other_id)
        other = people.patient_by_id(visit.record, other_id)
    except AftercareError as refused:
        return _chosen(visit, patient, visit.form.get("other"), str(refused))
    visit.note("patients.compared", f"patient:{patient.id}", other=other_id)
    return visit.page("merge_confirm.html", patient=patient, other=other, rows=rows, fields=FIELDS, error="")


def merge(visit: Visit) -> Response:
    """Make one of the two."""
    patient = people.patient_by_id(visit.record, visit.id())
    other = people.patient_by_id(visit.record, visit.id("other"))
    rows = merging.compare(visit.record, int(patient.id), int(other.id))
    error = "" if visit.form.get("sure") == "yes" else "Tick that both are the same person."
    if not error:
        try:
            with visit.record.begin_nested():
                merging.merge(
                    visit.record,
                    int(patient.id),
                    int(other.id),
                    visit.staff.id,
                    visit.console.clinic,
                    visit.now,
                )
        except AftercareError as refused:
            error = str(refused)
    if error:
        return visit.page(
            "merge_confirm.html", 422, patient=patient, other=other, rows=rows, fields=FIELDS, error=error
        )
    visit.note("patient.merged", f"patient:{patient.id}", other=int(other.id))
    return to_patient(visit, int(patient.id), "merged")


def _chosen(visit: Visit, patient: Patient, typed: str = "", error: str = "") -> Response:
    found = search.namesakes(visit.record, [(patient.name, patient.date_of_birth)]).get(0, [])
    return visit.page(
        "merge.html",
        422 if error else 200,
        patient=patient,
        alike=[one for one in found if one.id != patient.id],
        typed=typed,
        error=error,
    )


_HERE = "/staff/patients/{id:int}/merge"
VIEWS = [
    View("GET", _HERE, Permission.PATIENT_MERGE, choose),
    View("POST", _HERE, Permission.PATIENT_MERGE, compare),
    View("POST", f"{_HERE}/{{other:int}}", Permission.PATIENT_MERGE, merge),
]
