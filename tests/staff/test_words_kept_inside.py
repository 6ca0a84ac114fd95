"""What patients write, who they are, and what opens an account stay out of logs, addresses, the audit and jobs."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from sqlalchemy import text

from bot.care.models import Alert, AuditEntry

SAID = "the blue heron wants to die"
NAME, PHONE, BORN = "Ottilie Quagmire", "(212) 555-0161", "1984-03-14"
STREET, SISTER = "77 Quince Alley", "Sister Philippa"
REPLY, NOTE, SOUGHT = "heron nurse replies", "heron note of the nurse", "Quagmire"
PASSWORD = "correct horse battery"
SECRETS = (SAID, "heron", NAME, SOUGHT, "Ottilie", "555-0161", "5550161", BORN, STREET, SISTER, PASSWORD)


class Day:
    """A shift at the console, with every address that the browser asked for or was sent to."""

    def __init__(self, scene: Any) -> None:
        self.scene = scene
        self.browser = scene.browser()
        self.addresses: list[str] = []

    def get(self, path: str) -> Any:
        return self._kept(self.browser.get(path))

    def post(self, path: str, **fields: str) -> Any:
        return self._kept(self.browser.post(path, data=fields))

    def _kept(self, answer: Any) -> Any:
        assert answer.status_code < 500, answer.text
        self.addresses += [str(answer.url), answer.headers.get("location", "")]
        return answer


def a_shift(scene: Any) -> Day:
    day = Day(scene)
    email = scene.hire("clinician")
    assert day.post("/staff/login", email=email, password=PASSWORD[:-1]).status_code == 401
    assert day.post("/staff/login", email=email, password=PASSWORD).status_code == 303
    details = {
        "name": NAME,
        "date_of_birth": BORN,
        "phone": PHONE,
        "address": STREET,
        "emergency_contact": SISTER,
    }
    assert day.post("/staff/patients/new", **details).status_code == 303
    assert day.post("/staff/patients/new", **details).status_code == 422
    found = day.post("/staff/patients", words=SOUGHT)
    assert NAME in found.text
    conversation = int(day.get("/staff/patients/1").headers["location"].rsplit("/", 1)[1])
    scene.says(conversation, SAID, "crisis", evidence="wants to die")
    scene.says(conversation, SAID, "none")
    here = f"/staff/conversations/{conversation}"
    assert "heron" in day.get(here).text and SAID not in day.get("/staff").text.split("<body")[0]
    for part in ("transcript", "panel", "composer"):
        day.get(f"{here}/{part}")
    with scene.record() as session:
        alert = session.query(Alert).one()
    assert day.post(f"/staff/alerts/{alert.id}/acknowledge", seen=str(alert.news_id)).status_code == 303
    day.post(f"{here}/take-over")
    day.post(f"{here}/reply", text=REPLY)
    day.post(f"{here}/notes", text=NOTE)
    day.post(f"/staff/alerts/{alert.id}/attempt", outcome="reached", note=NOTE)
    day.post(f"/staff/alerts/{alert.id}/resolve", disposition="reached_safe", note=NOTE)
    day.post("/staff/patients/1/edit", **{**details, "name": f"{NAME} the second"})
    day.post("/staff/patients/1/edit", **{**details, "name": ""})
    for page in (
        "access",
        "check-ins",
        "edit",
        "series",
        "treatments",
        "series.csv",
        "fhir",
        "record.json",
        "record.fhir",
    ):
        day.get(f"/staff/patients/1/{page}")
    day.post("/staff/logout")
    return day


def test_a_whole_shift_leaves_no_word_in_logs_addresses_audit_and_jobs(
    scene: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        day = a_shift(scene)
    with scene.record() as session:
        audit = "\n".join(
            f"{row.action} {row.subject} {row.detail}"
            for row in session.query(AuditEntry).order_by(AuditEntry.id)
        )
        jobs = str(session.execute(text("select args, lock, queueing_lock from procrastinate_jobs")).all())
    assert len(day.addresses) > 40 and "alert.acknowledged" in audit and "patients.searched" in audit
    for secret in SECRETS:
        assert secret.lower() not in caplog.text.lower(), f"{secret!r} is in the log"
        assert secret.lower() not in "\n".join(day.addresses).lower(), f"{secret!r} is in an address"
        assert secret.lower() not in audit.lower(), f"{secret!r} is in the audit"
        assert secret.lower() not in jobs.lower(), f"{secret!r} is in a job"


def test_no_form_of_the_console_puts_what_is_typed_into_an_address() -> None:
    """A form that is sent by GET does, and addresses stand in histories and in the logs of whatever is in front."""
    from bot.staff.app import HERE

    forms = 0
    for template in (HERE / "templates").iterdir():
        for form in re.split(r"<form\b", template.read_text())[1:]:
            forms += 1
            form = form.split("</form>")[0]
            if 'method="post"' in form.split(">")[0]:
                continue
            # Dates and choices are nobody's words.
            assert "<textarea" not in form, template.name
            for field in re.findall(r"<input[^>]*>", form):
                assert re.search(r'type="(date|hidden|radio|checkbox)"', field), f"{template.name}: {field}"
    assert forms > 20
