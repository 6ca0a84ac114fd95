"""A turn as the patient feels it, one at a time: from sending the message to being able to read the reply."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.messages import CHECK_IN, CYCLE, candidates
from bench.patients import Patient, StockPatient, Turn

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

    said: the messages, again and again; last: how many turns (LATE + AROUND compares). Raises Caught where stock Rasa
    began another conversation in between.
    """
    patients = (first(), second())
    found = (Conversation(), Conversation())
    for patient in patients:
        await patient.open()
    for number in range(last):
        # Who is first changes from turn to turn: neither always finds the processor's memory as the other left it.
        for place in (0, 1) if number % 2 else (1, 0):
            found[place].turns.append(await patients[place].say(said[number % CYCLE]))
    for patient in patients:
        await patient.close()
        if isinstance(patient, StockPatient) and patient.caught:
            raise Caught(
                "Stock Rasa began its check-in unasked: its turns are not those of one conversation."
            )
    return found


class Caught(RuntimeError):
    """Stock Rasa asked the questions of its check-in in the midst of what is measured."""


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
