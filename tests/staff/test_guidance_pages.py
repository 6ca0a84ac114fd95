"""Clinicians see what patients are told, and sign exactly that."""

from __future__ import annotations

from html import escape, unescape
from typing import Any

from bot.care.models import GuidanceSignOff
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.staff.app import staff_app


def sign(browser: Any, content_hash: str) -> Any:
    return browser.post("/staff/guidance/driving/sign", data={"hash": content_hash})


def test_sources_are_named_by_their_titles(scene: Any) -> None:
    browser = scene.logged_in()
    title = "So You Just Had A Ketamine Therapy Session - Now What?"
    assert title in browser.get("/staff/guidance").text
    page = browser.get("/staff/guidance/driving").text
    for source in Library.load().entry("driving").sources:
        assert escape(Library.load().documents[source.document]) in page and escape(source.section) in page


def test_every_topic_is_listed(scene: Any) -> None:
    page = scene.logged_in().get("/staff/guidance").text
    for topic in Library.load().topics:
        assert f'href="/staff/guidance/{topic}"' in page


def test_a_topic_shows_every_wording_and_its_sources(scene: Any) -> None:
    entry = Library.load().entry("driving")
    page = unescape(scene.logged_in().get("/staff/guidance/driving").text)
    for wording in entry.wordings:
        for text in wording.texts.values():
            assert text in page
    for source in entry.sources:
        assert source.section in page


def test_every_topic_can_be_previewed(scene: Any) -> None:
    browser = scene.logged_in()
    for topic in Library.load().topics:
        assert browser.get(f"/staff/guidance/{topic}").status_code == 200, topic


def test_a_clinician_signs_the_content_and_a_nurse_does_not(scene: Any) -> None:
    entry, hashed = Library.load().entry("driving"), Library.load().signed_as("driving", scene.clinic)
    assert sign(scene.logged_in("nurse"), hashed).status_code == 403
    clinician = scene.logged_in("clinician", "Dan Okafor")
    assert "not signed" in clinician.get("/staff/guidance").text
    for _ in range(2):
        assert sign(clinician, hashed).status_code == 303
    with scene.record() as session:
        row = session.query(GuidanceSignOff).one()
    assert (row.topic, row.hash, row.version) == ("driving", hashed, str(entry.version))
    assert "Dan Okafor" in clinician.get("/staff/guidance/driving").text


def test_a_rule_of_the_clinic_that_changes_undoes_the_signature(scene: Any) -> None:
    clinician = scene.logged_in("clinician", "Dan Okafor")
    assert sign(clinician, Library.load().signed_as("driving", scene.clinic)).status_code == 303
    page = unescape(clinician.get("/staff/guidance/driving").text)
    assert "which is signed with it: driving: next day after sleep; same day: until 06:00" in page
    by_hours = scene.clinic.driving.copy(update={"rule": "hours", "hours": 24})
    scene.clinic = scene.clinic.copy(update={"driving": by_hours})
    scene.app = staff_app(scene.engine, scene.clinic, scene.clock, Library.load(), Phrases.load(), scene.feed)
    clinician = scene.logged_in("clinician", "Ruth Adler")
    page = unescape(clinician.get("/staff/guidance/driving").text)
    assert "Changed since Dan Okafor signed version" in page and "driving: 24 hours" in page
    for side in ("Next day, the rule still holds", "Next day, the rule is over"):
        assert side in page
    assert ">changed<" in clinician.get("/staff/guidance").text


def test_a_content_that_changed_under_the_reader_is_not_signed(scene: Any) -> None:
    answer = sign(scene.logged_in("clinician"), "0" * 64)
    assert answer.status_code == 409 and "Read it again" in answer.text


def test_all_other_wording_is_shown_with_its_review_state(scene: Any) -> None:
    page = scene.logged_in().get("/staff/wording").text
    assert "to review" in page and page.count("<h2>") == len(Phrases.load().phrases)


def test_an_unknown_topic_is_no_page(scene: Any) -> None:
    assert scene.logged_in().get("/staff/guidance/astrology").status_code == 404
