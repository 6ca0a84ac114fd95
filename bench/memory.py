"""Where each megabyte of resident memory goes: by process, and inside ours by what was loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import psutil

from bench.systems import QUIET, System
from bot.clinic.paths import ROOT

MB = 1024 * 1024


@dataclass(frozen=True)
class Resident:
    """Megabytes of one process. shared: what other processes have in their memory as well counts in shares."""

    name: str
    resident: float
    shared_out: float


def of_processes(processes: dict[str, psutil.Process]) -> list[Resident]:
    """One line a process. Linux tells shares (PSS); elsewhere the resident size stands in both columns."""
    found = []
    for name, process in processes.items():
        full = process.memory_full_info()
        found.append(Resident(name, full.rss / MB, getattr(full, "pss", full.rss) / MB))
    return found


def of_system(system: System) -> list[Resident]:
    """Every process of a system."""
    return of_processes(system.processes())


def of_postgres(folder: str, databases: list[str]) -> dict[str, Resident]:
    """The server that runs on `folder`: its own processes under "", the connections under their database's name."""
    found: dict[str, list[Resident]] = {name: [] for name in ("", *databases)}
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        try:
            if f"-D {folder}" in line:
                found[""] += of_processes({"postgres": process})
                for child in process.children(recursive=True):
                    title = " ".join(child.cmdline())
                    owner = next((name for name in databases if f" {name} " in title), "")
                    found[owner] += of_processes({title: child})
        except psutil.NoSuchProcess:  # a connection that ended while we looked
            continue
    return {
        name: Resident(
            f"PostgreSQL, {len(parts)} connections" if name else "PostgreSQL, the server itself",
            sum(part.resident for part in parts),
            sum(part.shared_out for part in parts),
        )
        for name, parts in found.items()
    }


STEPS: dict[str, list[tuple[str, str]]] = {
    "web": [
        ("Python", "import os"),
        (
            "SQLAlchemy, Starlette, uvicorn",
            "import sqlalchemy.orm, starlette.applications, uvicorn, psycopg2, psycopg",
        ),
        ("the encoder and the heads", "from bot.language.reader import Reader; Reader.load()"),
        ("spaCy, medspaCy and the safety rules", "from bot.safety.screen import Screen; Screen.load('full')"),
        (
            "guidance, console, channels",
            "import bot.web; from bot.guidance.library import Library; Library.load()",
        ),
    ],
    "answer worker": [
        ("Python", "import os"),
        ("TensorFlow, which Rasa imports and we do not use", "import tensorflow"),
        ("Rasa", "import rasa.core.agent"),
        ("the encoder and the heads", "from bot.language.reader import Reader; Reader.load()"),
        ("spaCy, medspaCy and the safety rules", "from bot.safety.screen import Screen; Screen.load('full')"),
        (
            "the trained dialogue, and our code",
            "from bot.dialogue.host import DialogueHost; DialogueHost.load()",
        ),
    ],
    "care worker": [
        ("Python", "import os"),
        ("SQLAlchemy, psycopg, Procrastinate", "import sqlalchemy.orm, psycopg2, psycopg, procrastinate"),
        (
            "guidance, settings, check-ins, paging, carriers",
            "import bot.workers.care; from bot.guidance.phrases import Phrases; Phrases.load()",
        ),
    ],
}
"""What a process loads, in the order in which its megabytes are counted."""

_PROGRAM = """
import json, psutil, sys, warnings
warnings.simplefilter("ignore")
before, found, own = 0.0, [], psutil.Process()
for name, line in json.loads(sys.argv[1]):
    exec(line)
    now = own.memory_info().rss / 1048576
    found.append([name, now - before])
    before = now
print(json.dumps(found))
"""


def inside(process: str) -> list[tuple[str, float]]:
    """Megabytes of each step of a process, measured in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", _PROGRAM, json.dumps(STEPS[process])],
        cwd=ROOT,
        env={**os.environ, **QUIET},
        capture_output=True,
        text=True,
        check=True,
    )
    return [(str(name), float(size)) for name, size in json.loads(run.stdout.splitlines()[-1])]
