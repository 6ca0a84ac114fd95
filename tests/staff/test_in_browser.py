"""The console in a real browser: keys, news without reloading, nothing lost."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from selenium import webdriver
from selenium.common.exceptions import JavascriptException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from bot.care.models import Alert
from tests.chromium import CHROMIUM, DRIVER, need_chromium

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    need_chromium()
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    home = tmp_path_factory.mktemp("chromium")
    for flag in (*FLAGS, f"--user-data-dir={home}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def address(scene: Any) -> Iterator[str]:
    """The console served on loopback from a thread of its own, with its live feed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(scene.app, port=port, log_level="warning", ws="none", lifespan="off")
    server, ready = uvicorn.Server(config), threading.Event()

    async def serve() -> None:
        await scene.feed.start(scene.engine.url.render_as_string(hide_password=False))
        await scene.feed.until_connected()
        ready.set()
        await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(20)
    yield f"http://localhost:{port}"
    scene.feed.stopped = True
    server.should_exit = server.force_exit = True
    thread.join(20)


class Desk:
    """A browser with a member of staff before it."""

    def __init__(self, driver: webdriver.Chrome, address: str, email: str) -> None:
        self.driver, self.address = driver, address
        self.size(1280, 800)
        self.go("/staff/login")
        driver.delete_all_cookies()
        self.go("/staff/login")
        self.find("#email").send_keys(email)
        self.find("#password").send_keys(PASSWORD)
        self.find("main button.primary").click()
        self.until(lambda: "/login" not in driver.current_url)
        driver.get_log("browser")

    def go(self, path: str) -> None:
        self.driver.get(self.address + path)

    def size(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def find(self, selector: str) -> Any:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str = "main") -> str:
        return str(
            self.driver.execute_script("return document.querySelector(arguments[0]).innerText", selector)
        )

    def press(self, keys: str) -> None:
        ActionChains(self.driver).send_keys(keys).perform()

    def acknowledge(self, conversation: int) -> None:
        """Open a conversation and acknowledge its alert there."""
        self.go(f"/staff/conversations/{conversation}")
        self.find("#panel form button.primary").click()
        self.until(lambda: "Acknowledged" in self.text("#notice"))

    def to_resolution(self) -> None:
        """Press r, which leads to the form that resolves."""
        self.press("r")
        self.until(lambda: self.driver.execute_script("return document.activeElement.id") == "disposition")

    def too_wide(self) -> int:
        """Pixels by which the page is wider than the window."""
        script = "const root = document.documentElement; return root.scrollWidth - root.clientWidth"
        return int(self.driver.execute_script(script))

    def until(self, true: Callable[[], Any]) -> None:
        # Between two pages there is no body to ask, and what was found a moment ago is gone.
        between = (JavascriptException, StaleElementReferenceException)
        wait = WebDriverWait(self.driver, 15, poll_frequency=0.05, ignored_exceptions=between)
        wait.until(lambda _: true())


@pytest.fixture
def desk(chromium: webdriver.Chrome, scene: Any, address: str) -> Desk:
    return Desk(chromium, address, scene.hire("clinician"))


def test_from_the_news_to_the_resolution_by_keys_alone(scene: Any, desk: Desk) -> None:
    desk.until(lambda: "Nobody is waiting" in desk.text())
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    scene.says(conversation, "better off without me", "crisis", "better off without me")
    desk.until(lambda: "Maria Lopez" in desk.text())
    assert desk.driver.title.startswith("(1) ")
    assert desk.find("mark").text == "better off without me"
    desk.press("j")
    desk.press("a")
    desk.until(lambda: "You have acknowledged it" in desk.text())
    # The list is drawn anew twice, by the answer to the key and by the live feed; focus comes back after each.
    desk.until(
        lambda: desk.driver.execute_script("return document.activeElement.textContent") == "Maria Lopez"
    )
    desk.press("r")
    desk.until(lambda: desk.driver.current_url.endswith("#disposition"))
    desk.until(lambda: desk.driver.execute_script("return document.activeElement.id") == "disposition")
    desk.press(f"Reached{Keys.TAB}Spoke with her.{Keys.TAB}{Keys.ENTER}")
    desk.until(lambda: "Resolved and noted" in desk.text("#notice"))
    desk.go("/staff")
    desk.until(lambda: "Nobody is waiting" in desk.text())
    scene.later(1)
    desk.go("/staff/reports")
    desk.until(lambda: "Reached, and safe" in desk.driver.page_source)
    audit = scene.logged_in("admin", "Ada Ode").get("/staff/audit").text
    assert "alert.acknowledged" in audit and "alert.resolved" in audit


def test_a_false_alarm_is_ticked_by_keys_and_only_its_own_notes_are_shown(scene: Any, desk: Desk) -> None:
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    scene.says(conversation, "this song is killing me", "crisis", "killing me")
    desk.acknowledge(conversation)
    desk.to_resolution()
    seen = "[...document.querySelectorAll('.short')].filter(one => one.checkVisibility())"
    shown = f"return {seen}.map(one => one.dataset.for)"
    assert desk.driver.execute_script(shown) == []
    desk.press("False")
    desk.until(lambda: desk.driver.execute_script(shown) == ["false_alarm"])
    said = desk.find(".short[data-for=false_alarm] label").text
    desk.press(f"{Keys.TAB}{Keys.TAB}{Keys.SPACE}{Keys.ENTER}")
    desk.until(lambda: "Resolved and noted" in desk.text("#notice"))
    with scene.record() as session:
        assert session.query(Alert).one().note == said


