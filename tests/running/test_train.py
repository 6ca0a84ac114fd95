"""`aftercare train`: what has changed is trained, nothing twice, and a training that fails says where to look."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from bot import train
from bot.cli import main
from bot.language.errors import TrainingDataError


def command_of(process: psutil.Process) -> list[str]:
    """Nothing for a process that has ended, be it that nobody has asked for its end yet."""
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


def test_nothing_is_trained_twice(project: Path) -> None:
    assert train.outdated() == []
    said: list[str] = []
    train.train(said.append)
    assert said == []


@pytest.mark.parametrize(
    "changed, expected",
    [
        ("data/nlu/a.yml", ["reader", "dialogue"]),
        ("data/nlu/new.yml", ["reader", "dialogue"]),
        ("encoder/model/encoder.json", ["reader", "dialogue"]),
        ("domain.yml", ["dialogue"]),
        ("data/stories/a.yml", ["dialogue"]),
        ("README.md", []),
        ("bot/language/__pycache__/x.pyc", []),
    ],
)
def test_what_has_changed_decides_what_is_trained(project: Path, changed: str, expected: list[str]) -> None:
    path = project / changed
    path.parent.mkdir(exist_ok=True)
    path.write_text("changed")
    assert train.outdated() == expected


@pytest.mark.parametrize(
    "lost, expected",
    [("models/heads.npz", ["reader"]), ("models/aftercare.tar.gz", ["dialogue"]),
     ("models/trained.json", ["reader", "dialogue"])],
)  # fmt: skip
def test_a_lost_model_is_trained_again(project: Path, lost: str, expected: list[str]) -> None:
    (project / lost).unlink()
    assert train.outdated() == expected


def test_a_damaged_note_counts_as_none(project: Path) -> None:
    (project / "models/trained.json").write_text("{")
    assert train.outdated() == ["reader", "dialogue"]


def test_a_training_that_fails_says_where_to_look(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rasa = project / "rasa-stand-in"
    rasa.write_text("#!/bin/sh\necho 'domain.yml: intent nonsense is not known'\nexit 1\n")
    rasa.chmod(0o755)
    monkeypatch.setattr("bot.train.sys.executable", str(rasa))
    (project / "domain.yml").write_text("changed")
    found = CliRunner().invoke(main, ["train"])
    assert found.exit_code == 1
    assert "intent nonsense is not known" in found.stderr and "train.log" in found.stderr
    assert train.outdated() == ["dialogue"], "a failed training must not count as done"


def test_the_models_of_this_project_are_current() -> None:
    """Set-up trains them; tests that load the model would otherwise judge an old one."""
    assert train.outdated() == [], "run: .venv/bin/aftercare train"


def test_a_dialogue_that_cannot_be_trained_is_said_with_rasas_last_lines(project: Path) -> None:
    (project / "models" / "aftercare.tar.gz").unlink()
    with pytest.raises(train.TrainingFailed, match=r"could not train the dialogue \(code 1\)") as said:
        train.train(lambda _: None)
    assert "Failed to validate YAML" in str(said.value)
    assert train.outdated() == ["dialogue"]  # what failed is tried again next time


def test_a_reader_that_cannot_be_trained_stops_the_training_beside_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object, **__: object) -> None:
        raise TrainingDataError("data/nlu/ask_driving.yml cannot be read.")

    monkeypatch.setattr("bot.language.training.train_heads", unreadable)
    with pytest.raises(TrainingDataError):
        train.train(lambda _: None, force=True)
    assert not [one for one in psutil.Process().children(recursive=True) if "rasa" in command_of(one)]
    assert train.outdated() == []  # what was there is still there, and still fits
