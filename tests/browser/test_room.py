"""Little room, slow machines, other colours: what is to be read is in sight, and stays where it is."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.desk import NOTICE, Desk
from tests.browser.page import Page
from tests.browser.saying import BUTTONS, grave

pytestmark = pytest.mark.browser


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
