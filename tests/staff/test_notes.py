"""Private notes: kept, struck out, and with no way to a patient."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.care.models import AuditEntry, Base
from bot.care.models.notes import Note
from bot.clinic.paths import ROOT

WORDS = "zq-marker: her husband must not know"

MAY_READ_NOTES = {
    "bot/care/models/__init__.py",  # registers the table
    "bot/care/notes.py",
    "bot/care/erasure.py",  # blanks them
    "bot/staff/note_views.py",
    "bot/staff/app.py",  # puts the pages together
}
"""Every module that may name notes. What patients get, what is sent and what is exported is made by others."""


def keep(browser: Any, conversation: int, words: str = WORDS) -> Any:
    return browser.post(f"/staff/conversations/{conversation}/notes", data={"note": words})


def everything_stored(session: Session) -> dict[str, str]:
    """The rows of every table, the queue of jobs included, as text."""
    names = session.execute(
        text("select table_name from information_schema.tables where table_schema = 'public'")
    ).scalars()
    return {
        name: "\n".join(session.execute(text(f'select t::text from "{name}" t')).scalars())
        for name in sorted(names)
    }


def test_a_note_is_kept_with_its_writer_and_shown_beside_the_conversation(scene: Any) -> None:
    _, conversation = scene.patient()
    nurse = scene.logged_in(name="Nora Whitfield")
    assert keep(nurse, conversation).status_code == 303
    for where in ("notes", "notes/beside"):
        shown = nurse.get(f"/staff/conversations/{conversation}/{where}").text
        assert WORDS in shown and "Nora Whitfield" in shown, where
    with scene.record() as session:
        actions = [one.action for one in session.query(AuditEntry).filter(AuditEntry.action.like("note%"))]
    assert actions == ["note.written", "notes.viewed"]


@pytest.mark.parametrize(
    ("words", "says"), [(" ", "Write the note first"), ("n" * 4001, "4001 characters")], ids=["none", "long"]
)
def test_what_cannot_be_kept_comes_back_with_what_was_typed(scene: Any, words: str, says: str) -> None:
    answer = keep(scene.logged_in(), scene.visitor(), words)
    assert answer.status_code == 422 and says in answer.text and words.strip() in answer.text
    with scene.record() as session:
        assert session.query(Note).count() == 0


def test_a_struck_note_stays_readable_and_is_struck_once(scene: Any) -> None:
    conversation, nurse = scene.visitor(), scene.logged_in()
    keep(nurse, conversation)
    assert nurse.post("/staff/notes/1/strike").status_code == 303
    shown = nurse.get(f"/staff/conversations/{conversation}/notes").text
    assert f"<s>{WORDS}</s>" in shown and "Struck out by Nora Whitfield" in shown
    assert WORDS not in nurse.get(f"/staff/conversations/{conversation}/notes/beside").text
    assert nurse.post("/staff/notes/1/strike").status_code == 409


def test_who_may_not_read_conversations_reads_no_notes(scene: Any) -> None:
    conversation = scene.visitor()
    for role in ("admin", "auditor"):
        browser = scene.logged_in(role)
        assert browser.get(f"/staff/conversations/{conversation}/notes").status_code == 403
        assert keep(browser, conversation).status_code == 403


def test_an_unknown_conversation_takes_no_note(scene: Any) -> None:
    assert keep(scene.logged_in(), 4711).status_code == 404


def test_a_note_is_in_its_own_table_and_nowhere_else(scene: Any) -> None:
    """Not in a message, a job, the audit, Rasa's memory or anything else that is sent from."""
    _, conversation = scene.patient(phone="(212) 555-0161")
    scene.says(conversation, "better off without me", "crisis")
    nurse = scene.logged_in()
    nurse.post(f"/staff/conversations/{conversation}/take-over", data={"owner": ""})
    keep(nurse, conversation)
    nurse.post(f"/staff/conversations/{conversation}/reply", data={"text": "Hello", "once": "1"})
    nurse.post(f"/staff/conversations/{conversation}/hand-back", data={"held": "done"})
    with scene.record() as session:
        stored = everything_stored(session)
    assert "Hello" in stored["message"] and stored["procrastinate_jobs"]
    assert [name for name, rows in stored.items() if "zq-marker" in rows] == ["note"]


def test_nothing_leads_from_what_patients_get_to_a_note() -> None:
    """No relationship and no foreign key of any other table leads to notes: no query can load one along."""
    for mapper in Base.registry.mappers:
        if mapper.class_ is not Note:
            assert Note not in [one.mapper.class_ for one in mapper.relationships], mapper.class_
    for table in Base.metadata.sorted_tables:
        if table.name != "note":
            assert "note" not in {key.column.table.name for key in table.foreign_keys}, table.name


def test_only_pages_of_staff_name_notes() -> None:
    """Chat, text messages, actions, workers, dialogue, exports: none imports the module that reads notes."""
    naming = {
        str(path.relative_to(ROOT))
        for folder in ("bot", "actions")
        for path in (ROOT / folder).rglob("*.py")
        if _names_notes(path)
    }
    assert naming == MAY_READ_NOTES


def _names_notes(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            named = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            named = [node.value] if node.value == "bot.care.notes" else []
        else:
            continue
        if any(one in ("bot.care.notes", "bot.care.models.notes", "bot.staff.note_views") for one in named):
            return True
    return False
