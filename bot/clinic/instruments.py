"""Questionnaires as data: their items, scales and what counts as an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.clinic.errors import AftercareError
from bot.clinic.paths import ROOT

FOLDER = ROOT / "instruments"
KINDS = ("scale", "choice", "word")
LONGEST_WORD = 1000
"""Characters of a free word that are kept as its value; the raw text is stored whole beside it."""


class InstrumentError(AftercareError):
    """A questionnaire's file is missing or wrong."""

    code = "AC020"


@dataclass(frozen=True)
class Item:
    """One question. kind: scale (any number from lowest to highest), choice (a whole one), word (free text).

    context: the question in the words that the reader was trained with; words: answers in words, by number.
    """

    key: str
    kind: str
    context: str
    lowest: int = 0
    highest: int = 0
    words: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Instrument:
    """One questionnaire in one version. source: where it comes from and what it may be used for."""

    key: str
    version: str
    title: str
    source: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Parsed:
    """An answer as understood. value is None where the item was skipped or is answered in words."""

    value: float | None
    skipped: bool = False


SKIP = re.compile(
    r"^(skip|pass|next|rather not( say)?|prefer not( to say)?|no comment|none of your business|n/?a|-)[.! ]*$",
    re.I,
)
_NUMBER_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "nil": 0,
}  # fmt: skip
_NUMBER = re.compile(
    r"(?<![\w.,:/-])(-?\d{1,3}(?:[.,]\d)?|"
    + "|".join(_NUMBER_WORDS)
    + r")(?:\s*(?:/|out of)\s*(\d{1,3}))?(?![\w:/-]|[.,]\d)",
    re.I,
)
_RANGE = re.compile(
    r"(?<![\w.,:/-])(\d{1,2}|" + "|".join(_NUMBER_WORDS) + r")\s*(?:-|\u2013|to|or|and)\s*(?:an?\s+)?(\d{1,2}|"
    + "|".join(_NUMBER_WORDS) + r")(?![\w:-]|[.,]\d)",
    re.I,
)  # fmt: skip
WIDEST_RANGE = 2
"""Points between the ends of a range that still says something: "a 6 or 7", "between 4 and 6"."""
# Numbers that are part of something else said beside the answer: "slept 4 hours", "at 3 am", "took 2 pills".
_MEASURED = re.compile(
    r"^\s*(hours?|hrs?|h|am|pm|a\.m|p\.m|o'?clock|days?|weeks?|months?|years?|mins?|minutes?|pills?|tablets?|mg|times|%|beers?|drinks?|kids?)\b",
    re.I,
)


def parse(item: Item, text: str) -> Parsed | None:
    """What `text` answers to `item`, or None where it is no answer that we are sure of.

    Never raises. A range ("a 6 or 7") counts as its middle; two numbers that are no range count as unclear.
    """
    text = text.strip()
    if not text:
        return None
    if SKIP.match(text):
        return Parsed(None, skipped=True)
    if item.kind == "word":
        return Parsed(None)
    spoken = text.lower().strip(" .!?")
    for words, value in item.words:
        if spoken == words:
            return Parsed(float(value))
    number = _value(item, text)
    if number is None or not item.lowest <= number <= item.highest:
        return None
    if item.kind == "choice" and number != int(number):
        return None
    return Parsed(number)


def _value(item: Item, text: str) -> float | None:
    """The one number that `text` names, or the middle of a range of neighbours; None where there is none or a choice."""
    span = _RANGE.search(text)
    if span is not None and item.kind == "scale":
        low, high = sorted((_number(span.group(1)), _number(span.group(2))))
        return (low + high) / 2 if high - low <= WIDEST_RANGE else None
    numbers = []
    for found in _NUMBER.finditer(text):
        if _MEASURED.match(text[found.end() :]):
            continue
        if found.group(2) is not None and int(found.group(2)) != item.highest:
            return None
        numbers.append(_number(found.group(1)))
    return numbers[0] if len(numbers) == 1 else None


def _number(typed: str) -> float:
    return float(_NUMBER_WORDS.get(typed.lower(), typed.replace(",", ".")))


@cache
def load_instrument(key: str, folder: Path = FOLDER) -> Instrument:
    """The questionnaire `key` from `instruments/<key>.yml`. Raises InstrumentError, naming file, key and fix."""
    path = folder / f"{key}.yml"
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Instrument(
            key=str(raw["key"]),
            version=str(raw["version"]),
            title=str(raw["title"]),
            source=str(raw["source"]).strip(),
            items=tuple(_item(path, item) for item in raw["items"]),
        )
    except FileNotFoundError as error:
        raise InstrumentError(f"{path.name}: there is no such questionnaire in {folder.name}/.") from error
    except (KeyError, TypeError, yaml.YAMLError) as error:
        raise InstrumentError(f"{path.name}: {error}. Compare it with instruments/daily.yml.") from error


def _item(path: Path, raw: Mapping[str, Any]) -> Item:
    if raw["kind"] not in KINDS:
        raise InstrumentError(
            f"{path.name}: items.{raw['key']}.kind is {raw['kind']!r}. Write one of {', '.join(KINDS)}."
        )
    words = tuple(
        (str(word), int(value)) for value, group in (raw.get("words") or {}).items() for word in group
    )
    return Item(
        key=str(raw["key"]),
        kind=str(raw["kind"]),
        context=str(raw["context"]),
        lowest=int(raw.get("lowest", 0)),
        highest=int(raw.get("highest", 0)),
        words=words,
    )
