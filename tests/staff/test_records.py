"""The whole record of a patient: saved, erased, and made one of two, with nothing lost that must stay."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from sqlalchemy import text

from bot.care import check_in_consent, holds
from bot.care.check_in_consent import How
from bot.care.conversations import Reply, lock, say
from bot.care.models import (
    Alert,
    AlertEvent,
    AuditEntry,
    Channel,
    CheckInAnswer,
    Conversation,
    Invite,
    Message,
    Patient,
    PhoneNumber,
    StaffMember,
    Treatment,
    WebSession,
)
from bot.care.numbers import numbers_of
from bot.care.treatments import record_treatment
from tests.staff.record_scene import MARK, PHONE, erase, holding, lived_in


def test_the_file_holds_everything_but_private_notes(scene: Any) -> None:
    patient, _ = lived_in(scene)
    answer = scene.logged_in("clinician").get(f"/staff/patients/{patient}/record.json")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="patient-{patient}.json"'
    whole = json.loads(answer.content)
    assert whole["patient"]["name"] == f"Maria {MARK}" and whole["numbers"][0]["number"] == "+12125550161"
    assert [one["text"] for one in whole["messages"]] == [f"better off without me {MARK}", f"Hello {MARK}"]
    assert whole["check_ins"][0]["answers"][0]["raw"] == f"4 {MARK}"
    assert whole["alerts"][0]["note"] == f"Spoke {MARK}"
    assert [event["kind"] for event in whole["alerts"][0]["history"]][-1] == "resolved"
    assert len(whole["treatments"]) == 1 and whole["other_items"][0]["reason"] == f"Asked {MARK}"
    assert "note zq" not in answer.text and "Private notes of staff" in whole["left_out"]
    with scene.record() as session:
        entry = session.query(AuditEntry).filter_by(action="patient.exported").one()
    assert (entry.subject, entry.detail) == (f"patient:{patient}", {"messages": 2})


def test_the_same_is_valid_fhir_for_another_record(scene: Any) -> None:
    patient, conversation = lived_in(scene)
    with scene.record() as session:
        now = scene.clock.now()
        consent = check_in_consent.give(session, patient, Channel.WEB, How.ON_PAPER, None, now)
        check_in_consent.give(session, patient, Channel.SMS, How.IN_PERSON, None, now)
        nurse = int(session.query(StaffMember).first().id)
        check_in_consent.withdraw(session, int(consent.id), How.BY_PHONE, nurse, now)
        record_treatment(session, patient, now + timedelta(days=3), scene.clinic, now)
        failed = say(session, lock(session, conversation), Reply("A text\x07"), channel=Channel.SMS, now=now)
        failed.state = "failed"
    scene.says(conversation, "  \n ")
    answer = scene.logged_in("clinician").get(f"/staff/patients/{patient}/record.fhir")
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.headers["content-disposition"] == f'attachment; filename="patient-{patient}.fhir.json"'
    whole = Bundle.parse_raw(answer.content)
    found: dict[str, list[Any]] = {}
    for one in whole.entry:
        found.setdefault(one.resource.resource_type, []).append(one.resource)
    assert len({one.fullUrl for one in whole.entry}) == len(whole.entry)
    (person,) = found["Patient"]
    assert person.telecom[0].value == "+12125550161" and MARK in person.address[0].text
    assert person.contact[0].name.text == "Sister Ana"
    assert [one.status for one in found["Procedure"]] == ["completed", "preparation"]
    assert sorted(one.status for one in found["Consent"]) == ["active", "inactive"]
    said = [one.payload[0].contentString if one.payload else None for one in found["Communication"]]
    assert said == [f"better off without me {MARK}", f"Hello {MARK}", "A text", None]
    states = [one.status for one in found["Communication"]]
    assert states == ["completed", "completed", "not-done", "completed"]
    (issue,) = found["DetectedIssue"]
    assert (issue.severity, issue.mitigation[0].author.display) == ("high", "Nora")
    assert issue.mitigation[0].action.text == f"reached and safe: Spoke {MARK}"
    assert found["QuestionnaireResponse"] and "note zq" not in answer.text
    with scene.record() as session:
        entry = session.query(AuditEntry).filter_by(action="patient.exported").one()
    assert entry.detail == {"format": "fhir", "resources": len(whole.entry)}


@pytest.mark.parametrize("ending", ["json", "fhir"])
@pytest.mark.parametrize(("role", "status"), [("nurse", 403), ("admin", 403), ("auditor", 403)])
def test_only_a_clinician_saves_everything(scene: Any, role: str, status: int, ending: str) -> None:
    patient, _ = scene.patient()
    assert scene.logged_in(role).get(f"/staff/patients/{patient}/record.{ending}").status_code == status


def test_erasing_leaves_no_word_and_no_name_and_all_the_counts(scene: Any) -> None:
    patient, conversation = lived_in(scene)
    desk = scene.logged_in("admin")
    shown = desk.get(f"/staff/patients/{patient}/erase").text
    assert "the text of 2 messages" in shown and "1 private note" in shown
    answer = erase(desk, patient)
    assert answer.status_code == 303, answer.text
    assert holding(scene, MARK) == []
    assert holding(scene, "2125550161") == []
    with scene.record() as session:
        assert session.query(Message).count() == 2 and session.query(CheckInAnswer).count() == 1
        alert = session.query(Alert).one()
        assert (alert.level, alert.state, alert.disposition) == ("crisis", "resolved", "reached_and_safe")
        kinds = [one.kind for one in session.query(AlertEvent).order_by(AlertEvent.id)]
        assert kinds == ["opened", "acknowledged", "resolved"]
        assert session.query(AlertEvent).order_by(AlertEvent.id.desc()).first().detail == {
            "disposition": "reached_and_safe"
        }
        assert session.query(Message).filter_by(level="crisis").count() == 1
        assert session.query(WebSession).one().revoked_at and session.query(Invite).one().withdrawn_at
        assert session.query(Treatment).count() == 1
        row = session.get(Patient, patient)
        assert (row.name, row.erased_because) == (f"Erased patient {patient}", "asked_by_patient")
        entry = session.query(AuditEntry).filter_by(action="patient.erased").one()
        assert entry.detail == {"because": "asked_by_patient", "messages": 2}
    page = scene.logged_in().get(f"/staff/conversations/{conversation}")
    assert page.status_code == 200 and "This patient was erased" in page.text


def test_the_history_of_alerts_is_closed_again_after_erasing(scene: Any) -> None:
    patient, _ = lived_in(scene)
    erase(scene.logged_in("admin"), patient)
    with pytest.raises(Exception, match="append-only"), scene.record() as session:
        session.execute(text("update alert_event set level = 'none'"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"number": "4711"}, "to confirm"),
        ({"number": ""}, "to confirm"),
        ({"because": "spite"}, "Choose why"),
    ],
)
def test_without_a_reason_and_the_number_nothing_is_erased(
    scene: Any, change: dict[str, str], says: str
) -> None:
    patient, _ = scene.patient()
    answer = erase(scene.logged_in("clinician"), patient, **change)
    assert answer.status_code == 422 and says in answer.text
    assert scene.get(Patient, patient).name == "Maria Lopez"


@pytest.mark.parametrize("level", ["crisis", "none"])
def test_nobody_is_erased_who_waits_for_help_or_an_answer(scene: Any, level: str) -> None:
    patient, conversation = scene.patient()
    scene.says(conversation, "words", level)
    answer = erase(scene.logged_in("clinician"), patient)
    assert answer.status_code == 422 and "Nothing was erased" in answer.text
    assert scene.messages(conversation)[0].text == "words"


def test_a_number_that_opted_out_stays_opted_out_with_nobody(scene: Any) -> None:
    patient, conversation = scene.patient(phone=PHONE)
    with scene.record() as session:
        numbers_of(session, conversation)[0].opted_out_at = scene.clock.now()
    assert erase(scene.logged_in("admin"), patient).status_code == 303
    with scene.record() as session:
        number = session.query(PhoneNumber).one()
        assert number.opted_out_at and number.conversation.patient_id is None


def test_what_was_written_before_we_knew_them_goes_and_anothers_record_stays(scene: Any) -> None:
    patient, conversation = lived_in(scene)
    other, theirs = lived_in(scene, "Ben Keep", "(212) 555-0162")
    visit = scene.visitor()
    scene.says(visit, "before we knew them")
    with scene.record() as session:
        session.get(Conversation, visit).continued_in_id = conversation
        session.query(Message).update({"state": "answered"})
    assert erase(scene.logged_in("admin"), patient).status_code == 303
    assert [one.text for one in scene.messages(visit)] == [""]
    assert f"better off without me {MARK}" in [one.text for one in scene.messages(theirs)]
    with scene.record() as session:
        assert session.get(Patient, other).name == "Ben Keep"
        assert session.query(Alert).filter_by(conversation_id=theirs).one().note == f"Spoke {MARK}"


def test_an_erased_patient_is_on_no_list_and_takes_no_change(scene: Any) -> None:
    patient, conversation = scene.patient()
    clinician = scene.logged_in("clinician")
    erase(clinician, patient)
    assert "Erased patient" not in clinician.get("/staff/patients").text
    assert "Erased patient" in clinician.post("/staff/patients", data={"words": str(patient)}).text
    assert clinician.get(f"/staff/patients/{patient}/edit").status_code == 404
    said = clinician.post(f"/staff/conversations/{conversation}/reply", data={"text": "hello", "once": "1"})
    assert said.status_code == 409 and scene.messages(conversation) == []


@pytest.mark.parametrize("what", ["erase", "merge"])
@pytest.mark.parametrize("role", ["nurse", "auditor"])
def test_a_nurse_neither_erases_nor_merges(scene: Any, role: str, what: str) -> None:
    patient, _ = scene.patient()
    assert scene.logged_in(role).get(f"/staff/patients/{patient}/{what}").status_code == 403


def test_times_in_the_file_are_utc(scene: Any) -> None:
    patient, _ = lived_in(scene)
    whole = scene.logged_in("clinician").get(f"/staff/patients/{patient}/record.json").json()
    assert datetime.fromisoformat(whole["exported_at"]).utcoffset() == timedelta(0)
    assert datetime.fromisoformat(whole["messages"][0]["at"]) == scene.clock.now().astimezone(timezone.utc)


def test_a_legal_hold_keeps_everything(scene: Any) -> None:
    patient, _ = lived_in(scene)
    with scene.record() as session:
        holds.place(session, patient, "A letter of the court", "Nora", scene.clock.now())
    answer = erase(scene.logged_in("clinician"), patient)
    assert answer.status_code == 422 and "A legal hold stands" in answer.text
    assert "message" in holding(scene, MARK)
