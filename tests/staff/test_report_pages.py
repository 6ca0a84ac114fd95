# ruff: noqa: F811 (fixtures of the console's browser tests are used by their names)
"""The reports in the console: numbers, drawings and files; who may, what is noted, how it looks."""

from __future__ import annotations

import csv
import io
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from bot.care import alerts, report_figures
from bot.care.conversations import Reply, say
from bot.care.models import (
    Alert,
    AuditEntry,
    Channel,
    Conversation,
    Disposition,
    Message,
    MessageState,
    StaffMember,
)
from bot.care.series import CourseDay
from bot.staff.sheet import Column, Unit, duration
from bot.staff.spreadsheets import csv_file
from bot.work.report_figures import ReportFigures
from tests.axe import violations
from tests.care.course import Course
from tests.staff.conftest import AT
from tests.staff.test_in_browser import Desk, address, chromium, desk  # noqa: F401

KEYS = (
    "alerts",
    "time-to-acknowledge",
    "time-to-resolve",
    "false-alarms-by-rule",
    "false-alarms-by-reader",
    "messages",
    "check-ins",
    "mood",
    "deliveries",
    "pages",
)


@pytest.fixture
def month(scene: Any) -> Any:
    """A month in which something of everything happened."""
    scene.hire()
    with scene.record() as session:
        nora = int(session.query(StaffMember.id).limit(1).scalar())
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    course = Course(scene.engine, conversation, AT - timedelta(days=20))
    course.infusion(-0.2)
    for day, mood in enumerate((3, 4, 5, 6, 6, 7)):
        course.answered(day * 2, mood=mood)
    course.expired(14)
    for level, disposition in (
        ("crisis", Disposition.REACHED_SAFE),
        ("urgent", Disposition.FALSE_ALARM),
        ("emergency", None),
    ):
        scene.says(scene.visitor(), "secret words", level)
        with scene.record() as session:
            alert = session.query(Alert).order_by(Alert.id.desc()).first()
            if disposition is not None:
                alerts.acknowledge(session, alert.id, nora, AT + timedelta(minutes=4))
                alerts.resolve(session, alert.id, nora, disposition, "note", AT + timedelta(hours=1))
    asked = scene.says(conversation, "may i drive?", channel=Channel.SMS)
    with scene.record() as session:
        answered = session.get(Message, asked)
        answered.state = MessageState.ANSWERED.value
        say(
            session,
            session.get(Conversation, conversation),
            Reply(
                "Not today.", guidance=({"topic": "driving", "phase": "same_day", "version": 1, "hash": "0"},)
            ),
            channel=Channel.SMS,
            now=AT,
            reply_to=answered,
            sent=True,
        )
    scene.later(120)
    return scene


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_figures_that_were_reckoned_beforehand_say_so(month: Any) -> None:
    ReportFigures(month.engine, month.clinic, month.clock, felt=0).run()
    nora = month.logged_in()
    assert "The figures are of" not in nora.get("/staff/reports").text
    month.later(10)
    page = nora.get("/staff/reports").text
    assert "The figures are of 01:00; they are reckoned anew every quarter of an hour." in page
    assert "Reached, and safe" in page
    assert "The figures are of" in nora.get("/staff/reports?days=365").text


def test_every_report_has_a_table_and_a_drawing_and_no_words_of_a_patient(month: Any) -> None:
    page = month.logged_in().get("/staff/reports")
    assert page.status_code == 200
    for key in KEYS:
        assert f'id="{key}"' in page.text
    for words in (
        "Reached, and safe",
        "False alarm",
        "Answered from the guidance",
        "Evening",
        "Longest waiting",
    ):
        assert words in page.text
    assert page.text.count("<svg") >= 2 * 7
    for secret in ("secret words", "Maria", "may i drive", "212"):
        assert secret not in page.text
    assert 'style="' not in page.text and "<script>" not in page.text


def test_an_empty_clinic_has_a_page_that_says_so(scene: Any) -> None:
    page = scene.logged_in().get("/staff/reports").text
    assert page.count("Nothing in this period.") == len(KEYS) and "<svg" not in page


