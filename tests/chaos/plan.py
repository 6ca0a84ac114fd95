"""What happens in a run, drawn from a seed: who writes what when, and what is taken away when."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .patients import AGAIN_LATER, ONCE, TWICE_AT_ONCE, Line

ORDINARY = (
    "can i drive tonight?",
    "when can i eat again",
    "i feel dizzy and a bit sick since yesterday evening, is that ok?",
    "hello",
    "do i need somebody to take me home",
    "thanks",
    "what about my blood pressure pills",
    "can i have a glass of wine",
    "can I go back to work tomorrow?",
    "how long does the infusion take",
    "is it normal that i slept badly",
    "may i take a bath",
    "what is the weather on the moon",
    "i have a headache, can i take ibuprofen?",
    "ok",
    "please let somebody call me about my bill",
)
GRAVE = (
    "i want to kill myself",
    "i am going to kill myself tonight",
    "i want to end my life",
)

LONGEST_AWAY = 60.0
STAYS = 120.0
"""Seconds within which one patient writes everything, in a long run: they come and go."""


@dataclass(frozen=True)
class Disturbance:
    """at: seconds after the beginning; seconds: how long it lasts; what: its name in `disturbances.py`."""

    at: float
    seconds: float
    what: str


@dataclass(frozen=True)
class Plan:
    """One run. seconds: in which patients write."""

    seed: int
    seconds: float
    browsers: tuple[tuple[Line, ...], ...]
    phones: tuple[tuple[Line, ...], ...]
    disturbances: tuple[Disturbance, ...]


def short(seed: int, patients: int = 20) -> Plan:
    """About a minute, and the handful of things that go wrong most."""
    chance = random.Random(seed)
    inside = [("kill web", 0.0), ("kill answer", 0.0), ("database killed", 0.0), ("action raises", 4.0)]
    chance.shuffle(inside)
    outside = [("carrier lies", 6.0), ("mail fails", 8.0)]
    chance.shuffle(outside)
    seconds = 40.0
    planned = _in_a_row(chance, inside, 4.0, (4.0, 7.0)) + _in_a_row(chance, outside, 3.0, (6.0, 10.0))
    return Plan(seed, seconds, *_patients(chance, patients, seconds, 4), tuple(planned))


HANGS = ("answer hangs in native code", 0.0)
CLOCK = (("clock four minutes ahead", 20.0), ("clock four minutes behind", 20.0))


def long(seed: int, patients: int = 300, seconds: float = 900.0, clock: bool = True) -> Plan:
    """Everything, one thing after another. clock: the clock can be moved; where it cannot, all else is the same."""
    chance = random.Random(seed)
    inside = [
        *[("kill web", 0.0)] * 3,
        *[("kill answer", 0.0)] * 3,
        *[("kill care", 0.0)] * 2,
        *[("database killed", 0.0)] * 3,
        ("database stopped", LONGEST_AWAY),
        ("database hangs", 25.0),
        ("database stopped, disk full", 25.0),
        ("answer frozen", 15.0),
        ("care frozen", 15.0),
        HANGS,
        ("action raises", 10.0),
        ("dialogue model corrupt", 30.0),
        ("reader corrupt", 20.0),
        ("everything killed", 0.0),
        *CLOCK,
    ]
    outside = [
        *[("carrier fails", 20.0), ("carrier slow", 20.0), ("carrier lies", 20.0), ("carrier forgets", 15.0)]
        * 2,
        *[("mail fails", 25.0), ("mail slow", 25.0), ("mail lies", 25.0)] * 2,
    ]
    chance.shuffle(inside)
    chance.shuffle(outside)
    # It needs a message to hang on, and on a slow machine what comes before it takes longer than planned.
    inside.insert(chance.randrange(len(inside) // 3), inside.pop(inside.index(HANGS)))
    busy = sum(length for _, length in inside)
    pause = max(4.0, (seconds - busy) / len(inside))
    planned = _in_a_row(chance, inside, 5.0, (pause * 0.5, pause * 1.5))
    planned += _in_a_row(chance, outside, 10.0, (15.0, 35.0))
    if not clock:
        planned = [one for one in planned if (one.what, one.seconds) not in CLOCK]
    return Plan(seed, seconds, *_patients(chance, patients, seconds, 5), tuple(planned))


def calm(seed: int, patients: int, each: int) -> Plan:
    """Nothing is taken away, and everybody writes as fast as they are answered: for throughput."""
    lines = tuple(Line(0.0, ORDINARY[number % len(ORDINARY)]) for number in range(each))
    half = patients // 2
    return Plan(seed, 0.0, (lines,) * half, (lines,) * (patients - half), ())


def _in_a_row(
    chance: random.Random, what: list[tuple[str, float]], begin: float, pause: tuple[float, float]
) -> list[Disturbance]:
    planned, at = [], begin
    for name, seconds in what:
        planned.append(Disturbance(round(at, 1), seconds, name))
        at += seconds + chance.uniform(*pause)
    return planned


def _patients(
    chance: random.Random, patients: int, seconds: float, most: int
) -> tuple[tuple[tuple[Line, ...], ...], tuple[tuple[Line, ...], ...]]:
    scripts = [_script(chance, seconds, most, web=number % 2 == 0) for number in range(patients)]
    return tuple(scripts[0::2]), tuple(scripts[1::2])


def _script(chance: random.Random, seconds: float, most: int, web: bool) -> tuple[Line, ...]:
    stays = min(seconds, STAYS)
    comes = chance.uniform(0.0, seconds - stays)
    times = sorted(comes + chance.uniform(0.0, stays) for _ in range(chance.randint(2, most)))
    lines = []
    for number, at in enumerate(times):
        grave = chance.random() < 0.12
        burst = number + 1 < len(times) and chance.random() < 0.3
        delivered = chance.choices((ONCE, TWICE_AT_ONCE, AGAIN_LATER), (7, 1, 2))[0]
        lines.append(
            Line(
                round(at, 1),
                chance.choice(GRAVE if grave else ORDINARY),
                grave,
                waits=not burst,
                delivered=delivered,
                overtaken=not web and number + 1 < len(times) and chance.random() < 0.1,
            )
        )
    return tuple(lines)
