"""Patients: found, enrolled, changed; their treatments recorded."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from bot.care import enrolment, people, treatments
from bot.care.conversations import conversation_of
from bot.care.enrolment import FIELDS, wall_time
from bot.care.merging import counts_now
from bot.care.models import Patient
from bot.care.search import find, namesakes
from bot.clinic.errors import AftercareError
from bot.staff.console import View, Visit
from bot.staff.permissions import Permission
from bot.staff.queue_views import done


def patient_list(visit: Visit) -> Response:
    """The patients enrolled last."""
    return visit.page("patients.html", patients=find(visit.record, ""), words="", done=done(visit))


def search(visit: Visit) -> Response:
    """Patients by name, number or identifier. A POST: names belong in no address and no log."""
    words = visit.form.get("words")[:200]
    found = find(visit.record, words)
    visit.note("patients.searched", found=len(found))
    return visit.page("patients.html", patients=found, words=words, done="")


def open_patient(visit: Visit) -> Response:
    """To the patient's conversation, which is the page of a patient; of a duplicate, to that of the one that counts."""
    conversation = conversation_of(visit.record, counts_now(visit.record, visit.id()))
    return visit.go(f"/staff/conversations/{conversation.id}")


def new(visit: Visit) -> Response:
    """The empty form; with `?conversation=` for a visitor whom staff have recognised."""
    given = visit.request.query_params.get("conversation", "")
    conversation = int(given) if given.isdecimal() and len(given) < 10 else None
    return _form(visit, None, conversation, {})


def enrol(visit: Visit) -> Response:
    """Make a patient of what was filled in, or show the form again with what is wrong."""
    conversation = visit.form.number("conversation")
    values = {name: visit.form.get(name) for name in FIELDS}
    details, errors = _details(visit)
    if conversation is not None and visit.form.get("recognised") != "yes":
        errors["recognised"] = "Tick this once you have made sure who it is, best by phone."
    alike: list[Patient] = []
    if not errors and visit.form.get("another") != "yes":
        alike = namesakes(visit.record, [(details.name, details.date_of_birth)]).get(0, [])
        if alike:
            errors["another"] = (
                "Somebody of this name is enrolled already. Look whether it is the same person."
            )
    if not errors:
        try:
            with visit.record.begin_nested():
                patient = people.enrol(visit.record, details, visit.now, conversation)
        except AftercareError as refused:
            errors[_field_of(refused)] = str(refused)
    if errors:
        return _form(visit, None, conversation, values, errors, alike)
    visit.note("patient.enrolled", f"patient:{patient.id}")
    return to_patient(visit, int(patient.id), "enrolled")


def edit(visit: Visit) -> Response:
    """The form with the patient's details."""
    patient = people.patient_by_id(visit.record, visit.id())
    visit.note("patient.viewed", f"patient:{patient.id}")
    values = {name: getattr(patient, name) or "" for name in FIELDS}
    values["date_of_birth"] = patient.date_of_birth.isoformat() if patient.date_of_birth else ""
    return _form(visit, int(patient.id), None, values)


def change(visit: Visit) -> Response:
    """Overwrite the details, or show the form again with what is wrong."""
    patient = people.patient_by_id(visit.record, visit.id())
    values = {name: visit.form.get(name) for name in FIELDS}
    details, errors = _details(visit)
    if not errors:
        try:
            with visit.record.begin_nested():
                people.change(visit.record, int(patient.id), details, visit.now)
        except AftercareError as refused:
            errors[_field_of(refused)] = str(refused)
    if errors:
        return _form(visit, int(patient.id), None, values, errors)
    visit.note("patient.changed", f"patient:{patient.id}")
    return to_patient(visit, int(patient.id), "changed")


def record_treatment(visit: Visit) -> Response:
    """Record an infusion at a date and time of the clinic's wall clock."""
    patient = people.patient_by_id(visit.record, visit.id())
    day, hour = visit.form.get("date"), visit.form.get("time")
    try:
        at = wall_time(day, hour, visit.console.clinic.zone)
        with visit.record.begin_nested():
            treatment = treatments.record_treatment(
                visit.record, int(patient.id), at, visit.console.clinic, visit.now
            )
    except (ValueError, AftercareError) as refused:
        return visit.page(
            "treatment.html",
            422,
            patient=patient,
            values={"date": day, "time": hour},
            error=str(refused),
            moved=None,
        )
    visit.note("treatment.recorded", f"patient:{patient.id}", treatment=treatment.id)
    return to_patient(visit, int(patient.id), "recorded")


