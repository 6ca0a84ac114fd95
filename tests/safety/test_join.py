"""The table of docs/safety.md, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.safety import danger
from bot.safety import join as joining
from bot.safety.explain import as_written, thresholds
from bot.safety.join import join
from bot.safety.levels import Level
from bot.safety.rules import rule_book

RULES = {rule.level: rule for rule in rule_book().rules}


def reading(**worrying: float) -> dict[str, float]:
    return {"none": 1 - sum(worrying.values()), "urgent": 0.0, "emergency": 0.0, "crisis": 0.0, **worrying}


CALM = reading()


@pytest.mark.parametrize(
    "fired, silenced, whole, clauses, by_intent, level, by",
    [
        (["crisis"], [], [], [], 0.0, Level.CRISIS, "rules"),
        (["crisis"], [], [CALM], [], 0.0, Level.CRISIS, "rules"),
        (["urgent", "emergency"], [], [CALM], [], 0.0, Level.EMERGENCY, "rules"),
        (["emergency", "crisis"], [], [], [], 0.0, Level.CRISIS, "rules"),
        (["urgent"], [], [reading(crisis=0.69)], [], 0.1, Level.URGENT, "rules"),
        (["urgent"], [], [reading(crisis=0.71)], [], 0.1, Level.CRISIS, "rules"),
        (["urgent"], [], [reading(crisis=0.71)], [], 0.7, Level.CRISIS, "both"),
        (["crisis"], [], [reading(urgent=0.99)], [], 0.0, Level.CRISIS, "both"),
        ([], [], [reading(crisis=0.89)], [], 0.64, Level.NONE, "nobody"),
        ([], [], [reading(crisis=0.91)], [], 0.00, Level.CRISIS, "reader"),
        ([], [], [reading(crisis=0.07)], [], 0.99, Level.NONE, "nobody"),
        ([], [], [reading(crisis=0.09)], [], 0.66, Level.CRISIS, "reader"),
        ([], [], [reading(urgent=0.15)], [], 0.66, Level.URGENT, "reader"),
        ([], [], [reading(emergency=0.19, crisis=0.17)], [], 0.9, Level.CRISIS, "reader"),
        ([], [], [reading(urgent=0.31, crisis=0.36)], [], 0.9, Level.CRISIS, "reader"),
        ([], [], [CALM, reading(emergency=0.5)], [], 0.9, Level.EMERGENCY, "reader"),
        ([], [], [reading(urgent=0.05)], [reading(crisis=0.99)], 0.0, Level.NONE, "nobody"),
        ([], [], [reading(urgent=0.52)], [reading(crisis=0.99)], 0.66, Level.CRISIS, "reader"),
        ([], [], [reading(urgent=0.52)], [reading(crisis=0.99)], 0.64, Level.NONE, "nobody"),
        ([], [], [reading(urgent=0.52)], [reading(crisis=0.85)], 0.66, Level.URGENT, "reader"),
        ([], [], [reading(urgent=0.985)], [reading(crisis=0.99)], 0.0, Level.CRISIS, "reader"),
        ([], ["crisis"], [reading(urgent=0.31)], [], 0.0, Level.CRISIS, "both"),
        ([], ["crisis"], [reading(urgent=0.29)], [], 0.0, Level.NONE, "nobody"),
        ([], ["crisis"], [], [], 0.0, Level.NONE, "nobody"),
        ([], [], [], [], 0.0, Level.NONE, "nobody"),
    ],
)
def test_table(
    fired: list[str],
    silenced: list[str],
    whole: list[dict[str, float]],
    clauses: list[dict[str, float]],
    by_intent: float,
    level: Level,
    by: str,
) -> None:
    rules = [[RULES[Level(name)] for name in names] for names in (fired, silenced)]
    joined = join(*rules, whole, clauses, by_intent)
    assert (joined.level, joined.decided_by) == (level, by)
    assert 0 <= joined.score <= 1


@pytest.mark.parametrize(
    ("whole", "apart", "level"),
    [(0.51, 0.995, Level.CRISIS), (0.51, 0.98, Level.NONE), (0.49, 0.995, Level.NONE)],
)
def test_a_clause_of_which_both_heads_are_nearly_certain(whole: float, apart: float, level: Level) -> None:
    joined = join([], [], [reading(urgent=whole)], [CALM, reading(crisis=0.97)], 0.01, apart)
    assert joined.level is level


@pytest.mark.parametrize(
    ("worries", "asked"),
    [([], False), ([0.0, 0.07], False), ([0.0, 0.09], True), ([0.89], True), ([0.91], False)],
)
def test_when_the_head_of_intents_has_a_say(worries: list[float], asked: bool) -> None:
    assert joining.undecided([reading(crisis=worry) for worry in worries]) is asked


@pytest.mark.parametrize(
    ("whole", "clauses", "by_intent", "silent"),
    [
        ([0.009], [], 0.5, True),
        ([0.011], [], 0.0, False),
        ([0.001, 0.03], [], 0.0, False),
        ([0.001], [0.5, 0.0], 0.5, True),
        ([0.001], [0.95, 0.0], 0.11, False),
        ([0.001], [0.95, 0.0], 0.09, True),
        ([], [], 0.0, False),
    ],
)
def test_how_calm_the_reader_must_be(
    whole: list[float], clauses: list[float], by_intent: float, silent: bool
) -> None:
    read = [[reading(crisis=worry) for worry in part] for part in (whole, clauses)]
    assert joining.calm(*read, by_intent) is silent


@pytest.mark.parametrize(
    ("whole", "clauses", "silent"),
    [
        ([0.001], [], True),
        ([0.001], [0.5], True),
        ([0.001], [0.95], False),
        ([0.003], [], False),
        ([0.001, 0.003], [], False),
        ([], [], False),
    ],
)
def test_how_certain_the_reader_must_be_to_silence_any_rule(
    whole: list[float], clauses: list[float], silent: bool
) -> None:
    read = [[reading(crisis=worry) for worry in part] for part in (whole, clauses)]
    assert joining.certain(*read) is silent


def test_the_document_names_every_threshold() -> None:
    document = (Path(__file__).resolve().parents[2] / "docs" / "safety.md").read_text(encoding="utf-8")
    for name, value in thresholds():
        assert f"`{name}` = {as_written(value)}" in document
    assert joining.VERSION in document
    for name in ("SURE", "OWN_FROM"):
        assert f"`{name}` = {getattr(danger, name):.2f}" in document
    assert danger.VERSION in document
