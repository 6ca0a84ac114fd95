"""A worker that is killed between any two of its writes: the mood is logged once and the reply said once."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid

import pytest
from sqlalchemy import event, select

from bot.care import conversations
from bot.care.check_ins import series
from bot.care.database import engine_for, transaction
from bot.care.models import Channel, Message, Sender, TrackerState
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.work.answer import Answering

pytestmark = [pytest.mark.model, pytest.mark.processes]

WRITES = ("INSERT", "UPDATE", "DELETE", "SELECT pg_notify", "select pg_notify", "WITH")
AFTER_COMMIT = "after the commit"


def turn_in_a_worker_that_dies(answering: Answering, url: str, conversation_id: int, at: int | str) -> bool:
    """Run one turn in a process of its own that is killed (SIGKILL) before its `at`-th write, or after the commit.

    True where it was killed, False where the turn ended before.
    """
    child = os.fork()
    if child == 0:
        engine = engine_for(url)
        done = 0

        def before_write(connection, cursor, statement, parameters, context, executemany) -> None:
            nonlocal done
            if statement.lstrip().startswith(WRITES):
                done += 1
                if done == at:
                    os.kill(os.getpid(), signal.SIGKILL)

        event.listen(engine, "before_cursor_execute", before_write)
        worker = Answering(engine, answering.host, answering.phrases, answering.clinic, answering.clock)
        try:
            asyncio.run(worker.next_turn(conversation_id))
            if at == AFTER_COMMIT:
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def deliver(talker, text: str) -> None:
    """The patient's text as web stores it."""
    with transaction(talker.engine) as session:
        conversations.receive(
            session,
            talker.conversation_id,
            channel=Channel.WEB,
            external_id=str(uuid.uuid4()),
            text=text,
            verdict=Verdict(Level.NONE),
            now=talker.clock.now(),
        )


async def test_killed_between_any_two_writes(patient, database_url) -> None:
    await patient.says("check in")
    deaths = 0
    mood = 0
    at: int | str = 1
    while True:
        deliver(patient, str(mood))
        before = _said(patient)
        killed = turn_in_a_worker_that_dies(patient.answering, database_url, patient.conversation_id, at)
        if at != AFTER_COMMIT and killed:
            assert _said(patient) == before, f"a reply got out although the worker died before write {at}"
        # The job is tried again, by another worker.
        await patient.answering.next_turn(patient.conversation_id)
        said = _said(patient)[len(before) :]
        assert len(said) == 1 and "side effects" in said[0], f"killed before write {at}: {said}"
        [*_, check_in] = _series(patient)
        assert [(a.item, a.value) for a in check_in.answers] == [("mood", float(mood))], f"killed before {at}"
        # Finish this check-in and start the next, with the next mood.
        for text in ("1", "1", "1", "skip", "check in"):
            await patient.says(text)
        deaths += killed
        mood = (mood + 1) % 11
        if at == AFTER_COMMIT:
            break
        at = at + 1 if killed else AFTER_COMMIT
    assert deaths >= 5, "a turn of a check-in has at least these writes: was anything killed at all?"


def _said(talker) -> list[str]:
    with transaction(talker.engine) as session:
        statement = select(Message.text).where(
            Message.conversation_id == talker.conversation_id, Message.sender == Sender.ASSISTANT.value
        )
        return list(session.execute(statement.order_by(Message.seq)).scalars())


def _series(talker):
    with transaction(talker.engine) as session:
        return series(session, talker.conversation_id)


async def test_the_memory_of_a_conversation_does_not_grow(patient) -> None:
    sizes = {}
    texts = ("can i drive?", "and tomorrow?", "what's the weather", "1", "hello", "blah blah", "can i eat?")
    for turn in range(1, 61):
        await patient.says(texts[turn % len(texts)])
        with transaction(patient.engine) as session:
            state = session.get(TrackerState, patient.conversation_id).state
        sizes[turn] = len(str(state))
        assert sum(one["event"] == "user" for one in state["events"]) <= 3
    assert max(sizes[turn] for turn in range(40, 61)) <= 1.5 * max(sizes[turn] for turn in range(5, 20))


async def test_slots_form_and_topic_outlive_the_turns_that_made_them(patient) -> None:
    await patient.turn("is it ok to go to the gym")
    await patient.turn("check in")
    for _ in range(6):
        await patient.turn("are you a bot?")
    [after] = await patient.turn("8")
    assert "side effects" in after.text
    for text in ("1", "1", "1", "skip"):
        await patient.turn(text)
    for _ in range(6):
        await patient.turn("thanks")
    [reply] = await patient.turn("and tomorrow?")
    assert reply.guidance[0]["topic"] == "exercise"
