"""A patient with a keyboard, a screen reader, a small phone or a tired mind gets along."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.desk import NOTICE, Desk
from tests.browser.page import Page
from tests.browser.saying import BUTTONS, grave

pytestmark = pytest.mark.browser


def test_keyboard_alone_opens_writes_answers_and_closes(page: Page, desk: Desk) -> None:
    page.window(1000, 800)
    page.open("/")
    page.tab_to("Chat with us")
    page.press(Keys.ENTER)
    page.ready()
    page.until(lambda: "textarea" in page.focus(), "the focus is in the writing field")
    page.press("what about beer?", Keys.ENTER)
    desk.say("Which one?", buttons=BUTTONS)
    page.until(lambda: page.visible(".choices"), "the answers are offered")
    page.press(Keys.SHIFT + Keys.TAB)
    page.tab_to("Alcohol")
    page.press(Keys.ENTER)
    page.until(lambda: "Alcohol" in page.messages(), "the answer is sent")
    page.until(lambda: "textarea" in page.focus(), "the focus went on to the writing field")
    page.press(Keys.ESCAPE)
    page.until(lambda: "Chat with us" in page.focus(), "the focus is back on the launcher")
    assert not page.visible(".chat")


def test_focus_returns_to_whatever_opened_the_chat(page: Page) -> None:
    page.window(1000, 800)
    page.open("/")
    page.tab_to("Open the chat")
    page.press(Keys.SPACE)
    page.ready()
    page.tab_to("Close the chat")
    page.press(Keys.SPACE)
    page.until(lambda: "Open the chat" in page.focus(), "the focus is back on the page's button")


def test_button_of_the_page_leads_into_a_chat_that_is_open(page: Page) -> None:
    page.open("/").ready()
    page.tab_to("Open the chat")
    page.press(Keys.ENTER)
    page.until(lambda: "textarea" in page.focus(), "the focus is in the writing field")
    page.press(Keys.ESCAPE)
    page.until(lambda: "Open the chat" in page.focus(), "the focus is back on the page's button")


def test_focus_survives_that_another_device_answers(page: Page, desk: Desk) -> None:
    page.open().ready()
    desk.say("Which one?", buttons=BUTTONS)
    page.until(lambda: page.visible(".choices"), "the answers are offered")
    page.tab_to("Driving")
    desk.say("Driving", sender="patient", channel="sms")
    page.until(lambda: not page.visible(".choices"), "the answers are gone")
    page.until(lambda: "textarea" in page.focus(), "the focus is in the writing field")


def test_crisis_brings_the_numbers_forward_without_moving_the_focus(page: Page, desk: Desk) -> None:
    page.open().ready()
    assert page.visible(".bar a[href='tel:988']")
    assert page.visible(".bar a[href='tel:911']")
    assert page.visible(".bar a[href='tel:5550100199']")
    page.press(Keys.TAB)
    page.js("root.querySelector('textarea').focus()")
    grave(desk)
    page.until(lambda: page.visible(".front"), "the numbers are in front")
    assert "textarea" in page.focus()
    links = page.js("return [...root.querySelectorAll('.front a')].map(link => link.getAttribute('href'))")
    assert links == ["tel:988", "sms:988", "tel:911", "tel:5550100199"]
    assert "Call 988" in page.text("[role=alert]")
    page.tab_to("Make smaller")
    page.press(Keys.ENTER)
    page.until(lambda: page.visible(".bar"), "the numbers are small again")
    page.until(lambda: "textarea" in page.focus(), "the focus is not lost")


def test_emergency_leads_with_the_ambulance(page: Page, desk: Desk) -> None:
    page.open().ready()
    grave(desk, "emergency")
    page.until(lambda: page.visible(".front"), "the numbers are in front")
    assert page.text(".front li:first-child").startswith("Call 911")


def test_closed_panel_opens_for_a_crisis_and_counts_the_rest(page: Page, desk: Desk) -> None:
    page.open("/").ready()
    page.js("launcher.hide()")
    desk.say("one")
    desk.say("two")
    launcher = "return launcher.shadowRoot.querySelector('.launcher').innerText"
    page.until(lambda: "2 new messages" in page.js(launcher), "the launcher counts")
    grave(desk)
    page.until(lambda: page.visible(".front"), "the chat is open, with the numbers in front")


def test_closed_office_shows_the_after_hours_phone(page: Page, desk: Desk) -> None:
    desk.clinic["on_shift"] = False
    page.open().ready()
    assert page.visible(".bar a[href='tel:5550100142']")
    assert "No staff on shift" in page.status()


def test_screen_reader_is_told_what_is_what(page: Page, desk: Desk) -> None:
    page.open().ready()
    desk.say("I am calling you.", sender="staff", name="Maria Lopez, RN")
    desk.say("Which one?", buttons=BUTTONS)
    page.until(lambda: page.visible(".choices"), "the messages are there")
    tree = page.tree()

    def has(role: str, name: str) -> bool:
        return any(node["role"] == role and name in node["name"] for node in tree)

    log = next(node for node in tree if node["role"] == "log")
    assert (log["name"], log.get("live")) == ("Messages", "polite")
    assert has("textbox", "Your message")
    assert has("button", "Send")
    assert has("button", "Alcohol")
    assert has("list", "Suggested answers")
    assert has("link", "Call 988")
    assert has("StaticText", "Maria Lopez, RN")
    assert has("StaticText", "You") or has("StaticText", "Aftercare assistant")


def test_history_is_not_read_aloud_but_the_first_greeting_is(page: Page, desk: Desk) -> None:
    observe = (
        "window.heard = []; const log = root.querySelector('.log');"
        "new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node =>"
        " log.getAttribute('aria-live') === 'polite' && node.innerText && window.heard.push(node.innerText))))"
        ".observe(log, {childList: true, subtree: true})"
    )
    page.open().ready()
    for count in range(60):
        desk.say(f"old {count}", streamed=False)
    page.open().ready()
    live = "return root.querySelector('.log').getAttribute('aria-live') === 'polite'"
    page.until(lambda: page.js(live), "the log is live")
    page.js(observe)
    page.js("root.querySelector('.older button').click()")
    page.until(lambda: NOTICE in page.messages(), "all is shown")
    assert page.js("return window.heard") == []
    page.until(lambda: page.js(live), "the log is live again")
    desk.say("new")
    page.until(
        lambda: any("new" in line for line in page.js("return window.heard")), "the new message is announced"
    )


def test_demo_page_lets_a_newcomer_be_somebody(page: Page, desk: Desk) -> None:
    desk.people = [
        {"key": "maya", "name": "Maya", "about": "Infusion this morning.", "current": True},
        {"key": "tom", "name": "Tom", "about": "Infusion yesterday.", "current": False},
    ]
    page.open("/").ready()
    current = "return document.querySelector('.people [aria-pressed=true]')?.dataset.key"
    page.until(lambda: page.js(current) == "maya", "the list is there")
    page.js("document.querySelector('[data-key=tom]').click()")
    page.until(lambda: page.js(current) == "tom", "the newcomer is Tom")
    page.ready()
    page.write("hello")
    page.until(lambda: [m["text"] for m in desk.conversations["tom"]] == [NOTICE, "hello"], "Tom has written")


def test_nothing_breaks_the_content_security_policy(page: Page, desk: Desk) -> None:
    page.open("/").ready()
    grave(desk)
    page.until(lambda: page.visible(".front"), "the numbers are in front")
    assert page.complaints() == []
