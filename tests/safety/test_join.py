"""The table of docs/safety.md, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.safety import join as joining
from bot.safety.join import join
from bot.safety.levels import Level
from bot.safety.rules import rule_book

RULES = {rule.level: rule for rule in rule_book().rules}


def reading(**worrying: float) -> dict[str, float]:
    return {"none": 1 - sum(worrying.values()), "urgent": 0.0, "emergency": 0.0, "crisis": 0.0, **worrying}


CALM = reading()


@pytest.mark.parametrize(
    "fired, silenced, whole, clauses, level, by",
    [
        (["crisis"], [], [], [], Level.CRISIS, "rules"),
        (["crisis"], [], [CALM], [], Level.CRISIS, "rules"),
        (["urgent", "emergency"], [], [CALM], [], Level.EMERGENCY, "rules"),
        (["emergency", "crisis"], [], [], [], Level.CRISIS, "rules"),
        (["urgent"], [], [reading(crisis=0.69)], [], Level.URGENT, "both"),
        (["urgent"], [], [reading(crisis=0.71)], [], Level.CRISIS, "both"),
        (["crisis"], [], [reading(urgent=0.95)], [], Level.CRISIS, "both"),
        ([], [], [reading(crisis=0.29)], [], Level.NONE, "nobody"),
        ([], [], [reading(crisis=0.31)], [], Level.CRISIS, "reader"),
        ([], [], [reading(emergency=0.19, crisis=0.17)], [], Level.CRISIS, "reader"),
        ([], [], [reading(urgent=0.59)], [], Level.NONE, "nobody"),
        ([], [], [reading(urgent=0.61)], [], Level.URGENT, "reader"),
        ([], [], [reading(urgent=0.31, crisis=0.36)], [], Level.CRISIS, "reader"),
        ([], [], [CALM, reading(emergency=0.5)], [], Level.EMERGENCY, "reader"),
        ([], [], [reading(urgent=0.05)], [reading(crisis=0.99)], Level.NONE, "nobody"),
        ([], [], [reading(urgent=0.19)], [reading(crisis=0.99)], Level.NONE, "nobody"),
        ([], [], [reading(urgent=0.22)], [reading(crisis=0.99)], Level.CRISIS, "reader"),
        ([], [], [reading(urgent=0.22)], [reading(crisis=0.85)], Level.NONE, "nobody"),
        ([], ["crisis"], [reading(urgent=0.21)], [], Level.CRISIS, "both"),
        ([], ["crisis"], [reading(urgent=0.19)], [], Level.NONE, "nobody"),
        ([], ["crisis"], [], [], Level.NONE, "nobody"),
        ([], [], [], [], Level.NONE, "nobody"),
    ],
)
def test_table(
    fired: list[str],
    silenced: list[str],
    whole: list[dict[str, float]],
    clauses: list[dict[str, float]],
    level: Level,
    by: str,
) -> None:
    joined = join([RULES[Level(f)] for f in fired], [RULES[Level(s)] for s in silenced], whole, clauses)
    assert (joined.level, joined.decided_by) == (level, by)
    assert 0 <= joined.score <= 1


@pytest.mark.parametrize(
    ("level", "whole", "clauses", "silent"),
    [
        (Level.EMERGENCY, [0.019], [], True),
        (Level.EMERGENCY, [0.021], [], False),
        (Level.URGENT, [0.001, 0.03], [], False),
        (Level.CRISIS, [0.009], [], True),
        (Level.CRISIS, [0.011], [], False),
        (Level.CRISIS, [0.001], [0.5, 0.0], True),
        (Level.CRISIS, [0.001], [0.95, 0.0], False),
        (Level.CRISIS, [], [], False),
    ],
)
def test_how_calm_the_reader_must_be(
    level: Level, whole: list[float], clauses: list[float], silent: bool
) -> None:
    read = [[reading(crisis=worry) for worry in part] for part in (whole, clauses)]
    assert joining.calm(level, *read) is silent


def test_the_document_names_every_threshold() -> None:
    document = (Path(__file__).resolve().parents[2] / "docs" / "safety.md").read_text(encoding="utf-8")
    for name in (
        "ALARM_GRAVE",
        "ALARM_ANY",
        "ALARM_CLAUSE",
        "CLAUSE_IN_WHOLE",
        "A_LITTLE",
        "RAISES_A_RULE",
        "TIE",
        "CALM",
        "CALM_IN_CRISIS",
    ):
        assert f"`{name}` = {getattr(joining, name):.2f}" in document
    assert joining.VERSION in document
