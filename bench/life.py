"""The life of one message: where each millisecond goes, from the patient's key to the reply that can be read.

Our own processes run with a clock in them (`bench.timed`); a patient writes one message after the other.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.figures import shown, table
from bench.messages import texts
from bench.patients import AftercarePatient
from bench.systems import QUIET, NotReady, settings
from bot.care.database import migrate
from bot.clinic.paths import ROOT
from bot.embedded import EmbeddedPostgres, create_database

PORT = 18_473
PAUSE = 0.15
"""Seconds between two messages: what a message leaves to be done after its reply is over by then."""


@dataclass(frozen=True)
class Step:
    """One step that was clocked, in seconds of the monotonic clock."""

    name: str
    began: float
    ended: float

    @property
    def took(self) -> float:
        """Milliseconds."""
        return 1000 * (self.ended - self.began)


@dataclass(frozen=True)
class Life:
    """One message: when it was sent, acknowledged and answered, and what happened meanwhile in which process."""

    sent: float
    acknowledged: float
    readable: float
    web: Sequence[Step]
    answer: Sequence[Step]

    @property
    def whole(self) -> bool:
        """Whether it went all the way; what is worrying is answered in the acknowledgement and needs no worker."""
        names = {step.name for step in self.answer}
        return {"turn", "rasa"} <= names

    def first(self, process: str, name: str) -> Step:
        """The first step of that name."""
        return next(one for one in getattr(self, process) if one.name == name)

    def within(self, process: str, name: str, outer: Step) -> float:
        """Milliseconds of all steps of that name inside another one."""
        steps: Sequence[Step] = getattr(self, process)
        return sum(
            one.took
            for one in steps
            if one.name == name and outer.began <= one.began and one.ended <= outer.ended
        )


def rows(life: Life) -> list[tuple[str, str, float]]:
    """What the message went through, as (where, what, milliseconds); the steps follow each other and leave no gap."""
    place, screen, store = (life.first("web", name) for name in ("place", "screen", "store"))
    turn, rasa = life.first("answer", "turn"), life.first("answer", "rasa")
    heard = next((one for one in life.web if one.name == "heard" and one.began >= rasa.ended), None)
    news = heard.began if heard is not None else turn.ended
    rules = life.within("web", "rules", screen)
    stored, committed = (life.within("web", name, store) for name in ("statement", "commit"))
    tracker_read, tracker_written = (
        life.within("answer", f"tracker {name}", rasa) for name in ("read", "written")
    )
    reading, actions = (life.within("answer", name, rasa) for name in ("reading", "actions"))
    encoded = life.within("answer", "encoder", rasa)
    after = Step("after", rasa.ended, turn.ended)
    commit = life.within("answer", "commit", after)
    gap = 1000.0
    return [
        ("web", "the request arrives and is read", gap * (place.began - life.sent)),
        ("web", "session, last question, what stands before (reads)", place.took),
        ("web", "screen: the rules (spaCy, medspaCy)", rules),
        # The encoder works beside the rules: what it takes is not what the message waits for it.
        (
            "web",
            "screen: the encoder as far as it is waited for, and everything else",
            screen.took - rules + gap * (screen.began - place.ended),
        ),
        ("web", "transaction 1: waiting for PostgreSQL's statements", stored),
        ("web", "transaction 1: the commit (written to disk)", committed),
        (
            "web",
            "transaction 1: SQLAlchemy and our own code",
            store.took - stored - committed + gap * (store.began - screen.ended),
        ),
        ("queue", "from the commit to the worker's start on the job", gap * (turn.began - store.ended)),
        ("answer worker", "the message is looked up, first contact", gap * (rasa.began - turn.began)),
        ("answer worker", "the tracker is read", tracker_read),
        ("answer worker", "the message is understood: encoder", encoded),
        ("answer worker", "the message is understood: everything else", reading - encoded),
        ("answer worker", "the action finds and stores the answer", actions),
        ("answer worker", "the tracker is written", tracker_written),
        ("answer worker", "Rasa itself", rasa.took - tracker_read - reading - actions - tracker_written),
        ("answer worker", "lock, the reply, the next state", after.took - commit),
        ("answer worker", "transaction 2: the commit (written to disk)", commit),
        ("web", "the news is read and sent to the browser", gap * (life.readable - max(news, turn.ended))),
        ("between", "PostgreSQL tells web of the news", gap * max(0.0, news - turn.ended)),
    ]


def lives(server: EmbeddedPostgres, folder: Path, messages: int) -> list[Life]:
    """Let one patient write `messages` messages to clocked processes."""
    create_database(server.url("postgres"), "aftercare_life")
    url = server.url("aftercare_life")
    migrate(url)
    environment = {
        **os.environ,
        **QUIET,
        "DATABASE_URL": url,
        "AFTERCARE_HOME": str(folder / "home-life"),
        "AFTERCARE_CLINIC": str(settings(folder)),
        "AFTERCARE_PORT": str(PORT),
    }
    files = {name: folder / f"{name}.steps" for name in ("web", "answer")}
    with open(folder / "life.log", "wb") as log:
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "bench.timed", name, str(path)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )
            for name, path in files.items()
        ]
        try:
            written = asyncio.run(_write(messages))
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(30)
    steps = {name: _steps(path) for name, path in files.items()}
    found = [
        Life(
            sent,
            acknowledged,
            readable,
            *(_during(steps[name], sent, readable + PAUSE / 2) for name in files),
        )
        for sent, acknowledged, readable in written
    ]
    return [life for life in found if life.whole]


async def _write(messages: int) -> list[tuple[float, float, float]]:
    address = f"http://127.0.0.1:{PORT}"
    async with aiohttp.ClientSession() as client:
        for _ in range(600):
            try:
                async with client.get(f"{address}/readyz") as response:
                    if (await response.json())["checks"]["answer_worker"]:
                        break
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)
        else:
            raise NotReady("The clocked processes did not start; their log is above.")
    patient = AftercarePatient(address)
    await patient.open()
    said, found = texts(), []
    for number in range(-10, messages):  # the first ones warm up
        sent = time.perf_counter()
        turn = await patient.say(said[number % len(said)])
        if number >= 0:
            found.append((sent, sent + turn.acknowledged, sent + turn.readable))
        await asyncio.sleep(PAUSE)
    await patient.close()
    return found


def _steps(path: Path) -> list[Step]:
    return [Step(*json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _during(steps: Sequence[Step], began: float, ended: float) -> list[Step]:
    return [step for step in steps if began <= step.began <= ended]


def report(found: Sequence[Life]) -> str:
    """The Markdown table: medians of each step."""
    columns = [rows(life) for life in found]
    lines = []
    for number, (where, what, _) in enumerate(columns[0]):
        values = [column[number][2] for column in columns]
        lines.append((where, what, f"{statistics.median(values):.1f}", f"{_ninth(values):.1f}"))
    for what, read in _TOTALS:
        values = [read(life) for life in found]
        lines.append(("", f"**{what}**", f"**{shown(statistics.median(values))}**", f"{_ninth(values):.1f}"))
    return table(("where", "what", "median, ms", "nine in ten under, ms"), lines)


_TOTALS: tuple[tuple[str, Callable[[Life], float]], ...] = (
    ("acknowledged", lambda life: 1000 * (life.acknowledged - life.sent)),
    ("the reply can be read", lambda life: 1000 * (life.readable - life.sent)),
)


def _ninth(values: Sequence[float]) -> float:
    return sorted(values)[int(0.9 * len(values))]
