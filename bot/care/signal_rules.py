"""The reviewed rules for patterns over days, as data, and what they find in a series. Needs no database.

>>> from bot.care.signal_rules import evaluate, load_signals, read_series
>>> [found.reason for found in evaluate(load_signals(), read_series("daily mood 8; daily mood 1"))]
['Mood 1 of 10 (2 or below).']
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median
from string import Formatter
from typing import Any

import yaml

from bot.clinic.errors import AftercareError
from bot.clinic.paths import ROOT
from bot.safety.levels import Level

FILE = ROOT / "data" / "signals.yml"
REVIEW_STATES = ("unreviewed", "reviewed")
_KEYS = ("id", "level", "reason", "source", "author", "review", "when", "must_fire", "must_not_fire")


class SignalsBroken(AftercareError):
    """data/signals.yml is missing or wrong; the text names the rule and the fix."""

    code = "AC240"


@dataclass(frozen=True)
class Seen:
    """One check-in as the rules see it.

    values: the newest answer to each item that has a number; skipped: the items left out; total: the sum of the items
    answered so far, where the questionnaire has one; complete: it is the whole sum; missed: sent, and never answered.
    """

    instrument: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()
    total: float | None = None
    complete: bool = False
    missed: bool = False


@dataclass(frozen=True)
class Rule:
    """One reviewed rule. id: name and version; settings: the numbers of its kind; examples: series as written."""

    id: str
    level: Level
    reason: str
    source: str
    author: str
    review: str
    kind: str
    instrument: str | None
    settings: Mapping[str, Any]
    must_fire: tuple[str, ...]
    must_not_fire: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A rule that fires. occurrence: tells repeated findings of the same rule about the same check-in apart."""

    rule: Rule
    reason: str
    occurrence: str = ""


_Facts = dict[str, float | str]
_Test = Callable[[Rule, Sequence[Seen]], "_Facts | None"]


def evaluate(rules: Sequence[Rule], history: Sequence[Seen]) -> list[Found]:
    """What the last check-in of `history` (oldest first) shows, by the rules' own order. Nothing for an empty one."""
    if not history:
        return []
    found = []
    for rule in rules:
        facts = _KINDS[rule.kind].test(rule, history)
        if facts is None:
            continue
        shown = {name: value if isinstance(value, str) else f"{value:g}" for name, value in facts.items()}
        occurrence = shown.pop("occurrence", "")
        found.append(Found(rule, rule.reason.format(**shown), occurrence))
    return found


def _value(rule: Rule, seen: Seen) -> float | None:
    if rule.instrument not in (None, seen.instrument):
        return None
    return seen.values.get(rule.settings["item"])


def _at_most(rule: Rule, history: Sequence[Seen]) -> _Facts | None:
    value = _value(rule, history[-1])
    return {"value": value} if value is not None and value <= rule.settings["value"] else None


def _at_least(rule: Rule, history: Sequence[Seen]) -> _Facts | None:
    value = _value(rule, history[-1])
    return {"value": value} if value is not None and value >= rule.settings["value"] else None


def _is(rule: Rule, history: Sequence[Seen]) -> _Facts | None:
    value = _value(rule, history[-1])
    return {"value": value} if value is not None and value == rule.settings["value"] else None


def _skipped(rule: Rule, history: Sequence[Seen]) -> _Facts | None:
    here = rule.instrument in (None, history[-1].instrument)
    return {} if here and rule.settings["item"] in history[-1].skipped else None


def _fall(rule: Rule, history: Sequence[Seen]) -> _Facts | None:
    value = _value(rule, history[-1])
    answered = [one for one in (_value(rule, seen) for seen in history[:-1]) if one is not None]
    earlier = answered[-rule.settings["window"] :]
    if value is None or len(earlier) < rule.settings["needed"]:
        return None
    usual = median(earlier)
    if usual - value < rule.settings["by"]:
        return None
    return {"value": value, "median": usual, "fall": usual - value, "earlier": len(earlier)}


def _total_at_least(rule: Rule, history: Sequence[Seen]) -> _Facts | None:
    total = _total(rule, history[-1])
    if total is None or total < rule.settings["value"]:
        return None
    return {"total": total, **_how_far(history[-1])}


def _total_rise(rule: Rule, history: Sequence[Seen]) -> _Facts | None:
    total = _total(rule, history[-1])
    earlier = [_total(rule, seen) for seen in history[:-1] if seen.complete]
    known = [one for one in earlier if one is not None]
    if total is None or not known or total - known[-1] < rule.settings["by"]:
        return None
    return {"total": total, "before": known[-1], **_how_far(history[-1])}


def _how_far(seen: Seen) -> _Facts:
    """A sum is told when it is certain to be high, and once more when it is whole."""
    return {"so_far": ""} if seen.complete else {"so_far": " so far", "occurrence": "so_far"}


def _total(rule: Rule, seen: Seen) -> float | None:
    return seen.total if seen.instrument == rule.instrument else None