def test_each_table_is_a_file(month: Any) -> None:
    browser = month.logged_in()
    for key in KEYS:
        answer = browser.get(f"/staff/reports/{key}.csv?days=90")
        assert answer.status_code == 200, key
        assert answer.headers["content-disposition"] == f'attachment; filename="{key}-90-days.csv"'
    seen = rows_of(browser.get("/staff/reports/time-to-acknowledge.csv"))
    crisis = next(row for row in seen if row["Level"] == "Crisis")
    assert crisis["Median (minutes)"] == "4.0" and crisis["Not acknowledged"] == "0"
    emergency = next(row for row in seen if row["Level"] == "Emergency")
    assert emergency["Median (minutes)"] == "" and emergency["Longest waiting (minutes)"] == "120.0"
    shares = rows_of(browser.get("/staff/reports/false-alarms-by-reader.csv"))
    assert [row["Share (%)"] for row in shares] == ["50.0"]
    assert browser.get("/staff/reports/astrology.csv").status_code == 404


def test_the_period_is_chosen_from_the_list(month: Any) -> None:
    month.later(60 * 24 * 10)
    browser = month.logged_in()
    assert "Nothing in this period." in browser.get("/staff/reports?days=7").text
    for chosen in ("30", "90", "365", "9999999999", "-1", "x"):
        page = browser.get(f"/staff/reports?days={chosen}")
        assert page.status_code == 200 and "Reached, and safe" in page.text


@pytest.mark.parametrize(
    ("role", "sees"), [("nurse", True), ("clinician", True), ("admin", False), ("auditor", False)]
)
def test_who_reads_no_conversation_sees_no_mood_of_few(month: Any, role: str, sees: bool) -> None:
    browser = month.logged_in(role)
    assert bool(rows_of(browser.get("/staff/reports/mood.csv"))) == sees
    assert ("days with fewer than 5 patients are not shown" in browser.get("/staff/reports").text) != sees


def test_mood_of_enough_patients_is_shown_to_all(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [CourseDay(0, 5, 4, 6, 9, 5), CourseDay(1, 6, 5, 7, 4, 4)]
    monkeypatch.setattr(report_figures, "course_after_treatment", lambda *_, **__: days)
    found = rows_of(scene.logged_in("admin").get("/staff/reports/mood.csv"))
    assert [row["Day"] for row in found] == ["0"]


def test_looking_and_saving_are_in_the_audit(month: Any) -> None:
    browser = month.logged_in("auditor")
    browser.get("/staff/reports?days=7")
    browser.get("/staff/reports/alerts.csv")
    with month.record() as session:
        rows = session.query(AuditEntry).filter(AuditEntry.action.like("reports.%")).order_by(AuditEntry.id)
        noted = [(row.action, row.detail) for row in rows]
    assert noted == [
        ("reports.viewed", {"days": 7}),
        ("reports.exported", {"report": "alerts", "days": 30}),
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (5400, "1.5 h"), (172800, "2.0 days")],
)
def test_durations_are_short(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_file_keeps_numbers_and_disarms_formulas() -> None:
    content = csv_file(["a", "b", "c"], [["=1+1", -3, None], ["plain", 0.5, "-3"]]).decode("utf-8-sig")
    assert content.splitlines() == ["a,b,c", "'=1+1,-3,", "plain,0.5,'-3"]
    assert Column("Median", Unit.DURATION).exported == "Median (minutes)"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_reports_are_accessible_at_a_desk_and_on_a_phone(month: Any, desk: Desk, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    desk.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    for width, height in ((1280, 900), (375, 800)):
        desk.size(width, height)
        desk.go("/staff/reports?days=90")
        for summary in desk.driver.find_elements(By.CSS_SELECTOR, "summary"):
            summary.click()
        assert desk.too_wide() <= 0
        picture(desk, f"reports-{scheme}-{width}")
        assert violations(desk.driver) == []
    assert [line for line in desk.driver.get_log("browser") if line["level"] == "SEVERE"] == []


def picture(desk: Desk, name: str) -> None:
    """The whole page, where somebody wants to look at it."""
    folder = os.environ.get("AFTERCARE_TEST_PICTURES")
    if folder:
        high = int(desk.driver.execute_script("return document.documentElement.scrollHeight"))
        width = int(desk.driver.execute_script("return innerWidth"))
        desk.size(width, min(high, 6000))
        Path(folder, f"{name}.png").write_bytes(desk.driver.get_screenshot_as_png())
