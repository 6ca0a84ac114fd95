"""Log-in with a second factor, own browsers, accounts and audit, in Chromium, by the keyboard, narrow and wide."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from bot.care.models import StaffSession
from tests.axe import violations
from tests.staff.test_in_browser import PASSWORD, Desk, address, chromium

__all__ = ["address", "chromium"]  # fixtures
pytestmark = pytest.mark.browser


@pytest.fixture
def desk(chromium: webdriver.Chrome, scene: Any, address: str) -> Desk:
    return Desk(chromium, address, scene.hire("admin"))


def fits(desk: Desk, where: str) -> None:
    """Accessible and not wider than the screen, light and dark, on a phone and on a desk."""
    for scheme in ("light", "dark"):
        desk.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        )
        for width in (360, 1280):
            desk.size(width, 800)
            assert desk.too_wide() <= 0, f"{where} at {width}"
            assert violations(desk.driver, where) == [], f"{where} at {width}, {scheme}"


def test_an_app_is_set_up_and_asked_for_by_the_keyboard(scene: Any, desk: Desk) -> None:
    desk.go("/staff/account")
    email = desk.text().split(",")[1].strip()
    fits(desk, "own account")
    desk.find("a[href='/staff/account/second-factor']").send_keys(Keys.ENTER)
    desk.until(lambda: "Set up your authenticator app" in desk.text())
    fits(desk, "set up")
    desk.find("summary").send_keys(Keys.ENTER)
    key = desk.find("details kbd").text.replace(" ", "")
    assert desk.find(".code svg").size["height"] > 100
    desk.find("#code").send_keys(pyotp.TOTP(key).at(scene.clock.now()) + Keys.ENTER)
    desk.until(lambda: "not shown again" in desk.text())
    fits(desk, "recovery codes")
    paper = desk.driver.execute_script(
        "return [...document.querySelectorAll('.codes kbd')].map(e => e.innerText)"
    )
    assert len(paper) == 10
    desk.find("main a.primary").send_keys(Keys.ENTER)
    desk.until(lambda: "Recovery codes left: 10" in desk.text())
    fits(desk, "own account with an app")
    desk.find("header form button").send_keys(Keys.ENTER)
    desk.until(lambda: "Staff log-in" in desk.text())

    desk.find("#email").send_keys(email)
    desk.find("#password").send_keys(PASSWORD + Keys.ENTER)
    desk.until(lambda: "Your code" in desk.text())
    fits(desk, "code")
    desk.press("000000" + Keys.ENTER)  # the field has the focus
    desk.until(lambda: "That code is wrong" in desk.text())
    fits(desk, "wrong code")
    desk.press(paper[0] + Keys.ENTER)
    desk.until(lambda: "/login" not in desk.driver.current_url)
    desk.go("/staff/account")
    assert "Recovery codes left: 9" in desk.text()


def test_accounts_and_audit_are_accessible_and_narrow(scene: Any, desk: Desk) -> None:
    scene.logged_in("nurse", "Kim Nguyen-Featherstonehaugh-Wolfeschlegelsteinhausen")
    scene.hire("auditor", "Ann")
    for path in ("/staff/accounts", "/staff/audit"):
        desk.go(path)
        fits(desk, "in use")
    errors = [entry["message"] for entry in desk.driver.get_log("browser") if entry["level"] == "SEVERE"]
    assert errors == []


def test_an_ended_browser_is_out_while_its_page_is_open(
    scene: Any, chromium: webdriver.Chrome, address: str
) -> None:
    """The console's event stream tells the page: nobody goes on reading behind a log-out."""
    nurse = Desk(chromium, address, scene.hire("nurse"))
    nurse.go("/staff")
    admin = scene.logged_in("admin")
    with scene.record() as session:
        first = session.query(StaffSession).order_by(StaffSession.id).first()
        assert first is not None and first.staff.role == "nurse"
        identifier = first.id
    assert admin.post(f"/staff/accounts/sessions/{identifier}/end").status_code == 303
    nurse.until(lambda: "/staff/login" in nurse.driver.current_url)
