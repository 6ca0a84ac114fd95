"""The links of pages: signed, so that what we did not make is refused without the database; good for one alert, once,
for a day."""

from __future__ import annotations

import string
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from bot.care import page_links
from bot.care.models import Alert, PageLink
from bot.clinic import secret
from bot.work.pager import notice_of
from tests.staff.test_paging import crisis, links, paged

__all__ = ["paged"]

OTHER = "another-secret-of-more-than-32-characters"


@pytest.fixture
def asked(paged: Any) -> Any:
    """What the database was asked, statement by statement."""
    statements: list[str] = []

    def note(_: Any, __: Any, statement: str, *more: Any) -> None:
        statements.append(statement)

    event.listen(paged.engine, "before_cursor_execute", note)
    yield statements
    event.remove(paged.engine, "before_cursor_execute", note)


def token_of(link: str) -> str:
    return link.rsplit("/", 1)[1]


def other_letter(letter: str) -> str:
    return "b" if letter == "a" else "a"


def refused(scene: Any, browser: Any, alert: Any, link: str, asked: list[str]) -> str:
    """Nothing is acknowledged, and the database is not even asked who is asking; returns what the page says."""
    asked.clear()
    shown = browser.get(link)
    answer = browser.post(link, data={"seen": alert.news_id})
    assert (shown.status_code, answer.status_code, asked) == (404, 404, [])
    assert scene.get(Alert, alert.id).state == "open"
    assert (
        "Go to the queue" in shown.text and "Maria" not in shown.text and "crisis" not in shown.text.lower()
    )
    return str(shown.text)


def test_every_letter_of_a_link_is_signed(paged: Any, asked: list[str]) -> None:
    alert, browser = crisis(paged), paged.logged_in()
    link = links(paged)[0]
    good = token_of(link)
    for place in range(len(good)):
        mangled = good[:place] + other_letter(good[place]) + good[place + 1 :]
        assert not page_links.is_ours(mangled), place
    for wrong in (
        good[:-1],
        good[:-8],
        good + "a",
        good + good,
        "0" * 40,
        "0" * 48,
        "ä" * 48,
        good[24:] + good[:24],
    ):
        assert not page_links.is_ours(wrong), wrong
    refused(paged, browser, alert, "/staff/page/" + good[:-8] + 8 * other_letter(good[-1]), asked)
    refused(paged, browser, alert, "/staff/page/" + good[:-3], asked)


def test_who_is_not_logged_in_is_refused_a_forged_link_alike(paged: Any, asked: list[str]) -> None:
    refused(paged, paged.browser(), crisis(paged), "/staff/page/" + "0" * 40, asked)


def test_one_that_is_signed_with_another_secret_is_forged(
    paged: Any, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    alert, browser = crisis(paged), paged.logged_in()
    with monkeypatch.context() as elsewhere, paged.record() as session:
        elsewhere.setenv("AFTERCARE_SECRET", OTHER)
        forged = page_links.new_token()
        page, hashed = session.query(PageLink).first().page_id, page_links.hash_of(forged)
        session.add(PageLink(token_hash=hashed, page_id=page, made_at=paged.clock.now()))  # even so
    refused(paged, browser, alert, f"/staff/page/{forged}", asked)


def test_after_the_secret_was_changed_links_of_before_lead_to_the_queue_and_new_pages_work(
    paged: Any, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    alert, browser = crisis(paged), paged.logged_in()
    before = links(paged)
    monkeypatch.setenv("AFTERCARE_SECRET", OTHER)
    assert secret.app_secret() == OTHER
    assert "too old" in refused(paged, browser, alert, before[0], asked)
    paged.later(3)
    paged.paging.sweep()
    (link, *_) = [one for one in links(paged) if one not in before]
    answer = browser.post(link, data={"seen": alert.news_id})
    assert answer.headers["location"].endswith("?done=acknowledged")


def test_one_that_is_signed_but_of_no_page_opens_nothing(paged: Any) -> None:
    alert, browser = crisis(paged), paged.logged_in()
    link = links(paged)[0]
    with paged.record() as session:
        session.query(PageLink).filter_by(token_hash=page_links.hash_of(token_of(link))).delete()
    assert browser.get(link).status_code == 404
    assert browser.post(link, data={"seen": alert.news_id}).status_code == 404


def test_a_link_acknowledges_its_own_alert_and_no_other(paged: Any) -> None:
    mine = crisis(paged)
    mine_links = links(paged)
    other = paged.patient("Ana One")[1]
    paged.says(other, "words", "crisis")
    with paged.record() as session:
        second = session.query(Alert).filter_by(conversation_id=other).one()
    paged.paging.page(int(second.id))
    theirs = next(one for one in links(paged) if one not in mine_links)
    browser = paged.logged_in()
    # What was read of one alert, and the halves of two links, acknowledge nothing of the other.
    assert browser.post(theirs, data={"seen": mine.news_id}).status_code == 409
    halves = token_of(mine_links[0])[:32] + token_of(theirs)[32:]
    assert browser.post(f"/staff/page/{halves}", data={"seen": second.news_id}).status_code == 404
    assert {paged.get(Alert, one.id).state for one in (mine, second)} == {"open"}
    browser.post(theirs, data={"seen": second.news_id})
    assert [paged.get(Alert, one.id).state for one in (mine, second)] == ["open", "acknowledged"]


def test_a_link_works_once(paged: Any) -> None:
    alert, browser = crisis(paged), paged.logged_in()
    link = links(paged)[0]
    browser.post(link, data={"seen": alert.news_id})
    paged.says(int(alert.conversation_id), "more words", "crisis")
    reopened = paged.get(Alert, alert.id)
    browser.post(link, data={"seen": reopened.news_id})
    assert paged.get(Alert, alert.id).state == "open"
    assert "This link has been used" in browser.get(link).text


def test_a_link_that_is_older_than_a_day_says_so_and_acknowledges_nothing(paged: Any) -> None:
    alert = crisis(paged)
    link = links(paged)[0]
    paged.clock.move(page_links.LASTS + timedelta(minutes=1))
    browser = paged.logged_in()
    browser.post(link, data={"seen": alert.news_id})
    assert paged.get(Alert, alert.id).state == "open"
    assert "older than a day" in browser.get(link).text


def test_a_phone_that_writes_it_in_capitals_does_no_harm(paged: Any) -> None:
    alert = crisis(paged)
    link = "/staff/page/" + token_of(links(paged)[0]).upper()
    paged.logged_in().post(link, data={"seen": alert.news_id})
    assert paged.get(Alert, alert.id).state == "acknowledged"


def test_only_its_hash_is_stored_and_it_fits_into_one_text(paged: Any) -> None:
    crisis(paged)
    token = token_of(links(paged)[0])
    assert set(token) <= set(string.ascii_lowercase + "234567")
    with paged.record() as session:
        assert all(token not in row.token_hash for row in session.query(PageLink))
    link = f"https://aftercare.riverside.example/staff/page/{token}"
    assert len(notice_of(paged.clinic, "emergency", link).text) <= 160