def cancel_treatment(visit: Visit) -> Response:
    """The infusion does not take place; the row stays."""
    treatment = treatments.cancel_treatment(visit.record, visit.id(), visit.console.clinic, visit.now)
    visit.note("treatment.cancelled", f"patient:{treatment.patient_id}", treatment=treatment.id)
    return to_patient(visit, int(treatment.patient_id), "cancelled")


def move_form(visit: Visit) -> Response:
    """The form for another time of a treatment."""
    treatment = treatments.treatment_by_id(visit.record, visit.id())
    visit.note("patient.viewed", f"patient:{treatment.patient_id}")
    there = treatment.infusion_at.astimezone(visit.console.clinic.zone)
    values = {"date": there.date().isoformat(), "time": f"{there:%H:%M}"}
    return visit.page("treatment.html", patient=treatment.patient, values=values, error="", moved=treatment)


def move_treatment(visit: Visit) -> Response:
    """The infusion begins at another date and time of the clinic's wall clock; what follows it moves along."""
    treatment = treatments.treatment_by_id(visit.record, visit.id())
    day, hour = visit.form.get("date"), visit.form.get("time")
    before = treatment.infusion_at
    try:
        at = wall_time(day, hour, visit.console.clinic.zone)
        with visit.record.begin_nested():
            treatments.move_treatment(visit.record, int(treatment.id), at, visit.console.clinic, visit.now)
    except (ValueError, AftercareError) as refused:
        return visit.page(
            "treatment.html",
            422,
            patient=treatment.patient,
            values={"date": day, "time": hour},
            error=str(refused),
            moved=treatment,
        )
    visit.note(
        "treatment.moved",
        f"patient:{treatment.patient_id}",
        treatment=int(treatment.id),
        before=before.isoformat(),
        after=at.isoformat(),
    )
    return to_patient(visit, int(treatment.patient_id), "moved")


def _details(visit: Visit) -> tuple[people.Details, dict[str, str]]:
    today = visit.now.astimezone(visit.console.clinic.zone).date()
    return enrolment.check({name: visit.form.get(name) for name in FIELDS}, today)


def _field_of(refused: AftercareError) -> str:
    return "phone" if isinstance(refused, (people.NumberTaken, people.BadNumber)) else "form"


def _form(
    visit: Visit,
    patient_id: int | None,
    conversation: int | None,
    values: dict[str, str],
    errors: dict[str, str] | None = None,
    alike: Sequence[Patient] = (),
) -> Response:
    return visit.page(
        "patient_form.html",
        422 if errors else 200,
        patient_id=patient_id,
        conversation=conversation,
        values=values,
        errors=errors or {},
        alike=alike,
    )


def to_patient(visit: Visit, patient_id: int, what: str) -> Response:
    """To the page of a patient, which says what was done."""
    # Who may not read conversations goes back to the list.
    if not visit.staff.may(Permission.CONVERSATION_VIEW):
        return visit.go(f"/staff/patients?done={what}")
    conversation = conversation_of(visit.record, people.patient_by_id(visit.record, patient_id))
    return visit.go(f"/staff/conversations/{conversation.id}?done={what}")


def treatment_form(visit: Visit) -> Response:
    """The form for a treatment on a page of its own."""
    patient = people.patient_by_id(visit.record, visit.id())
    visit.note("patient.viewed", f"patient:{patient.id}")
    return visit.page("treatment.html", patient=patient, values={}, error="", moved=None)


VIEWS = [
    View("GET", "/staff/patients", Permission.PATIENT_VIEW, patient_list),
    View("POST", "/staff/patients", Permission.PATIENT_VIEW, search),
    View("GET", "/staff/patients/new", Permission.PATIENT_EDIT, new),
    View("POST", "/staff/patients/new", Permission.PATIENT_EDIT, enrol),
    View("GET", "/staff/patients/{id:int}", Permission.CONVERSATION_VIEW, open_patient),
    View("GET", "/staff/patients/{id:int}/edit", Permission.PATIENT_EDIT, edit),
    View("POST", "/staff/patients/{id:int}/edit", Permission.PATIENT_EDIT, change),
    View("GET", "/staff/patients/{id:int}/treatments", Permission.PATIENT_EDIT, treatment_form),
    View("POST", "/staff/patients/{id:int}/treatments", Permission.PATIENT_EDIT, record_treatment),
    View("GET", "/staff/treatments/{id:int}", Permission.PATIENT_EDIT, move_form),
    View("POST", "/staff/treatments/{id:int}", Permission.PATIENT_EDIT, move_treatment),
    View("POST", "/staff/treatments/{id:int}/cancel", Permission.PATIENT_EDIT, cancel_treatment),
]
