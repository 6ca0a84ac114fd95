"""Many patients at once: how many messages a second are answered, and how long an acknowledgement takes meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bench.messages import CRISIS
from bench.patients import AftercarePatient, Patient, Turn

FIRST = (
    "Ada",
    "Ben",
    "Cleo",
    "Dan",
    "Eve",
    "Finn",
    "Gia",
    "Hal",
    "Ida",
    "Joe",
    "Kit",
    "Lea",
    "Max",
    "Nia",
    "Oto",
    "Pia",
)
LAST = (
    "Adler",
    "Brook",
    "Cole",
    "Drew",
    "Ellis",
    "Frost",
    "Grant",
    "Hale",
    "Irwin",
    "Jarvis",
    "Keane",
    "Lowe",
    "Marsh",
)

WORKED_OFF_WITHIN = 600.0
"""Seconds within which everything that was left must be answered."""

ONE_IN = 20
"""So many who write while the worker is behind, one is in crisis."""


@dataclass(frozen=True)
class Round:
    """What a crowd got in one round. answered: messages a second."""

    answered: float
    turns: tuple[Turn, ...]


class Writers:
    """Gives each patient what they write: messages in the order of one conversation, so that what one patient wrote
    within minutes is what was looked at together (`bench.messages.texts`); each patient begins elsewhere.

    Signed, as people sign texts: hardly two are alike, since the reader remembers what it has read.
    """

    APART = 29

    def __init__(self, said: Sequence[str]) -> None:
        self._said = said
        self._names = itertools.cycle(f"{first} {last}" for first, last in itertools.product(FIRST, LAST))
        self._patients = 0

    def messages(self) -> Iterator[str]:
        """Messages without end for one more patient."""
        begin = self._patients * self.APART
        # Past the end of the messages a patient begins one further: no two begin with the same one.
        begin += begin // len(self._said)
        self._patients += 1
        return (f"{self._said[at % len(self._said)]} {next(self._names)}" for at in itertools.count(begin))


async def crowd(opened: Callable[[], Patient], people: int, seconds: float, writers: Writers) -> Round:
    """`people` patients who each write the next message as soon as they can read the reply to the last."""
    patients = [opened() for _ in range(people)]
    for patient in patients:
        await patient.open()
    turns: list[Turn] = []
    began = time.perf_counter()

    async def write(patient: Patient) -> None:
        messages = writers.messages()
        while time.perf_counter() - began < seconds:
            turn = await patient.say(next(messages))
            if time.perf_counter() - began < seconds:
                turns.append(turn)

    await asyncio.gather(*(write(patient) for patient in patients))
    for patient in patients:
        await patient.close()
    return Round(len(turns) / seconds, tuple(turns))


@dataclass(frozen=True)
class Acknowledged:
    """Seconds of each acknowledgement, and how many messages waited for their answer when the first of these was
    written, and when the last was acknowledged."""

    ordinary: tuple[float, ...]
    crisis: tuple[float, ...]
    waiting_before: int
    waiting_after: int


class CaughtUp(RuntimeError):
    """The worker had answered everything before the end: nothing was measured of a saturated one."""


async def acknowledgements(
    address: str,
    backlog: int,
    rate: float,
    seconds: float,
    writers: Writers,
    worker_held: AbstractContextManager[None],
) -> Acknowledged:
    """How long acknowledgements take while the workers have more to do than they can.

    First `backlog` messages are left while the worker stands still (within `worker_held`); from then on it works them
    off, and `rate` messages a second arrive at times that do not depend on how fast the answers come, each from another
    browser, one in twenty in crisis: each of these of somebody who wrote nothing before, so that the alert, its ladder
    and its follow-up are new. Raises CaughtUp where the worker had less to do than it can.
    """
    senders = [AftercarePatient(address) for _ in range(int(rate * 2))]
    written = [writers.messages() for _ in senders]
    count = int(rate * seconds)
    in_crisis = {
        number: AftercarePatient(address) for number in range(count) if number % ONE_IN == ONE_IN // 2
    }
    for sender in (*senders, *in_crisis.values()):
        await sender.open()

    async def leave(place: int, count: int) -> None:
        for _ in range(count):
            await senders[place].post(next(written[place]))

    with worker_held:
        await asyncio.gather(*(leave(place, backlog // len(senders)) for place in range(len(senders))))
    before = sum(sender.unanswered for sender in senders)
    ordinary: list[float] = []
    crisis: list[float] = []
    began = time.perf_counter()

    async def arrive(number: int) -> None:
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        if number in in_crisis:
            crisis.append(await in_crisis[number].post(f"{CRISIS} {number}"))
        else:
            place = number % len(senders)
            ordinary.append(await senders[place].post(next(written[place])))

    await asyncio.gather(*(arrive(number) for number in range(count)))
    after = sum(sender.unanswered for sender in senders)
    if not after:
        raise CaughtUp(f"{before} messages waited, and none at the end: leave more than {backlog}.")
    for sender in senders:
        await sender.answered(WORKED_OFF_WITHIN)
    for sender in (*senders, *in_crisis.values()):
        await sender.close()
    return Acknowledged(tuple(ordinary), tuple(crisis), before, after)
