"""How long training takes: ours from nothing, in a copy; and stock Rasa's, which is kept in `.cache/bench/stock`.

Stock Rasa learns by epochs, hundreds of them together. The short form trains a few and reckons the rest from the
shortest of them. The model of these few serves for the turns; what it misreads as the wish to begin a check-in is left
out of them (`bench.turns.unfit`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from bench.stock import project
from bench.systems import QUIET
from bot.clinic.paths import ROOT

FEW, ALL = 3, 100

NOTES = project.PROJECT / "trained.json"
COPY = ROOT / ".cache" / "bench" / "aftercare"
COPIED = (
    "actions", "bot", "config.yml", "data", "domain.yml", "endpoints.yml", "clinic.yml", "encoder/model", "guidance",
    "instruments", "validation", "migrations", "alembic.ini", "pyproject.toml",
)  # fmt: skip


class NotTrained(RuntimeError):
    """A training failed; the message has the end of its output."""


@dataclass(frozen=True)
class Trained:
    """Seconds of stock Rasa's training, and on what it was measured. exact: of the data as they are now.

    models: of each model that learns by epochs, its name and the seconds of the epochs that were trained.
    """

    epochs: int
    seconds: float
    models: tuple[tuple[str, tuple[float, ...]], ...]
    date: str
    busy: tuple[float, float]
    exact: bool

    @property
    def whole(self) -> float:
        """Seconds of all epochs: measured, or at least so many.

        An epoch that was not trained is taken to last as long as the shortest of its model. Steps grow from 64 to 256
        messages, in the few epochs as in all.
        """
        return self.seconds + sum((ALL - len(epochs)) * min(epochs) for _, epochs in self.models)

    def slowest(self) -> tuple[str, tuple[float, ...]]:
        """The model that learns longest."""
        return max(self.models, key=lambda one: sum(one[1]))


def stock(epochs: int, must_fit: bool) -> Trained:
    """Stock Rasa's training, done where there is no model yet.

    must_fit: train again where the data have changed since, or the epochs; otherwise an earlier model serves.
    Raises NotTrained.
    """
    made_from = _made_from(project.write(), epochs)
    notes = _notes()
    if notes is None or (must_fit and notes["made_from"] != made_from):
        date, before = time.strftime("%Y-%m-%d %H:%M", time.gmtime()), os.getloadavg()[0]
        seconds, models = _stock(epochs)
        notes = {
            "made_from": made_from,
            "epochs": epochs,
            "seconds": seconds,
            "models": models,
            "date": date,
            "busy": [before, os.getloadavg()[0]],
        }
        NOTES.write_text(json.dumps(notes, indent=1) + "\n", encoding="utf-8")
    return Trained(
        epochs=int(notes["epochs"]),
        seconds=float(notes["seconds"]),
        models=tuple((one["model"], tuple(one["epochs"])) for one in notes["models"]),
        date=str(notes["date"]),
        busy=(float(notes["busy"][0]), float(notes["busy"][1])),
        exact=notes["made_from"] == made_from,
    )


def ours() -> float:
    """Seconds of our training, in a copy without caches and models: it waits for nobody's, and disturbs none."""
    shutil.rmtree(COPY, ignore_errors=True)
    for name in COPIED:
        source, target = ROOT / name, COPY / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    command = [sys.executable, "-m", "bot.cli", "train", "--force"]
    return _run(command, COPY, {}, COPY.parent / "aftercare.log")


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


def _stock(epochs: int) -> tuple[float, list[dict[str, Any]]]:
    folder = project.PROJECT
    shutil.rmtree(folder / ".rasa", ignore_errors=True)
    named = folder / f"config-{epochs}.yml"
    named.write_text(yaml.safe_dump(project.config(epochs), sort_keys=False), encoding="utf-8")
    out = folder / f"training-{epochs}.json"
    command = [sys.executable, "-m", "bench.stock.training", str(epochs), out.name]
    seconds = _run(command, folder, {"PYTHONPATH": str(ROOT)}, folder / "train.log")
    models: list[dict[str, Any]] = json.loads(out.read_text(encoding="utf-8"))["models"]
    return seconds, models


def _run(command: list[str], folder: Path, environment: dict[str, str], log: Path) -> float:
    began = time.perf_counter()
    with open(log, "wb") as output:
        ended = subprocess.run(
            command, cwd=folder, env={**os.environ, **QUIET, **environment}, stdout=output, stderr=output
        )
    if ended.returncode != 0:
        raise NotTrained(f"{' '.join(command)} failed:\n{log.read_text(errors='replace')[-3000:]}")
    return time.perf_counter() - began
