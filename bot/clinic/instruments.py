"""Questionnaires as data: their items, scales, what counts as an answer, how they are scored and what is worrying."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.clinic.errors import AftercareError
from bot.clinic.paths import ROOT

FOLDER = ROOT / "instruments"
KINDS = ("scale", "choice", "word")
SCORE = "score"
"""In `closing.by`: the questionnaire's own score, in place of an item."""


class InstrumentError(AftercareError):
    """A questionnaire's file is missing or wrong."""

    code = "AC020"


@dataclass(frozen=True)
class Parsed:
    """An answer as understood. value is None where the item was skipped or is answered in words."""

    value: float | None
    skipped: bool = False


@dataclass(frozen=True)
class Item:
    """One question. kind: scale (any number from lowest to highest), choice (a whole one), word (free text).

    context: the question in the words that the reader was trained with; words: answers in words, by number, the first
    of each number being its name; label: what the item is called to patients; called: words that name it in a message
    with several answers; wording, again: the keys of its two phrases (`check_in_<wording>`, `check_in_again_<again>`);
    declined: the number that "rather not say" stands for, where the scale has one; grave: the numbers after which the
    patient gets the crisis text at once, whatever the screen made of the message (what staff are told of is in
    data/signals.yml); then_say: the phrase that belongs to the closing words after a number.
    """

    key: str
    kind: str
    context: str
    lowest: int = 0
    highest: int = 0
    words: tuple[tuple[str, int], ...] = ()
    label: str = ""
    called: tuple[str, ...] = ()
    wording: str = ""
    again: str = ""
    declined: int | None = None
    grave: tuple[int, ...] = ()
    then_say: Mapping[int, str] = field(default_factory=dict)

    def is_grave(self, parsed: Parsed) -> bool:
        """True where this answer must not wait for the end of the check-in."""
        return parsed.value is not None and parsed.value in self.grave


@dataclass(frozen=True)
class Band:
    """A named part of the score's range, from `lowest` on, up to the next band."""

    lowest: int
    name: str


@dataclass(frozen=True)
class Instrument:
    """One questionnaire in one version. source: where it comes from and what it may be used for.

    summed: the items whose numbers add up to the score, none where there is no score; bands: lowest first;
    closing_by, low, high: which closing words fit (an item or SCORE, and the numbers from and to, inclusive);
    leads_to, leads_from: the questionnaire that goes on where this one's score reaches that number.
    """

    key: str
    version: str
    title: str
    source: str
    items: tuple[Item, ...]
    summed: tuple[str, ...] = ()
    bands: tuple[Band, ...] = ()
    closing_by: str = ""
    low: tuple[int, int] | None = None
    high: tuple[int, int] | None = None
    leads_to: str | None = None
    leads_from: int = 0

    def item(self, key: str) -> Item | None:
        """The item of a key, or None."""
        return next((item for item in self.items if item.key == key), None)

    def score(self, values: Mapping[str, float | None]) -> int | None:
        """The sum over the summed items, or None where there is no score or one of them has no number.

        values: the newest number by item. Nothing is made up for an item that was left out.
        """
        numbers = [values.get(key) for key in self.summed]
        if not numbers or any(number is None for number in numbers):
            return None
        return int(sum(number for number in numbers if number is not None))

    def band(self, score: int) -> str | None:
        """The name of the band that a score falls into, or None where there are none."""
        return next((band.name for band in reversed(self.bands) if score >= band.lowest), None)

    def mood_of(self, values: Mapping[str, float | None]) -> str:
        """Which closing words fit the answers: "low" (a hard time), "middle" or "high" (a good one)."""
        number = self.score(values) if self.closing_by == SCORE else values.get(self.closing_by)
        if number is None:
            return "middle"
        for name, span in (("low", self.low), ("high", self.high)):
            if span is not None and span[0] <= number <= span[1]:
                return name
        return "middle"


