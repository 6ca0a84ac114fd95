# ruff: noqa: F811 (fixtures of the console's browser tests are used by their names)
"""The series in the console: beside the conversation, on its page, as files; who may, what is noted, how it looks."""

from __future__ import annotations

import csv
import io
import json
import struct
import subprocess
import sys
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given
from hypothesis import strategies as st
from selenium.webdriver.common.by import By

from bot.care import check_ins
from bot.care.database import transaction
from bot.care.models import AuditEntry, CheckIn
from bot.care.series import Point, PointState, Series
from bot.clinic.instruments import Parsed, load_instrument
from bot.staff.series_files import COLUMNS, csv_of
from bot.staff.spreadsheets import as_text
from tests.axe import violations
from tests.care.course import Course
from tests.staff.conftest import AT
from tests.staff.test_in_browser import Desk, address, chromium, desk  # noqa: F401

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def maria(scene: Any) -> tuple[int, Course]:
    """A patient with three weeks of check-ins, some of them missing."""
    patient, conversation = scene.patient("Maria Lopez", "(212) 555-0161")
    course = Course(scene.engine, conversation, AT - timedelta(days=21))
    course.infusion(-0.2)
    course.infusion(13.8)
    for day, mood in enumerate((3, 4, 4, 5.5, None, 6, 6, 7, 6, 5)):
        if day in (5, 6):
            course.expired(day * 2)
        else:
            course.answered(day * 2, mood=mood, side_effects=1, sleep=2, safety=1, word='=HYPERLINK("x")')
    course.answered(19, "phq9", **{f"phq_{one}": 1 for one in PHQ})
    return patient, course


PHQ = ("interest", "down", "sleep", "tired", "appetite", "failure", "concentration", "moving", "harm")


def test_the_page_shows_the_chart_and_the_table_behind_it(scene: Any, maria: tuple[int, Course]) -> None:
    patient, course = maria
    course.corrected(course.answered(20, mood=9), "mood", 2, timedelta(minutes=4))
    page = scene.logged_in().get(f"/staff/patients/{patient}/series")
    assert page.status_code == 200
    # Two missed, one left out, and the legend's; drawn for a desk and for a phone.
    assert page.text.count('class="gap"') == 2 * 4
    for words in (
        "no answer",
        "left out",
        "corrected",
        "PHQ-9 total, 0 to 27",
        "=HYPERLINK",
        "1 (no)",
        "Infusions",
    ):
        assert words in page.text
    assert 'style="' not in page.text


def test_a_no_that_was_said_as_the_same_as_before_shows_its_words(
    scene: Any, maria: tuple[int, Course]
) -> None:
    patient, course = maria
    made = course.answered(20, mood=6)
    with transaction(scene.engine) as session:
        check_in, safety = session.get(CheckIn, made), load_instrument("daily").item("safety")
        check_ins.log_answer(session, check_in, safety, "same as last time", Parsed(1.0), None, course.at(20))
    browser = scene.logged_in()
    page = browser.get(f"/staff/patients/{patient}/series").text
    [row] = [line for line in page.split("<tr>") if "same as last time" in line]
    assert "1 (no)" in row
    rows = csv.DictReader(
        io.StringIO(browser.get(f"/staff/patients/{patient}/series.csv").text.lstrip("\ufeff"))
    )
    assert "same as last time" in {value for one in rows for value in one.values()}


def test_a_patient_without_check_ins_has_a_page_that_says_so(scene: Any) -> None:
    patient, conversation = scene.patient()
    browser = scene.logged_in()
    assert "No check-in has been asked" in browser.get(f"/staff/patients/{patient}/series").text
    assert "No check-in has been answered" in browser.get(f"/staff/conversations/{conversation}/series").text
    for ending in ("series.svg", "series.png", "series.csv", "fhir"):
        assert browser.get(f"/staff/patients/{patient}/{ending}").status_code == 200


def test_a_visitors_check_ins_stand_beside_the_conversation(scene: Any) -> None:
    conversation = scene.visitor()
    Course(scene.engine, conversation, AT).answered(0, mood=4)
    part = scene.logged_in().get(f"/staff/conversations/{conversation}/series").text
    assert "<circle" in part and "files to take along" not in part


def test_nobody_there_is_not_found(scene: Any) -> None:
    browser = scene.logged_in()
    for path in (
        "patients/999/series",
        "patients/999/series.csv",
        "patients/999/fhir",
        "conversations/999/series",
    ):
        assert browser.get(f"/staff/{path}").status_code == 404


