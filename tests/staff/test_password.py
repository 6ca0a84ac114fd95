"""A member of staff changes the password: with the old one, audited, and logged out everywhere else."""

from __future__ import annotations

from typing import Any

import pytest

from bot.care.models import AuditEntry, StaffMember
from tests.staff.conftest import PASSWORD

NEW = "a quite different sentence"


def log_in(scene: Any, email: str, password: str) -> Any:
    browser = scene.browser()
    return browser, browser.post("/staff/login", data={"email": email, "password": password}).status_code


@pytest.fixture
def nora(scene: Any) -> Any:
    email = scene.hire()
    browser, status = log_in(scene, email, PASSWORD)
    assert status == 303
    browser.email = email
    return browser


def change(browser: Any, old: str = PASSWORD, new: str = NEW, again: str | None = None) -> Any:
    data = {"old": old, "new": new, "again": new if again is None else again}
    return browser.post("/staff/account/password", data=data)


def actions(scene: Any) -> list[str]:
    with scene.record() as session:
        return [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)]


def test_the_new_one_counts_from_now_on_and_others_are_logged_out(scene: Any, nora: Any) -> None:
    elsewhere, status = log_in(scene, nora.email, PASSWORD)
    assert status == 303 and elsewhere.get("/staff").status_code == 200
    answer = change(nora)
    assert answer.status_code == 303 and answer.headers["location"] == "/staff/account?done=password-changed"
    assert "Your password is changed" in nora.get(answer.headers["location"]).text
    assert elsewhere.get("/staff").status_code == 303
    assert log_in(scene, nora.email, PASSWORD)[1] == 401
    assert log_in(scene, nora.email, NEW)[1] == 303
    with scene.record() as session:
        entry = session.query(AuditEntry).filter_by(action="password.changed").one()
        assert (entry.subject, entry.detail) == (f"staff:{entry.staff_id}", {"sessions": 1})


def test_a_wrong_old_one_counts_as_a_failed_log_in_and_locks(scene: Any, nora: Any) -> None:
    for left in (4, 3, 2, 1):
        answer = change(nora, old="not my password at all")
        assert answer.status_code == 422 and "The old password is wrong." in answer.text
        assert ("the account is locked" in answer.text) == (left <= 2)
    assert change(nora, old="not my password at all").status_code == 429
    assert change(nora).status_code == 429
    assert log_in(scene, nora.email, PASSWORD)[1] == 429
    assert actions(scene).count("login.failed") == 5 and "password.changed" not in actions(scene)


@pytest.mark.parametrize(
    ("new", "again", "says"),
    [
        ("short", None, "at least 12 characters"),
        (NEW, NEW + "x", "are not the same"),
        (PASSWORD, None, "is the one that you have"),
        ("", None, "at least 12 characters"),
        ("x" * 1001, None, "at least 12 characters"),
    ],
)
def test_what_is_wrong_with_the_new_one_is_said(
    scene: Any, nora: Any, new: str, again: str | None, says: str
) -> None:
    before = scene.get(StaffMember, 1).password_hash
    answer = change(nora, new=new, again=again)
    assert answer.status_code == 422 and says in answer.text
    assert scene.get(StaffMember, 1).password_hash == before
    assert NEW not in answer.text and PASSWORD not in answer.text


def test_nobody_changes_it_from_another_site_or_without_log_in(scene: Any, nora: Any) -> None:
    data = {"old": PASSWORD, "new": NEW, "again": NEW}
    other = nora.post("/staff/account/password", data=data, headers={"sec-fetch-site": "cross-site"})
    assert other.status_code == 403
    assert scene.browser().get("/staff/account/password").status_code == 303
    assert log_in(scene, nora.email, PASSWORD)[1] == 303
