"""Patients are enrolled once, found quickly, and their infusions stand at the right hour."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import pytest

from bot.care.enrolment import wall_time
from bot.care.models import AuditEntry, Conversation, Patient, PhoneNumber, Treatment, WebSession
from bot.care.people import treatments_of

FIELDS = {
    "name": "Maria Lopez",
    "date_of_birth": "1984-03-14",
    "phone": "(212) 555-0161",
    "address": "12 Rivet St",
    "emergency_contact": "Sister Ana",
}


def enrol(browser: Any, **changes: str) -> Any:
    return browser.post("/staff/patients/new", data={**FIELDS, **changes})


def only(scene: Any, model: Any) -> Any:
    with scene.record() as session:
        return session.query(model).one()


def test_enrolling_makes_a_patient_a_conversation_and_the_way_from_their_phone(scene: Any) -> None:
    answer = enrol(scene.logged_in())
    assert answer.status_code == 303, answer.text
    patient, number = only(scene, Patient), only(scene, PhoneNumber)
    assert (patient.name, patient.phone, number.number) == ("Maria Lopez", "+12125550161", "+12125550161")
    with scene.record() as session:
        assert session.get(Conversation, number.conversation_id).patient_id == patient.id


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": " "}, "Write the patient&#39;s name."),
        ({"name": "n" * 201}, "longer than 200"),
        ({"date_of_birth": "14.3.1984"}, "Write the date as 1984-03-14"),
        ({"date_of_birth": "2084-03-14"}, "Check the year"),
        ({"phone": "call me"}, "not a phone number"),
        ({"phone": "12345"}, "not a phone number"),
        ({"address": "a" * 1001}, "longer than 1,000"),
    ],
)
def test_a_mistake_is_named_beside_its_field_and_nothing_is_lost(
    scene: Any, change: dict[str, str], says: str
) -> None:
    answer = enrol(scene.logged_in(), **change)
    assert answer.status_code == 422 and says in answer.text
    assert f'aria-describedby="{next(iter(change))}-wrong"' in answer.text
    for name, typed in {**FIELDS, **change}.items():
        assert typed.strip() in answer.text, name
    with scene.record() as session:
        assert session.query(Patient).count() == 0


def test_a_number_belongs_to_one_patient(scene: Any) -> None:
    browser = scene.logged_in()
    enrol(browser)
    answer = enrol(browser, name="Somebody Else")
    assert answer.status_code == 422 and "belongs to another patient" in answer.text


def test_a_number_that_has_texted_brings_its_conversation(scene: Any) -> None:
    conversation = scene.texter("+12125550161")
    enrol(scene.logged_in())
    with scene.record() as session:
        assert session.get(Conversation, conversation).patient.name == "Maria Lopez"


def test_a_visitor_becomes_a_patient_only_when_somebody_vouches_for_it(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    with scene.record() as session:
        session.add(WebSession(token_hash="x", conversation_id=conversation))
    refused = enrol(browser, conversation=str(conversation))
    assert refused.status_code == 422 and "Tick this" in refused.text
    assert enrol(browser, conversation=str(conversation), recognised="yes").status_code == 303
    with scene.record() as session:
        assert session.get(Conversation, conversation).patient.name == "Maria Lopez"
    assert only(scene, WebSession).verified
    again = enrol(browser, conversation=str(conversation), recognised="yes", phone="", another="yes")
    assert again.status_code == 422 and "belongs to a patient already" in again.text


def test_a_changed_number_takes_the_place_of_the_old_one(scene: Any) -> None:
    patient, _ = scene.patient("Maria Lopez", "(212) 555-0161")
    data = {**FIELDS, "phone": "212-555-0199"}
    assert scene.logged_in().post(f"/staff/patients/{patient}/edit", data=data).status_code == 303
    with scene.record() as session:
        leads = {one.number: one.conversation.patient_id for one in session.query(PhoneNumber)}
    assert leads == {"+12125550199": patient, "+12125550161": None}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("lopez", True),
        ("MAR", True),
        ("0161", True),
        ("555-0161", True),
        ("1", True),
        ("%", False),
        ("xyz", False),
    ],
)
def test_patients_are_found_by_name_number_and_identifier(scene: Any, words: str, found: bool) -> None:
    scene.patient("Maria Lopez", "(212) 555-0161")
    answer = scene.logged_in().post("/staff/patients", data={"words": words})
    assert ("Maria Lopez" in answer.text) is found


def test_a_search_leaves_its_count_in_the_audit_and_not_its_words(scene: Any) -> None:
    scene.logged_in().post("/staff/patients", data={"words": "lopez"})
    with scene.record() as session:
        entry = session.query(AuditEntry).filter_by(action="patients.searched").one()
    assert entry.detail == {"found": 0}


def test_an_infusion_is_recorded_by_the_clinics_clock(scene: Any) -> None:
    patient, conversation = scene.patient()
    answer = scene.logged_in().post(
        f"/staff/patients/{patient}/treatments", data={"date": "2026-03-13", "time": "09:30"}
    )
    assert answer.status_code == 303
    with scene.record() as session:
        times = treatments_of(session, session.get(Conversation, conversation))
    assert times == [datetime(2026, 3, 13, 13, 30, tzinfo=timezone.utc)]  # New York, summer time


def test_the_list_tells_the_last_infusion_from_the_next(scene: Any) -> None:
    patient = scene.patient()[0]
    desk = scene.logged_in("admin")

    def shown() -> str:
        cell = re.search(r'<td data-label="Infusions">(.*?)</td>', desk.get("/staff/patients").text, re.S)
        assert cell
        return " ".join(re.sub(r"<[^>]+>", " ", cell[1]).split())

    assert shown() == "–"
    days = ("2026-03-20", "2026-03-11", "2026-03-17", "2026-03-04")
    said = (
        "next Fri 20 Mar, 09:30",
        "last Wed 11 Mar, 09:30 next Fri 20 Mar, 09:30",
        "last Wed 11 Mar, 09:30 next Tue 17 Mar, 09:30",
        "last Wed 11 Mar, 09:30 next Tue 17 Mar, 09:30",
    )
    for day, words in zip(days, said, strict=True):
        desk.post(f"/staff/patients/{patient}/treatments", data={"date": day, "time": "09:30"})
        assert shown() == words


@pytest.mark.parametrize(
    ("day", "hour", "says"),
    [
        ("13/03/2026", "09:30", "Write the date as"),
        ("2026-03-13", "", "Write the date as"),
        ("2016-03-13", "09:30", "Check the year"),
        ("2036-03-13", "09:30", "Check the year"),
        ("2026-03-08", "02:30", "That hour does not exist"),
        ("2026-03-13", "09:30+05:00", "without a time zone"),
    ],
)
def test_a_time_that_cannot_be_is_refused_in_words(scene: Any, day: str, hour: str, says: str) -> None:
    patient, _ = scene.patient()
    answer = scene.logged_in().post(f"/staff/patients/{patient}/treatments", data={"date": day, "time": hour})
    assert answer.status_code == 422 and says in answer.text and day in answer.text
    with scene.record() as session:
        assert session.query(Treatment).count() == 0


def test_the_hour_that_comes_twice_is_taken_for_the_first(scene: Any) -> None:
    at = wall_time("2026-11-01", "01:30", scene.clinic.zone)
    assert at == datetime(2026, 11, 1, 5, 30, tzinfo=timezone.utc)


def test_the_same_infusion_is_recorded_once(scene: Any) -> None:
    patient, _ = scene.patient()
    browser, data = scene.logged_in(), {"date": "2026-03-13", "time": "09:30"}
    statuses = [
        browser.post(f"/staff/patients/{patient}/treatments", data=data).status_code for _ in range(2)
    ]
    assert statuses == [303, 422]


def test_a_cancelled_infusion_counts_no_more_and_stays_on_record(scene: Any) -> None:
    patient, conversation = scene.patient()
    browser = scene.logged_in()
    browser.post(f"/staff/patients/{patient}/treatments", data={"date": "2026-03-13", "time": "09:30"})
    treatment = only(scene, Treatment)
    assert browser.post(f"/staff/treatments/{treatment.id}/cancel").status_code == 303
    with scene.record() as session:
        assert treatments_of(session, session.get(Conversation, conversation)) == []
        assert session.query(Treatment).count() == 1


def test_the_front_desk_enrols_and_reads_no_conversation(scene: Any) -> None:
    browser = scene.logged_in("admin")
    assert enrol(browser).headers["location"] == "/staff/patients?done=enrolled"
    listed = browser.get("/staff/patients").text
    assert "Maria Lopez" in listed and "/staff/conversations" not in listed
    assert browser.get(f"/staff/patients/{only(scene, Patient).id}").status_code == 403
