"""Merging duplicates: choose the other record, look at what would move, type its number, then make one of them."""

from __future__ import annotations

from starlette.responses import Response

from bot.care import merging, people, search
from bot.care.models import Patient
from bot.clinic.errors import AftercareError
from bot.staff.console import View, Visit
from bot.staff.labels import FIELDS
from bot.staff.patient_views import to_patient
from bot.staff.permissions import Permission


def choose(visit: Visit) -> Response:
    """Which other record is the same patient's."""
    patient = people.patient_by_id(visit.record, visit.id())
    visit.note("patient.viewed", f"patient:{patient.id}")
    return _chosen(visit, patient)


def compare(visit: Visit) -> Response:
    """Both records side by side, and what would move. Nothing is changed."""
    patient = people.patient_by_id(visit.record, visit.id())
    other_id = visit.form.number("other")
    try:
        if other_id is None:
            raise people.UnknownPatient("Write the number of the other record, such as 12.")
        plan = merging.look(visit.record, int(patient.id), other_id)
    except AftercareError as refused:
        return _chosen(visit, patient, visit.form.get("other"), str(refused))
    visit.note("patients.compared", f"patient:{patient.id}", other=other_id)
    other = people.patient_by_id(visit.record, other_id)
    return visit.page("merge_confirm.html", patient=patient, other=other, plan=plan, errors={}, fields=FIELDS)


def merge(visit: Visit) -> Response:
    """Make one of the two, if what would move was seen and the number of the one that goes was typed."""
    patient = people.patient_by_id(visit.record, visit.id())
    other = people.patient_by_id(visit.record, visit.id("other"))
    kept_id, other_id = int(patient.id), int(other.id)
    errors = {}
    if visit.form.get("number") != str(other_id):
        errors["number"] = f"Type {other_id}, the number of the record that goes, to confirm."
    else:
        try:
            with visit.record.begin_nested():
                seal, clinic = visit.form.get("seal"), visit.console.clinic
                moved = merging.merge(
                    visit.record, kept_id, other_id, visit.staff.id, seal, clinic, visit.now
                )
        except AftercareError as refused:
            errors["form"] = str(refused)
    if errors:
        plan = merging.look(visit.record, kept_id, other_id)
        return visit.page(
            "merge_confirm.html", 422, patient=patient, other=other, plan=plan, errors=errors, fields=FIELDS
        )
    visit.note("patient.merged", f"patient:{kept_id}", other=other_id, **moved.told())
    return to_patient(visit, kept_id, "merged")


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
