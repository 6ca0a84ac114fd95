"""Patients from a file: a check that names each line to mend, then all of them at once."""

from __future__ import annotations

from starlette.responses import Response

from bot.care import importing
from bot.care.importing import Draft
from bot.staff.console import View, Visit
from bot.staff.permissions import Permission

MOST_SHOWN = 100
"""Lines of each sort on the page; the counts are of all."""


def ask(visit: Visit) -> Response:
    """Choose a file, or paste its text."""
    return _form(visit, "", "")


def check(visit: Visit) -> Response:
    """What the file would do. Nothing is changed."""
    text = visit.form.raw("file") or visit.form.raw("text")
    if not text.strip():
        return _form(visit, "", "Choose a file, or paste its text.")
    draft = importing.draft(visit.record, text, visit.console.clinic, visit.now)
    if draft.wrong:
        return _form(visit, text, f"The file cannot be read. {draft.wrong}")
    visit.note("patients.import_checked", lines=len(draft.lines), bad=len(draft.bad))
    return _draft(visit, text, draft, "")


def run(visit: Visit) -> Response:
    """Enrol them, all or none."""
    text, seal = visit.form.raw("text"), visit.form.get("seal")
    try:
        with visit.record.begin_nested():
            made = importing.run(visit.record, text, seal, visit.console.clinic, visit.now)
    except importing.CannotImport as refused:
        return _draft(
            visit, text, importing.draft(visit.record, text, visit.console.clinic, visit.now), str(refused)
        )
    for patient in made:
        visit.note("patient.enrolled", f"patient:{patient.id}", how="file")
    visit.note("patients.imported", how_many=len(made))
    return visit.go("/staff/patients?done=imported")


def _form(visit: Visit, text: str, error: str) -> Response:
    return visit.page("import.html", 422 if error else 200, text=text, error=error, most=importing.MOST_LINES)


def _draft(visit: Visit, text: str, draft: Draft, error: str) -> Response:
    if draft.wrong:
        return _form(visit, text, f"{error} {draft.wrong}".strip())
    return visit.page(
        "import_check.html", 422 if error else 200, text=text, draft=draft, error=error, most=MOST_SHOWN
    )


_HERE = "/staff/patients/import"
_MAY = Permission.PATIENT_IMPORT
VIEWS = [
    View("GET", _HERE, _MAY, ask),
    View("POST", _HERE, _MAY, check, upload=True),
    View("POST", f"{_HERE}/run", _MAY, run, upload=True),
]