def _missed_after_low(rule: Rule, history: Sequence[Seen]) -> _Facts | None:
    missed = 0
    for seen in reversed(history):
        if not seen.missed:
            break
        missed += 1
    values = [
        one for one in (_value(rule, seen) for seen in history[: len(history) - missed]) if one is not None
    ]
    rounds = missed // rule.settings["missed"]
    if not rounds or not values or values[-1] > rule.settings["value"]:
        return None
    return {"count": missed, "value": values[-1], "occurrence": rounds}


@dataclass(frozen=True)
class _Kind:
    test: _Test
    settings: tuple[str, ...]
    facts: tuple[str, ...]


_KINDS: Mapping[str, _Kind] = {
    "at_most": _Kind(_at_most, ("item", "value"), ("value",)),
    "at_least": _Kind(_at_least, ("item", "value"), ("value",)),
    "is": _Kind(_is, ("item", "value"), ("value",)),
    "skipped": _Kind(_skipped, ("item",), ()),
    "fall": _Kind(_fall, ("item", "by", "needed", "window"), ("value", "median", "fall", "earlier")),
    "total_at_least": _Kind(_total_at_least, ("value",), ("total", "so_far")),
    "total_rise": _Kind(_total_rise, ("by",), ("total", "before", "so_far")),
    "missed_after_low": _Kind(_missed_after_low, ("item", "value", "missed"), ("count", "value")),
}
"""What a rule's `when.kind` may be: the test, the settings it needs, and what its reason may name."""


def read_series(example: str) -> list[Seen]:
    """A series as data/signals.yml writes it. Raises SignalsBroken for one that cannot be read."""
    return [_read_check_in(part.split()) for part in example.split(";")]


def _read_check_in(words: list[str]) -> Seen:
    if words == ["missed"]:
        return Seen(missed=True)
    complete = words[-2:] != ["so", "far"]
    instrument, rest = " ".join(words[:1]), words[1:] if complete else words[1:-2]
    if len(rest) % 2 or not rest:
        raise SignalsBroken(
            f"data/signals.yml: the example {' '.join(words)!r} is no check-in. Write item and number."
        )
    pairs = dict(zip(rest[::2], rest[1::2]))
    try:
        values = {item: float(number) for item, number in pairs.items() if number != "skip"}
    except ValueError as error:
        raise SignalsBroken(
            f"data/signals.yml: {' '.join(words)!r} holds something that is no number."
        ) from error
    total = values.pop("total", None)
    skipped = frozenset(item for item, number in pairs.items() if number == "skip")
    return Seen(instrument, values, skipped, total, complete and total is not None)


@cache
def load_signals(path: Path = FILE) -> tuple[Rule, ...]:
    """The rules, read once. Raises SignalsBroken, which names the rule and what to write."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))["signals"]
        rules = tuple(_rule(one) for one in raw)
    except OSError as error:
        raise SignalsBroken(f"{path.name} cannot be read ({type(error).__name__}). Put it back.") from error
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise SignalsBroken(f"{path.name}: {error}. Compare it with the rules that stand there.") from error
    if not rules or len({rule.id for rule in rules}) < len(rules):
        raise SignalsBroken(f"{path.name}: each rule needs an id of its own, and there must be one at least.")
    return rules


def _rule(raw: Mapping[str, Any]) -> Rule:
    name = raw.get("id", "?")
    if set(raw) != set(_KEYS):
        wrong = ", ".join(sorted(set(raw) ^ set(_KEYS)))
        raise SignalsBroken(
            f"signals.yml: {name}: missing or not known: {wrong}. A rule has {', '.join(_KEYS)}."
        )
    when = dict(raw["when"])
    kind, instrument = when.pop("kind"), when.pop("instrument", None)
    if kind not in _KINDS:
        raise SignalsBroken(f"signals.yml: {name}: when.kind is {kind!r}. Write one of {', '.join(_KINDS)}.")
    if set(when) != set(_KINDS[kind].settings):
        raise SignalsBroken(
            f"signals.yml: {name}: {kind} needs {', '.join(_KINDS[kind].settings)}, and nothing else."
        )
    if kind.startswith("total") and not instrument:
        raise SignalsBroken(f"signals.yml: {name}: a sum needs its instrument. Name it.")
    if raw["review"] not in REVIEW_STATES or not raw["must_fire"] or not raw["must_not_fire"]:
        raise SignalsBroken(
            f"signals.yml: {name}: needs review ({' or '.join(REVIEW_STATES)}) and examples of both sorts."
        )
    if not Level(raw["level"]).needs_staff:
        raise SignalsBroken(f"signals.yml: {name}: a signal is for staff. Write urgent, emergency or crisis.")
    unknown = {key for _, key, _, _ in Formatter().parse(raw["reason"]) if key} - set(_KINDS[kind].facts)
    if unknown:
        raise SignalsBroken(
            f"signals.yml: {name}: the reason names {', '.join(sorted(unknown))}; {kind} has none."
        )
    return Rule(
        id=str(name),
        level=Level(raw["level"]),
        reason=str(raw["reason"]),
        source=str(raw["source"]),
        author=str(raw["author"]),
        review=str(raw["review"]),
        kind=kind,
        instrument=instrument,
        settings=when,
        must_fire=tuple(raw["must_fire"]),
        must_not_fire=tuple(raw["must_not_fire"]),
    )
