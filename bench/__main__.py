"""Aftercare and stock Rasa side by side: `python -m bench [--short] [--tiny]`; `make bench` and `make bench-short`.

Writes docs/performance.md between its marks, and docs/performance.svg. --tiny: everything once and small, to see
that it works; it prints and writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench import crowd, life, memory, plot, report, systems, training, turns
from bench.messages import texts
from bench.report import Measured
from bench.systems import System
from bot.clinic.paths import ROOT
from bot.embedded import EmbeddedPostgres

DATABASES = {"stock": "stock_bench", "aftercare": "aftercare_bench"}
CHECK_IN = {"stock": "/checkin", "aftercare": "check in"}
"""How a patient begins a check-in. Stock Rasa gets what a tapped button sends: it may not have learnt enough."""


@dataclass(frozen=True)
class Size:
    """How much of everything. seconds: of one crowd.

    backlog: what the worker finds when it is let go: more than it does within `arrivals` seconds, and nothing that
    waits 90 seconds, after which the sweep gives everybody the fixed reply.
    """

    name: str
    epochs: int
    starts: int
    last_turn: int
    conversations: int
    check_ins: int
    rounds: int
    seconds: float
    people: int
    backlog: int
    rate: float
    arrivals: float
    lives: int
    turns_clocked: int


LAST = turns.LATE + turns.AROUND
TINY = Size("tiny", training.FEW, 1, 25, 1, 1, 1, 2, 5, 120, 10, 2, 5, 5)
SHORT = Size("bench-short", training.FEW, 1, LAST, 1, 4, 2, 6, 50, 1200, 10, 20, 30, 30)
LONG = Size("bench", training.ALL, 5, LAST, 5, 12, 5, 30, 50, 1600, 10, 30, 200, 100)


def main() -> int:
    """Measure everything, one after the other, and write it down."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--short", action="store_true", help="about five minutes, once stock Rasa's model is there"
    )
    parser.add_argument("--tiny", action="store_true", help="everything once and small; writes nothing")
    given = parser.parse_args()
    size = TINY if given.tiny else SHORT if given.short else LONG
    measured = Measured(size.name, time.strftime("%Y-%m-%d %H:%M", time.gmtime()), os.getloadavg()[0])
    measured.people, measured.rate = size.people, size.rate
    measured.late = size.last_turn - turns.AROUND
    told = _Told()
    told("stock Rasa's training, unless its model is there (a few epochs take a quarter of an hour)")
    measured.trained = training.stock(size.epochs, must_fit=size is LONG)
    told("our training, from nothing")
    measured.trained_ours = training.ours()
    told("the screen alone, on one core")
    _screen(measured)
    told("what a process loads, megabyte by megabyte")
    measured.inside = {process: memory.inside(process) for process in memory.STEPS}
    with systems.postgres() as (server, folder):
        told("the life of a message")
        measured.life = life.report(life.lives(server, folder, size.lives))
        both = [systems.stock(server, folder), systems.aftercare(server, folder)]
        try:
            _side_by_side(measured, both, server, size, told)
        finally:
            for system in both:
                system.stop()
    text = report.markdown(measured)
    print(text)
    if size is not TINY:
        stock, ours = (measured.conversations[name][0] for name in DATABASES)
        plot.draw(stock, ours, ROOT / "docs" / "performance.svg")
        report.write(text)
        told("docs/performance.md and docs/performance.svg are written")
    return 0


class _Told:
    """Says what is measured now, with the time since the start, on standard error."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, line: str) -> None:
        print(f"{time.monotonic() - self._began:5.0f} s  {line}", file=sys.stderr, flush=True)


def _side_by_side(
    measured: Measured, both: list[System], server: EmbeddedPostgres, size: Size, told: Callable[[str], None]
) -> None:
    # Migrated before it is clocked: a clinic's tables are there when it starts again.
    for number in range(size.starts):
        for system in both:
            told(f"cold start {number + 1} of {size.starts}: {system.name}")
            if system.name == "aftercare" and number == 0:
                systems.migrated(server)
            measured.starts[system.name].append(system.start())
            if number < size.starts - 1:
                system.stop()
    stock, ours = both
    told("which messages stock Rasa would take for the wish to begin a check-in")
    measured.left_out = asyncio.run(turns.unfit(systems.STOCK))
    said = texts(measured.left_out)
    for _ in range(size.conversations):
        told(f"one conversation of {size.last_turn} turns with each, turn by turn in turn")
        found = asyncio.run(turns.long_conversations(stock.patient, ours.patient, said, size.last_turn))
        for system, conversation in zip(both, found):
            measured.conversations[system.name].append(conversation)
    if disturbed := turns.disturbed(server.url(DATABASES["aftercare"])):
        raise turns.Caught(f"Aftercare had {disturbed}: its turns are not those of one conversation.")
    told("check-ins, and the processor time of a turn")
    for system in both:
        answers = asyncio.run(turns.check_ins(system.patient, CHECK_IN[system.name], size.check_ins))
        measured.check_ins[system.name] = [turn.readable for turn in answers]
        measured.processor[system.name] = _processor(system, server, said[: 10 + size.turns_clocked])
    writers = crowd.Writers(said)
    for number in range(size.rounds):
        for system in both:
            told(f"{size.people} patients at once, round {number + 1} of {size.rounds}: {system.name}")
            measured.crowds[system.name].append(_crowd(system, size, writers))
    measured.disturbed = turns.disturbed(server.url(DATABASES["aftercare"]), check_ins=False)
    told("acknowledgements while the worker has more to do than it can")
    measured.acknowledged = asyncio.run(
        crowd.acknowledgements(
            f"http://127.0.0.1:{systems.PORT}",
            size.backlog,
            size.rate,
            size.arrivals,
            writers,
            ours.held("answer worker"),
        )
    )
    for system in both:
        database = memory.of_postgres(str(server.folder), list(DATABASES.values()))
        measured.memory[system.name] = [
            *memory.of_system(system),
            database[DATABASES[system.name]],
            database[""],
        ]


def _crowd(system: System, size: Size, writers: crowd.Writers) -> crowd.Round:
    return asyncio.run(crowd.crowd(system.patient, size.people, size.seconds, writers))


def _screen(measured: Measured) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bench.screen"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = json.loads(run.stdout.splitlines()[-1])
    measured.screen_alone, measured.screen_rate = tuple(found["alone"]), float(found["a_second"])


def _processor(system: System, server: EmbeddedPostgres, said: Sequence[str]) -> dict[str, float]:
    """Seconds of processor time of one turn, by process; the first ten turns are not counted."""

    def used() -> dict[str, float]:
        found = {name: sum(one.cpu_times()[:2]) for name, one in system.processes().items()}
        found["PostgreSQL"] = _postgres_time(server.folder)
        return found

    async def play() -> dict[str, float]:
        patient = system.patient()
        await patient.open()
        for text in said[:10]:
            await patient.say(text)
        before = used()
        for text in said[10:]:
            await patient.say(text)
        after = used()
        await patient.close()
        return {name: (after[name] - before.get(name, 0.0)) / (len(said) - 10) for name in after}

    return asyncio.run(play())


def _postgres_time(folder: Path) -> float:
    total = 0.0
    for process in psutil.process_iter(["cmdline"]):
        if f"-D {folder}" in " ".join(process.info["cmdline"] or []):
            total += sum(sum(one.cpu_times()[:2]) for one in (process, *process.children(recursive=True)))
    return total


if __name__ == "__main__":
    sys.exit(main())
