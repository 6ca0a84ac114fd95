"""In a real browser that refuses third-party cookies, on a clinic's page of another origin: the chat goes on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from sqlalchemy.engine import Engine

from bot.care.database import transaction
from bot.care.models import Message, WebSession
from tests.browser.demo import CHROMIUM_FLAGS
from tests.browser.other_site import WRITE, until
from tests.channels.web_chat.support import TUESDAY_NOON
from tests.chromium import CHROMIUM, DRIVER, need_chromium
from tests.tables import empty_tables

pytestmark = pytest.mark.browser

THIRD_PARTY: dict[str, Any] = {"profile.cookie_controls_mode": 1, "profile.block_third_party_cookies": True}
"""As browsers do that block third-party cookies and keep partitioned ones."""
NONE_AT_ALL: dict[str, Any] = THIRD_PARTY | {
    "profile.content_settings.exceptions.cookies": {"http://127.0.0.1:*,*": {"setting": 2}}
}
"""As browsers do that keep no cookie of the chat's origin, partitioned or not."""
KEPT = "return Object.keys(localStorage).filter(key => key.startsWith('aftercare.session.')).length"


@pytest.fixture(autouse=True)
def nobody_yet(engine: Engine) -> None:
    """Other tests of the run have left their patients."""
    empty_tables(engine)


@contextmanager
def refusing(preferences: dict[str, Any]) -> Iterator[webdriver.Chrome]:
    """A headless browser of its own with these settings."""
    need_chromium()
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    home = tempfile.mkdtemp(prefix="aftercare-chromium-")
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={home}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", preferences)
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()
        shutil.rmtree(home, ignore_errors=True)


def cookies(driver: webdriver.Chrome) -> list[dict[str, Any]]:
    """All cookies of the browser, whatever jar they lie in."""
    return list(driver.execute_cdp_cmd("Storage.getCookies", {})["cookies"])


def words(engine: Engine) -> list[tuple[int, str]]:
    """What patients wrote, with its conversation."""
    with transaction(engine) as session:
        rows = session.query(Message).filter_by(sender="patient").order_by(Message.id)
        return [(int(row.conversation_id), str(row.text)) for row in rows]


@pytest.mark.parametrize(
    ("preferences", "by_page"), [(THIRD_PARTY, False), (NONE_AT_ALL, True)], ids=["partitioned", "none"]
)
def test_the_session_lasts_over_a_reload_whatever_cookies_are_refused(
    base: str,
    site: str,
    engine: Engine,
    preferences: dict[str, Any],
    by_page: bool,
) -> None:
    with refusing(preferences) as driver:
        driver.get(site)
        until(driver, "Connected")
        driver.execute_script(WRITE, "before the reload")
        until(driver, "Sent")
        driver.get(site)
        until(driver, "before the reload")
        driver.execute_script(WRITE, "after the reload")
        until(driver, "after the reload")
        until(driver, "Sent")
        assert (driver.execute_script(KEPT) == 1) is by_page
        assert bool(cookies(driver)) is not by_page
    written = words(engine)
    assert [text for _, text in written] == ["before the reload", "after the reload"]
    assert len({conversation for conversation, _ in written}) == 1


def test_a_crisis_gets_its_text_and_an_ended_session_begins_anew(
    base: str,
    site: str,
    engine: Engine,
) -> None:
    with refusing(NONE_AT_ALL) as driver:
        driver.get(site)
        until(driver, "Connected")
        with transaction(engine) as session:
            session.query(WebSession).update({"revoked_at": TUESDAY_NOON})
        driver.execute_script(WRITE, "i want to kill myself")
        until(driver, "I am glad you told me")
        driver.get(site)
        until(driver, "i want to kill myself")


def test_a_link_verifies_such_a_browser_too(
    base: str,
    site: str,
    token: str,
    engine: Engine,
) -> None:
    with refusing(NONE_AT_ALL) as driver:
        driver.get(f"{site}/#aftercare-invite={token}")
        until(driver, "Connected")
        with transaction(engine) as session:
            assert session.query(WebSession).filter_by(verified=True, revoked_at=None).count() == 1
        driver.execute_script(WRITE, "it is me")
        until(driver, "Sent")
    with transaction(engine) as session:
        message = session.query(Message).filter_by(sender="patient").one()
        assert message.conversation.patient.name == "Maria Lopez"
