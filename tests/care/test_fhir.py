"""The export is FHIR R4B for a library that knows it, says what is missing, and keeps its identifiers."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from bot.care.database import transaction
from bot.care.fhir import ABSENT, LOINC, bundle
from bot.care.models import Patient
from bot.care.series import Series, mood_series
from tests.care.conftest import AT, Care
from tests.care.course import Course
from tests.care.test_signals import phq

WORDS = "tired, but \u201ccalm\u201d \U0001f600\nreally"
CLINIC = "https://chat.clinic.example/"


@pytest.fixture
def course(care: Care) -> Course:
    made = Course(care.engine, care.conversation_id, AT)
    made.infusion(-0.2)
    return made


def exported(course: Course, now: datetime = AT) -> dict[str, Any]:
    with transaction(course.engine) as session:
        patient = session.get(Patient, course.patient_id())
        patient.date_of_birth = date(1984, 3, 14)
        return bundle(patient, mood_series(session, int(patient.id)), CLINIC, now)


def resources(whole: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["resource"] for one in whole["entry"] if one["resource"]["resourceType"] == kind]


def valid(whole: dict[str, Any]) -> Bundle:
    return Bundle.parse_raw(json.dumps(whole))


def test_a_month_is_valid_for_a_fhir_library(course: Course) -> None:
    done = course.answered(0, mood=7, side_effects=2, sleep=1, safety=1, word=WORDS)
    course.corrected(done, "mood", 6.5, timedelta(hours=1))
    course.answered(1, mood=None, side_effects=1, state="partial")
    course.expired(3)
    course.expired(4, sent=False)
    course.answered(7, "phq9", **phq(1, 1, 2, 0, 0, 1, 0, 0, 0))
    course.answered(14, "phq9", state="partial", **phq(1, 1))
    course.answered(15, "phq2", **phq(1, 1))
    course.answered(16, mood=4, state="open")
    whole = valid(exported(course))
    assert len(whole.entry) > 20
    assert whole.entry[0].resource.birthDate == date(1984, 3, 14)


def test_an_empty_series_is_a_patient_alone(course: Course) -> None:
    whole = exported(course)
    valid(whole)
    assert [one["resource"]["resourceType"] for one in whole["entry"]] == ["Patient"]


def test_totals_and_questions_carry_their_loinc_codes(course: Course) -> None:
    course.answered(0, "phq9", **phq(1, 1, 2, 0, 0, 1, 0, 0, 3))
    found = {}
    for one in resources(exported(course), "Observation"):
        for coding in one["code"]["coding"]:
            if coding["system"] == LOINC:
                found[coding["code"]] = one["valueQuantity"]["value"]
    assert found["44261-6"] == 8
    assert found["44260-8"] == 3
    assert len(found) == 10


def test_a_mood_has_a_code_of_ours_only(course: Course) -> None:
    course.answered(0, mood=7)
    [one] = resources(exported(course), "Observation")
    assert one["code"]["coding"] == [
        {"system": "urn:aftercare:item", "code": "daily.mood", "display": "mood"}
    ]


def test_what_is_missing_says_why(course: Course) -> None:
    course.answered(0, mood=None, side_effects=1)
    course.expired(1)
    course.expired(2, sent=False)
    course.answered(3, "phq9", state="partial", **phq(1, 1))
    why = [
        one["dataAbsentReason"]["coding"][0]
        for one in resources(exported(course), "Observation")
        if "dataAbsentReason" in one
    ]
    assert {one["system"] for one in why} == {ABSENT}
    assert [one["code"] for one in why] == ["asked-declined", "asked-unknown", "not-asked", "asked-unknown"]
    # What nobody answered is no response to a questionnaire.
    assert len(resources(exported(course), "QuestionnaireResponse")) == 2


def test_a_response_has_its_state_and_its_words(course: Course) -> None:
    done = course.answered(0, mood=7, word="calm")
    course.answered(1, mood=4, state="partial")
    course.corrected(done, "mood", 6, timedelta(minutes=9))
    amended, stopped = resources(exported(course), "QuestionnaireResponse")
    assert (amended["status"], stopped["status"]) == ("amended", "stopped")
    assert amended["questionnaire"].startswith("urn:aftercare:instrument:daily|")
    assert [one["answer"][0] for one in amended["item"]] == [{"valueDecimal": 6.0}, {"valueString": "calm"}]


def test_references_lead_to_entries_and_stay_the_same(course: Course) -> None:
    course.answered(0, mood=7, safety=1)
    first, second = exported(course), exported(course, AT + timedelta(days=1))
    urls = [one["fullUrl"] for one in first["entry"]]
    assert urls == [one["fullUrl"] for one in second["entry"]]
    assert len(set(urls)) == len(urls)
    for one in resources(first, "Observation"):
        assert one["subject"]["reference"] in urls
        assert one["derivedFrom"][0]["reference"] in urls


def test_two_clinics_never_share_an_identifier() -> None:
    patient, nothing = Patient(id=7, name="Maria Lopez"), Series((), ())
    at = datetime(2026, 3, 3, tzinfo=timezone.utc)
    urls = {
        bundle(patient, nothing, clinic, at)["entry"][0]["fullUrl"]
        for clinic in (CLINIC, "https://b.example")
    }
    assert len(urls) == 2
