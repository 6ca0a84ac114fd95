from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.safety.evaluation import main, read_examples, wilson
from bot.safety.levels import Level
from bot.safety.screen import Screen
from bot.safety.window import MOST_BEFORE
from bot.safety.window_evaluation import Window, flagged, written_windows


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


def test_windows_are_flagged_apart_together_or_not(rules_screen: Screen) -> None:
    def window(*texts: str) -> Window:
        return Window(tuple((text, None) for text in texts), Level.CRISIS, "farewell")

    assert flagged(rules_screen, window("hello", "i want to die", "thanks")) == "apart"
    assert flagged(rules_screen, window("goodbye everyone", "i am sorry")) == "together"
    assert flagged(rules_screen, window("can i eat", "thanks")) == ""


def test_the_written_windows_are_as_described_and_a_broken_line_is_named(tmp_path: Path) -> None:
    windows = written_windows()
    assert sum(window.level is Level.NONE for window in windows) >= 150
    assert sum(window.level is not Level.NONE for window in windows) >= 120
    assert all(2 <= len(window.messages) <= MOST_BEFORE + 1 for window in windows)
    assert any(context for window in windows for _, context in window.messages)
    path = tmp_path / "some.jsonl"
    path.write_text('{"messages": [{"text": "x"}], "level": "none", "kind": "k"}\n{"messages": []}\n')
    with pytest.raises(ValueError, match=r"some\.jsonl, line 2"):
        written_windows(path)
