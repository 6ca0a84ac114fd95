"""A new crisis is heard and seen on every page of the console, in Chromium: sound, title, and the way to the queue."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from bot.care.alerts import acknowledge, unresolved_alert
from bot.care.models import StaffMember, StaffSession
from bot.staff.permissions import Permission, Role, may
from tests.axe import violations
from tests.staff.test_in_browser import Desk, address, chromium, desk

__all__ = ["address", "chromium", "desk"]

COUNT_TONES = """
window.tones = 0;
const make = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { window.tones += 1; return make.call(this); };
"""
A_RING = 2
"""Tones of one ring."""


class Listener:
    """What a member of staff hears on the page that is open: every page counts its tones from its beginning."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        command = "Page.addScriptToEvaluateOnNewDocument"
        self._script = desk.driver.execute_cdp_cmd(command, {"source": COUNT_TONES})
        desk.go("/staff")

    def tones(self) -> int:
        return int(self.desk.driver.execute_script("return window.tones"))

    def switch(self) -> str:
        return self.desk.text("#sound-switch")

    def waits(self) -> bool:
        """Whether the page says that it is silent until it is touched."""
        return bool(self.desk.find("#sound-waits").is_displayed())

    def leave(self) -> None:
        self.desk.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", self._script)


@pytest.fixture
def listener(desk: Desk) -> Any:
    made = Listener(desk)
    yield made
    made.leave()


def to_roster(desk: Desk) -> None:
    """By a press, as people go from page to page."""
    desk.find("nav a[href='/staff/roster']").click()
    desk.until(lambda: desk.driver.current_url.endswith("/staff/roster"))


@pytest.mark.browser
def test_the_switch_is_remembered_and_rings_on_the_next_pages(
    scene: Any, desk: Desk, listener: Listener
) -> None:
    assert (listener.switch(), listener.waits()) == ("Sound is off", False)
    desk.find("#sound-switch").send_keys(Keys.ENTER)
    desk.until(lambda: listener.tones() == A_RING)  # one hears what it will be like
    conversation = scene.patient("Ana One")[1]
    desk.go(f"/staff/conversations/{conversation}")
    assert listener.switch() == "Sound is on"
    to_roster(desk)
    desk.until(lambda: not listener.waits())
    scene.says(scene.patient("Ben Two")[1], "words", "crisis")
    desk.until(lambda: listener.tones() == A_RING and desk.driver.title.startswith("(1) "))
    # Back in the queue nothing rings again for the same alert.
    desk.find("nav a[href='/staff']").click()
    desk.until(lambda: "Ben Two" in desk.text() and not listener.waits())
    assert listener.tones() == 0
    desk.find("#sound-switch").send_keys(Keys.ENTER)
    desk.until(lambda: listener.switch() == "Sound is off")
    to_roster(desk)
    assert (listener.switch(), listener.waits()) == ("Sound is off", False)


@pytest.mark.browser
def test_until_the_first_key_the_page_says_that_it_is_silent_and_then_rings_for_what_came(
    scene: Any, desk: Desk, listener: Listener
) -> None:
    desk.find("#sound-switch").send_keys(Keys.ENTER)
    desk.until(lambda: listener.tones() == A_RING)
    desk.go("/staff/roster")  # nobody has touched this page yet
    desk.until(listener.waits)
    desk.until(
        lambda: "keeps it silent until you press a key or touch this page" in desk.text("#sound-waits")
    )
    assert listener.switch() == "Sound is on"
    scene.says(scene.patient("Ana One")[1], "words", "crisis")
    desk.until(lambda: desk.driver.title.startswith("(1) "))
    assert (listener.tones(), listener.waits()) == (0, True)
    for scheme, width in (("dark", 360), ("light", 1280)):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        desk.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        desk.size(width, 800)
        assert violations(desk.driver, "news") == [] and desk.too_wide() <= 0
    desk.press("x")
    desk.until(lambda: listener.tones() == A_RING and not listener.waits())
    scene.says(scene.patient("Ben Two")[1], "words", "urgent")
    desk.until(lambda: listener.tones() == 2 * A_RING)


@pytest.mark.browser
def test_what_came_between_two_pages_rings_and_what_was_acknowledged_meanwhile_does_not(
    scene: Any, desk: Desk, listener: Listener
) -> None:
    desk.find("#sound-switch").send_keys(Keys.ENTER)
    desk.until(lambda: listener.tones() == A_RING)
    conversation = scene.patient("Ana One")[1]
    desk.driver.get("about:blank")
    scene.says(conversation, "words", "crisis")
    desk.go("/staff/roster")
    desk.until(lambda: "1 alert to acknowledge" in desk.text("#news") and listener.waits())
    with scene.record() as session:
        alert = unresolved_alert(session, conversation)
        nurse = session.query(StaffMember).first()
        acknowledge(session, alert.id, nurse.id, scene.clock.now(), scene.clinic.paging.left)
    desk.until(lambda: not desk.find("#news").is_displayed() and not desk.driver.title.startswith("("))
    desk.press("x")
    desk.until(lambda: not listener.waits())
    assert listener.tones() == 0
    desk.driver.get("about:blank")
    scene.says(scene.patient("Ben Two")[1], "words", "crisis")
    desk.go("/staff/roster")
    desk.press("x")
    desk.until(lambda: listener.tones() == A_RING)


