"""The queue by keys and by ear, in Chromium: every key that the page names, and the sound of a new alert."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from bot.care import alerts
from bot.care.models import Alert, Disposition, StaffMember
from tests.staff.test_in_browser import Desk, address, chromium, desk

pytestmark = pytest.mark.browser

__all__ = ["address", "chromium", "desk"]

FOCUS = "return document.activeElement.textContent"


def test_each_key_does_what_the_page_says(scene: Any, desk: Desk) -> None:
    """j and k move and stop at the ends, Enter opens, a acknowledges, t takes over, r leads to the resolution."""
    for name, level in (("Ana One", "crisis"), ("Ben Two", "emergency"), ("Cal Three", "urgent")):
        scene.says(scene.patient(name)[1], f"words of {name}", level)
    desk.go("/staff")
    desk.until(lambda: "3 alerts to acknowledge" in desk.text())
    said = desk.text("#keys-help")
    assert said == "Keys: j k move · Enter open · a acknowledge · t take over · r resolve"
    desk.press("a")
    assert "Choose one with j or k first" in desk.text("#notice")
    for key, name in zip("jjjjkkk", ("Ana", "Ben", "Cal", "Cal", "Ben", "Ana", "Ana"), strict=True):
        desk.press(key)
        assert desk.driver.execute_script(FOCUS).startswith(name), key
    desk.press("j")
    desk.press(Keys.ENTER)
    desk.until(lambda: desk.text("h1").startswith("Ben Two"))
    assert "words of Ben Two" in desk.text("#transcript")
    # The same keys in the conversation itself.
    desk.press("a")
    desk.until(lambda: "Acknowledged by Nora Whitfield" in desk.text("#panel"))
    desk.press("t")
    desk.until(lambda: "You have this conversation" in desk.text("#composer"))
    desk.until(lambda: desk.driver.execute_script("return document.activeElement.id") == "text")
    desk.press("art")  # typed, not pressed
    assert desk.find("#text").get_attribute("value") == "art"
    desk.driver.execute_script("document.activeElement.blur()")
    desk.press("r")
    desk.until(lambda: desk.driver.execute_script("return document.activeElement.id") == "disposition")
    # And from the queue.
    desk.go("/staff")
    desk.until(lambda: "2 alerts to acknowledge" in desk.text())
    desk.press("j")
    desk.press("t")
    desk.until(
        lambda: "Ana One" in desk.text("h1") and "You have this conversation" in desk.text("#composer")
    )


def chosen(desk: Desk) -> str | None:
    """The key of the line that is chosen, or None."""
    key = "return document.activeElement.closest('.entry')?.dataset.key ?? null"
    return desk.driver.execute_script(key)  # type: ignore[no-any-return]


def told(desk: Desk) -> str:
    return desk.text("#notice")


def test_what_was_chosen_stays_chosen_while_news_come_above_and_below_it(scene: Any, desk: Desk) -> None:
    scene.says(scene.patient("Ana One")[1], "words", "urgent")
    scene.says(scene.patient("Ben Two")[1], "words", "urgent")
    desk.go("/staff")
    desk.press("jj")
    mine = chosen(desk)
    assert desk.driver.execute_script(FOCUS) == "Ben Two"
    for number, level in enumerate(("crisis", "urgent", "emergency", "crisis", "urgent")):
        scene.says(scene.patient(f"New {number}")[1], "words", level)
        desk.until(lambda: f"New {number}" in desk.text())  # noqa: B023 - asked before the next turn
        desk.until(lambda: f"{3 + number} alerts to acknowledge" in desk.text())  # noqa: B023
        assert (chosen(desk), desk.driver.execute_script(FOCUS)) == (mine, "Ben Two")
    desk.press("a")
    desk.until(lambda: "You have acknowledged it" in desk.text())
    assert told(desk) == ""
    with scene.record() as session:
        (alert,) = session.query(Alert).filter_by(state="acknowledged")
        assert f"alert-{alert.id}" == mine


def test_a_chosen_line_that_goes_away_is_no_choice_of_another(scene: Any, desk: Desk) -> None:
    """Somebody else deals with it between j and a: nothing is acknowledged, and the page says why."""
    for name in ("Ana One", "Ben Two", "Cal Three"):
        scene.says(scene.patient(name)[1], "words", "urgent")
    desk.go("/staff")
    desk.press("jj")
    assert desk.driver.execute_script(FOCUS) == "Ben Two"
    with scene.record() as session:
        alert = session.query(Alert).order_by(Alert.id)[1]
        nurse = session.query(StaffMember).first()
        alerts.acknowledge(session, alert.id, nurse.id, scene.clock.now(), scene.clinic.paging.left)
        alerts.resolve(session, alert.id, nurse.id, Disposition.FALSE_ALARM, "A song.", scene.clock.now())
    desk.until(lambda: "2 alerts to acknowledge" in desk.text())
    assert "Ben Two" not in desk.text() and chosen(desk) is None
    assert "not in the queue any more" in told(desk)
    desk.press("a")
    assert "Choose one with j or k first" in told(desk)
    desk.press("j")  # on to what stands in its place now
    assert (desk.driver.execute_script(FOCUS), told(desk)) == ("Cal Three", "")
    with scene.record() as session:
        assert session.query(Alert).filter_by(state="open").count() == 2


def test_an_acknowledgement_on_its_way_arrives_though_the_next_key_leaves_the_page(
    scene: Any, desk: Desk
) -> None:
    scene.says(scene.patient("Ana One")[1], "words of Ana", "crisis")
    desk.go("/staff")
    desk.driver.execute_script(SLOW)
    desk.press("j")
    desk.press(f"a{Keys.ENTER}")
    desk.until(lambda: "/conversations/" in desk.driver.current_url)
    assert "words of Ana" in desk.text("#transcript")
    assert "Acknowledged by Nora Whitfield" in desk.text("#panel")


def press_when_drawn(desk: Desk, name: str) -> None:
    """Press what stands where the first button to acknowledge stands now, a moment after `name` was drawn."""
    desk.driver.execute_script(PRESS_WHEN_DRAWN, name)


def test_a_line_that_moves_under_the_finger_is_not_acknowledged(scene: Any, desk: Desk) -> None:
    """News come in at the top while a button is being pressed; what has not moved can be pressed at once."""
    scene.says(scene.patient("Ana One")[1], "words", "urgent")
    desk.go("/staff")
    press_when_drawn(desk, "New Crisis")
    scene.says(scene.patient("New Crisis")[1], "words", "crisis")
    desk.until(lambda: "The list moved while you pressed" in told(desk))
    with scene.record() as session:
        assert session.query(Alert).filter_by(state="open").count() == 2
    press_when_drawn(desk, "Cal Three")
    scene.says(scene.patient("Cal Three")[1], "words", "urgent")  # below what is pressed
    desk.until(lambda: "You have acknowledged it" in desk.text())
    with scene.record() as session:
        (alert,) = session.query(Alert).filter_by(state="acknowledged")
        assert alert.level == "crisis"


PRESS_WHEN_DRAWN = """
const [name] = arguments;
const box = document.querySelector('[data-act=a] button').getBoundingClientRect();
const drawn = () => {
  if (!document.querySelector('#queue').textContent.includes(name)) return;
  document.body.removeEventListener('htmx:afterSwap', drawn);
  setTimeout(() => {
    const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    hit.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail: 1 }));
  }, 20);
};
document.body.addEventListener('htmx:afterSwap', drawn);
"""

SLOW = """
const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function (...with_) { setTimeout(() => send.apply(this, with_), 700); };
"""
"""Requests of the page leave it late, as on a bad line."""


def test_sound_once_it_is_switched_on_and_for_a_new_alert_only(scene: Any, desk: Desk) -> None:
    desk.go("/staff")
    desk.driver.execute_script(
        "window.tones = 0; const make = AudioContext.prototype.createOscillator;"
        "AudioContext.prototype.createOscillator = function () { window.tones += 1; return make.call(this); };"
    )

    def tones() -> int:
        return int(desk.driver.execute_script("return window.tones"))

    desk.until(lambda: "Nobody is waiting" in desk.text())
    scene.says(scene.patient("Ana One")[1], "words", "crisis")
    desk.until(lambda: "Ana One" in desk.text())
    assert tones() == 0 and desk.find("#sound-switch").text == "Sound is off"
    desk.find("#sound-switch").send_keys(Keys.ENTER)
    desk.until(lambda: tones() == 2)  # one hears what it will be like
    assert desk.find("#sound-switch").text == "Sound is on"
    scene.says(scene.patient("Ben Two")[1], "words", "urgent")
    desk.until(lambda: "Ben Two" in desk.text() and tones() == 4)
    desk.press("j")
    desk.press("a")
    desk.until(lambda: "1 alert to acknowledge" in desk.text())
    assert tones() == 4
    desk.find("#sound-switch").send_keys(Keys.ENTER)
    desk.until(lambda: desk.find("#sound-switch").text == "Sound is off")


def test_a_key_in_the_very_moment_of_drawing_anew_loads_no_page_and_keeps_the_choice(
    scene: Any, desk: Desk
) -> None:
    """The forms of a list just drawn were live 20 ms later: a key before that left the queue for a new page."""
    scene.says(scene.patient("Ana One")[1], "words of Ana", "crisis")
    desk.go("/staff")
    desk.until(lambda: "Ana One" in desk.text())
    desk.press("j")
    mine = chosen(desk)
    desk.driver.execute_script(
        """
        window.samePage = true;
        document.body.addEventListener("htmx:afterSwap", () => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { key: "a", bubbles: true })), { once: true });
        htmx.trigger("#queue", "refresh");
        """
    )
    desk.until(lambda: "You have acknowledged it" in desk.text())
    assert desk.driver.execute_script("return window.samePage === true")
    desk.until(lambda: chosen(desk) == mine)
