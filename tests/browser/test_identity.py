"""In a real browser: a link verifies it once, and a page of another site keeps its session."""

from __future__ import annotations

import pytest
from selenium import webdriver
from sqlalchemy.engine import Engine

from bot.care.database import transaction
from bot.care.models import WebSession
from tests.axe import violations
from tests.browser.other_site import WRITE, until

pytestmark = pytest.mark.browser


def test_a_link_opens_the_patients_chat_once_and_leaves_no_trace_in_the_address(
    browser: webdriver.Chrome,
    base: str,
    token: str,
    engine: Engine,
) -> None:
    browser.get(f"{base}/chat/page")
    browser.delete_all_cookies()
    browser.get("about:blank")
    browser.get(f"{base}/chat/page#aftercare-invite={token}")
    until(browser, "Connected")
    assert browser.current_url == f"{base}/chat/page"
    with transaction(engine) as session:
        assert session.query(WebSession).filter_by(verified=True).count() == 1
    # The same link in another browser.
    browser.delete_all_cookies()
    browser.get("about:blank")
    browser.get(f"{base}/chat/page#aftercare-invite={token}")
    until(browser, "This link does not work any more")
    assert browser.current_url == f"{base}/chat/page"
    until(browser, "Connected")
    with transaction(engine) as session:
        assert session.query(WebSession).filter_by(verified=True).count() == 1
    assert violations(browser, "a link that was used") == []


def test_on_a_page_of_another_site_the_session_lasts_over_a_reload(
    browser: webdriver.Chrome, base: str, site: str
) -> None:
    browser.get(site)
    until(browser, "Connected")
    browser.execute_script(WRITE, "written on the clinic's page")
    until(browser, "Sent")
    browser.refresh()
    assert "written on the clinic's page" in until(browser, "written on")
