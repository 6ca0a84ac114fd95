"""Chromium for the widget's tests: one browser a session, one server a test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.browser.contract_server import ContractServer
from tests.browser.desk import Desk
from tests.browser.other_site import base, site, token  # noqa: F401
from tests.browser.page import Page
from tests.chromium import CHROMIUM, DRIVER, need_chromium


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A headless Chromium with nothing in it."""
    need_chromium()
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    home = tmp_path_factory.mktemp("chromium")
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--disable-dev-shm-usage",
        f"--user-data-dir={home}",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    driver.set_script_timeout(30)
    yield driver
    driver.quit()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def server() -> Iterator[ContractServer]:
    """A server of its own for each test."""
    with ContractServer() as running:
        yield running


@pytest.fixture
def desk(server: ContractServer) -> Desk:
    """The server's inside."""
    return server.desk


@pytest.fixture
def page(browser: webdriver.Chrome, server: ContractServer) -> Iterator[Page]:
    """The browser, as a desktop of 1280 by 900 with nothing stored and the network up."""
    opened = Page(browser, server.url)
    opened.reset()
    yield opened
    opened.network(True)
    browser.get("about:blank")
