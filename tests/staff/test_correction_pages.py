# ruff: noqa: F811 (fixtures of the console's browser tests are used by their names)
"""Staff say what a message should have been taken for, from the conversation, in two clicks."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from bot.care.corrections import LEVELS, OTHER_INTENTS
from bot.care.models import Alert, AuditEntry, Correction
from bot.guidance.library import Library
from bot.staff.correction_views import CHOICES, OTHER
from tests.axe import violations
from tests.staff.test_in_browser import Desk, address, chromium, desk  # noqa: F401
from tests.staff.test_report_pages import picture

WORDS = "dead tired after the drip"


@pytest.fixture
def message(scene: Any) -> tuple[int, int]:
    """A message that was taken too seriously; returns (conversation, message)."""
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    return conversation, scene.says(conversation, WORDS, "crisis", "dead", ("They write of being dead.",))


def correct(browser: Any, message: int, **fields: str) -> Any:
    return browser.post(f"/staff/messages/{message}/correct", data=fields)


def test_all_levels_and_intents_can_be_chosen(scene: Any, message: tuple[int, int]) -> None:
    assert set(CHOICES) == {level.value for level in LEVELS} and set(OTHER) == set(OTHER_INTENTS)
    page = unescape(scene.logged_in().get(f"/staff/messages/{message[1]}/correct").text)
    for topic in Library.load().topics:
        assert f'value="ask_{topic}"' in page
    assert "They write of being dead." in page and "<mark>dead</mark>" in page


def test_a_correction_is_kept_shown_and_noted(scene: Any, message: tuple[int, int]) -> None:
    conversation, number = message
    browser = scene.logged_in("nurse", "Nora Whitfield")
    assert f"/staff/messages/{number}/correct" in browser.get(f"/staff/conversations/{conversation}").text
    answer = correct(browser, number, level="none", intent="ask_sedation")
    assert answer.headers["location"] == f"/staff/conversations/{conversation}?done=corrected#m{number}"
    page = unescape(browser.get(answer.headers["location"]).text)
    assert "Nora Whitfield: This was not worrying; asked about feeling tired or sleepy" in page
    assert "Kept as an example" in page
    with scene.record() as session:
        row = session.query(Correction).one()
        assert (row.level, row.intent, row.message_id) == ("none", "ask_sedation", number)
        # Only a person's decision ends an alert.
        assert session.query(Alert).one().state == "open"
        noted = session.query(AuditEntry).filter_by(action="message.corrected").one()
        assert noted.subject == f"message:{number}" and WORDS not in str(noted.detail)


def test_a_missed_message_opens_an_alert_where_that_is_wanted(scene: Any) -> None:
    missed = scene.says(scene.patient()[1], "the dog goes to my sister")
    browser = scene.logged_in()
    assert "nothing is open for this person" in browser.get(f"/staff/messages/{missed}/correct").text
    assert correct(browser, missed, level="crisis", alert="yes").status_code == 303
    with scene.record() as session:
        alert = session.query(Alert).one()
        assert (alert.level, alert.state) == ("crisis", "open")
    assert "should have been flagged" in browser.get("/staff").text


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"level": "", "intent": ""},
        {"level": "unassessed"},
        {"level": "dreadful"},
        {"intent": "ask_astrology"},
        {"intent": "driving"},
        {"level": "none", "alert": "yes"},
        {"intent": "human", "alert": "yes"},
    ],
)
def test_what_says_nothing_or_what_there_is_not_comes_back(
    scene: Any, message: tuple[int, int], fields: dict[str, str]
) -> None:
    answer = correct(scene.logged_in(), message[1], **fields)
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    with scene.record() as session:
        assert session.query(Correction).count() == 0


def test_only_patients_messages_are_corrected(scene: Any, message: tuple[int, int]) -> None:
    browser = scene.logged_in()
    browser.post(
        f"/staff/conversations/{message[0]}/reply", data={"text": "I phone you.", "once": "1", "then": "own"}
    )
    ours = [one.id for one in scene.messages(message[0]) if one.sender != "patient"]
    assert ours
    for number in (*ours, 999_999):
        assert browser.get(f"/staff/messages/{number}/correct").status_code == 404
        assert correct(browser, number, level="none").status_code == 404


@pytest.mark.browser
def test_the_way_from_the_transcript_is_accessible(scene: Any, message: tuple[int, int], desk: Desk) -> None:
    for width, height in ((1280, 900), (375, 800)):
        desk.size(width, height)
        desk.go(f"/staff/conversations/{message[0]}")
        desk.driver.execute_script("arguments[0].click()", desk.find(".messages a[href$='/correct']"))
        desk.until(lambda: "/correct" in desk.driver.current_url)
        assert desk.too_wide() <= 0
        picture(desk, f"correct-{width}")
        assert violations(desk.driver) == []
    desk.driver.find_elements(By.CSS_SELECTOR, "input[name='level']")[1].click()
    desk.find("main button.primary").click()
    desk.until(lambda: "Kept as an example" in desk.text("#notice"))
    picture(desk, "transcript-375")
    assert [line for line in desk.driver.get_log("browser") if line["level"] == "SEVERE"] == []
