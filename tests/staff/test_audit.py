"""The audit: nothing is done or looked at without an entry, and no entry can be changed without being found out."""

from __future__ import annotations

import csv
import io
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from bot.care import audit
from bot.care.audit_chain import BadHead, Checked, Head, verify
from bot.care.database import engine_for, transaction
from bot.care.models import AuditEntry, AuditLink
from bot.cli import main
from bot.embedded import EmbeddedPostgres, create_database
from bot.staff.app import VIEWS
from bot.staff.permissions import Permission

UNGUARDED = "set local session_replication_role = replica"
"""What the owner of the database can do, and nobody else: switch the triggers off."""


def checked(scene: Any, noted: Head | None = None) -> Checked:
    with scene.record() as session:
        return verify(session, noted)


def write(scene: Any, how_many: int = 5) -> None:
    for number in range(how_many):
        with scene.record() as session:
            audit.record(session, "test.done", scene.clock.now(), subject=f"thing:{number}", note="é 1:a")


def tamper(scene: Any, statement: str) -> None:
    with scene.record() as session:
        session.execute(text(UNGUARDED))
        session.execute(text(statement))


def test_what_was_written_is_found_whole(scene: Any) -> None:
    write(scene)
    found = checked(scene)
    assert (found.entries, found.head.position, found.broken) == (5, 5, ())


def test_an_empty_audit_is_whole(scene: Any) -> None:
    assert checked(scene) == Checked(0, Head(), ())


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set action = 'x'",
        "delete from audit_entry",
        "update audit_link set hash = 'x'",
        "delete from audit_link",
    ],
)
def test_the_database_refuses_to_change_the_audit(scene: Any, statement: str) -> None:
    write(scene, 1)
    with pytest.raises(DBAPIError, match="append-only"), scene.record() as session:
        session.execute(text(statement))
    assert checked(scene).broken == ()


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (
            "update audit_entry set action = 'test.other' where id = 3",
            "Entry 3 (position 3) is not what was written",
        ),
        (
            "update audit_entry set subject = 'thing:9' where id = 3",
            "Entry 3 (position 3) is not what was written",
        ),
        ("update audit_entry set at = at + interval '1 microsecond' where id = 3", "Entry 3 (position 3)"),
        ('update audit_entry set detail = \'{"note": "e"}\' where id = 3', "Entry 3 (position 3)"),
        ("update audit_entry set staff_id = 1 where id = 3", "Entry 3 (position 3)"),
        ("delete from audit_entry where id = 3", "Entry 3 was taken out"),
        ("delete from audit_link where entry_id = 1", "Entry 1 is in the audit, but not in the chain"),
        ("insert into audit_entry (at, action) values (now(), 'x')", "is in the audit, but not in the chain"),
    ],
)
def test_a_change_behind_the_databases_back_is_named(scene: Any, statement: str, says: str) -> None:
    write(scene)
    tamper(scene, statement)
    assert any(says in words for words in checked(scene).broken)


def test_only_the_changed_entry_is_named(scene: Any) -> None:
    write(scene)
    tamper(scene, "update audit_entry set action = 'test.other' where id = 3")
    assert len(checked(scene).broken) == 1


def test_an_entry_taken_out_with_its_link_leaves_a_gap(scene: Any) -> None:
    write(scene)
    tamper(scene, "delete from audit_link where position = 3")
    tamper(scene, "delete from audit_entry where id = 3")
    assert checked(scene).broken == (
        "Before entry 4, entries were taken out of the chain: position 4 follows 2.",
    )


def test_a_changed_entry_with_a_new_hash_breaks_the_next(scene: Any) -> None:
    write(scene)
    tamper(scene, "update audit_link set hash = repeat('a', 64) where position = 3")
    assert [words[:8] for words in checked(scene).broken] == ["Entry 3 ", "Entry 4 "]


def test_an_end_that_was_cut_off_shows_against_a_noted_head(scene: Any) -> None:
    write(scene)
    noted = checked(scene).head
    write(scene, 2)
    assert checked(scene, noted).broken == ()
    tamper(scene, "delete from audit_link where position >= 4")
    tamper(scene, "delete from audit_entry where id >= 4")
    assert checked(scene).broken == ()  # alone, the chain cannot know
    [words] = checked(scene, noted).broken
    assert str(noted) in words and "cut off" in words


def test_entries_of_many_at_once_are_one_chain(scene: Any, engine: Engine) -> None:
    def one(number: int) -> None:
        with transaction(engine) as session:
            for part in range(3):
                audit.record(session, "test.done", scene.clock.now(), subject=f"thing:{number}", part=part)
                session.flush()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(24)))
    found = checked(scene)
    assert (found.entries, found.head.position, found.broken) == (72, 72, ())


