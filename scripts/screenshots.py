"""Take the pictures of the README anew: `make screenshots`. Starts a demo of its own and ends it.

Or, against a demo that runs already: python scripts/screenshots.py --url http://localhost:8080 --password ...
"""

from __future__ import annotations

import argparse
import base64
import sys
import time
import types
from contextlib import ExitStack
from pathlib import Path

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
# A library brings a package named `tests`, which would be found before ours.
ours = types.ModuleType("tests")
ours.__path__ = [str(ROOT / "tests")]
sys.modules["tests"] = ours

from bot.clinic.settings import load_clinic  # noqa: E402
from tests.browser.demo import chromium, demo  # noqa: E402
from tests.browser.people import ANSWERED_WITHIN, Nurse, Patient  # noqa: E402

PICTURES = ROOT / "docs" / "screenshots"
LARGEST = 250_000
"""Bytes of a picture: the repository keeps every version of each."""

DESKTOP, PHONE = (1280, 800), (390, 844)
SETTLED = 0.6
"""Seconds after which nothing moves any more on a page."""


def main() -> int:
    """Take all pictures; 1 when one is too large."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--url", help="a demo that runs already; without it one is started")
    options.add_argument("--email", default="nurse@demo")
    options.add_argument("--password", help="of the demo's log-in, as it was printed")
    given = options.parse_args()
    PICTURES.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if given.url:
            url, login = given.url, (given.email, given.password)
        else:
            print("Starting a demo ...", flush=True)
            started = stack.enter_context(demo())
            url, login = started.url, started.login
        patient = Patient(stack.enter_context(chromium()), url)
        patient.cdp("Emulation.setTimezoneOverride", timezoneId=load_clinic().time_zone)
        nurse = Nurse(stack.enter_context(chromium()), url)
        _as_patients(patient)
        _as_texters(patient)
        _crisis(patient)
        _as_nurse(nurse, login)
    too_large = [one.name for one in PICTURES.glob("*.png") if one.stat().st_size > LARGEST]
    for name in too_large:
        print(f"{name} is larger than {LARGEST // 1000} kB. Show less on it, or take it smaller.")
    return 1 if too_large else 0


def _as_patients(patient: Patient) -> None:
    """The answer that fits the infusion, at both widths, and a check-in."""
    patient.window(*DESKTOP)
    patient.become("maya").ask("can i drive tonight?")
    _picture(patient, "answer-desktop")
    patient.window(*PHONE, scale=2, touch=True)
    patient.become("maya")
    _picture(patient, "answer-phone")
    patient.become("daniel").write("check in")
    patient.reads("How is your mood right now")
    patient.tap("4")
    _picture(patient, "check-in-phone")
    for answer in ("A little", "Well", "No"):
        patient.tap(answer)
    patient.write("a bit foggy")
    patient.reads("I have noted your answers")
    patient.ask("does my insurance pay for the next one?")
    patient.tap("Pass it on")


def _as_texters(patient: Patient) -> None:
    """The phone simulator: a question, and something that a clinician should see today."""
    patient.window(1280, 860)
    patient.open("/demo/phone")
    _text(patient, "can i drive tonight?", "when was your last infusion")
    _text(patient, "1", "Not yet, please")
    _picture(patient, "phone-simulator")
    patient.driver.find_element(By.CSS_SELECTOR, "input[name=phone][value='+12125550162']").click()
    _text(patient, "been throwing up since yesterday, cant keep water down", "(212) 555-")


def _crisis(patient: Patient) -> None:
    patient.window(*PHONE, scale=2, touch=True)
    patient.become("maya")
    patient.write("i dont want to be here anymore")
    patient.until(lambda: patient.visible(".front"), "the phone numbers are in front")
    patient.reads("988")
    _picture(patient, "crisis-phone")
    patient.window(*DESKTOP)
    patient.become("maya")
    _picture(patient, "crisis-desktop")


def _as_nurse(nurse: Nurse, login: tuple[str, str]) -> None:
    """The queue with the alert on top, and the conversation behind it."""
    page = Patient(nurse.driver, nurse.url)
    page.window(1280, 860)
    nurse.log_in(*login)
    nurse.until(lambda: nurse.entry_of("Maya Okafor"), "the alert is in the queue")
    _picture(page, "staff-queue")
    nurse.press("Acknowledge", "#queue .entry")
    nurse.until(lambda: "You have acknowledged it" in nurse.text("#queue"), "it is acknowledged")
    nurse.open("Maya Okafor")
    nurse.until(lambda: nurse.text("h1").startswith("Maya Okafor"), "the conversation is open")
    page.window(1280, 1050)
    _picture(page, "staff-conversation")


def _text(patient: Patient, words: str, expected: str) -> None:
    """Send a text message in the simulator and wait for the words of the answer."""
    patient.driver.find_element(By.ID, "text").send_keys(words + Keys.ENTER)
    script = "return [...document.querySelectorAll('#bubbles .theirs .bubble')].map(one => one.innerText)"
    WebDriverWait(patient.driver, ANSWERED_WITHIN, poll_frequency=0.2).until(
        lambda driver: any(expected in one for one in driver.execute_script(script))
    )


def _picture(page: Patient, name: str) -> None:
    time.sleep(SETTLED)
    path = PICTURES / f"{name}.png"
    path.write_bytes(base64.b64decode(page.cdp("Page.captureScreenshot", format="png")["data"]))
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
