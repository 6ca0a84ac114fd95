"""`aftercare explain` shows how a verdict came about, with everything that decided."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.safety import join
from bot.safety.explain import explain, thresholds
from bot.safety.screen import Screen

OBLIQUE = "would the world notice if I skipped the next one"


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(main, ["explain", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.model
def test_the_command_prints_a_verdict_and_what_decided_it() -> None:
    """All thresholds of the joining function stand beside what the reader said, and all versions."""
    told = printed("--mode", "full", OBLIQUE)
    assert re.search(r"^level +crisis$", told, re.MULTILINE)
    assert re.search(r"^reader +typed: worry [01]\.\d{3} ", told, re.MULTILINE)
    assert "better_off_without_me.v1 fired at" in told
    for name in (
        "ALARM_SURE",
        "ALARM_FROM",
        "ALARM_INTENT",
        "ALARM_APART",
        "APART_INTENT",
        "ALARM_CLAUSE",
        "CLAUSE_IN_WHOLE",
        "A_LITTLE",
        "CALM",
        "CALM_INTENT",
        "RAISES_A_RULE",
        "TIE",
    ):
        assert re.search(rf"^threshold +{name} {getattr(join, name):.2f}$", told, re.MULTILINE), name
    for name, version in Screen.load("full").versions.items():
        assert f"version    {name}: {version}" in told
    assert re.search(r"^intent +[01]\.\d\d  \w+$", told, re.MULTILINE)


@pytest.mark.model
def test_the_command_takes_the_question_just_asked() -> None:
    asked = "Any thoughts of being better off dead or of hurting yourself? 1 no 2 yes 3 rather not say"
    told = printed("--mode", "full", "--context", asked, "2")
    assert re.search(r"^level +crisis$", told, re.MULTILINE)
    assert "answer_thoughts_of_death.v1 fired (answer to: " in told
    assert "threshold" not in told and "nothing read" in told, "no probability decided"


def test_without_a_trained_reader_no_threshold_decides() -> None:
    told = explain("i want to die", mode="rules_only")
    assert "want_to_die.v1 fired" in told and "nothing read (off)" in told
    assert "threshold" not in told


def test_scores_that_are_only_shown_are_no_thresholds() -> None:
    names = [name for name, _ in thresholds()]
    assert "RULE_SCORE" not in names and "ALARM_SURE" in names
    assert len(names) == len(set(names)) >= 12