def test_what_is_rolled_back_leaves_no_gap(scene: Any) -> None:
    write(scene, 1)
    with pytest.raises(ZeroDivisionError), scene.record() as session:
        audit.record(session, "test.undone", scene.clock.now())
        session.flush()
        raise ZeroDivisionError
    write(scene, 1)
    found = checked(scene)
    assert (found.entries, found.head.position, found.broken) == (2, 2, ())


def test_two_who_wait_for_each_other_elsewhere_do_not_meet_in_the_chain(scene: Any, engine: Engine) -> None:
    """The lock of the chain is taken at commit, behind all others: an entry that is written first blocks nobody."""
    with transaction(engine) as first:
        audit.record(first, "test.first", scene.clock.now())
        first.flush()
        with transaction(engine) as second:
            second.execute(text("set local lock_timeout = '5s'"))
            audit.record(second, "test.second", scene.clock.now())
    with scene.record() as session:
        order = [link.entry.action for link in session.query(AuditLink).order_by(AuditLink.position)]
    assert order == ["test.second", "test.first"]
    assert checked(scene).broken == ()


def test_the_command_says_which_entry_is_broken(
    fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    engine = engine_for(fresh_database_url)
    with transaction(engine) as session:
        for _ in range(3):
            session.execute(text("insert into audit_entry (at, action) values (now(), 'test.done')"))
    good = CliRunner().invoke(main, ["verify-audit"])
    assert good.exit_code == 0 and "3 entries; none broken." in good.output
    noted = re.search(r"3:[0-9a-f]{64}", good.output)
    assert noted is not None
    assert CliRunner().invoke(main, ["verify-audit", "--noted", noted[0]]).exit_code == 0
    with transaction(engine) as session:
        session.execute(text(UNGUARDED))
        session.execute(text("update audit_entry set action = 'x' where id = 2"))
    engine.dispose()
    bad = CliRunner().invoke(main, ["verify-audit"])
    assert bad.exit_code == 1 and "Entry 2 (position 2) is not what was written" in bad.output
    wrong = CliRunner().invoke(main, ["verify-audit", "--noted", f"2:{'0' * 64}"])
    assert "does not hold this any more" in wrong.output
    nonsense = CliRunner().invoke(main, ["verify-audit", "--noted", "yesterday"])
    assert nonsense.exit_code == 1 and "AC260" in nonsense.stderr


def test_a_database_without_a_chain_says_what_to_do(
    postgres_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_database(postgres_server.url("postgres"), "before_the_chain")
    monkeypatch.setenv("DATABASE_URL", postgres_server.url("before_the_chain"))
    told = CliRunner().invoke(main, ["verify-audit"])
    assert told.exit_code == 1 and "aftercare migrate" in told.stderr


@pytest.mark.parametrize("given", ["", "3", "3:xyz", f"x:{'0' * 64}", f"3:{'0' * 63}"])
def test_what_is_no_head_is_refused(given: str) -> None:
    with pytest.raises(BadHead):
        Head.parse(given)


def rows_of(page: str) -> list[list[str]]:
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    return [
        cells
        for row in body.split("<tr>")[1:]
        if (cells := re.findall(r"<t[hd](?! colspan)[^>]*>(.*?)</t[hd]>", row))
    ]


@pytest.mark.parametrize(
    ("wanted", "actions"),
    [
        ({"what": "alert"}, ["alert.resolved", "alert.opened"]),
        ({"what": "alert.opened"}, ["alert.opened"]),
        ({"what": "aler"}, []),
        ({"subject": "patient:12"}, ["patient.viewed"]),
        ({"since": "2026-03-14", "what": "alert"}, ["alert.resolved"]),
        ({"until": "2026-03-13", "what": "alert"}, ["alert.opened"]),
        ({"since": "2026-03-13", "until": "2026-03-14", "what": "alert"}, ["alert.resolved", "alert.opened"]),
    ],
)
def test_the_audit_is_narrowed_down(scene: Any, wanted: dict[str, str], actions: list[str]) -> None:
    with scene.record() as session:
        audit.record(session, "alert.opened", scene.clock.now())  # 23:00 of 13 March by the clinic's clock
    scene.later(61)
    with scene.record() as session:
        audit.record(session, "alert.resolved", scene.clock.now())
        audit.record(session, "patient.viewed", scene.clock.now(), subject="patient:12")
    page = scene.logged_in("auditor").post("/staff/audit", data=wanted)
    assert page.status_code == 200
    assert [row[2] for row in rows_of(page.text)] == actions


def test_the_audit_is_narrowed_down_to_one_person(scene: Any) -> None:
    scene.logged_in("nurse", "Nora").get("/staff/patients")
    auditor = scene.logged_in("auditor", "Ann")
    with scene.record() as session:
        nora = session.query(AuditEntry.staff_id).filter_by(action="page.viewed").scalar()
    rows = rows_of(auditor.post("/staff/audit", data={"who": str(nora)}).text)
    assert rows and {row[1] for row in rows} == {"Nora"}


@pytest.mark.parametrize(
    ("field", "value"), [("what", "<script>"), ("subject", "Maria Lopez"), ("since", "soon"), ("until", "12")]
)
def test_a_filter_that_makes_no_sense_is_refused_in_words(scene: Any, field: str, value: str) -> None:
    browser = scene.logged_in("auditor")
    for path in ("/staff/audit", "/staff/audit/export"):
        answer = browser.post(path, data={field: value})
        assert answer.status_code == 422 and f'id="{field}-wrong"' in answer.text
    with scene.record() as session:
        assert value not in "".join(str(entry.detail) for entry in session.query(AuditEntry))


def test_older_entries_follow_under_the_same_filter(scene: Any) -> None:
    write(scene, 130)
    auditor = scene.logged_in("auditor")
    first = auditor.post("/staff/audit", data={"what": "test"})
    before = re.search(r'name="before" value="(\d+)"', first.text)
    assert before and len(rows_of(first.text)) == 100
    older = auditor.post("/staff/audit", data={"what": "test", "before": before[1]})
    assert len(rows_of(older.text)) == 30 and 'name="before"' not in older.text


def test_the_export_holds_what_was_asked_for_and_no_formula(scene: Any) -> None:
    write(scene, 3)
    with scene.record() as session:
        audit.record(session, "test.odd", scene.clock.now(), subject="=cmd|'/c calc'!A1")
    auditor = scene.logged_in("auditor", "=HYPERLINK(1)")
    answer = auditor.post("/staff/audit/export", data={})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["action"] for row in rows] == ["login", "test.odd", "test.done", "test.done", "test.done"]
    assert [row["position"] for row in rows] == ["5", "4", "3", "2", "1"]
    assert (rows[0]["name"], rows[1]["subject"]) == ("'=HYPERLINK(1)", "'=cmd|'/c calc'!A1")
    only = auditor.post("/staff/audit/export", data={"what": "test.odd"}).content.decode("utf-8-sig")
    assert len(only.splitlines()) == 2
    with scene.record() as session:
        told = [entry.detail for entry in session.query(AuditEntry).filter_by(action="audit.exported")]
    assert told == [{"entries": 5}, {"entries": 1, "what": "test.odd"}]


def test_a_file_that_would_lack_entries_is_not_made(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.staff.audit_views.MOST_IN_A_FILE", 3)
    write(scene, 5)
    answer = scene.logged_in("auditor").post("/staff/audit/export", data={"what": "test"})
    assert answer.status_code == 422 and "Choose a shorter time" in answer.text


def test_no_page_is_looked_at_without_an_entry(scene: Any) -> None:
    patient, conversation = scene.patient()
    numbers = {"/staff/patients/{id:int}": patient, "/staff/conversations/{id:int}": conversation}
    looked = 0
    for role in ("clinician", "admin"):
        browser = scene.logged_in(role)
        for view in VIEWS:
            if view.method != "GET" or view.permission is None or view.passive:
                continue
            identifier = next((one for path, one in numbers.items() if view.path.startswith(path)), 1)
            path = re.sub(r"\{\w+:int\}", str(identifier), view.path).replace("{topic}", "driving")
            with scene.record() as session:
                before = session.query(AuditEntry).count()
            answer = browser.get(path)
            if answer.status_code >= 400 and answer.status_code != 403:
                continue
            looked += 1
            with scene.record() as session:
                assert session.query(AuditEntry).count() > before, f"{view.path}: {answer.status_code}"
    assert looked > 15
    assert checked(scene).broken == ()


def test_a_part_that_is_fetched_without_its_page_leaves_a_trace_once(scene: Any) -> None:
    _, conversation = scene.patient()
    browser = scene.logged_in()
    for _ in range(3):
        for part in ("transcript", "panel", "composer"):
            assert browser.get(f"/staff/conversations/{conversation}/{part}").status_code == 200
        assert browser.get("/staff/queue").status_code == 200
    with scene.record() as session:
        looks = [(row.action, row.subject) for row in session.query(AuditEntry).order_by(AuditEntry.id)][1:]
    assert looks == [("conversation.viewed", f"conversation:{conversation}"), ("queue.viewed", "")]


def test_admins_and_auditors_read_the_audit_and_nobody_else() -> None:
    from bot.staff.permissions import ROLES

    readers = {role.value for role, granted in ROLES.items() if Permission.AUDIT_VIEW in granted}
    assert readers == {"admin", "auditor"}
