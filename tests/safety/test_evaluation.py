from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.safety.evaluation import main, read_examples, wilson
from bot.safety.levels import Level


def test_wilson_interval_of_known_numbers() -> None:
    low, high = wilson(98, 100)
    assert (round(low, 3), round(high, 3)) == (0.930, 0.994)
    assert wilson(0, 0) == (0.0, 1.0)


def test_ok_levels_and_tags_are_read(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    line = {"text": "x", "safety": "urgent", "ok_levels": ["emergency"], "tags": ["third", "pair:7"]}
    path.write_text(json.dumps(line) + "\n\n")
    (example,) = read_examples([path])
    assert example.ok_levels == {Level.URGENT, Level.EMERGENCY}
    assert example.tags == ("third",)


def test_a_broken_line_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "some.jsonl"
    path.write_text('{"text": "x", "safety": "none"}\n{"text": "x"}\n')
    assert main([str(path)]) == 2
    assert "some.jsonl, line 2" in capsys.readouterr().err
