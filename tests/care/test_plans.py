"""The queries that run all day find what they need by an index, in a clinic that has run for a year.

What is looked at are the statements that the real functions send, explained by the database with its own settings and
statistics; nothing is switched off. With some ten thousand messages a sequential scan of a large table already costs
more than an index by far, so one that is chosen here is one that would be chosen with millions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from starlette.routing import compile_path

from bench.console_pages import DONE, ConsolePages
from bench.population import Population
from bot.care import (
    attempts,
    audit,
    browsers,
    check_in_plan,
    check_ins,
    conversation_page,
    conversations,
    episodes,
    misled,
    pages,
    paging,
    paging_view,
    precedents,
    queue,
    quiet_owners,
    report_figures,
    retention,
    roster,
    search,
    series,
    turn,
    unanswered,
    unheard,
)
from bot.care.database import transaction
from bot.care.models import CheckIn
from bot.channels.sms.delivery import undelivered
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.guidance.phrases import Phrases
from bot.health import _figures
from bot.staff import accounts, check_in_views
from bot.staff.app import VIEWS
from bot.work.check_ins import Rounds
from bot.work.report_figures import ReportFigures

NOW = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
PATIENTS, MESSAGES = 1_500, 60_000

LARGE = (
    "message", "check_in", "check_in_answer", "audit_entry", "alert", "alert_event", "item", "page", "climb",
)  # fmt: skip
"""Tables that grow with every message, check-in and alert. Patients and their infusions are few beside them."""

CONVERSATION = 17


@pytest.fixture(scope="module")
def year(engine: Engine) -> Engine:
    Population(PATIENTS, MESSAGES, NOW).make(engine)
    ReportFigures(engine, load_clinic(), FixedClock(NOW), felt=0).run()
    return engine


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database in the block: text and parameters."""
    sent: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def loaded(kind: type[Any]) -> Iterator[list[Any]]:
    """The rows of one kind that are read from the database in the block."""
    rows: list[Any] = []

    def note(row: Any, context: Any) -> None:
        rows.append(row)

    event.listen(kind, "load", note)
    try:
        yield rows
    finally:
        event.remove(kind, "load", note)


def scans(engine: Engine, sent: list[tuple[str, Any]]) -> dict[str, str]:
    """Of large tables that are read as a whole: the plan in which that happens, by table."""
    found = {}
    with engine.connect() as connection:
        for statement, parameters in sent:
            if not re.match(r"\s*(select|with|update|delete)", statement, re.IGNORECASE):
                continue
            plan = connection.exec_driver_sql(f"explain {statement}", parameters).scalars().all()
            connection.rollback()
            for table in re.findall(r"Seq Scan on (?:public\.)?(\w+)", "\n".join(plan)):
                if table in LARGE:
                    found[table] = statement + "\n" + "\n".join(plan)
    return found


def rounds(engine: Engine) -> Rounds:
    return Rounds(engine, load_clinic(), Phrases.load(), FixedClock(NOW))


def first_items(session: Session) -> None:
    for entry in queue.queue(session, NOW).waiting[:3]:
        conversation_page.conversation_page(session, entry.conversation_id)


READS: dict[str, Callable[[Session], Any]] = {
    "the staff queue": lambda s: queue.queue(s, NOW),
    "conversations of the queue": first_items,
    "a conversation": lambda s: conversation_page.conversation_page(s, CONVERSATION),
    "a conversation, further back": lambda s: conversation_page.conversation_page(s, CONVERSATION, before=20),
    "the oldest unanswered": lambda s: conversations.oldest_unanswered(s, CONVERSATION),
    "forgotten messages": lambda s: conversations.forgotten_conversations(s, NOW),
    "news for a browser": lambda s: browsers.standing(
        s, 1, CONVERSATION, load_clinic(), NOW, after=30, most=100
    ),
    "the question just asked": lambda s: conversations.question_just_asked(s, CONVERSATION),
    "what stands before a message": lambda s: precedents.precedents(
        s, CONVERSATION, NOW, lately=timedelta(hours=1), most=5
    ),
    "the turn of a message": lambda s: turn.begin(s, CONVERSATION, NOW, "first_contact", None),
    "what was said": lambda s: conversations.has_said(s, CONVERSATION, "first_contact"),
    "what was grave in an alert": lambda s: episodes.grave_messages(s, CONVERSATION),
    "what was written in an alert": lambda s: episodes.texts(s, CONVERSATION),
    "texts that wait": lambda s: undelivered(s, NOW),
    "quiet owners": lambda s: quiet_owners.waiting_for_quiet_owners(s, NOW),
    "the check-in under way": lambda s: check_ins.current(s, CONVERSATION, NOW),
    "check-ins due": lambda s: rounds(s.get_bind())._due(),
    "check-ins over": lambda s: rounds(s.get_bind())._over(),
    "check-ins to remind of": lambda s: rounds(s.get_bind())._to_remind(),
    "check-ins not sent": lambda s: check_in_plan.not_sent(s, NOW - timedelta(days=2)),
    "how many check-ins were not sent": lambda s: check_in_plan.count_not_sent(s, NOW - timedelta(days=14)),
    "check-ins planned": lambda s: check_in_plan.planned(s, CONVERSATION),
    "a patient's series": lambda s: series.mood_series(s, CONVERSATION),
    "pages due": lambda s: pages.due_pages(s, NOW),
    "alerts without a page": lambda s: paging.lost(s, NOW),
    "steps due and alerts left alone": lambda s: attempts.due_again(s, NOW),
    "patients who wait in vain": lambda s: unheard.unheard(s, 3, NOW),
    "patients who may have read wrong numbers": lambda s: misled.misled(s, NOW - timedelta(hours=2), NOW),
    "whether paging works": lambda s: paging_view.standing(s, roster.read(s, load_clinic()), NOW),
    "the alert of somebody who is written to": lambda s: attempts.acted(s, CONVERSATION, 1, NOW),
    "patients by name": lambda s: search.find(s, "pat 77"),
    "patients by number": lambda s: search.find(s, "0421"),
    "questions that nobody could answer": lambda s: unanswered.questions(s, NOW - timedelta(days=90)),
    "the newest of the audit": lambda s: audit.entries(s),
    "the audit of one patient": lambda s: audit.entries(s, audit.Filter(subject="conversation:17")),
    "the audit of one kind": lambda s: audit.entries(s, audit.Filter(action="login")),
    "reports that are kept": lambda s: report_figures.figures(s, 365, load_clinic().zone, NOW),
    "metrics": lambda s: _figures(s, NOW),
}  # fmt: skip