def test_a_note_that_came_back_with_an_error_is_not_lost_to_news(scene: Any, desk: Desk) -> None:
    conversation = scene.visitor()
    scene.says(conversation, "better off without me", "crisis", "better off without me")
    desk.acknowledge(conversation)
    desk.to_resolution()
    desk.press(f"{Keys.TAB}Spoke with her sister.")
    desk.find("#resolve button.primary").click()
    desk.until(lambda: "Choose what became of it." in desk.text("#panel"))
    scene.says(conversation, "are you there", "crisis")
    desk.until(lambda: "Something changed while you were writing" in desk.text("#notice"))
    assert desk.find("#note").get_attribute("value") == "Spoke with her sister."


def test_from_the_log_in_to_the_resolution_without_a_mouse(scene: Any, desk: Desk) -> None:
    """The log-in page has its focus in the first field; a link that led there leads on."""
    scene.says(scene.visitor(), "better off without me", "crisis", "better off without me")
    desk.driver.delete_all_cookies()
    desk.go("/staff")
    desk.until(lambda: desk.driver.execute_script("return document.activeElement.id") == "email")
    desk.press(f"{scene.hire()}{Keys.TAB}{PASSWORD}{Keys.ENTER}")
    desk.until(lambda: "Web visitor" in desk.text())
    desk.press("j")
    desk.press("a")
    desk.until(lambda: "You have acknowledged it" in desk.text())
    focused = "return document.activeElement.closest('.entry') !== null"
    desk.until(lambda: desk.driver.execute_script(focused))
    desk.to_resolution()
    desk.press(f"Sent{Keys.TAB}{Keys.TAB}{Keys.SPACE}{Keys.ENTER}")
    desk.until(lambda: "Resolved and noted" in desk.text("#notice"))
    with scene.record() as session:
        alert = session.query(Alert).one()
        assert (alert.disposition, alert.note) == (
            "sent_to_emergency_care",
            "Ambulance sent to their address.",
        )


def test_two_hundred_open_items_stay_usable_by_keys(scene: Any, desk: Desk) -> None:
    conversations = [scene.visitor() for _ in range(200)]
    for number, conversation in enumerate(conversations):
        scene.says(conversation, f"words {number}", "urgent")
    desk.go("/staff")
    desk.until(lambda: "200 alerts to acknowledge" in desk.text())
    for _ in range(199):
        desk.press("j")
    last = "return document.activeElement.closest('.entry').innerText"
    assert "words 198" in desk.driver.execute_script(last)
    desk.press("j")
    assert "words 199" in desk.driver.execute_script(last)
    desk.press("a")
    desk.until(lambda: "199 alerts to acknowledge" in desk.text())
    desk.size(360, 800)
    assert desk.too_wide() <= 0


def test_news_come_into_an_open_conversation_and_leave_a_draft_alone(scene: Any, desk: Desk) -> None:
    conversation = scene.visitor()
    scene.says(conversation, "hello")
    desk.go(f"/staff/conversations/{conversation}")
    desk.find("#text").send_keys("a draft")
    scene.says(conversation, "are you there", "emergency")
    desk.until(lambda: "are you there" in desk.text("#transcript"))
    desk.until(lambda: "Emergency" in desk.text("#panel"))
    assert desk.find("#text").get_attribute("value") == "a draft"


def test_what_comes_before_the_stream_is_connected_is_not_missed(scene: Any, desk: Desk) -> None:
    """A message between the drawing of the page and the first event of its stream."""
    conversation = scene.visitor()
    scene.says(conversation, "hello")
    desk.driver.execute_cdp_cmd("Network.enable", {})
    desk.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/staff/events*"]})
    desk.go(f"/staff/conversations/{conversation}")
    assert "hello" in desk.text("#transcript")
    scene.says(conversation, "better off without me", "crisis")
    desk.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    desk.until(lambda: "better off without me" in desk.text("#transcript"))
    desk.until(lambda: "Crisis" in desk.text("#panel"))


def test_after_acknowledging_the_conversation_stays_in_sight(scene: Any, desk: Desk) -> None:
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    scene.says(conversation, "better off without me", "crisis", "better off without me")
    desk.acknowledge(conversation)
    top = desk.driver.execute_script(
        "return document.querySelector('#transcript').getBoundingClientRect().top"
    )
    assert top < 800


def test_keys_can_be_switched_off_and_stay_off(scene: Any, desk: Desk) -> None:
    scene.says(scene.visitor(), "words", "urgent")
    desk.until(lambda: "Web visitor" in desk.text())
    desk.find("#keys-switch").click()
    desk.go("/staff")
    desk.press("j")
    assert desk.driver.execute_script("return document.activeElement.closest('.entry')") is None
    desk.find("#keys-switch").click()


def test_a_lost_connection_is_admitted(scene: Any, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> None:
        raise ConnectionError

    desk.until(lambda: "Nobody is waiting" in desk.text())
    monkeypatch.setattr("bot.staff.events._look", away)
    scene.says(scene.visitor(), "words", "urgent")
    desk.until(lambda: "may be out of date since" in desk.text("#connection"))
