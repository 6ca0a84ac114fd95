"""The people before the assistant: a patient at the widget, a nurse at the console.

For the tests of the whole path, and for `scripts/screenshots.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from tests.browser.page import Page

T = TypeVar("T")


ANSWERED_WITHIN = 90.0
"""Seconds for which a person waits for an answer: after that the assistant itself gives up and says so."""


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
