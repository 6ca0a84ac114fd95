"""axe-core finds nothing, in whatever state the chat is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.axe import need_axe, violations
from tests.browser.desk import Desk
from tests.browser.page import Page
from tests.browser.saying import BUTTONS, grave

pytestmark = pytest.mark.browser

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
    path: str,
    state: str,
    scheme: str,
) -> None:
    need_axe()
    page.window(*WINDOWS[path])
    page.media(prefers_color_scheme=scheme)
    page.open(path).ready()
    STATES[state](page, desk)
    assert violations(page.driver, state) == []
