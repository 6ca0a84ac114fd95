"""The whole assistant as processes, and the people before it: a patient at the widget, a nurse at the console.

For the tests of the whole path, and for `scripts/screenshots.py`.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from bot.clinic.paths import ROOT
from tests.browser.page import Page
from tests.chromium import CHROMIUM, DRIVER

T = TypeVar("T")

CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)

READY_WITHIN = 300.0
"""Seconds from the start of `aftercare run` to the first answer; 40 on a machine that does nothing else."""

ANSWERED_WITHIN = 90.0
"""Seconds for which a person waits for an answer: after that the assistant itself gives up and says so."""


class Demo:
    """`aftercare run` on a free port, with data of its own. A context manager; it waits until all is ready."""

    def __init__(self, folder: Path) -> None:
        """folder: empty, readable for the user whom the embedded database runs as."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://localhost:{port}"
        self._said = folder / "output"
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("AFTERCARE_") and name != "DATABASE_URL"
        }
        environment.update(AFTERCARE_HOME=str(folder / "home"), AFTERCARE_PORT=str(port))
        self._environment = environment
        with self._said.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "run"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Demo:
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def output(self) -> str:
        """What the operator sees."""
        return self._said.read_text(encoding="utf-8")

    @property
    def login(self) -> tuple[str, str]:
        """The demo's log-in, as it is printed: e-mail and password."""
        found = re.search(r"demo log-in: (\S+), password (\S+)\)", self.output)
        assert found, f"no log-in was printed:\n{self.output}"
        return found.group(1), found.group(2)

    def hire(self, name: str, email: str, role: str) -> str:
        """Make an account as the operator does, while all runs; returns its password."""
        command = [sys.executable, "-m", "bot.cli", "staff", "add", name, "--email", email, "--role", role]
        said = subprocess.run(
            [*command, "--generate"],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return said.rsplit("Password: ", 1)[1].strip()

    def stop(self) -> None:
        """Press Ctrl-C, and kill what has not ended after half a minute."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + READY_WITHIN
        while "Assistant ready" not in self.output:
            assert self._process.poll() is None, f"it ended:\n{self.output}"
            assert time.monotonic() < end, f"not ready after {READY_WITHIN:.0f} s:\n{self.output}"
            time.sleep(0.5)


@contextmanager
def demo() -> Iterator[Demo]:
    """A demo in a temporary folder that is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="aftercare-demo-", dir="/tmp"))
    folder.chmod(0o711)  # the database server of root runs as another user
    try:
        with Demo(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """A headless browser with nothing in it, closed afterwards. Each has cookies of its own, as each person has."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    home = tempfile.mkdtemp(prefix="aftercare-chromium-")
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={home}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    driver.set_script_timeout(30)
    try:
        yield driver
    finally:
        driver.quit()
        shutil.rmtree(home, ignore_errors=True)


class Patient(Page):
    """Somebody on the clinic's page, with the chat open."""

    def become(self, key: str) -> Patient:
        """Choose one of the demo's people, as a visitor of the page does, and wait for the chat."""
        self.open("/")
        choice = f"#people [data-key={key}]"
        self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, choice), "the people are listed")
        button = self.driver.find_element(By.CSS_SELECTOR, choice)
        if button.get_attribute("aria-pressed") != "true":
            # On a phone the list is below, where the launcher may lie over it.
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
            button.click()
            pressed = f"{choice}[aria-pressed=true]"
            self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, pressed), f"this is {key}")
        if not self.visible(".chat"):
            self.js("document.querySelector('[data-aftercare-open]').click()")
        self.ready()
        return self

    def write(self, text: str) -> None:
        """Type into the field and press Send: on a phone Enter makes a new line."""
        self.js("root.querySelector('textarea').focus()")
        self.press(text)
        self.js("root.querySelector('form [type=submit]').click()")

    def ask(self, text: str) -> str:
        """Write a message and wait for the assistant's answer: everything that came after the message, as shown."""
        before = len(self.messages())
        self.write(text)
        self.until(lambda: text in self.messages()[before:], "the message is shown")
        return self.answer_after(before + 1)

    def answer_after(self, count: int) -> str:
        """The texts after the first `count` messages, once there is one and nobody is writing any more."""
        self.until(
            lambda: len(self.messages()) > count and not self.visible(".typing"),
            "the assistant has answered",
            ANSWERED_WITHIN,
        )
        return "\n".join(self.messages()[count:])

    def reads(self, words: str) -> None:
        """Wait until the newest message holds these words."""
        self.until(
            lambda: self.messages() and words in self.messages()[-1],
            f"the patient reads {words!r}",
            ANSWERED_WITHIN,
        )

    def choices(self) -> list[str]:
        """The suggested answers that can be tapped."""
        return self.js("return [...root.querySelectorAll('.choices button')].map(button => button.innerText)")

    def tap(self, title: str) -> str:
        """Tap a suggested answer and wait for what is said to it."""
        self.until(lambda: title in self.choices(), f"{title!r} is offered")
        before = len(self.messages())
        self.js(
            "[...root.querySelectorAll('.choices button')].find(one => one.innerText === arguments[0]).click()",
            title,
        )
        return self.answer_after(before + 1)


