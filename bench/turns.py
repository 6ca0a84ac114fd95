"""A turn as the patient feels it, one at a time: from sending the message to being able to read the reply."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.messages import CHECK_IN, CYCLE, candidates, signed
from bench.patients import Patient, StockPatient, Turn
from bot.care.database import engine_for
from bot.care.models import Alert, CheckIn

AROUND = 7
EARLY, LATE = 10, 10 + CYCLE
"""Turns that are compared; both have the same texts."""

Opened = Callable[[], Patient]


@dataclass
class Conversation:
    """The turns of one conversation, in order; the first has number 1."""

    turns: list[Turn] = field(default_factory=list)

    def around(self, number: int) -> list[Turn]:
        """The turn with that number, and its neighbours."""
        return self.turns[number - 1 - AROUND : number + AROUND]


async def long_conversations(
    first: Opened, second: Opened, said: Sequence[str], last: int
) -> tuple[Conversation, Conversation]:
    """The same conversation with both systems, turn by turn in turn.

    said: the messages, and then again, signed; last: how many turns (LATE + AROUND compares). Raises Caught
    where stock Rasa began another conversation in between.
    """
    patients = (first(), second())
    found = (Conversation(), Conversation())
    for patient in patients:
        await patient.open()
    for number in range(last):
        text = said[number % CYCLE] if number < CYCLE else signed(said[number % CYCLE])
        # Who is first changes from turn to turn: neither always finds the processor's memory as the other left it.
        for place in (0, 1) if number % 2 else (1, 0):
            found[place].turns.append(await patients[place].say(text))
    for patient in patients:
        await patient.close()
        if isinstance(patient, StockPatient) and patient.caught:
            raise Caught(
                "Stock Rasa began its check-in unasked: its turns are not those of one conversation."
            )
    return found


class Caught(RuntimeError):
    """One of the two asked the questions of its check-in, or alerted staff, in the midst of what is measured."""


def disturbed(url: str, *, check_ins: bool = True) -> str:
    """What Aftercare made of the messages so far, that no message was meant for: "2 alerts, 1 check-in", or nothing.

    url: its database. While an alert is open or a check-in asks, a turn is another one and costs twice as much.
    """
    engine = engine_for(url)
    with Session(engine) as session:
        alerts = session.execute(select(func.count(Alert.id))).scalar_one()
        begun = select(func.count(CheckIn.id)).where(CheckIn.started_at.is_not(None))
        asked = session.execute(begun).scalar_one() if check_ins else 0
    engine.dispose()
    made = ((alerts, "alert"), (asked, "check-in"))
    return ", ".join(f"{count} {name}{'s' if count > 1 else ''}" for count, name in made if count)


async def unfit(address: str) -> list[str]:
    """The messages that stock Rasa at `address` would take for the wish to begin a check-in: neither gets them."""
    patient = StockPatient(address)
    await patient.open()
    found = await patient.takes_for_check_in(candidates())
    await patient.close()
    return found


async def check_ins(opened: Opened, start: str, people: int) -> list[Turn]:
    """The five answers of a check-in that a patient asks for, `people` times. start: what begins it."""
    turns: list[Turn] = []
    for _ in range(people):
        patient = opened()
        await patient.open()
        await patient.say(start)
        for answer in CHECK_IN:
            turns.append(await patient.say(answer))
            await asyncio.sleep(0.05)
        await patient.close()
    return turns