@pytest.mark.browser
def test_a_new_crisis_shows_on_every_page(scene: Any, desk: Desk) -> None:
    patient, conversation = scene.patient("Maria Lopez", "(212) 555-0161")
    pages = (
        "/staff", f"/staff/conversations/{conversation}", f"/staff/conversations/{conversation}/notes",
        "/staff/patients",
        "/staff/patients/new", f"/staff/patients/{patient}/treatments", "/staff/check-ins", "/staff/guidance",
        "/staff/guidance/driving", "/staff/unanswered", "/staff/roster", "/staff/pages", "/staff/reports",
        "/staff/account", "/staff/conversations/99999",
    )  # fmt: skip
    for number, path in enumerate(pages, 1):
        desk.go(path)
        desk.until(lambda: (desk.driver.title[0] == "(") == (number > 1))  # noqa: B023 - asked in this turn
        scene.says(scene.visitor(), "words", "crisis")
        desk.until(lambda: desk.driver.title.startswith(f"({number}) "))  # noqa: B023
        if path != "/staff":
            said = f"{number} alert{'' if number == 1 else 's'} to acknowledge in the queue. Open the queue"
            desk.until(lambda: desk.text("#news") == said)  # noqa: B023
    desk.find("#news a").click()
    desk.until(lambda: f"{len(pages)} alerts to acknowledge" in desk.text())


@pytest.mark.browser
def test_the_log_in_that_somebody_was_signed_off_to_rings_too(
    scene: Any, desk: Desk, listener: Listener
) -> None:
    desk.find("#sound-switch").send_keys(Keys.ENTER)
    desk.until(lambda: listener.tones() == A_RING)
    to_roster(desk)
    desk.until(lambda: not listener.waits())
    scene.later(16)
    scene.says(scene.patient("Ana One")[1], "secret words", "crisis")
    desk.until(lambda: desk.driver.current_url.endswith("/staff/login"))
    desk.until(lambda: "1 alert nobody has acknowledged" in desk.text())
    assert "without activity" in desk.text() and "Ana" not in desk.text()
    assert listener.switch() == "Sound is on"
    for scheme, width in (("dark", 360), ("light", 1280)):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        desk.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        desk.size(width, 800)
        assert violations(desk.driver, "signed off") == [] and desk.too_wide() <= 0
    desk.press("x")  # this browser may have kept it silent until now
    desk.until(lambda: listener.tones() == A_RING and not listener.waits())
    scene.says(scene.patient("Ben Two")[1], "secret words", "urgent")
    WebDriverWait(desk.driver, 20, poll_frequency=0.1).until(lambda _: listener.tones() == 2 * A_RING)
    assert desk.driver.title.startswith("(2) ")
    # Whose log-in somebody ended is told nothing more, and what stood there goes.
    with scene.record() as session:
        for login in session.query(StaffSession):
            login.revoked_at = scene.clock.now()
    WebDriverWait(desk.driver, 20).until(lambda _: not desk.find("#waiting").is_displayed())
    assert not desk.driver.title.startswith("(")


@pytest.mark.browser
def test_many_tabs_share_one_stream_and_the_next_one_takes_it_over(scene: Any, desk: Desk) -> None:
    """Over HTTP/1.1 a browser opens six connections to a server: a tab beyond them would stay blank."""
    first = desk.driver.current_window_handle
    desk.go("/staff/roster")
    others = []
    for _ in range(7):
        desk.driver.switch_to.new_window("tab")
        desk.go("/staff/roster")
        others.append(desk.driver.current_window_handle)
    try:
        scene.says(scene.visitor(), "words", "crisis")
        for tab in (*others, first):
            desk.driver.switch_to.window(tab)
            desk.until(lambda: desk.driver.title.startswith("(1) "))
        assert len(scene.feed._subscriptions) == 1
        desk.go("/staff/nothing")  # the tab that listened shows another page
        scene.says(scene.visitor(), "words", "crisis")
        for tab in others:
            desk.driver.switch_to.window(tab)
            desk.until(lambda: desk.driver.title.startswith("(2) "))
    finally:
        for tab in others:
            desk.driver.switch_to.window(tab)
            desk.driver.close()
        desk.driver.switch_to.window(first)


@pytest.mark.parametrize("role", list(Role))
def test_who_may_not_see_the_queue_hears_nothing_of_it(scene: Any, role: Role) -> None:
    browser = scene.logged_in(role.value)
    hears = may(role.value, Permission.QUEUE_VIEW)
    for path in ("/staff/account", "/staff/guidance", "/staff/reports"):
        page = browser.get(path).text
        found = [
            part in page for part in ('data-stream="/staff/events?counts"', 'id="sound-switch"', 'id="news"')
        ]
        assert found == [hears] * 3, path
    assert "data-stream" not in scene.browser().get("/staff/login").text
