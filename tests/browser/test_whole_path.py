"""The whole path, with the real processes: what a patient writes, what a nurse does about it, and what each reads."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from bot.clinic.clock import SystemClock
from bot.clinic.settings import Clinic, load_clinic
from tests.browser.demo import Demo, chromium, demo
from tests.browser.people import ANSWERED_WITHIN, Nurse, Patient
from tests.chromium import need_chromium

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.model, pytest.mark.timeout(600)]

MAYA, DANIEL = "Maya Okafor", "Daniel Reyes"
NURSE = "Demo Nurse"
WATCH = """
const words = arguments[0], queue = document.querySelector('#queue');
window.shownAt = queue.textContent.includes(words) ? -1 : 0;
new MutationObserver(() => { if (!window.shownAt && queue.textContent.includes(words)) window.shownAt = Date.now(); })
  .observe(queue, { childList: true, subtree: true });
"""
"""Notes on the open page when it comes to show these words; a page that is loaded anew has no such note."""
CHECK_INS = "section[aria-labelledby='check-ins-title'] table"


@pytest.fixture(scope="module")
def running() -> Iterator[Demo]:
    """One server for all tests of this module."""
    need_chromium()
    with demo() as started:
        yield started


@pytest.fixture(scope="module")
def patient(running: Demo) -> Iterator[Patient]:
    """A browser with the clinic's page."""
    with chromium() as driver:
        page = Patient(driver, running.url)
        page.window(1280, 900)
        yield page


@pytest.fixture(scope="module")
def nurse(running: Demo) -> Iterator[Nurse]:
    """Another browser, logged in to the console."""
    with chromium() as driver:
        driver.set_window_size(1280, 900)
        yield Nurse(driver, running.url).log_in(*running.login)


def first_day_to_drive(clinic: Clinic, infusion_at: datetime) -> str:
    """The weekday on whose morning a patient may drive: the day after the one on which the infusion ended.

    An infusion takes 45 minutes; between midnight and six the twelve hours of rest may end on a later day.
    """
    ended = (infusion_at + timedelta(minutes=45)).astimezone(clinic.zone)
    rested = (infusion_at + timedelta(hours=12)).astimezone(clinic.zone)
    return f"{max(ended.date() + timedelta(days=1), rested.date()):%A}"


def test_a_question_gets_the_answer_that_fits_the_infusion(patient: Patient) -> None:
    two_hours_ago = SystemClock().now() - timedelta(hours=2)
    answer = patient.become("maya").ask("can i drive tonight?")
    assert answer.startswith("Not yet, please. Do not drive")
    day = first_day_to_drive(load_clinic(), two_hours_ago)
    assert re.search(rf"You can drive from (tomorrow|later today), {day} \w+, once you have slept", answer)
    # The same words from somebody whose infusion was yesterday.
    answer = patient.become("daniel").ask("can i drive tonight?")
    clinic, now = load_clinic(), SystemClock().now()
    if first_day_to_drive(clinic, now - timedelta(hours=26)) == f"{now.astimezone(clinic.zone):%A}":
        # Yesterday's infusion ended after midnight: the day to drive is the one that has just begun.
        assert "later today" in answer or "By the clock that time has passed" in answer
    else:
        assert "By the clock that time has passed" in answer
        assert "only if you feel clear and rested" in answer