@pytest.mark.parametrize("read", READS.values(), ids=list(READS))
def test_no_large_table_is_read_as_a_whole(year: Engine, read: Callable[[Session], Any]) -> None:
    with statements(year) as sent, transaction(year) as session:
        read(session)
    assert sent
    assert scans(year, sent) == {}


@pytest.fixture(scope="module")
def console(year: Engine) -> Iterator[ConsolePages]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_HASHER", accounts._HASHER)  # log-ins of other tests cost what they cost
        yield ConsolePages(year, FixedClock(NOW), PATIENTS)


def test_nor_by_any_page_of_the_console(year: Engine, console: ConsolePages) -> None:
    found = {}
    for name, look in console.work().items():
        with statements(year) as sent:
            assert console.ask(look, look.address()) in DONE, name
        if read := scans(year, sent):
            found[name] = read
    assert found == {}


NO_PAGE = {
    "/staff/login/code", "/staff/login/second-factor", "/staff/login/openid", "/staff/login/openid/back",
}  # fmt: skip
"""Steps between two pages of a log-in, which have to be begun first."""


def test_every_page_of_the_console_is_measured(console: ConsolePages) -> None:
    asked = {look.address().partition("?")[0] for look in console.work().values() if look.form is None}
    for view in VIEWS:
        if view.method == "GET" and view.path not in NO_PAGE:
            form, _, _ = compile_path(view.path)
            assert any(map(form.match, asked)), f"{view.path} is not in bench/console_pages.py"


def test_of_check_ins_that_were_not_sent_no_more_are_read_than_are_shown(
    year: Engine, console: ConsolePages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a fortnight without a carrier there are thousands."""
    with transaction(year) as session:
        every = len(check_in_plan.not_sent(session, NOW - check_in_views.LOOK_BACK))
    monkeypatch.setattr(check_in_views, "MOST_SHOWN", 5)
    with loaded(CheckIn) as rows:
        page = console.browsers["clinician"].get("/staff/check-ins").text
    assert (len(rows), page.count("expired")) == (5, 5)
    assert every > 20 and f"{every - 5} older ones are not shown" in page


def test_nor_where_nothing_is_old_enough_to_be_removed(year: Engine, tmp_path: Path) -> None:
    before = NOW - timedelta(days=400)
    with statements(year) as sent, transaction(year) as session:
        retention.expire_messages(session, before, NOW, None, 500)
        retention.forget_pages(session, before, None, 500)
    assert scans(year, sent) == {}


def test_nor_where_much_is(year: Engine) -> None:
    """The first batch and one in the middle, rolled back."""
    before = NOW - timedelta(days=30)
    with statements(year) as sent, pytest.raises(ZeroDivisionError), transaction(year) as session:
        first = retention.expire_messages(session, before, NOW, None, 500)
        second = retention.expire_messages(session, before, NOW, first.last, 500)
        assert first.removed > 400 < second.removed
        assert retention.forget_pages(session, before, None, 100).removed > 50
        raise ZeroDivisionError
    assert scans(year, sent) == {}


def test_a_scan_is_found(year: Engine) -> None:
    with statements(year) as sent, year.connect() as connection:
        connection.exec_driver_sql("select count(*) from message where text like %s", ("%7%",))
    assert list(scans(year, sent)) == ["message"]
