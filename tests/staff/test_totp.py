"""The second factor: asked for where it is needed, used once, and nothing is open before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyotp
import pytest
from sqlalchemy import text

from bot.care import second_factor, staff_accounts
from bot.care.models import AuditEntry, RecoveryCode, SecondFactor, StaffMember, StaffSession
from bot.care.page_links import new_token
from bot.clinic.access_settings import Access
from bot.clinic.secret import kept_secret
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.staff.app import VIEWS, staff_app

PASSWORD = "correct horse battery"
CODE, SETUP, OWN = "/staff/login/code", "/staff/login/second-factor", "/staff/account"


@pytest.fixture
def strict(scene: Any) -> Any:
    """The scene of a clinic that asks everybody for a second factor."""
    scene.clinic = scene.clinic.copy(update={"access": Access()})
    library, phrases = Library.load(), Phrases.load()
    scene.app = staff_app(scene.engine, scene.clinic, scene.clock, library, phrases, scene.feed)
    return scene


class Phone:
    """An authenticator app that has scanned the page."""

    def __init__(self, scene: Any, page: str) -> None:
        key = re.search(r"<kbd>([A-Z2-7 ]+)</kbd>", page)
        assert key, page
        self._scene, self._totp = scene, pyotp.TOTP(key[1].replace(" ", ""))

    def shows(self, steps: int = 0) -> str:
        return self._totp.at(self._scene.clock.now(), counter_offset=steps)


def password(browser: Any, email: str, **fields: str) -> Any:
    return browser.post("/staff/login", data={"email": email, "password": PASSWORD, **fields})


def send(browser: Any, code: str, path: str = CODE, **fields: str) -> Any:
    return browser.post(path, data={"code": code, **fields})


def enrolled(scene: Any, role: str = "nurse") -> tuple[str, Phone, list[str]]:
    """An account with an app: its address, the app, the recovery codes. What set it up is half a minute old."""
    email, browser = scene.hire(role), scene.browser()
    assert password(browser, email).headers["location"] == SETUP
    phone = Phone(scene, browser.get(SETUP).text)
    page = send(browser, phone.shows(), SETUP)
    assert page.status_code == 200, page.text
    codes = re.findall(r"<li><kbd>([a-z2-7-]+)</kbd></li>", page.text)
    scene.later(0.5)
    return email, phone, codes


def actions(scene: Any) -> list[str]:
    with scene.record() as session:
        return [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)]


def test_the_demo_asks_nobody_and_a_clinic_that_says_nothing_everybody(scene: Any) -> None:
    assert scene.clinic.demo and scene.clinic.access.second_factor == ()
    assert set(Access().second_factor) == {"nurse", "clinician", "admin", "auditor"}


def test_who_needs_an_app_sets_it_up_at_the_first_log_in(strict: Any) -> None:
    email, browser = strict.hire(), strict.browser()
    answer = password(browser, email, next="/staff/patients")
    assert answer.headers["location"] == f"{SETUP}?next=/staff/patients"
    page = browser.get(answer.headers["location"]).text
    assert "<svg" in page and browser.get(SETUP).text.count("<kbd>") == 1
    done = send(browser, Phone(strict, page).shows(), SETUP, next="/staff/patients")
    assert "not shown again" in done.text and 'href="/staff/patients"' in done.text
    assert browser.get("/staff").status_code == 200
    assert actions(strict)[:3] == ["login.password", "second_factor.set_up", "login"]


def test_only_the_roles_that_are_named_need_one(scene: Any) -> None:
    access = Access(second_factor=("admin",))
    scene.clinic = scene.clinic.copy(update={"access": access})
    scene.app = staff_app(scene.engine, scene.clinic, scene.clock, Library.load(), Phrases.load(), scene.feed)
    assert password(scene.browser(), scene.hire("nurse")).headers["location"] == "/staff"
    assert password(scene.browser(), scene.hire("admin")).headers["location"] == SETUP


def test_after_the_password_alone_nothing_is_open(strict: Any) -> None:
    email, _, _ = enrolled(strict)
    browsers = [strict.browser(), strict.browser()]
    password(browsers[0], email)
    password(browsers[1], strict.hire())
    for browser in browsers:
        for view in VIEWS:
            if view.permission is None:
                continue
            path = (
                re.sub(r"\{\w+:int\}", "1", view.path)
                .replace("{topic}", "driving")
                .replace("{token}", new_token())
            )
            answer = browser.request(view.method, path)
            assert answer.status_code in (303, 401), f"{view.method} {path}"
            assert answer.headers.get("location", "/staff/login").startswith("/staff/login"), path
        assert browser.get("/staff/waiting").status_code == 401


def test_password_and_code_open_the_console_with_a_new_token(strict: Any) -> None:
    email, phone, _ = enrolled(strict)
    browser = strict.browser()
    assert (
        password(browser, email, next="/staff/guidance").headers["location"] == f"{CODE}?next=/staff/guidance"
    )
    before = browser.cookies["aftercare_staff"]
    assert "six digits" in browser.get(CODE).text
    answer = send(browser, f" {phone.shows()[:3]} {phone.shows()[3:]} ", next="/staff/guidance")
    assert answer.headers["location"] == "/staff/guidance"
    assert browser.cookies["aftercare_staff"] != before
    stolen = strict.browser()
    stolen.cookies.set("aftercare_staff", before)
    assert stolen.get("/staff").status_code == 303
    assert stolen.get(CODE).headers["location"] == "/staff/login"


def test_the_step_waits_ten_minutes_and_no_longer(strict: Any) -> None:
    email, phone, _ = enrolled(strict)
    browser = strict.browser()
    password(browser, email)
    strict.later(10)
    assert send(browser, phone.shows()).headers["location"] == "/staff/login"
    assert browser.get("/staff").status_code == 303


def test_the_same_code_twice_is_refused(strict: Any) -> None:
    email, phone, _ = enrolled(strict)
    first, second = strict.browser(), strict.browser()
    password(first, email)
    password(second, email)
    code = phone.shows()
    assert send(first, code).status_code == 303
    refused = send(second, code)
    assert refused.status_code == 401 and "has been used" in refused.text
    strict.later(0.5)
    assert send(second, phone.shows()).status_code == 303


def test_the_code_that_set_the_app_up_opens_nothing_again(strict: Any) -> None:
    email, browser, again = strict.hire(), strict.browser(), strict.browser()
    password(browser, email)
    phone = Phone(strict, browser.get(SETUP).text)
    code = phone.shows()
    assert send(browser, code, SETUP).status_code == 200
    password(again, email)
    assert send(again, code).status_code == 401


def test_two_at_once_with_one_code_do_not_both_get_in(strict: Any) -> None:
    email, phone, codes = enrolled(strict)
    for code in (phone.shows(), codes[0]):
        browsers = [strict.browser() for _ in range(3)]
        for browser in browsers:
            password(browser, email)

        def try_it(browser: Any, code: str = code) -> int:
            return int(send(browser, code).status_code)

        with ThreadPoolExecutor(3) as pool:
            answers = sorted(pool.map(try_it, browsers))
        assert answers == [303, 401, 401]


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 303), (0, 303), (1, 303), (2, 401)])
def test_a_phones_clock_may_be_half_a_minute_off(strict: Any, steps: int, status: int) -> None:
    email, phone, _ = enrolled(strict)
    strict.later(5)
    browser = strict.browser()
    password(browser, email)
    assert send(browser, phone.shows(steps)).status_code == status


def test_an_older_code_counts_no_more_after_a_newer_one(strict: Any) -> None:
    email, phone, _ = enrolled(strict)
    strict.later(5)
    first, second = strict.browser(), strict.browser()
    password(first, email)
    password(second, email)
    assert send(first, phone.shows()).status_code == 303
    assert send(second, phone.shows(-1)).status_code == 401


def test_five_wrong_codes_lock_the_account_for_everything(strict: Any) -> None:
    email, phone, _ = enrolled(strict)
    browser = strict.browser()
    password(browser, email)
    answers = [send(browser, "000000") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401] * 4 + [429]
    assert "1 more failure" in answers[3].text
    assert send(browser, phone.shows()).status_code == 429
    assert password(strict.browser(), email).status_code == 429
    assert "account.locked" in actions(strict)
    strict.later(16)
    password(browser, email)
    assert send(browser, phone.shows()).status_code == 303


def test_the_right_password_gives_no_new_tries_at_the_code(strict: Any) -> None:
    email, _, _ = enrolled(strict)
    statuses = []
    for _ in range(5):
        browser = strict.browser()
        assert password(browser, email).status_code == 303
        statuses.append(send(browser, "000000").status_code)
    assert statuses == [401] * 4 + [429]


def test_a_recovery_code_opens_once(strict: Any) -> None:
    email, phone, codes = enrolled(strict)
    assert len(set(codes)) == 10
    browser = strict.browser()
    password(browser, email)
    assert send(browser, codes[3].upper().replace("-", " ")).status_code == 303
    password(browser, email)
    again = send(browser, codes[3])
    assert again.status_code == 401 and "has been used" in again.text
    assert send(browser, phone.shows()).status_code == 303
    assert "Recovery codes left: 9" in browser.get(OWN).text


def test_the_recovery_code_of_another_opens_nothing(strict: Any) -> None:
    _, _, codes = enrolled(strict)
    email, _, _ = enrolled(strict)
    browser = strict.browser()
    password(browser, email)
    assert send(browser, codes[0]).status_code == 401


def test_neither_key_nor_codes_are_in_the_database(strict: Any) -> None:
    email, browser = strict.hire(), strict.browser()
    password(browser, email)
    page = browser.get(SETUP).text
    key = re.search(r"<kbd>([A-Z2-7 ]+)</kbd>", page)
    assert key
    codes = re.findall(
        r"<li><kbd>([a-z2-7-]+)</kbd></li>", send(browser, Phone(strict, page).shows(), SETUP).text
    )
    with strict.record() as session:
        kept = "".join(
            str(session.execute(text(f"select * from {model.__tablename__}")).all())
            for model in (SecondFactor, RecoveryCode, AuditEntry, StaffMember, StaffSession)
        )
    for secret in (key[1].replace(" ", ""), *codes, codes[0].replace("-", "")):
        assert secret not in kept


def test_another_secret_makes_another_key(strict: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    enrolled(strict)
    with strict.record() as session:
        factor = session.query(SecondFactor).one()
        before = second_factor.key_of(factor)
        monkeypatch.setenv("AFTERCARE_SECRET", "another secret of at least 32 characters")
        kept_secret.cache_clear()
        assert second_factor.key_of(factor) != before


def test_an_app_may_be_set_up_where_nobody_asks_for_one(scene: Any) -> None:
    email, browser = scene.hire(), scene.browser()
    password(browser, email)
    assert "Set up an authenticator app" in browser.get(OWN).text
    phone = Phone(scene, browser.get(f"{OWN}/second-factor").text)
    wrong = send(browser, "000000", f"{OWN}/second-factor")
    assert wrong.status_code == 401 and "That code is wrong" in wrong.text
    assert password(scene.browser(), email).headers["location"] == "/staff", "not before it is confirmed"
    assert send(browser, phone.shows(), f"{OWN}/second-factor").status_code == 200
    assert password(scene.browser(), email).headers["location"] == CODE
    assert browser.get(f"{OWN}/second-factor").headers["location"] == OWN, (
        "an app in use is not replaced unseen"
    )


@pytest.mark.parametrize("where", ["second-factor/remove", "recovery-codes"])
def test_what_weakens_the_second_factor_needs_a_code(strict: Any, where: str) -> None:
    email, phone, codes = enrolled(strict)
    browser = strict.browser()
    password(browser, email)
    send(browser, phone.shows())
    assert send(browser, "000000", f"{OWN}/{where}").status_code == 401
    assert send(browser, codes[0], f"{OWN}/{where}").status_code in (200, 303)
    with strict.record() as session:
        left = session.query(RecoveryCode).filter(RecoveryCode.used_at.is_(None)).count()
        factors = session.query(SecondFactor).count()
    assert (factors, left) == ((0, 0) if where.endswith("remove") else (1, 10))


def test_whoever_sits_at_an_open_browser_cannot_guess_the_code(strict: Any) -> None:
    email, phone, _ = enrolled(strict)
    browser = strict.browser()
    password(browser, email)
    send(browser, phone.shows())
    strict.later(0.5)
    for _ in range(5):
        last = send(browser, "000000", f"{OWN}/second-factor/remove")
    assert "locked" in last.text
    assert send(browser, phone.shows(), f"{OWN}/second-factor/remove").status_code == 401
    with strict.record() as session:
        assert session.query(SecondFactor).count() == 1


def test_an_administrator_lets_somebody_without_phone_and_paper_begin_anew(strict: Any) -> None:
    email, phone, codes = enrolled(strict)
    nurse = strict.browser()
    password(nurse, email)
    send(nurse, phone.shows())
    admin_email, admin_phone, _ = enrolled(strict, "admin")
    admin = strict.browser()
    password(admin, admin_email)
    send(admin, admin_phone.shows())
    with strict.record() as session:
        member = staff_accounts.by_email(session, email)
        assert member is not None
        identifier = member.id
    assert admin.post(f"/staff/accounts/{identifier}/second-factor/reset").status_code == 303
    assert nurse.get("/staff").status_code == 303
    browser = strict.browser()
    assert password(browser, email).headers["location"] == SETUP
    strict.later(1)
    new_phone = Phone(strict, browser.get(SETUP).text)
    assert new_phone.shows() != phone.shows()
    assert send(browser, new_phone.shows(), SETUP).status_code == 200
    password(browser, email)
    assert send(browser, codes[5]).status_code == 401, "old codes on paper are worth nothing"


@pytest.mark.parametrize(
    "step",
    [
        lambda browser: browser.get(CODE),
        lambda browser: browser.post(CODE, data={"code": "123456"}),
        lambda browser: browser.get(SETUP),
        lambda browser: browser.post(SETUP, data={"code": "123456"}),
    ],
)
def test_nobody_begins_with_the_second_step(strict: Any, step: Callable[[Any], Any]) -> None:
    browser = strict.browser()
    assert step(browser).headers["location"] == "/staff/login"
    email, _, _ = enrolled(strict)
    password(browser, email)
    if "second-factor" in str(step(browser).url):
        assert step(browser).headers["location"] == "/staff/login", "an app is there already"


def test_an_empty_code_is_no_failure(strict: Any) -> None:
    email, _, _ = enrolled(strict)
    browser = strict.browser()
    password(browser, email)
    assert [send(browser, " ").status_code for _ in range(7)] == [422] * 7