def test_from_a_crisis_to_its_resolution(running: Demo, patient: Patient, nurse: Nurse) -> None:
    patient.become("maya")
    assert patient.visible(".bar") and not patient.visible(".front")
    nurse.go("/staff")
    nurse.until(lambda: nurse.driver.title.startswith("Queue"), "nobody waits")

    # The patient: the approved text with the answer to the very request, the numbers in front.
    words = "i dont want to be here anymore"
    nurse.driver.execute_script(WATCH, words)
    written_at = time.time() * 1000
    patient.write(words)
    patient.until(lambda: patient.visible(".front"), "the phone numbers are in front")
    patient.reads("988")
    assert any(
        "I am glad you told me" in said for said in patient.messages()[-2:]
    )  # a question may follow it
    links = patient.js("return [...root.querySelectorAll('.front a')].map(link => link.getAttribute('href'))")
    assert "tel:988" in links and "tel:911" in links

    # The nurse: the open page shows it by itself, on top, with the patient's words.
    shown = nurse.until(
        lambda: words in nurse.text("#queue") and nurse.text("#queue"), "the alert appears on the open page"
    )
    # On the very page that was open, after she wrote; how soon after is for bench.alert_to_console to say.
    assert nurse.driver.execute_script("return window.shownAt") >= written_at
    assert nurse.driver.title.startswith("(1) ")
    assert MAYA in shown and "Crisis" in shown and "Nobody has acknowledged it" in shown
    nurse.keys("j")
    nurse.keys("a")
    nurse.until(lambda: "You have acknowledged it" in nurse.text("#queue"), "it is acknowledged")
    nurse.open(MAYA)
    assert words in nurse.text("#transcript") and "Acknowledged by " + NURSE in nurse.text("#panel")

    # Taken over: the patient is told who reads, and the assistant is silent.
    nurse.press("Take over without writing")
    nurse.until(lambda: "You have this conversation" in nurse.text("#composer"), "it is taken over")
    patient.reads(f"{NURSE} of the ")
    nurse.find("#text").send_keys("Hi Maya, I am calling you now. Is your sister with you?")
    nurse.press("Send", "#composer")
    nurse.until(lambda: "Sent." in nurse.text("#notice"), "it is sent")
    patient.reads("Is your sister with you?")
    assert NURSE in patient.js("return [...root.querySelectorAll('.item.staff .who')].pop().innerText")
    patient.write("yes she is here")
    nurse.until(lambda: "yes she is here" in nurse.text("#transcript"), "the open page shows the reply")
    assert not patient.visible(".typing")

    # Handed back and resolved: the numbers step back, and the assistant answers again.
    nurse.driver.refresh()
    nurse.press("Hand back to the assistant")
    nurse.until(lambda: "The assistant answers in this conversation" in nurse.text("#composer"), "it is back")
    patient.reads("The care team has finished writing for now")
    # Her "yes" was said to the nurse: it answers no question of ours, and the alert stays in the nurse's hands.
    nurse.until(lambda: nurse.driver.find_elements(By.CSS_SELECTOR, "#resolve summary"), "it can be resolved")
    nurse.find("#resolve summary").click()
    nurse.choose("#disposition", "Reached, and safe")
    nurse.find("#note").send_keys("Spoke with Maya and her sister. Safe at home. Visit tomorrow at nine.")
    nurse.press("Resolve the alert", "#panel")
    nurse.until(lambda: "Resolved and noted" in nurse.text("#notice"), "it is resolved")
    patient.until(lambda: not patient.visible(".front"), "the numbers have stepped back")
    assert "Reached, and safe" in nurse.text("aside")
    nurse.go("/staff")
    assert nurse.entry_of(MAYA) is None and "Nobody is waiting" in nurse.text()

    # Reports and audit show it, to whoever may see them.
    nurse.go("/staff/reports")
    rows = "return [...document.querySelectorAll('section[aria-labelledby=alerts] tbody tr')]"
    shown = nurse.driver.execute_script(f"{rows}.map(row => [...row.children].map(cell => cell.textContent))")
    assert shown == [["Crisis", "Reached, and safe", "1"]]
    password = running.hire("Ada Auditor", "ada@clinic.example", "auditor")
    with chromium() as driver:
        auditor = Nurse(driver, running.url).log_in(
            "ada@clinic.example", password, "/staff/audit", "main table"
        )
        audit = auditor.text("main table")
    done = ("alert.acknowledged", "conversation.taken_over", "message.written", "alert.resolved", "report")
    assert [what for what in done if what not in audit] == [] and NURSE in audit
    assert words not in audit and "sister" not in audit

    answer = patient.ask("when can i drink wine again?")
    assert "alcohol" in answer.lower() and "988" not in answer
    assert nurse.complaints() == []


def test_a_check_in_by_buttons_is_read_back_by_staff(patient: Patient, nurse: Nurse) -> None:
    patient.become("daniel").write("check in")
    patient.reads("How is your mood right now")
    assert patient.choices() == [str(number) for number in range(11)]
    assert "side effects trouble you" in patient.tap("7")
    assert "sleep" in patient.tap("A little")
    assert "better off dead" in patient.tap("Well")
    assert "add" in patient.tap("No")
    patient.write("slept well, bit of a headache")
    patient.reads("I have noted your answers")

    nurse.go("/staff/patients")
    nurse.press(DANIEL)
    nurse.until(lambda: nurse.text("h1").startswith(DANIEL), "his conversation is open")
    rows = nurse.driver.find_elements(By.CSS_SELECTOR, f"{CHECK_INS} tbody tr")
    assert [[cell.text for cell in row.find_elements(By.CSS_SELECTOR, "th, td")] for row in rows] == [
        ["Mood", "7", "7"],
        ["Side effects", "2", "2"],
        ["Sleep", "1", "1"],
        ["Safety", "1", "1"],
        ["Word", "–", "slept well, bit of a headache"],
    ]
    assert "finished" in nurse.text(f"{CHECK_INS} caption")


def test_a_text_message_of_an_unknown_number_is_answered(patient: Patient) -> None:
    driver = patient.driver
    driver.get(patient.url + "/demo/phone")

    def texts(words: str, expected: str) -> str:
        driver.find_element(By.ID, "text").send_keys(words + Keys.ENTER)
        script = "return [...document.querySelectorAll('#bubbles .theirs .bubble')].map(one => one.innerText)"
        found = WebDriverWait(driver, ANSWERED_WITHIN, poll_frequency=0.2).until(
            lambda _: [one for one in driver.execute_script(script) if expected in one]
        )
        return str(found[-1])

    assert "1" in texts("can i drive tonight?", "when was your last infusion")
    assert "988" in driver.find_element(By.ID, "bubbles").text  # the first contact says where help is
    assert "No driving" in texts("1", "Not yet, please")
