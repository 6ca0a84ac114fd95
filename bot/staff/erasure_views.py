"""Erasing a patient: what would go, why, and the number typed once more."""

from __future__ import annotations

from starlette.responses import Response

from bot.care import erasure, people
from bot.care.erasure import Because
from bot.clinic.errors import AftercareError
from bot.staff.console import View, Visit
from bot.staff.permissions import Permission

REASONS = {
    Because.ASKED.value: "The patient asked for it",
    Because.RETENTION.value: "The time for keeping the record is over",
    Because.MISTAKE.value: "Enrolled by mistake",
    Because.TRIAL.value: "Made for a trial of the assistant",
}


def ask(visit: Visit) -> Response:
    """What erasing takes, and the form."""
    patient = people.patient_by_id(visit.record, visit.id())
    visit.note("patient.viewed", f"patient:{patient.id}")
    return _page(visit, 200, "", {})


def erase(visit: Visit) -> Response:
    """Erase, if a reason is chosen and the patient's number was typed."""
    patient_id, because = visit.id(), visit.form.get("because")
    people.patient_by_id(visit.record, patient_id)
    errors = {}
    if because not in REASONS:
        errors["because"] = "Choose why."
    if visit.form.get("number") != str(patient_id):
        errors["number"] = f"Type {patient_id}, the number of this patient, to confirm."
    if not errors:
        try:
            with visit.record.begin_nested():
                gone = erasure.erase(visit.record, patient_id, visit.staff.id, Because(because), visit.now)
        except AftercareError as refused:
            errors["form"] = str(refused)
    if errors:
        return _page(visit, 422, because, errors)
    visit.note("patient.erased", f"patient:{patient_id}", because=because, messages=gone.messages)
    return visit.go("/staff/patients?done=erased")


def _page(visit: Visit, status: int, because: str, errors: dict[str, str]) -> Response:
    return visit.page(
        "erase.html",
        status,
        patient=people.patient_by_id(visit.record, visit.id()),
        extent=erasure.extent(visit.record, visit.id()),
        reasons=REASONS,
        because=because,
        errors=errors,
    )


_HERE = "/staff/patients/{id:int}/erase"
VIEWS = [
    View("GET", _HERE, Permission.PATIENT_ERASE, ask),
    View("POST", _HERE, Permission.PATIENT_ERASE, erase),
]
