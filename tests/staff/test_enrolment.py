"""Patients are enrolled once: from the form, and from a file that is checked before anything happens."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.care import importing
from bot.care.enrolment import day_of
from bot.care.models import AuditEntry, Patient, PhoneNumber, Treatment
from bot.care.phones import attach
from bot.staff import forms

TITLES = "Name,Date of birth,Phone,Address,Emergency contact\n"
GOOD = (
    TITLES
    + 'Maria Lopez,1984-03-14,(212) 555-0161,"12 Rivet St\nApt 4",Sister Ana\n'
    + "Ben Ode,3/4/1990,212-555-0162,,\n"
)


def check(browser: Any, text: str) -> Any:
    return browser.post("/staff/patients/import", files={"file": ("patients.csv", text.encode())})


def seal_of(scene: Any, text: str) -> str:
    with scene.record() as session:
        return importing.draft(session, text.replace("\r\n", "\n"), scene.clinic, scene.clock.now()).seal


def run(scene: Any, browser: Any, text: str, seal: str | None = None) -> Any:
    data = {"text": text, "seal": seal_of(scene, text) if seal is None else seal}
    return browser.post("/staff/patients/import/run", data=data)


def enrolled(scene: Any) -> list[str]:
    with scene.record() as session:
        return [one.name for one in session.query(Patient).order_by(Patient.id)]


# --- the form


def test_somebody_of_the_same_name_is_enrolled_only_when_it_is_another_person(scene: Any) -> None:
    scene.patient("María López")
    nurse = scene.logged_in()
    data = {"name": "Maria Lopez", "date_of_birth": "1984-03-14", "address": "9 Elm St"}
    refused = nurse.post("/staff/patients/new", data=data)
    assert refused.status_code == 422 and "enrolled already" in refused.text
    assert "María López" in refused.text and "9 Elm St" in refused.text
    assert enrolled(scene) == ["María López"]
    assert nurse.post("/staff/patients/new", data={**data, "another": "yes"}).status_code == 303
    assert len(enrolled(scene)) == 2


def test_a_namesake_with_another_birthday_is_no_duplicate(scene: Any) -> None:
    scene.patient("Maria Lopez")
    data = {"name": "Maria Lopez", "date_of_birth": "1990-01-01"}
    assert scene.logged_in().post("/staff/patients/new", data=data).status_code == 303


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1984-03-14", date(1984, 3, 14)),
        ("3/14/1984", date(1984, 3, 14)),
        ("03/04/1984", date(1984, 3, 4)),
        ("14/3/1984", None),
        ("3/14/84", None),
        ("", None),
    ],
)
def test_dates_are_read_as_written_here(text: str, day: date | None) -> None:
    assert day_of(text) == day


# --- the file


def test_a_check_changes_nothing_and_the_import_enrols_all(scene: Any) -> None:
    desk = scene.logged_in("admin")
    shown = check(desk, GOOD)
    assert shown.status_code == 200 and "2 new, 0 enrolled already, 0 to mend" in shown.text
    assert "Enrol 2 patients" in shown.text and "4 Mar 1990" in shown.text
    assert enrolled(scene) == []
    assert run(scene, desk, GOOD).status_code == 303
    with scene.record() as session:
        maria, ben = session.query(Patient).order_by(Patient.id)
        assert (maria.name, maria.phone, maria.address) == (
            "Maria Lopez",
            "+12125550161",
            "12 Rivet St\nApt 4",
        )
        assert ben.date_of_birth == date(1990, 3, 4)
        assert session.query(PhoneNumber).count() == 2
        actions = [one.action for one in session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions.count("patient.enrolled") == 2 and "patients.imported" in actions


def test_the_seal_on_the_page_is_the_one_that_the_import_takes(scene: Any) -> None:
    nurse = scene.logged_in()
    windows = GOOD.replace("\n", "\r\n")
    assert f'value="{seal_of(scene, GOOD)}"' in check(nurse, windows).text


def treatments(scene: Any) -> list[tuple[int, str]]:
    with scene.record() as session:
        rows = session.query(Treatment).order_by(Treatment.patient_id, Treatment.infusion_at)
        return [
            (row.patient_id, f"{row.infusion_at.astimezone(scene.clinic.zone):%Y-%m-%d %H:%M}")
            for row in rows
        ]


WITH = (
    "name,date of birth,treatments\n"
    'Maria Lopez,1984-03-14,"2026-03-10 09:30; 3/17/2026 9:30"\n'
    "Ben Ode,1990-03-04,\n"
)


def test_treatments_are_shown_in_the_check_and_recorded_with_the_patients(scene: Any) -> None:
    nurse = scene.logged_in()
    page = check(nurse, WITH).text
    assert "10 Mar 2026, 09:30, 17 Mar 2026, 09:30" in page and "2 new" in page
    assert treatments(scene) == []
    assert run(scene, nurse, WITH).status_code == 303
    assert treatments(scene) == [(1, "2026-03-10 09:30"), (1, "2026-03-17 09:30")]
    again = check(nurse, WITH).text
    assert "2 enrolled already" in again and "with their treatments" in again


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("2026-03-10", "Write each treatment as 2026-03-14 09:30"),
        ("tomorrow at nine", "Write each treatment as 2026-03-14 09:30"),
        ("2026-03-10 25:00", "Write the date as 2026-03-14 and the time as 09:30"),
        ("2062-03-10 09:30", "Check the year"),
        ("2026-03-08 02:30", "That hour does not exist"),
        ("2026-03-10 09:30; 2026-03-10 09:30", "The same treatment twice"),
    ],
)
def test_a_treatment_that_cannot_be_is_named_with_its_line(scene: Any, cell: str, says: str) -> None:
    text = f'name,infusions\nMaria Lopez,"{cell}"\n'
    nurse = scene.logged_in()
    page = check(nurse, text).text
    assert says in page and "1 to mend" in page
    run(scene, nurse, text)
    assert enrolled(scene) == [] and treatments(scene) == []


def test_each_bad_line_is_named_with_what_to_mend_and_nothing_is_enrolled(scene: Any) -> None:
    scene.patient("Kim Nguyen", "(212) 555-0169")
    text = (
        TITLES
        + ",1984-03-14,,,\n"
        + "Ann Lee,1884-03-14,12345,,\n"
        + "Ben Ode,1990-03-04,(212) 555-0162,,\n"
        + "Ode Ben,1990-03-04,,,\n"
        + "Cy Ray,,(212) 555-0162,,\n"
        + "Dee Fox,,(212) 555-0169,,\n"
    )
    nurse = scene.logged_in()
    shown = check(nurse, text).text
    for words in (
        "Write the patient&#39;s name",
        "Check the year. This is not a phone number",
        "The same name and date of birth as line 4",
        "The same phone number as line 4",
        "The phone number is that of patient no. 1",
    ):
        assert words in shown, words
    assert "Nothing was imported. 5 lines need a look" in shown
    assert "Enrol 1 patient" not in shown
    refused = run(scene, nurse, text)
    assert refused.status_code == 422 and enrolled(scene) == ["Kim Nguyen"]


def test_who_is_enrolled_already_is_named_and_left_out(scene: Any) -> None:
    scene.patient("María López", "(212) 555-0161")
    nurse = scene.logged_in()
    shown = check(nurse, GOOD).text
    assert "1 new, 1 enrolled already" in shown and "patient no. 1" in shown
    assert run(scene, nurse, GOOD).status_code == 303
    assert enrolled(scene) == ["María López", "Ben Ode"]
    again = check(nurse, GOOD).text
    assert "Everybody in this file is enrolled already" in again
    assert run(scene, nurse, GOOD).status_code == 422 and len(enrolled(scene)) == 2


def test_what_changed_since_the_check_is_shown_again_and_nothing_is_enrolled(scene: Any) -> None:
    nurse = scene.logged_in()
    seal = seal_of(scene, GOOD)
    scene.patient("Ben Ode", "(212) 555-0162")
    answer = run(scene, nurse, GOOD, seal)
    assert answer.status_code == 422 and "changed since the check" in answer.text
    assert enrolled(scene) == ["Ben Ode"]


def test_one_line_that_fails_takes_the_others_back(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_holders", lambda *_: {})  # somebody else was quicker, after the check
    scene.patient("Kim Nguyen", "(212) 555-0162")
    answer = run(scene, scene.logged_in(), GOOD)
    assert answer.status_code == 422 and "Line 3: This number belongs to another patient" in answer.text
    assert enrolled(scene) == ["Kim Nguyen"]


def test_a_shared_number_is_anothers_as_well(scene: Any) -> None:
    first, second = scene.patient("A B", "(212) 555-0162")[0], scene.patient("C D")[0]
    with scene.record() as session:
        attach(session, second, "(212) 555-0162", scene.clock.now(), shared=True)
    assert f"patient no. {first} and no. {second}" in check(scene.logged_in(), GOOD).text


@pytest.mark.parametrize(
    "text",
    [
        "Last name;First name;Cell\r\nLopez;Maria;2125550161\r\n",
        "\ufefffirst_name\tLAST NAME\tMobile phone\nMaria\tLopez\t+12125550161\n",
        "Patient Name,Favourite colour\n\nMaria Lopez,blue\n",
    ],
    ids=["semicolons", "tabs", "further columns"],
)
def test_files_of_other_programs_are_read(scene: Any, text: str) -> None:
    nurse = scene.logged_in()
    shown = check(nurse, text).text
    assert "1 new" in shown and "Maria Lopez" in shown
    assert ("Nothing is taken from: Favourite colour" in shown) is ("colour" in text)


def test_what_windows_saves_is_read_with_its_letters(scene: Any) -> None:
    content = "name\nJosé Núñez\n".encode("cp1252")
    answer = scene.logged_in().post("/staff/patients/import", files={"file": ("p.csv", content)})
    assert "José Núñez" in answer.text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Choose a file"),
        ("phone,address\n1,2\n", "no column for the name"),
        ("name,phone\n", "no patients"),
        ("name,name\na,b\n", "Two columns mean the same"),
        ("name\n" + "\n".join(f"P {n}" for n in range(1001)), "1000 at once is the limit"),
        ('name\n"never closed', "not a CSV file"),
    ],
)
def test_what_is_no_list_of_patients_is_refused_in_words(scene: Any, text: str, says: str) -> None:
    answer = check(scene.logged_in(), text)
    assert answer.status_code == 422 and says in answer.text


def test_pasted_text_is_as_good_as_a_file_and_comes_back_when_it_is_wrong(scene: Any) -> None:
    nurse = scene.logged_in()
    assert "2 new" in nurse.post("/staff/patients/import", data={"text": GOOD}).text
    wrong = nurse.post("/staff/patients/import", data={"text": "phone\n2125550161\n"})
    assert wrong.status_code == 422 and "phone\n2125550161" in wrong.text


def test_a_file_is_taken_only_where_one_is_asked_for_and_only_so_large(scene: Any) -> None:
    nurse = scene.logged_in()
    elsewhere = nurse.post("/staff/patients", files={"file": ("p.csv", b"name\nx\n")})
    assert elsewhere.status_code == 400
    large = b"name\n" + b"x" * forms.LARGEST_UPLOAD
    assert nurse.post("/staff/patients/import", files={"file": ("p.csv", large)}).status_code == 400
    broken = {"content-type": "multipart/form-data"}
    answer = nurse.post("/staff/patients/import", content=b"nonsense", headers=broken)
    assert answer.status_code == 400 and "Choose it again" in answer.text


def test_an_auditor_imports_nobody(scene: Any) -> None:
    assert scene.logged_in("auditor").get("/staff/patients/import").status_code == 403


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300))
def test_no_text_breaks_the_check(scene: Any, text: str) -> None:
    with scene.record() as session:
        for content in (text, f"name,phone,dob\n{text}"):
            found = importing.draft(session, content.replace("\x00", ""), scene.clinic, scene.clock.now())
            assert found.wrong or len(found.lines) == len(found.bad) + len(found.known) + len(found.new)
