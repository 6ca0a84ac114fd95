"""A clinic that is no demo: only what a clinician signed is sent."""

from __future__ import annotations

import pytest
from sqlalchemy import delete
from sqlalchemy.engine import Engine

import actions.answer
import actions.base
import actions.placement
from bot.care.database import transaction
from bot.care.models import GuidanceSignOff, StaffMember
from bot.clinic.settings import load_clinic
from bot.guidance.library import Library

pytestmark = pytest.mark.model


@pytest.fixture
def live_clinic(monkeypatch, engine: Engine) -> None:
    """The demo clinic without its demo: nothing counts as signed, and nothing is."""
    with transaction(engine) as session:
        session.execute(delete(GuidanceSignOff))
    live = load_clinic().copy(update={"demo": False})
    for module in (actions.answer, actions.base, actions.placement):
        monkeypatch.setattr(module, "clinic", lambda: live)


def sign(talker, topic: str) -> None:
    """A clinician signs what stands in the guidance now."""
    with transaction(talker.engine) as session:
        entry = Library.load().entry(topic)
        clinician = StaffMember(
            name="Clara", email=f"{topic}@example.org", role="clinician", password_hash="-"
        )
        session.add(clinician)
        session.flush()
        session.add(
            GuidanceSignOff(
                topic=topic,
                version=str(entry.version),
                hash=Library.load().signed_as(topic, load_clinic()),
                staff_id=clinician.id,
                at=talker.clock.now(),
            )
        )


async def test_what_nobody_signed_goes_to_staff(patient, live_clinic) -> None:
    [reply] = await patient.turn("can I drive tonight?")
    assert "not allowed to answer" in reply.text and not reply.guidance
    [item] = patient.items()
    assert (item.kind, item.message_id) == ("unsigned_answer", reply.reply_to_id)


async def test_what_was_signed_is_sent(patient, live_clinic) -> None:
    sign(patient, "driving")
    [reply] = await patient.turn("can I drive tonight?")
    assert reply.guidance[0]["topic"] == "driving"
    assert not patient.items()


async def test_the_time_is_not_asked_for_an_answer_that_may_not_be_sent(visitor, live_clinic) -> None:
    [reply] = await visitor.turn("can I take my sleeping pill or a benzo?")
    assert "not allowed to answer" in reply.text and reply.question is None


async def test_half_signed_gets_half_an_answer_and_an_item(patient, live_clinic) -> None:
    sign(patient, "alcohol")
    replies = await patient.turn("can I drive and have a beer tonight")
    assert [one["topic"] for reply in replies for one in reply.guidance] == ["alcohol"]
    assert "not allowed to answer" in replies[-1].text
    assert [item.kind for item in patient.items()] == ["unsigned_answer"]
