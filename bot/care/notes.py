"""Private notes of staff beside a conversation: for staff alone, never part of what is said, sent or handed out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from bot.care.models import Conversation
from bot.care.models.notes import Note
from bot.care.ownership import UnknownConversation
from bot.clinic.errors import AftercareError


class NoSuchNote(AftercareError):
    """There is no such note, or it was struck out already."""

    code, status = "AC255", 409


def write(session: Session, conversation_id: int, staff_id: int, text: str, now: datetime) -> Note:
    """Keep a note. Raises UnknownConversation."""
    if session.get(Conversation, conversation_id) is None:
        raise UnknownConversation(f"There is no conversation {conversation_id}. Go back to the queue.")
    note = Note(conversation_id=conversation_id, staff_id=staff_id, text=text, at=now)
    session.add(note)
    session.flush()
    return note


def strike(session: Session, note_id: int, staff_id: int, now: datetime) -> Note:
    """Mark a note as wrong: it stays readable, with who struck it out. Raises NoSuchNote."""
    note = session.get(Note, note_id, with_for_update=True)
    if note is None or note.struck_at is not None:
        raise NoSuchNote("There is no such note, or somebody struck it out already. Load the page again.")
    note.struck_at, note.struck_by_id = now, staff_id
    session.flush()
    return note


def notes_of(session: Session, conversation_ids: Sequence[int], limit: int = 200) -> Sequence[Note]:
    """The notes beside these conversations, newest first, struck ones included."""
    statement = select(Note).options(joinedload(Note.staff), joinedload(Note.struck_by))
    statement = statement.where(Note.conversation_id.in_(conversation_ids))
    return session.execute(statement.order_by(Note.id.desc()).limit(limit)).scalars().all()