class Nurse:
    """A member of staff at the console."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver, self.url = driver, url

    def log_in(self, email: str, password: str, path: str = "/staff", shows: str = "#queue") -> Nurse:
        """Through the form, to the page that was asked for; shows: a selector of something on it."""
        self.go(path)
        self.find("#email").send_keys(email)
        self.find("#password").send_keys(password)
        self.find("main button.primary").click()
        self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, shows), f"{shows} is shown")
        return self

    def go(self, path: str) -> None:
        """Open a page of the console."""
        self.driver.get(self.url + path)

    def find(self, selector: str) -> WebElement:
        """The first element that fits. Raises NoSuchElementException."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str = "main") -> str:
        """The visible text of the first element that fits; empty when there is none."""
        script = "return document.querySelector(arguments[0])?.innerText ?? ''"
        return str(self.driver.execute_script(script, selector))

    def entry_of(self, name: str) -> WebElement | None:
        """The entry of the queue about a person, if there is one."""
        entries = self.driver.find_elements(By.CSS_SELECTOR, "#queue .entry")
        return next((one for one in entries if name in one.text), None)

    def press(self, name: str, within: str = "main") -> None:
        """Press the button or link that begins with this name, once it is there."""

        def pressed() -> bool:
            for one in self.driver.find_elements(By.CSS_SELECTOR, f"{within} button, {within} a"):
                if one.is_displayed() and one.text.startswith(name):
                    one.click()
                    return True
            return False

        self.until(pressed, f"there is {name!r} to press in {within}")

    def keys(self, keys: str) -> None:
        """Press keys, wherever the focus is."""
        ActionChains(self.driver).send_keys(keys).perform()

    def open(self, name: str) -> None:
        """Open a conversation from the queue; again where the queue changed under the press."""

        def opened() -> bool:
            if self.text("h1").startswith(name):
                return True
            for one in self.driver.find_elements(By.CSS_SELECTOR, "#queue a"):
                if one.text.startswith(name):
                    one.click()
                    break
            return False

        self.until(opened, f"the conversation of {name} is open")

    def choose(self, selector: str, words: str) -> None:
        """Choose from a list, by the words that are shown."""
        Select(self.find(selector)).select_by_visible_text(words)

    def until(self, check: Callable[[], T], what: str, seconds: float = 30) -> T:
        """Wait until the check is true; fails with `what` was waited for."""
        end = time.monotonic() + seconds
        while True:
            try:
                found = check()
            except StaleElementReferenceException:  # the list was drawn anew while we looked
                found = None  # type: ignore[assignment]
            if found:
                return found
            assert time.monotonic() < end, f"waited {seconds} s in vain until {what}:\n{self.text()}"
            time.sleep(0.05)

    def complaints(self) -> list[Any]:
        """What the browser's console holds against the page."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
