# ruff: noqa: F811 (fixtures of the console's browser tests are used by their names)
"""Staff see what the guidance does not cover, reply, and take a draft along that nothing can send by mistake."""

from __future__ import annotations

from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.care import alerts, sign_offs
from bot.care.models import AuditEntry, ItemKind, Message, StaffMember
from bot.guidance.entry import read_entry
from bot.guidance.library import Library
from bot.guidance.reading import Problems
from bot.staff.unanswered_views import draft_of
from tests.axe import violations
from tests.care.test_unanswered import of
from tests.staff.test_in_browser import Desk, address, chromium, desk  # noqa: F401
from tests.staff.test_report_pages import picture


def asks(scene: Any, conversation: int, words: str) -> int:
    number = scene.says(conversation, words)
    with scene.record() as session:
        alerts.open_item(session, ItemKind.QUESTION, session.get(Message, number), "why", scene.clock.now())
    return int(number)


@pytest.fixture
def asked(scene: Any) -> list[int]:
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    return [
        asks(scene, conversation, words)
        for words in ("can i fly on an airplane?", "flying on an airplane ok?", "can <b>my</b> parrot come")
    ]


def test_like_questions_stand_together_with_a_way_to_reply(scene: Any, asked: list[int]) -> None:
    browser = scene.logged_in()
    assert "/staff/unanswered" in browser.get("/staff/guidance").text
    page = browser.get("/staff/unanswered")
    assert page.text.count("<h2") == 2 and "2 times" in page.text and "2 waiting" in page.text
    assert "&lt;b&gt;my&lt;/b&gt; parrot" in page.text and "<b>" not in page.text
    with scene.record() as session:
        conversation = session.get(Message, asked[0]).conversation_id
        assert f"/staff/conversations/{conversation}#text" in page.text
        assert session.query(AuditEntry).filter_by(action="unanswered.viewed").count() == 1


def test_nothing_unanswered_is_a_calm_page(scene: Any) -> None:
    assert "Every question of this time was answered." in scene.logged_in().get("/staff/unanswered").text


def test_a_draft_is_a_file_with_the_questions_chosen_and_noted(scene: Any, asked: list[int]) -> None:
    browser = scene.logged_in()
    answer = browser.post("/staff/unanswered/draft", data={"message": [str(asked[0]), str(asked[1]), "999"]})
    assert answer.headers["content-disposition"] == 'attachment; filename="guidance-draft.yml"'
    assert "can i fly on an airplane?" in answer.text and "parrot" not in answer.text
    with scene.record() as session:
        noted = session.query(AuditEntry).filter_by(action="unanswered.drafted").one()
        assert sorted(noted.detail["messages"]) == asked[:2]
    for nothing in ({}, {"message": "999"}, {"message": "x"}):
        assert browser.post("/staff/unanswered/draft", data=nothing).status_code == 404


def test_a_draft_is_an_entry_but_for_its_sources(tmp_path: Path) -> None:
    words = ("plain", "title: mine\nversion: 7", "\r\u2028- x\x85y: {z}", "{phone} # {0}")
    path = tmp_path / "draft.yml"
    path.write_text(draft_of(of(*words)), encoding="utf-8")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert content["title"] == "to be written" and content["sources"] == []
    problems, library = Problems(), Library.load()
    assert read_entry(path, {}, library.times, problems) is None
    assert len(problems.found) == 1 and "names no source" in problems.found[0]
    content["sources"] = [{"document": "001", "section": "A"}]
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    finished = read_entry(path, {"001": ("A",)}, library.times, Problems())
    assert finished is not None and finished.topic == "draft"


def test_an_answer_that_changed_after_its_signature_says_who_signed_what(scene: Any) -> None:
    clinician = scene.logged_in("clinician", "Dan Okafor")
    with scene.record() as session:
        dan = int(session.query(StaffMember.id).filter_by(name="Dan Okafor").scalar())
        sign_offs.sign(session, "driving", "0", "f" * 64, dan, scene.clock.now())
    listed = clinician.get("/staff/guidance").text
    assert ">changed<" in listed and "Dan Okafor signed version 0" in listed
    page = unescape(clinician.get("/staff/guidance/driving").text)
    assert "Changed since Dan Okafor signed version 0" in page and "ffffffffffff" in page
    hashed = Library.load().signed_as("driving", scene.clinic)
    clinician.post("/staff/guidance/driving/sign", data={"hash": hashed})
    page = clinician.get("/staff/guidance/driving").text
    assert "Changed since" not in page and f"content {hashed[:12]}" in page
    assert ">changed<" not in clinician.get("/staff/guidance").text


@pytest.mark.browser
def test_the_pages_are_accessible(scene: Any, asked: list[int], desk: Desk) -> None:
    for width, height in ((1280, 900), (375, 800)):
        for path in ("unanswered", "guidance", "guidance/driving"):
            desk.size(width, height)
            desk.go(f"/staff/{path}")
            assert desk.too_wide() <= 0, path
            picture(desk, f"{path.replace('/', '-')}-{width}")
            assert violations(desk.driver) == [], path
    assert [line for line in desk.driver.get_log("browser") if line["level"] == "SEVERE"] == []
