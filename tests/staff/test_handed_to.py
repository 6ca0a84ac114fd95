"""An alert that is handed to a clinician says to whom; and whoever writes why it ended knows who may read it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.care.models import Alert, AlertEvent, AuditEntry
from bot.staff.labels import NOTE_IS_THEIRS
from tests.staff.conversation_scene import acknowledged, page


def handed(browser: Any, alert: Any, **fields: Any) -> Any:
    """The form that ends an alert as handed to a clinician."""
    data = {"seen": alert.news_id, "disposition": "handed_to_clinician", **fields}
    return browser.post(f"/staff/alerts/{alert.id}/resolve", data=data)


@pytest.mark.parametrize("name", ["", "  ", "-", "?", "x", "12"])
def test_an_alert_is_not_handed_to_nobody(scene: Any, name: str) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    alert = acknowledged(scene, browser, conversation)
    answer = handed(browser, alert, note="Spoke with her sister.", clinician=name)
    assert answer.status_code == 422 and "to which clinician" in answer.text
    assert "Spoke with her sister.</textarea>" in answer.text and f'value="{name.strip()}"' in answer.text
    assert '<option value="handed_to_clinician" selected>' in answer.text
    assert scene.get(Alert, alert.id).state == "acknowledged"


def test_the_clinician_who_was_ticked_or_typed_is_in_the_history_and_the_audit(scene: Any) -> None:
    browser = scene.logged_in()
    scene.hire("clinician", "Dr. Ruth Adler")
    said = "Dr. Ruth Adler has taken it over from me."
    for fields, names, note in (
        ({"short": said}, ["Dr. Ruth Adler"], said),
        (
            {"clinician": " Dr.  Kofi Ode\n", "note": "By phone."},
            ["Dr. Kofi Ode"],
            "Dr. Kofi Ode has taken it over from me.\nBy phone.",
        ),
        ({"short": said, "clinician": "Dr. Ruth Adler"}, ["Dr. Ruth Adler"], said),
    ):
        conversation = scene.visitor()
        alert = acknowledged(scene, browser, conversation)
        assert handed(browser, alert, **fields).status_code == 303
        assert scene.get(Alert, alert.id).note == note
        assert names[0] in page(scene, conversation, browser)
        with scene.record() as session:
            event = session.query(AlertEvent).filter_by(alert_id=alert.id, kind="resolved").one()
            entry = session.query(AuditEntry).filter_by(action="alert.resolved", subject=f"alert:{alert.id}")
            assert event.detail["clinicians"] == entry.one().detail["clinicians"] == names


def test_a_name_that_is_too_long_comes_back(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    alert = acknowledged(scene, browser, conversation)
    answer = handed(browser, alert, note="x", clinician="Dr. " + "A" * 100)
    assert answer.status_code == 422 and "104 characters" in answer.text and "Dr. AAAA" in answer.text


def test_a_name_left_in_the_form_of_another_ending_is_no_handover(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    alert = acknowledged(scene, browser, conversation)
    data = {
        "seen": alert.news_id,
        "disposition": "false_alarm",
        "note": "A song.",
        "clinician": "Dr. Ruth Adler",
    }
    assert browser.post(f"/staff/alerts/{alert.id}/resolve", data=data).status_code == 303
    assert scene.get(Alert, alert.id).note == "A song."
    with scene.record() as session:
        detail = session.query(AlertEvent).filter_by(alert_id=alert.id, kind="resolved").one().detail
    assert "clinicians" not in detail


def test_below_both_notes_stands_that_the_patient_may_read_them(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    acknowledged(scene, browser, conversation)
    shown = page(scene, conversation, browser)
    for field, hint in (("attempt-note", "attempt-kept"), ("note", "note-kept")):
        assert re.search(rf'<textarea id="{field}"[^>]* aria-describedby="{hint}"', shown), field
        assert f'<p class="quiet" id="{hint}">{NOTE_IS_THEIRS}</p>' in shown
