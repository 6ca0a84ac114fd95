"""How long training takes: stock Rasa's, which is kept in `.cache/bench/stock`, and ours, from nothing, in a copy.

Stock Rasa learns by epochs, hundreds of them together. The short form trains a few and reckons the rest from the time
of an epoch; the model of these few serves for the turns, whose speed does not depend on how long it has learnt.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from bench.stock import project
from bench.systems import QUIET
from bot.clinic.paths import ROOT

FEW, ALL = 3, 100
SMALLEST, LARGEST = 64, 256
"""Messages in one step of DIET: the first in the first epoch, the second in the last, in a line between them."""

NOTES = project.PROJECT / "trained.json"
COPY = ROOT / ".cache" / "bench" / "aftercare"
COPIED = (
    "actions", "bot", "config.yml", "data", "domain.yml", "endpoints.yml", "clinic.yml", "encoder/model", "guidance",
    "instruments", "validation", "migrations", "alembic.ini", "pyproject.toml",
)  # fmt: skip


class NotTrained(RuntimeError):
    """A training failed; the message has the end of its output."""


@dataclass(frozen=True)
class Took:
    """Seconds on the clock, and of processor time of all its processes and threads."""

    clock: float
    processor: float


@dataclass(frozen=True)
class Trained:
    """Both trainings, and when and on what they were measured. exact: the data are still those of the stock model."""

    notes: dict[str, Any]
    exact: bool

    @property
    def ours(self) -> Took:
        """Our training, from nothing."""
        return Took(*self.notes["aftercare"])

    @property
    def stock(self) -> Took:
        """Stock Rasa's with all its epochs, measured or reckoned."""
        clock, processor = self.notes["stock"]
        if self.epochs < ALL:
            clock += reckoned(self.notes["models"], "epochs")
            processor += reckoned(self.notes["models"], "processor")
        return Took(clock, processor)

    @property
    def epochs(self) -> int:
        """How many epochs were really trained."""
        return int(self.notes["epochs"])

    def slowest(self) -> tuple[str, list[float]]:
        """The model that learns longest, and the processor seconds of its epochs."""
        found = max(self.notes["models"], key=lambda one: sum(one["processor"]))
        return str(found["model"]), list(found["processor"])


def reckoned(models: Sequence[dict[str, Any]], clock: str) -> float:
    """Seconds of the epochs that were not trained.

    The first epoch builds the graph and is left out. Larger steps come with later epochs, and the few have them all, so
    that the mean of the few stands for all; the step from the smallest to the largest is the same in both.
    """
    total = 0.0
    for model in models:
        seconds = model[clock]
        later = seconds[1:] or seconds
        total += (ALL - len(seconds)) * sum(later) / len(later)
    return total


def ensure(epochs: int, must_fit: bool) -> Trained:
    """The notes on both trainings, made where they are missing.

    must_fit: train again where the data have changed since; otherwise a model of earlier data serves.
    Raises NotTrained.
    """
    made_from = _made_from(project.write(), epochs)
    notes = _notes()
    if notes is None or (must_fit and notes["made_from"] != made_from):
        notes = {
            "made_from": made_from,
            "epochs": epochs,
            "date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
            "busy_before": os.getloadavg()[0],
            **_stock(epochs),
            "aftercare": _ours(),
            "busy_after": os.getloadavg()[0],
        }
        NOTES.write_text(json.dumps(notes, indent=1) + "\n", encoding="utf-8")
    return Trained(notes, notes["made_from"] == made_from)


def _notes() -> dict[str, Any] | None:
    if not (project.PROJECT / "models" / "stock.tar.gz").exists():
        return None
    try:
        found: dict[str, Any] = json.loads(NOTES.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _made_from(content: str, epochs: int) -> str:
    return hashlib.sha256(
        f"{content} {epochs} {version('rasa')} {version('tensorflow')}".encode()
    ).hexdigest()


def _stock(epochs: int) -> dict[str, Any]:
    folder = project.PROJECT
    shutil.rmtree(folder / ".rasa", ignore_errors=True)
    named = folder / f"config-{epochs}.yml"
    named.write_text(yaml.safe_dump(project.config(epochs), sort_keys=False), encoding="utf-8")
    out = folder / f"training-{epochs}.json"
    command = [sys.executable, "-m", "bench.stock.training", str(epochs), out.name]
    took = _run(command, folder, {"PYTHONPATH": str(ROOT)}, folder / "train.log")
    measured = json.loads(out.read_text(encoding="utf-8"))
    return {"stock": [took.clock, took.processor], "models": measured["models"]}


def _ours() -> list[float]:
    """Ours, in a copy without caches and models: nobody else's training is waited for, and none is disturbed."""
    shutil.rmtree(COPY, ignore_errors=True)
    for name in COPIED:
        source, target = ROOT / name, COPY / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    took = _run(
        [sys.executable, "-m", "bot.cli", "train", "--force"], COPY, {}, COPY.parent / "aftercare.log"
    )
    return [took.clock, took.processor]


def _run(command: list[str], folder: Path, environment: dict[str, str], log: Path) -> Took:
    def used() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    began, before = time.perf_counter(), used()
    with open(log, "wb") as output:
        ended = subprocess.run(
            command, cwd=folder, env={**os.environ, **QUIET, **environment}, stdout=output, stderr=output
        )
    if ended.returncode != 0:
        raise NotTrained(f"{' '.join(command)} failed:\n{log.read_text(errors='replace')[-3000:]}")
    return Took(time.perf_counter() - began, used() - before)
