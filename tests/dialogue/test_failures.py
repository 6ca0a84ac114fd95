"""When something breaks in the middle of a turn: an honest reply, an item for staff, and never silence."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bot.care.database import DatabaseUnavailable, transaction
from bot.care.models import Conversation, Message, MessageState, StaffMember
from bot.dialogue import host as host_module
from bot.dialogue.errors import DialogueModelMissing
from bot.dialogue.host import DialogueHost
from bot.work.answer import Outcome

pytestmark = pytest.mark.model

SECRET = "my secret about the neighbour"


def broken_action(monkeypatch, name: str = "act") -> None:
    """The action that answers questions raises, with the patient's words in its error."""
    from actions.answer import ActionAnswer

    async def act(self, dispatcher, tracker, turn):
        raise ValueError(SECRET)

    monkeypatch.setattr(ActionAnswer, name, act)


async def test_an_action_that_raises(patient, monkeypatch, caplog) -> None:
    broken_action(monkeypatch)
    [reply] = await patient.turn("can i drive?")
    assert reply.kind == "failure"
    assert "cannot answer right now" in reply.text and patient.answering.clinic.phone in reply.text
    assert [item.kind for item in patient.items()] == ["failed_turn"]
    assert patient.outcomes == [Outcome.FAILED]
    assert SECRET not in caplog.text


async def test_the_next_turn_after_a_failed_one_is_answered(patient, monkeypatch) -> None:
    with monkeypatch.context() as broken:
        broken_action(broken)
        await patient.turn("can i drive?")
    [reply] = await patient.turn("can i drive?")
    assert reply.guidance[0]["topic"] == "driving"


async def test_rasa_that_says_nothing(patient, monkeypatch) -> None:
    async def silent(self, recipient_id, message):
        return None

    monkeypatch.setattr(host_module.CollectedReplies, "send_response", silent)
    [reply] = await patient.turn("can i drive?")
    assert reply.kind == "failure"
    assert [item.kind for item in patient.items()] == ["failed_turn"]


async def test_wording_that_fails_in_the_middle_leaves_nothing_half_done(patient, monkeypatch) -> None:
    from bot.care.check_ins import series
    from bot.dialogue.responses import GuidanceResponses

    await patient.turn("check in")
    worded = GuidanceResponses._worded

    def broken(self, utter_action, output_channel, kwargs):
        if utter_action == "utter_check_in_mood":
            raise ValueError(SECRET)
        return worded(self, utter_action, output_channel, kwargs)

    monkeypatch.setattr(GuidanceResponses, "_worded", broken)
    [reply] = await patient.turn("can i drive?")
    assert reply.kind == "failure"
    assert [item.kind for item in patient.items()] == ["failed_turn"]
    with transaction(patient.engine) as session:
        [check_in] = series(session, patient.conversation_id)
        assert check_in.state == "open"


async def test_an_action_whose_result_makes_no_sense(patient, monkeypatch) -> None:
    from actions.answer import ActionAnswer

    async def act(self, dispatcher, tracker, turn):
        dispatcher.utter_message(response="utter_thank")
        return [{"event": "no such event"}]

    monkeypatch.setattr(ActionAnswer, "act", act)
    [reply] = await patient.turn("can i drive?")
    assert reply.kind == "failure"


async def test_rasa_that_is_slow(patient, monkeypatch) -> None:
    async def slow(message):
        await asyncio.sleep(30)

    monkeypatch.setattr(host_module, "LONGEST_TURN", 0.05)
    monkeypatch.setattr(patient.answering.host._agent, "handle_message", slow)
    [reply] = await patient.turn("can i drive?")
    assert reply.kind == "failure"


async def test_the_reader_that_fails_asks_or_hands_over(patient, monkeypatch) -> None:
    from bot.nlu import components

    def broken(*arguments):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(components, "understand", broken)
    [reply] = await patient.turn("can i drive?")
    assert "does not cover" in reply.text


async def test_the_database_away_in_the_middle_of_a_check_in(patient, database_url, monkeypatch) -> None:
    await patient.turn("check in")
    admin = create_engine(database_url, poolclass=NullPool, isolation_level="AUTOCOMMIT", future=True)
    handle = patient.answering.host._agent.handle_message

    async def cut_off(message):
        with admin.connect() as connection:
            connection.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid()"
                )
            )
        return await handle(message)

    with monkeypatch.context() as patch:
        patch.setattr(patient.answering.host._agent, "handle_message", cut_off)
        try:
            replies = await patient.turn("7")
        except DatabaseUnavailable:
            replies = []
    assert not any("side effects" in reply.text for reply in replies)
    if not replies:
        # The job is tried again, as if nothing had been: the check-in goes on.
        assert await patient.answering.next_turn(patient.conversation_id) is Outcome.ANSWERED
    with transaction(patient.engine) as session:
        waiting = session.execute(
            text("select count(*) from message where conversation_id = :id and state = 'received'"),
            {"id": patient.conversation_id},
        ).scalar_one()
    assert waiting == 0


async def test_staff_who_take_over_while_rasa_thinks_are_not_spoken_over(patient, monkeypatch) -> None:
    with transaction(patient.engine) as session:
        nurse = StaffMember(name="Nora", email="nora@example.org", role="nurse", password_hash="-")
        session.add(nurse)
        session.flush()
        nurse_id = int(nurse.id)
    handle = patient.answering.host._agent.handle_message

    async def take_over_meanwhile(message):
        with transaction(patient.engine) as session:
            session.get(Conversation, patient.conversation_id).owner_id = nurse_id
        return await handle(message)

    monkeypatch.setattr(patient.answering.host._agent, "handle_message", take_over_meanwhile)
    assert await patient.turn("can i drive?") == []
    assert patient.outcomes == [Outcome.HELD]
    with transaction(patient.engine) as session:
        states = [
            message.state
            for message in session.query(Message).filter_by(conversation_id=patient.conversation_id)
        ]
    assert states == [MessageState.HELD.value]


def test_no_model(tmp_path) -> None:
    with pytest.raises(DialogueModelMissing, match="aftercare train"):
        DialogueHost.load(tmp_path)


@pytest.mark.filterwarnings("ignore")
def test_a_damaged_model(tmp_path) -> None:
    (tmp_path / "broken.tar.gz").write_bytes(b"this is no archive")
    with pytest.raises(DialogueModelMissing, match="damaged"):
        DialogueHost.load(tmp_path)


async def test_a_crisis_while_rasa_thinks_is_not_chirped_over(patient, monkeypatch) -> None:
    await patient.turn("check in")
    handle = patient.answering.host._agent.handle_message
    crisis = []

    async def crisis_meanwhile(message):
        if not crisis:
            crisis.append(patient.deliver("I want to kill myself"))
        return await handle(message)

    monkeypatch.setattr(patient.answering.host._agent, "handle_message", crisis_meanwhile)
    replies = await patient.turn("4")
    [first, *later] = [reply for reply in replies if reply.sender == "assistant"]
    assert first.kind == "safety"
    assert later, "the message before the crisis is answered too"
    assert not any("side effects" in reply.text for reply in later)
