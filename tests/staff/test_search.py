"""Patients are found at once among ten thousand, however the name is written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from bot.care import search
from bot.care.models import Patient
from bot.care.models.names import words_of
from bot.care.phones import attach


@pytest.mark.parametrize(
    ("name", "words", "found"),
    [
        ("José Ó'Neill", "jose", True),
        ("José Ó'Neill", "JOSÉ NEILL", True),
        ("José Ó'Neill", "neill jos", True),
        ("José Ó'Neill", "ose", False),
        ("Kim Nguyễn-Featherstonehaugh", "feather", True),
        ("Kim Nguyễn-Featherstonehaugh", "nguyen", True),
        ("Łukasz Wałęsa", "lukasz walesa", True),
        ("Łukasz Wałęsa", "lukasz kowalski", False),
        ("Ann Lee", "lee, ann", True),
        ("Ann Lee", "'); drop table patient; --", False),
        ("Ann Lee", "& | ! :*", False),
        ("ΝΙΚΟΣ", "ΝΙΚ", True),
    ],
)
def test_a_name_is_found_by_the_beginnings_of_its_words(
    scene: Any, name: str, words: str, found: bool
) -> None:
    scene.patient(name)
    with scene.record() as session:
        assert [one.name for one in search.find(session, words)] == ([name] if found else [])


@pytest.mark.parametrize("words", ["0199", "555-0199", "(212) 555-0199", "+1 212 555 0199"])
def test_a_further_number_and_a_shared_one_lead_to_their_patients(scene: Any, words: str) -> None:
    maria, _ = scene.patient("Maria Lopez", "(212) 555-0161")
    ben, _ = scene.patient("Ben Ode")
    with scene.record() as session:
        attach(session, maria, "(212) 555-0199", scene.clock.now())
        assert [one.id for one in search.find(session, words)] == [maria]
        attach(session, ben, "(212) 555-0199", scene.clock.now(), shared=True)
        assert [one.id for one in search.find(session, words)] == [ben, maria]


@pytest.mark.parametrize("words", ["no. {}", "No. {}", "no {}", " NO.{} ", "patient no. {}"])
def test_a_patient_is_found_by_the_number_as_lists_show_it(scene: Any, words: str) -> None:
    maria, _ = scene.patient("Maria Lopez", "(212) 555-0161")
    scene.patient("Noa Twelve", "(212) 555-0162")
    with scene.record() as session:
        assert [one.id for one in search.find(session, words.format(maria))] == [maria]
        assert search.find(session, words.format(999_999)) == []
        # Somebody whose name begins so is found by it as before.
        assert [one.name for one in search.find(session, "no twel")] == ["Noa Twelve"]
    listed = scene.logged_in().post("/staff/patients", data={"words": words.format(maria)}).text
    assert "Maria Lopez" in listed and "Noa Twelve" not in listed


def test_who_is_one_with_another_or_erased_is_found_by_the_identifier_alone(scene: Any) -> None:
    first, second = scene.patient("Maria Lopez")[0], scene.patient("Maria Lopes")[0]
    with scene.record() as session:
        session.get(Patient, second).merged_into_id = first
    with scene.record() as session:
        assert [one.id for one in search.find(session, "maria")] == [first]
        assert [one.id for one in search.find(session, "")] == [first]
        assert [one.id for one in search.find(session, str(second))] == [second]


def test_namesakes_are_of_one_name_and_no_other_birthday(scene: Any) -> None:
    maria = scene.patient("María López")[0]  # born 1984-03-14
    with scene.record() as session:
        asked = [
            ("Lopez Maria", date(1984, 3, 14)),
            ("Maria Lopez", date(1990, 1, 1)),
            ("Maria Lopez", None),
            ("Maria", None),
        ]
        found = search.namesakes(session, asked)
    assert {place: [one.id for one in them] for place, them in found.items()} == {0: [maria], 2: [maria]}


def test_python_and_the_database_cut_names_alike(scene: Any) -> None:
    names = ["José Ó’Neill", "Đặng Thị Ánh-Tuyết", "Ægir Þórsson", "Anne  Marie (Annie) Smith/Jones", "Zoë"]
    for name in names:
        scene.patient(name)
    with scene.record() as session:
        rows = session.execute(text("select name, tsvector_to_array(name_words) from patient")).all()
    assert {name: sorted(words) for name, words in rows} == {
        name: sorted(set(words_of(name))) for name in names
    }


def test_ten_thousand_patients_are_searched_by_index(scene: Any) -> None:
    with scene.record() as session:
        session.execute(
            text(
                "insert into patient (name) select 'Name' || n || ' Family' || n % 977 "
                "from generate_series(1, 10000) n"
            )
        )
        session.execute(text("insert into conversation (patient_id) select id from patient"))
        session.execute(
            text(
                "insert into phone_number (number, conversation_id) "
                "select '+1212' || (5000000 + id), id from conversation"
            )
        )
    with scene.record() as session:
        session.execute(text("select gin_clean_pending_list('ix_patient_name_words')"))
        session.execute(text("analyze patient"))
        session.execute(text("analyze phone_number"))
        by_name = "select id from patient where name_words @@ to_tsquery('simple', 'name432:* & family:*')"
        by_number = "select conversation_id from phone_number where backwards like '1234%'"
        plans = ["\n".join(session.execute(text(f"explain {one}")).scalars()) for one in (by_name, by_number)]
        assert "ix_patient_name_words" in plans[0]
        assert "ix_phone_number_backwards" in plans[1]
        assert [one.name for one in search.find(session, "name4321")] == ["Name4321 Family413"]
        assert len(search.find(session, "family12")) == 50
