"""The page of the phone simulator in a real browser."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.channels.sms.support import Record
from tests.chromium import CHROMIUM, DRIVER, need_chromium

pytestmark = pytest.mark.browser
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[webdriver.Chrome]:
    need_chromium()
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    home = tempfile.mkdtemp(prefix="phone-page-")
    for flag in (*FLAGS, f"--user-data-dir={home}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()
    shutil.rmtree(home, ignore_errors=True)


def wait(browser: webdriver.Chrome, until: Callable[[], bool]) -> None:
    """Wait for what must come; fails after 20 s."""
    WebDriverWait(browser, 20, poll_frequency=0.1).until(lambda _: until())


def test_a_newcomer_texts_with_the_keyboard_alone(
    chromium: webdriver.Chrome, simulated: str, record: Record, number: str
) -> None:
    chromium.set_window_size(1200, 900)
    chromium.get(simulated + "/demo/phone")
    first = chromium.find_element(By.CSS_SELECTOR, "input[name=phone]")
    first.send_keys(Keys.ARROW_UP)  # around to the last choice, "another number"
    chromium.switch_to.active_element.send_keys(number[2:])
    text = chromium.find_element(By.ID, "text")
    text.send_keys("i want to kill myself" + Keys.ENTER)
    # The way to help, and the question that follows it.
    wait(chromium, lambda: len(chromium.find_elements(By.CSS_SELECTOR, "#bubbles .theirs")) == 2)
    wait(chromium, lambda: "Delivered" in chromium.find_element(By.CSS_SELECTOR, ".theirs .meta").text)
    assert "988" in chromium.find_element(By.CSS_SELECTOR, ".theirs .bubble").text
    assert "1 segment, GSM-7" in chromium.find_element(By.CSS_SELECTOR, ".theirs .meta").text
    assert chromium.switch_to.active_element == text and text.get_attribute("value") == ""
    assert [message.text for message in record.from_patient(number)] == ["i want to kill myself"]
    assert [entry["message"] for entry in chromium.get_log("browser")] == []


def test_a_text_that_could_not_be_sent_stays_in_the_field(
    chromium: webdriver.Chrome, simulated: str, number: str
) -> None:
    chromium.get(simulated + "/demo/phone")
    chromium.execute_script("window.fetch = () => Promise.reject(new TypeError('away'))")
    text = chromium.find_element(By.ID, "text")
    text.send_keys("can i drive?" + Keys.ENTER)
    wait(chromium, lambda: "Not sent" in chromium.find_element(By.ID, "problem").text)
    assert text.get_attribute("value") == "can i drive?"


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_its_window(chromium: webdriver.Chrome, simulated: str, width: int) -> None:
    size = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": width < 500}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    chromium.get(simulated + "/demo/phone")
    shown = chromium.execute_script(
        "const send = document.getElementById('send').getBoundingClientRect();"
        "return [document.documentElement.scrollWidth, Math.round(send.right)]"
    )
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert shown[0] <= width and 0 < shown[1] <= width
