"""Many patients at once: how many messages a second are answered, and how long an acknowledgement takes meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.messages import CRISIS, texts
from bench.patients import LONGEST_WAIT, AftercarePatient, Patient, Turn

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
# 208 names and 290 messages: none comes twice within 30,000.


@dataclass(frozen=True)
class Round:
    """What a crowd got in one round. answered: messages a second."""

    answered: float
    turns: tuple[Turn, ...]


def signed_messages(said: Sequence[str] | None = None) -> Iterator[str]:
    """Messages without end, no two alike: signed, as people sign texts. The reader remembers what it has read."""
    names = itertools.product(FIRST, LAST)
    for (first, last), text in zip(itertools.cycle(list(names)), itertools.cycle(said or texts())):
        yield f"{text} {first} {last}"


async def crowd(opened: Callable[[], Patient], people: int, seconds: float, messages: Iterator[str]) -> Round:
    """`people` patients who each write the next message as soon as they can read the reply to the last."""
    patients = [opened() for _ in range(people)]
    for patient in patients:
        await patient.open()
    turns: list[Turn] = []
    began = time.perf_counter()

    async def write(patient: Patient) -> None:
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
    address: str, backlog: int, rate: float, seconds: float, messages: Iterator[str]
) -> Acknowledged:
    """How long acknowledgements take while the workers have more to do than they can.

    First `backlog` messages are left by a crowd that does not wait, all at once; then `rate` messages a second arrive
    at times that do not depend on how fast the answers come, each from another browser, one in twenty in crisis.
    Raises CaughtUp where the worker had less to do than it can.
    """
    senders = [AftercarePatient(address) for _ in range(int(rate * 2))]
    for sender in senders:
        await sender.open()

    async def leave(sender: AftercarePatient, count: int) -> None:
        for _ in range(count):
            await sender.post(next(messages))

    await asyncio.gather(*(leave(sender, backlog // len(senders)) for sender in senders))
    before = sum(sender.unanswered for sender in senders)
    ordinary: list[float] = []
    crisis: list[float] = []
    began = time.perf_counter()

    async def arrive(number: int) -> None:
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        grave = number % 20 == 10
        sender = senders[number % len(senders)]
        text = f"{CRISIS} {number}" if grave else next(messages)
        (crisis if grave else ordinary).append(await sender.post(text))

    await asyncio.gather(*(arrive(number) for number in range(int(rate * seconds))))
    after = sum(sender.unanswered for sender in senders)
    if not after:
        raise CaughtUp(f"{before} messages waited, and none at the end: leave more than {backlog}.")
    for sender in senders:
        await sender.answered(LONGEST_WAIT)
        await sender.close()
    return Acknowledged(tuple(ordinary), tuple(crisis), before, after)
