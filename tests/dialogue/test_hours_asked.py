"""An answer asks for opening hours once where its text names the number that is answered now, otherwise never."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.care import roster_edits
from bot.care.database import transaction
from bot.clinic.settings import load_clinic
from bot.guidance.library import Library
from tests.dialogue.test_topics import QUESTIONS

CLINIC = load_clinic()


@pytest.fixture
def asked(engine) -> Iterator[list[str]]:
    """Statements that ask for hours or holidays."""
    statements: list[str] = []

    def note(_, __, statement, *more) -> None:
        if "opening_hours" in statement or "holiday" in statement:
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


async def test_hours_are_asked_for_only_where_the_answer_needs_them(visitor, engine, asked) -> None:
    visitor.had_infusion(timedelta(days=9))
    with transaction(engine) as session:
        roster_edits.seed(session, CLINIC)
        roster_edits.set_hours(session, range(7), None)
    await visitor.turn("hello")
    named, counts = {}, {}
    for topic in ("how_it_works", "integration", "nausea", "side_effects"):
        asked.clear()
        (reply,) = await visitor.turn(QUESTIONS[topic])
        counts[topic] = len(asked)
        assert reply.guidance[0]["hash"] == Library.load().signed_as(topic, CLINIC)
        named[topic] = CLINIC.after_hours_phone in reply.text
        assert CLINIC.phone not in reply.text or not named[topic], "by the roster the clinic is closed"
    assert counts == {topic: int(named[topic]) for topic in counts}
    assert set(counts.values()) == {0, 1}