def test_the_picture_alone_is_an_svg_that_no_page_can_turn_into_a_script(
    scene: Any, maria: tuple[int, Course]
) -> None:
    answer = scene.logged_in().get(f"/staff/patients/{maria[0]}/series.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.text.startswith("<svg") and "<script" not in answer.text


def test_the_png_is_a_picture_of_the_promised_width(scene: Any, maria: tuple[int, Course]) -> None:
    answer = scene.logged_in().get(f"/staff/patients/{maria[0]}/series.png")
    assert answer.content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", answer.content[16:24])
    assert width == 1600 and height > 400
    assert answer.headers["content-disposition"] == f'attachment; filename="check-ins-{maria[0]}.png"'


def test_the_csv_holds_every_answer_and_no_formula(scene: Any, maria: tuple[int, Course]) -> None:
    answer = scene.logged_in().get(f"/staff/patients/{maria[0]}/series.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    moods = [row for row in rows if row["item"] == "mood"]
    assert [row["value"] for row in moods] == ["3", "4", "4", "5.5", "", "", "", "7", "6", "5"]
    assert [row["state"] for row in moods][4:7] == ["skipped", "missed", "missed"]
    assert [row["what"] for row in rows].count("infusion") == 2
    assert {row["as typed"] for row in rows if row["item"] == "word"} == {'\'=HYPERLINK("x")'}
    assert all(row["time"][-6] in "+-" for row in rows)


def test_the_fhir_file_is_valid_r4b(scene: Any, maria: tuple[int, Course]) -> None:
    answer = scene.logged_in().get(f"/staff/patients/{maria[0]}/fhir")
    assert answer.headers["content-type"] == "application/fhir+json"
    whole = Bundle.parse_raw(answer.content)
    assert whole.type == "collection"
    names = {one["resource"]["resourceType"] for one in json.loads(answer.content)["entry"]}
    assert names == {"Patient", "QuestionnaireResponse", "Observation"}


@pytest.mark.parametrize("role", ["admin", "auditor"])
def test_who_does_not_read_conversations_sees_no_series(
    scene: Any, maria: tuple[int, Course], role: str
) -> None:
    browser = scene.logged_in(role)
    for ending in ("series", "series.svg", "series.png", "series.csv", "fhir"):
        assert browser.get(f"/staff/patients/{maria[0]}/{ending}").status_code == 403


def test_looking_and_taking_along_are_in_the_audit(scene: Any, maria: tuple[int, Course]) -> None:
    browser = scene.logged_in()
    for ending in ("series", "series.svg", "series.csv", "series.png", "fhir"):
        browser.get(f"/staff/patients/{maria[0]}/{ending}")
    with scene.record() as session:
        rows = session.query(AuditEntry).filter(AuditEntry.action.like("series.%")).order_by(AuditEntry.id)
        noted = [(row.action, row.subject, row.detail.get("format")) for row in rows]
    subject = f"patient:{maria[0]}"
    assert noted == [
        ("series.viewed", subject, None),
        ("series.viewed", subject, None),
        ("series.exported", subject, "csv"),
        ("series.exported", subject, "png"),
        ("series.exported", subject, "json"),
    ]


def test_web_does_not_pay_for_the_drawing_library_before_somebody_draws() -> None:
    check = (
        "import sys, bot.staff.app; assert not [one for one in sys.modules if one.startswith('matplotlib')]"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


# PostgreSQL stores no NUL.
typed = st.text(
    alphabet=st.one_of(
        st.sampled_from("=+-@\t\r\n'\"|%,; \u00a0\u200b\uff1d\uff20"),
        st.characters(blacklist_characters="\x00"),
    )
)


@given(st.lists(typed, max_size=8))
def test_whatever_is_typed_is_text_to_a_spreadsheet(words: list[str]) -> None:
    points = tuple(
        Point(
            AT + timedelta(days=day),
            day,
            "daily",
            "2",
            "word",
            None,
            PointState.ANSWERED,
            "finished",
            raw=raw,
        )
        for day, raw in enumerate(words)
    )
    table = csv_of(Series(points, ()), NEW_YORK).decode("utf-8-sig")
    header, *rows = list(csv.reader(io.StringIO(table, newline="")))
    assert tuple(header) == COLUMNS
    assert len(rows) == len(words)
    for raw, row in zip(words, rows):
        stored = raw.encode("utf-8", "replace").decode()
        cell = row[COLUMNS.index("as typed")]
        assert cell in (stored, f"'{stored}")
        for one in row:
            shown = one.lstrip(" \u00a0\u200b\u200c\u200d\u2060\ufeff\t\r\n")
            assert not shown.startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20")) or one.startswith("'")
            assert not one.startswith(("\t", "\r", "\n"))


@pytest.mark.parametrize("plain", ["", "7", "slept ok", "a = b", "\u00e9t\u00e9", "'quoted'"])
def test_ordinary_words_stay_as_they_are(plain: str) -> None:
    assert as_text(plain) == plain


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_series_fits_desk_and_phone(
    scene: Any,
    desk: Desk,
    maria: tuple[int, Course],
    width: int,
) -> None:
    patient, course = maria
    scene.says(course.conversation_id, "it is hard today", "urgent")
    desk.size(width, 900)
    for path in (f"/staff/patients/{patient}/series", f"/staff/conversations/{course.conversation_id}"):
        desk.go(path)
        desk.until(lambda: desk.driver.find_elements(By.CSS_SELECTOR, "svg.series .dot"))
        assert desk.too_wide() <= 0
        charts = desk.driver.find_elements(By.CSS_SELECTOR, "svg.series")
        [chart] = [one.rect for one in charts if one.is_displayed()]
        assert 250 < chart["width"] <= width and chart["height"] > 120
        assert [line for line in desk.driver.get_log("browser") if line["level"] == "SEVERE"] == []
        assert violations(desk.driver) == []


@pytest.mark.browser
def test_a_new_answer_appears_in_an_open_conversation(
    scene: Any, desk: Desk, maria: tuple[int, Course]
) -> None:
    course = maria[1]
    desk.go(f"/staff/conversations/{course.conversation_id}")
    desk.until(lambda: len(desk.driver.find_elements(By.CSS_SELECTOR, "svg.series .dot")) == 8)
    course.answered(20.5, mood=8)
    scene.says(course.conversation_id, "8")
    desk.until(lambda: len(desk.driver.find_elements(By.CSS_SELECTOR, "svg.series .dot")) == 9)
