"""What decided is told from what decided otherwise: the version of the program follows its content by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.language import normalise
from bot.safety import rule_reader, screen, versions
from bot.safety.versions import FOLDERS, LIBRARIES, code_version, version_of


def test_it_follows_the_modules_and_their_names(tmp_path: Path) -> None:
    limits = tmp_path / "limits.py"
    limits.write_text("LIMIT = 1\n")
    before = version_of((tmp_path,), ())
    assert before == version_of((tmp_path,), ()) and len(before) == 12
    limits.write_text("LIMIT = 2\n")
    changed = version_of((tmp_path,), ())
    limits.rename(tmp_path / "bounds.py")
    assert len({before, changed, version_of((tmp_path,), ())}) == 3


def test_it_follows_the_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = version_of((), ("spacy",))
    assert before != version_of((), ("spacy", "nothing-of-that-name"))
    monkeypatch.setattr(versions, "version", lambda name: "99")
    assert version_of((), ("spacy",)) != before


def test_it_covers_what_reads_a_message() -> None:
    covered = {path for folder in FOLDERS for path in folder.glob("*.py")}
    assert {Path(module.__file__) for module in (normalise, rule_reader, screen)} <= covered
    assert code_version() == version_of(FOLDERS, LIBRARIES)
