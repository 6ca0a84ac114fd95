"""`aftercare train`: the heads of the reader, then the dialogue; each only when what it is made from has changed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version

from bot.clinic.errors import AftercareError
from bot.clinic.paths import ROOT

MODELS = ROOT / "models"
STAMP = MODELS / "trained.json"
HEADS = MODELS / "heads.npz"
DIALOGUE = MODELS / "aftercare.tar.gz"
LOG = ROOT / ".cache" / "rasa-train.log"

# What each model is made from. The encoder's description holds the checksum of the encoder itself.
READER_SOURCES = (
    "data/nlu",
    "data/safety/messages",
    "validation",
    "bot/language",
    "encoder/model/encoder.json",
)
DIALOGUE_SOURCES = (*READER_SOURCES, "data/stories", "domain.yml", "config.yml", "bot/nlu")

Say = Callable[[str], None]


class TrainingFailed(AftercareError):
    """Rasa could not train the dialogue model."""

    code = "AC014"


def outdated() -> list[str]:
    """Names of the models that are missing or not made from today's data: `reader`, `dialogue`. Takes about 50 ms."""
    try:
        trained = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        trained = {}
    needed = {"reader": (HEADS, READER_SOURCES), "dialogue": (DIALOGUE, DIALOGUE_SOURCES)}
    return [
        name for name, (model, sources) in needed.items()
        if not model.exists() or trained.get(name) != fingerprint(sources)
    ]  # fmt: skip


def train(say: Say, force: bool = False) -> None:
    """Train what is outdated, or everything with `force`. say: shows one line of progress.

    Raises TrainingFailed, and LanguageError where data or encoder are not usable.
    """
    todo = ["reader", "dialogue"] if force else outdated()
    dialogue = None
    if "dialogue" in todo:
        # Started first: Rasa's import and reading take as long as the heads do, on the other half of the processor.
        # It needs the heads only at the end, and waits for them there (bot/language/training.py, `_alone`).
        beside = ", beside the reader" if "reader" in todo else ""
        say(f"Training the dialogue (rasa train, about half a minute{beside})")
        dialogue = _RasaTraining(force)
    if "reader" in todo:
        say("Training the reader (understanding and safety; three quarters of a minute the first time)")
        from bot.language.training import train_heads

        try:
            train_heads(HEADS, say=lambda line: say(f"    {line}"), force=force)
        except BaseException:
            if dialogue:
                dialogue.stop()
            raise
        _note("reader", fingerprint(READER_SOURCES))
    if dialogue:
        if "reader" in todo:
            say("The reader is ready; waiting for the dialogue")
        dialogue.wait()
        _note("dialogue", fingerprint(DIALOGUE_SOURCES))


def fingerprint(sources: Iterable[str]) -> str:
    """Hash of the files (folders: all files below) named relative to the project, of Rasa and of Python."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {version('rasa')} {version('scikit-learn')}".encode())
    for source in sources:
        path = ROOT / source
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.suffix == ".pyc" or not file.exists():
                continue
            digest.update(str(file.relative_to(ROOT)).encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _note(name: str, made_from: str) -> None:
    """Write down what a model was made from; only after it is whole."""
    try:
        trained = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        trained = {}
    unfinished = STAMP.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps({**trained, name: made_from}, indent=1) + "\n", encoding="utf-8")
    os.replace(unfinished, STAMP)


class _RasaTraining:
    """One `rasa train`, in a process of its own."""

    def __init__(self, force: bool) -> None:
        command = [
            sys.executable,
            "-m",
            "rasa",
            "train",
            "--quiet",
            "--skip-validation",  # `rasa data validate` is part of the tests; here it would double the time
            "--out",
            str(MODELS),
            "--fixed-model-name",
            DIALOGUE.name,
        ]
        LOG.parent.mkdir(parents=True, exist_ok=True)
        MODELS.mkdir(exist_ok=True)
        self._started = time.time()
        with open(LOG, "wb") as log:
            self._process = subprocess.Popen(
                command + (["--force"] if force else []), cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
            )

    def wait(self) -> None:
        """Until it is done. Raises TrainingFailed with Rasa's last lines."""
        try:
            code = self._process.wait()
        except BaseException:
            self.stop()
            raise
        if code == 0 and DIALOGUE.exists():
            # Rasa leaves the archive alone when nothing that it looks at has changed; the time says it was looked at.
            if DIALOGUE.stat().st_mtime < self._started:
                os.utime(DIALOGUE)
            return
        lines = [line for line in LOG.read_text(errors="replace").splitlines() if line.strip()]
        tail = "\n".join(f"    {line}" for line in lines[-12:])
        raise TrainingFailed(
            f"Rasa could not train the dialogue (code {code}). Its last lines, of {LOG}:\n{tail}\n"
            "Mend what they name (domain.yml, config.yml or data/) and run aftercare train again."
        )

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
