"""A patient with a keyboard, a screen reader, a small phone or a tired mind gets along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.contract_server import NOTICE, Desk
from tests.browser.page import Page

pytestmark = pytest.mark.browser

BUTTONS = [{"title": "Alcohol", "payload": "a"}, {"title": "Driving", "payload": "b"}]


def grave(desk: Desk, level: str = "crisis") -> None:
    """A reply of this level comes."""
    desk.say("Call or text 988 now.", level=level)


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


def test_covering_panel_keeps_the_focus_inside(page: Page) -> None:
    page.window(375, 667, touch=True)
    page.open("/")
    page.js("launcher.show()")
    page.ready()
    seen = set()
    for _ in range(12):
        page.press(Keys.TAB)
        seen.add(page.driver.execute_script("return document.activeElement.tagName"))
    assert seen <= {"AFTERCARE-LAUNCHER", "BODY"}
    page.press(Keys.ESCAPE)
    page.until(lambda: not page.visible(".chat"), "the panel is closed")


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


@pytest.mark.parametrize(("width", "height"), [(320, 568), (320, 256), (640, 360), (375, 700), (1280, 800)])
@pytest.mark.parametrize("front", [False, True])
def test_everything_fits_and_can_be_hit(page: Page, desk: Desk, width: int, height: int, front: bool) -> None:
    page.window(width, height)
    page.open().ready()
    desk.say("word " * 60 + "Donaudampfschifffahrtsgesellschaft" * 5, buttons=BUTTONS)
    if front:
        grave(desk)
    page.until(lambda: page.visible(".front" if front else ".bar"), "the numbers are there")
    overflow = (
        "return root.querySelector(arguments[0]).scrollWidth - root.querySelector(arguments[0]).clientWidth"
    )
    assert max(page.js(overflow, ".chat"), page.js(overflow, ".log")) <= 1
    small = (
        "return [...root.querySelectorAll('.crisis a, button, textarea')]"
        ".map(one => [one.innerText, one.getBoundingClientRect()])"
        ".filter(([, box]) => box.height > 0 && (box.height < 44 || box.width < 44)).map(([name]) => name)"
    )
    assert page.js(small) == []
    reach = (
        "const box = root.querySelector('.crisis a').getBoundingClientRect();"
        "return box.top >= 0 && box.bottom <= innerHeight && box.width > 40"
    )
    assert page.js(reach), "a number to call is in sight at the end of the log"


def test_newest_message_stays_in_sight_when_the_keyboard_comes_up(page: Page, desk: Desk) -> None:
    page.window(375, 700, touch=True)
    page.open().ready()
    for count in range(20):
        desk.say(f"message {count}")
    below = (
        "const items = [...root.querySelectorAll('.item')]; const last = items.pop().getBoundingClientRect();"
        "return last.bottom <= root.querySelector('.below').getBoundingClientRect().top + 1"
    )
    page.until(
        lambda: page.messages()[-1] == "message 19" and page.js(below), "the newest message is in sight"
    )
    page.window(375, 520, touch=True)
    page.until(lambda: page.js(below), "it still is")


def test_small_phone_shows_the_beginning_of_a_safety_text_and_the_way_to_the_question_after_it(
    page: Page, desk: Desk
) -> None:
    page.window(320, 568, touch=True)
    page.open().ready()
    wrote = desk.say("I want to die", sender="patient")["seq"]
    desk.say("Call or text 988 now. " * 12, level="crisis", reply_to=wrote)
    desk.say("Are you thinking of acting on this today? " * 3, reply_to=wrote, buttons=BUTTONS)
    page.until(lambda: page.visible(".choices") and page.visible(".newest"), "both are there")
    inside = (
        "const item = [...root.querySelectorAll('.item')].at(arguments[0]).getBoundingClientRect();"
        "const log = root.querySelector('.log').getBoundingClientRect();"
        "return [item.top >= log.top - 1, item.bottom <= log.bottom + 1, log.height > 150]"
    )
    page.until(lambda: page.js(inside, -2) == [True, False, True], "the text begins in sight")
    desk.state(typing=True)
    page.until(lambda: page.visible(".typing"), "the page is drawn again")
    assert page.js(inside, -2)[0]
    page.js("root.querySelector('.newest').click()")
    page.until(lambda: not page.visible(".newest") and page.js(inside, -1)[0], "the question is in sight")


def test_who_scrolls_on_in_a_long_message_stays_there(page: Page, desk: Desk) -> None:
    page.window(320, 568, touch=True)
    page.open().ready()
    desk.say("A long answer. " * 60)
    at = "return root.querySelector('.log').scrollTop"
    page.until(lambda: page.messages()[-1].startswith("A long") and page.js(at) > 0, "its top is in sight")
    top = page.js(at)
    page.js("root.querySelector('.log').scrollTop += 200")
    page.until(lambda: page.js(at) >= top + 199, "its middle is in sight")
    page.driver.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
    )
    page.put("what does that mean")
    desk.state(typing=True)
    page.until(lambda: page.visible(".typing"), "the page is drawn again")
    assert abs(page.js(at) - top - 200) < 3


def test_reader_of_older_messages_is_not_pulled_away(page: Page, desk: Desk) -> None:
    page.open().ready()
    for count in range(40):
        desk.say(f"message {count}")
    page.until(lambda: page.messages()[-1] == "message 39", "all are there")
    page.js("root.querySelector('.log').scrollTop = 0")
    page.until(lambda: page.js("return root.querySelector('.log').scrollTop") == 0, "the log is at its top")
    page.driver.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
    )
    desk.say("the newest")
    page.until(lambda: page.visible(".newest"), "a button leads to it")
    assert page.js("return root.querySelector('.log').scrollTop") == 0
    page.js("root.querySelector('.newest').click()")
    page.until(lambda: not page.visible(".newest"), "it is in sight")


def test_page_styles_do_not_reach_the_chat(page: Page) -> None:
    page.open("/hostile")
    page.js("launcher.show()")
    page.ready()
    styles = page.js(
        "const style = getComputedStyle(root.querySelector('.bubble'));"
        "return [style.textTransform, style.letterSpacing, parseFloat(style.fontSize) >= 16, style.textAlign]"
    )
    assert styles == ["none", "normal", True, "start"]
    assert page.visible(".send")


def test_reduced_motion_moves_nothing(page: Page, desk: Desk) -> None:
    page.media(prefers_reduced_motion="reduce")
    page.open().ready()
    desk.state(typing=True)
    page.until(lambda: page.visible(".typing"), "the assistant is writing")
    assert page.js("return root.getAnimations().length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_forced_colours_everything_keeps_its_outline(page: Page, desk: Desk, scheme: str) -> None:
    page.window(375, 667)
    page.media(forced_colors="active", prefers_color_scheme=scheme)
    page.open().ready()
    grave(desk)
    desk.say("Which one?", buttons=BUTTONS)
    page.until(lambda: page.visible(".choices") and page.visible(".front"), "all is there")
    assert page.js("return matchMedia('(forced-colors: active)').matches")
    # Backgrounds are gone then: what is a box must have a border, and the picture of the connection a colour.
    flat = (
        "return [...root.querySelectorAll('.bubble, .choices button, .crisis a, .send, textarea')]"
        ".filter(one => parseFloat(getComputedStyle(one).borderTopWidth) < 1).map(one => one.innerText)"
    )
    assert page.js(flat) == []
    dot = "const style = getComputedStyle(root.querySelector('.dot')); return style.backgroundColor"
    assert page.js(dot) != page.js("return getComputedStyle(root.querySelector('header')).backgroundColor")
    page.network(False)
    page.until(lambda: "offline" in page.status(), "offline is said in words")
    page.write("waiting")
    page.until(lambda: page.visible(".unsent"), "the message waits")
    border = "return getComputedStyle(root.querySelector('.unsent .bubble')).borderTopStyle"
    assert page.js(border) == "dashed"


def test_on_a_slow_phone_in_a_slow_net_nothing_is_lost_or_shown_twice(page: Page, desk: Desk) -> None:
    page.window(320, 568, touch=True)
    desk.reply = lambda message: {"text": f"An answer to {message['text']}."}
    page.cdp("Emulation.setCPUThrottlingRate", rate=6)
    page.cdp(
        "Network.emulateNetworkConditions",
        offline=False,
        latency=600,
        downloadThroughput=50_000,
        uploadThroughput=20_000,
    )
    try:
        page.open()
        page.until(lambda: "Connected" in page.status() and page.messages(), "the chat is connected", 60)
        for words in ("one", "two"):
            page.put(words)
            page.js("root.querySelector('.send').click()")
        wanted = [NOTICE, "one", "An answer to one.", "two", "An answer to two."]
        page.until(lambda: page.messages() == wanted, "each is shown once, with its answer", 60)
        assert len({post["id"] for post in desk.posts}) == 2
    finally:
        page.cdp("Emulation.setCPUThrottlingRate", rate=1)


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


States = dict[str, Callable[[Page, Desk], None]]


def _typed_too_long(page: Page, desk: Desk) -> None:
    page.put("x" * 5001)
    page.until(lambda: page.visible("#problem"), "the page says that it is too long")


def _unsent(page: Page, desk: Desk) -> None:
    page.network(False)
    page.until(lambda: "offline" in page.status(), "offline")
    page.write("waiting")
    page.until(lambda: page.visible(".fate.bad"), "the message waits")


def _refused(page: Page, desk: Desk) -> None:
    desk.next_posts = [(400, {"error": {"code": "AC400", "message": "This could not be read.", "phone": ""}})]
    page.write("odd")
    page.until(lambda: page.visible(".fate.bad"), "the message is refused")


def _kept(page: Page, desk: Desk) -> None:
    told = {"from": "assistant", "text": "Saved, and not read yet.", "level": "none", "kind": "kept"}
    desk.next_posts = [(202, {"message": None, "reply": told, "kept": True})]
    page.write("are you there")
    page.until(lambda: page.messages()[-1] == told["text"], "the message is kept")


def _behind(page: Page, desk: Desk) -> None:
    for count in range(60):
        desk.say(f"message {count}", streamed=False)
    page.driver.refresh()
    page.ready()
    page.until(lambda: page.visible(".older"), "there are earlier messages")
    page.js("root.querySelector('.log').scrollTop = 0")
    page.driver.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
    )
    desk.say("the newest")
    page.until(lambda: page.visible(".newest"), "a button leads to it")


def _phone_did_not_get_it(page: Page, desk: Desk) -> None:
    desk.say("Rest today.", channel="sms", delivered=False)
    page.until(lambda: "Rest today." in page.messages(), "it is shown")


def _staff_typing(page: Page, desk: Desk) -> None:
    desk.say("hello", sender="patient", channel="sms")
    desk.say("I am calling you.", sender="staff", name="Maria Lopez, RN")
    desk.state(typing=True, owner="staff")
    page.until(lambda: page.visible(".typing"), "Maria is writing")


def _choices(page: Page, desk: Desk) -> None:
    desk.say("Which one?", buttons=BUTTONS)
    page.until(lambda: page.visible(".choices"), "the answers are offered")


def _grave(page: Page, desk: Desk) -> None:
    grave(desk)
    page.until(lambda: page.visible(".front"), "the numbers are in front")


def _closed(page: Page, desk: Desk) -> None:
    page.js("launcher?.hide()")
    desk.say("unread")


def _lost(page: Page, desk: Desk) -> None:
    desk.streams_refused = True
    desk.cut()
    page.until(lambda: "lost" in page.status(), "the connection is lost")


STATES: States = {
    "greeting": lambda page, desk: None,
    "choices": _choices,
    "staff": _staff_typing,
    "crisis": _grave,
    "too long": _typed_too_long,
    "unsent": _unsent,
    "refused": _refused,
    "kept": _kept,
    "behind": _behind,
    "text that failed": _phone_did_not_get_it,
    "lost": _lost,
    "closed": _closed,
}


WINDOWS = {"/": (1280, 900), "/full": (320, 568)}
"""The page with the launcher, and the chat alone on a small phone."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("path", "state"),
    # Alone on its page the chat has no launcher to be closed with.
    [(path, state) for path in WINDOWS for state in STATES if (path, state) != ("/full", "closed")],
)
def test_axe_finds_nothing(
    page: Page,
    desk: Desk,
    axe: Callable[[Any], list[dict[str, Any]]],
    path: str,
    state: str,
    scheme: str,
) -> None:
    page.window(*WINDOWS[path])
    page.media(prefers_color_scheme=scheme)
    page.open(path).ready()
    STATES[state](page, desk)
    assert axe(page.driver) == []