@cache
def load_instrument(key: str, folder: Path = FOLDER) -> Instrument:
    """The questionnaire `key` from `instruments/<key>.yml`. Raises InstrumentError, naming file, key and fix."""
    path = folder / f"{key}.yml"
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        items = tuple(_item(path, item) for item in raw["items"])
        if not items or len({item.key for item in items}) < len(items):
            raise InstrumentError(
                f"{path.name}: items need keys that differ, and there must be one at least."
            )
        return _instrument(path, raw, items)
    except FileNotFoundError as error:
        raise InstrumentError(f"{path.name}: there is no such questionnaire in {folder.name}/.") from error
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
        RecursionError,
        yaml.YAMLError,
    ) as error:
        raise InstrumentError(f"{path.name}: {error}. Compare it with instruments/daily.yml.") from error


def _instrument(path: Path, raw: Mapping[str, Any], items: tuple[Item, ...]) -> Instrument:
    keys = [item.key for item in items]
    summed = tuple(str(key) for key in (raw.get("score") or {}).get("sum", ()))
    bands = (raw.get("score") or {}).get("bands") or {}
    closing = raw.get("closing") or {}
    leads = raw.get("leads_on") or {}
    by = str(closing.get("by", ""))
    for key in summed:
        if key not in keys:
            raise InstrumentError(f"{path.name}: score.sum names {key!r}, which is no item.")
    if by and by != SCORE and by not in keys:
        raise InstrumentError(f"{path.name}: closing.by is {by!r}. Write an item's key, or {SCORE}.")
    if not summed and (bands or by == SCORE or leads):
        raise InstrumentError(
            f"{path.name}: bands, closing by {SCORE} and leads_on need a score. Write score.sum."
        )
    return Instrument(
        key=str(raw["key"]),
        version=str(raw["version"]),
        title=str(raw["title"]),
        source=str(raw["source"]).strip(),
        items=items,
        summed=summed,
        bands=tuple(Band(int(lowest), str(name)) for lowest, name in sorted(bands.items())),
        closing_by=by,
        low=_span(closing.get("low")),
        high=_span(closing.get("high")),
        leads_to=str(leads["to"]) if leads else None,
        leads_from=int(leads["from"]) if leads else 0,
    )


def _item(path: Path, raw: Mapping[str, Any]) -> Item:
    key, where = str(raw["key"]), f"{path.name}: items.{raw['key']}"
    if raw["kind"] not in KINDS:
        raise InstrumentError(f"{where}.kind is {raw['kind']!r}. Write one of {', '.join(KINDS)}.")
    words = tuple(
        (str(word).casefold(), int(value))
        for value, group in (raw.get("words") or {}).items()
        for word in group
    )
    lowest, highest = int(raw.get("lowest", 0)), int(raw.get("highest", 0))
    if raw["kind"] != "word" and lowest >= highest:
        raise InstrumentError(f"{where} has no scale. Write lowest and a highest above it.")
    declined = raw.get("declined")
    grave = tuple(int(number) for number in raw.get("grave") or ())
    then_say = {int(value): str(phrase) for value, phrase in (raw.get("then_say") or {}).items()}
    named = {
        "words": [value for _, value in words],
        "declined": [] if declined is None else [int(declined)],
        "grave": list(grave),
        "then_say": list(then_say),
    }
    for name, numbers in named.items():
        if any(not lowest <= number <= highest for number in numbers):
            raise InstrumentError(f"{where}.{name} names a number off the scale {lowest} to {highest}.")
    return Item(
        key=key,
        kind=str(raw["kind"]),
        context=str(raw["context"]),
        lowest=lowest,
        highest=highest,
        words=words,
        label=str(raw.get("label", key.replace("_", " "))),
        called=tuple(str(name).casefold() for name in raw.get("called") or ()),
        wording=str(raw.get("wording", key)),
        again=str(raw.get("again", key)),
        declined=None if declined is None else int(declined),
        grave=grave,
        then_say=then_say,
    )


def _span(raw: Any) -> tuple[int, int] | None:
    if raw is None:
        return None
    lowest, highest = raw
    return int(lowest), int(highest)
