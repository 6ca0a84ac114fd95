"""axe-core finds nothing on any page of the console, in any of its states; none is too wide, and none fails in script.

A page that is not here fails the first test: whoever adds one says how a browser gets to it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from bot.care import check_in_consent, notes, second_factor
from bot.care.check_in_consent import How
from bot.care.models import Alert, Channel, ItemKind, Message, StaffMember
from bot.care.phones import attach
from bot.care.treatments import record_treatment
from bot.channels.sms.providers import NoProvider
from bot.clinic.access_settings import Access
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.staff.app import VIEWS, staff_app
from bot.work.pager import Pager
from bot.work.paging import Paging
from tests.axe import need_axe, violations
from tests.staff.record_scene import lived_in
from tests.staff.test_in_browser import PASSWORD, Desk, address, chromium
from tests.staff.test_paging import links
from tests.staff.test_queue import open_item

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
__all__ = ["address", "chromium"]  # fixtures

WIDTHS, SCHEMES = (320, 1280), ("dark", "light")
LONG = "Wilhelmina-Featherstonehaugh Nguyen-Cholmondeley"
FILE = f"""name,date of birth,phone
{LONG} II,1984-03-14,(212) 555-0171
Maria Lopez,1984-03-14,
Ben Ode,1984-13-45,12
"""

NO_PAGES = {
    "/staff/patients/{id:int}/record.json", "/staff/patients/{id:int}/record.fhir", "/staff/patients/{id:int}/fhir",
    "/staff/patients/{id:int}/series.svg", "/staff/patients/{id:int}/series.png",
    "/staff/patients/{id:int}/series.csv", "/staff/reports/{report}.csv",  # files
    "/staff/patients/{id:int}",  # leads to the conversation
    "/staff/login/openid", "/staff/login/openid/back",  # lead to the provider, and to the log-in or the console
}  # fmt: skip
"""Besides what pages fetch by themselves: those are parts of pages, and signs of life."""

Ways = dict[str, Callable[[], None]]
"""How one gets to each page: by its route, and behind a bar its state."""


class Walk:
    """A full clinic, and somebody with a browser in it."""

    def __init__(self, scene: Any, driver: webdriver.Chrome, address: str) -> None:
        self.scene, self.driver, self.address = scene, driver, address
        self.desk = Desk(driver, address, scene.hire("clinician", "Dr. Ruth Adler"))
        scene.hire("clinician", "Dr. Kofi Ode")
        scene.paging = Paging(
            scene.engine, scene.clinic, scene.clock, Pager(scene.clinic, NoProvider(), texts_simulated=True)
        )
        scene.paging.sweep()  # makes the roster
        self.past = lived_in(scene, "Maria Lopez", "(212) 555-0163")[0]
        self.patient, self.conversation = scene.patient(LONG, "(212) 555-0161")
        self.twice = scene.patient(LONG, "(212) 555-0164")[0]
        self._live_in()

    def _live_in(self) -> None:
        scene, now = self.scene, self.scene.clock.now()
        scene.says(
            self.conversation, "words " * 100 + "w" * 200 + " better off without me", "crisis", "without me"
        )
        open_item(scene, ItemKind.QUESTION, scene.says(self.conversation, "can my parrot come?"))
        other = scene.visitor()
        scene.says(other, "i cannot stop vomiting", "urgent", "vomiting")
        with scene.record() as session:
            self.alert = int(session.query(Alert.id).filter_by(conversation_id=self.conversation).scalar())
            self.message = int(
                session.query(Message.id).filter_by(conversation_id=self.conversation).first()[0]
            )
            adler = session.query(StaffMember).filter_by(name="Dr. Ruth Adler").one()
            self.treatment = int(
                record_treatment(session, self.patient, now - timedelta(days=1), scene.clinic, now).id
            )
            for channel in (Channel.SMS, Channel.WEB):
                check_in_consent.give(session, self.patient, channel, How.IN_PERSON, None, now)
            notes.write(session, self.conversation, int(adler.id), "Her sister has a key.", now)
            attach(session, self.twice, "(212) 555-0161", now, shared=True)
        scene.paging.page(self.alert)
        scene.later(1)

    def to(self, path: str) -> Callable[[], None]:
        return lambda: self.desk.go(path)

    def fill(self, path: str, fields: dict[str, str], button: str, shows: str) -> Callable[[], None]:
        """Open a page, fill its form and send it."""

        def way() -> None:
            self.desk.go(path)
            for selector, value in fields.items():
                script = "document.querySelector(arguments[0]).value = arguments[1]"
                self.driver.execute_script(script, selector, value)
            # What the browser itself would refuse is sent all the same: the server's answer is what is looked at.
            self.driver.execute_script(
                "document.querySelectorAll('form').forEach(one => one.noValidate = true)"
            )
            self.driver.execute_script("arguments[0].click()", self.desk.find(button))
            self.desk.until(lambda: shows in self.desk.text("body"))

        return way

    def log_in(self, email: str, then: str) -> Callable[[], None]:
        """As far as the log-in of somebody goes whose password is right and who has no code yet."""

        def way() -> None:
            self.driver.delete_all_cookies()
            self.fill("/staff/login", {"#email": email, "#password": PASSWORD}, "main button.primary", then)()

        return way


def of_nobody(walk: Walk) -> Ways:
    """Before anybody is logged in."""
    scene = walk.scene
    with_app, without = scene.hire("nurse", "Nora Whitfield"), scene.hire("auditor", "Ann Ode")
    with scene.record() as session:
        member = session.query(StaffMember).filter_by(email=with_app).one()
        second_factor.begin(session, int(member.id), scene.clock.now()).confirmed_at = scene.clock.now()
    walk.driver.delete_all_cookies()
    wrong = walk.fill(
        "/staff/login", {"#email": "n@clinic.example", "#password": "x"}, "main button.primary", "wrong"
    )
    return {
        "/staff/login": walk.to("/staff/login"),
        "/staff/login|refused": wrong,
        "/staff/login/code": walk.log_in(with_app, "Your code"),
        "/staff/login/second-factor": walk.log_in(without, "Set up your authenticator app"),
    }


def of_a_clinician(walk: Walk) -> Ways:
    """Patients and what they write."""
    one, talk = f"/staff/patients/{walk.patient}", f"/staff/conversations/{walk.conversation}"
    link = links(walk.scene)[0]

    def resolving(ending: str) -> Callable[[], None]:
        def way() -> None:
            walk.desk.go(talk)
            for button in walk.driver.find_elements(By.CSS_SELECTOR, "[data-act=a] button"):
                button.click()
                walk.desk.until(lambda: "Acknowledged by" in walk.desk.text("#panel"))
            script = "document.querySelector('#disposition').value = arguments[0]"
            walk.driver.execute_script(script, ending)

        return way

    return {
        "/staff": walk.to("/staff"),
        "/staff/page/{token}": walk.to(link),
        "/staff/conversations/{id:int}": walk.to(talk),
        "/staff/conversations/{id:int}|acknowledged": resolving(""),
        "/staff/conversations/{id:int}|handed to a clinician": resolving("handed_to_clinician"),
        "/staff/conversations/{id:int}|a false alarm": resolving("false_alarm"),
        "/staff/conversations/{id:int}|handed to nobody": walk.fill(
            talk, {"#disposition": "handed_to_clinician"}, "#resolve button.primary", "to which clinician"
        ),
        "/staff/page/{token}|dealt with": walk.to(link),
        "/staff/conversations/{id:int}/notes": walk.to(f"{talk}/notes"),
        "/staff/messages/{id:int}/correct": walk.to(f"/staff/messages/{walk.message}/correct"),
        "/staff/messages/{id:int}/correct|nothing chosen": walk.fill(
            f"/staff/messages/{walk.message}/correct", {}, "main button.primary", "Choose how worrying"
        ),
        "/staff/patients": walk.to("/staff/patients"),
        "/staff/patients|nobody found": walk.fill("/staff/patients", {"#words": "zzz"}, ".bar button", "zzz"),
        "/staff/patients/new": walk.to("/staff/patients/new"),
        "/staff/patients/new|nothing filled in": walk.fill(
            "/staff/patients/new", {}, "main button.primary", "needs a look"
        ),
        "/staff/patients/{id:int}/edit": walk.to(f"{one}/edit"),
        "/staff/patients/{id:int}/treatments": walk.to(f"{one}/treatments"),
        "/staff/treatments/{id:int}": walk.to(f"/staff/treatments/{walk.treatment}"),
        "/staff/treatments/{id:int}|too far off": walk.fill(
            f"/staff/treatments/{walk.treatment}", {"#date": "2036-01-01", "#time": "09:00"},
            "main button.primary", "Nothing was moved",
        ),
        "/staff/patients/{id:int}/check-ins": walk.to(f"{one}/check-ins"),
        "/staff/patients/{id:int}/series": walk.to(f"/staff/patients/{walk.past}/series"),
        "/staff/patients/{id:int}/access": walk.to(f"{one}/access"),
        "/staff/patients/{id:int}/access|link with its code": walk.fill(
            f"/staff/patients/{walk.past}/access", {}, "form[action$='/invites'] button", "It works once"
        ),
        "/staff/patients/{id:int}/access|no number": walk.fill(
            f"{one}/access", {"#number": "12"}, "form[action$='/numbers'] > button", "Nothing was changed"
        ),
        "/staff/patients/{id:int}/record": walk.to(f"{one}/record"),
        "/staff/patients/{id:int}/merge": walk.to(f"{one}/merge"),
        "/staff/patients/{id:int}/merge|compared": walk.fill(
            f"/staff/patients/{walk.twice}/merge", {}, "main form button", "Are these the same person?"
        ),
        "/staff/patients/{id:int}/erase": walk.to(f"{one}/erase"),
        "/staff/patients/{id:int}/erase|not confirmed": walk.fill(
            f"{one}/erase", {}, "main button.primary", "Nothing was erased"
        ),
        "/staff/guidance": walk.to("/staff/guidance"),
        "/staff/guidance/{topic}": walk.to("/staff/guidance/driving"),
        "/staff/wording": walk.to("/staff/wording"),
        "/staff/unanswered": walk.to("/staff/unanswered"),
        "/staff/reports": walk.to("/staff/reports"),
        "/staff/check-ins": walk.to("/staff/check-ins"),
        "/staff/roster": walk.to("/staff/roster"),
        "/staff/pages": walk.to("/staff/pages"),
        "/staff/audit|refused": walk.to("/staff/audit"),
        "/staff/nothing": walk.to("/staff/nothing"),
    }  # fmt: skip


def of_an_administrator(walk: Walk) -> Ways:
    """People, dates, accounts."""
    walk.desk = Desk(walk.driver, walk.address, walk.scene.hire("admin", "Ada Ode"))
    made = {"#name": LONG, "#email": "new@clinic.example", "#role": "auditor"}
    return {
        "/staff/patients/import": walk.to("/staff/patients/import"),
        "/staff/patients/import|checked": walk.fill(
            "/staff/patients/import", {"#csv": FILE}, "form.stack button.primary", "What this file would do"
        ),
        "/staff/patients/import|no file": walk.fill(
            "/staff/patients/import", {}, "form.stack button.primary", "Nothing was imported"
        ),
        "/staff/accounts": walk.to("/staff/accounts"),
        "/staff/accounts|made": walk.fill(
            "/staff/accounts", made, "form[action='/staff/accounts'] button", "It is shown this once"
        ),
        "/staff/audit": walk.to("/staff/audit"),
        "/staff/roster|edited": walk.to("/staff/roster"),
        "/staff/account": walk.to("/staff/account"),
        "/staff/account/password": walk.to("/staff/account/password"),
        "/staff/account/password|refused": walk.fill(
            "/staff/account/password", {}, "main button.primary", "password"
        ),
        "/staff/account/second-factor": walk.to("/staff/account/second-factor"),
    }


ALL = (of_nobody, of_a_clinician, of_an_administrator)


@pytest.fixture
def scene(scene: Any) -> Any:
    """The scene of a clinic that asks its auditors for a second factor."""
    scene.clinic = scene.clinic.copy(update={"access": Access(second_factor=("auditor",))})
    scene.app = staff_app(scene.engine, scene.clinic, scene.clock, Library.load(), Phrases.load(), scene.feed)
    return scene


@pytest.fixture
def walk(scene: Any, chromium: webdriver.Chrome, address: str) -> Walk:
    need_axe()
    return Walk(scene, chromium, address)


def test_every_page_of_the_console_is_looked_at(walk: Walk) -> None:
    here = {where.split("|")[0] for ways in ALL for where in ways(walk)}
    there = {view.path for view in VIEWS if view.method == "GET" and not view.passive}
    assert (there - here - NO_PAGES, NO_PAGES - there) == (set(), set())


@pytest.mark.parametrize("ways", ALL)
def test_axe_finds_nothing_on_a_phone_by_night_and_a_desk_by_day(
    walk: Walk, ways: Callable[[Walk], Ways]
) -> None:
    wrong: list[Any] = []
    for where, go in ways(walk).items():
        walk.desk.size(1280, 800)
        go()
        walk.driver.execute_script(
            "document.querySelectorAll('details').forEach(one => { one.open = true; })"
        )
        # Colours go by the scheme, room by the width: two looks see both of each.
        for scheme, width in zip(SCHEMES, WIDTHS):
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            walk.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
            walk.desk.size(width, 800)
            found = violations(walk.driver, where.partition("|")[2])
            wrong += [(where, width, scheme, one["rule"], one["where"]) for one in found]
            if walk.desk.too_wide() > 0:
                wrong.append((where, width, "is too wide"))
    assert wrong == []
    errors = [one["message"] for one in walk.driver.get_log("browser") if one["level"] == "SEVERE"]
    # The browser itself says that a page was refused; what is looked for is script that failed.
    assert [one for one in errors if "the server responded with a status of 4" not in one] == []
