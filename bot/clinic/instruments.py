"""Questionnaires as data: their items, scales and what counts as an answer."""

from __future__ import annotations

import re
import unicodedata
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
    r"^(skip( (this|that|it))?( one| question)?( please)?|pass|next|rather not( say)?|prefer not( to say)?|no comment"
    r"|none of your business|n/?a|-)[.! ]*$"
)
_NUMBER_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "nil": 0,
}  # fmt: skip
_WORDS = "|".join(_NUMBER_WORDS)
_BEFORE, _AFTER = r"(?<![\w.,:/\u2013\u2212-])", r"(?:\s?-?\s?ish)?(?![\w:/\u2013\u2212-]|[.,]\d)"
_NUMBER = re.compile(rf"{_BEFORE}(-?\d{{1,3}}(?:[.,]\d)?|{_WORDS})(?:\s*(?:/|out of)\s*(\d{{1,3}}))?{_AFTER}")
_RANGE = re.compile(
    rf"{_BEFORE}(?:(\d{{1,2}}|{_WORDS})\s*(?:-|\u2013|to|or)|(?<=between )(\d{{1,2}}|{_WORDS})\s*and)"
    rf"\s*(?:an?\s+)?(\d{{1,2}}|{_WORDS})(?:\s*(?:/|out of)\s*(\d{{1,3}}))?{_AFTER}"
)
WIDEST_RANGE = 2
"""Points between the ends of a range that still says something: "a 6 or 7", "between 4 and 6"."""
# The scale itself, named beside the answer: "4 on a scale of 1 to 10".
_SCALE = re.compile(r"\b(?:on|in) (?:a|the) scale (?:of|from) \d{1,3}\s*(?:-|\u2013|to)\s*(\d{1,3})\b")
# Numbers that are part of something else said beside the answer: "slept 4 to 5 hours", "at 3 am", "took 2 pills".
_MEASURED = re.compile(
    rf"(?<![\w.,])(?:(?:\d+|{_WORDS})\s*(?:-|\u2013|to|or)\s*)?(?:\d+(?:[.,]\d+)?|{_WORDS})\s*"
    r"(?:(?:hours?|hrs?|h|am|pm|a\.m|p\.m|o'?clock|days?|weeks?|months?|years?|mins?|minutes?|nights?|pills?|tablets?|mg"
    r"|times|beers?|drinks?|kids?)\b|%)"
)
# "one" is a number after these words and at the start; elsewhere it is "a rough one" or "no one".
_BEFORE_ONE = re.compile(
    r"(?:^|\b(?:an?|about|maybe|around|probably|like|mood|just|say|it's|its|i'm|im|at|only|is|or|to)|[^\w\s])\s*$"
)


def parse(item: Item, text: str) -> Parsed | None:
    """What `text` answers to `item`, or None where it is no answer that we are sure of.

    Never raises, and never gives a value off the item's scale. A range ("a 6 or 7") counts as its middle; two numbers
    that are no range count as unclear.
    """
    # Full-width and other spellings of digits and letters become plain ones.
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").strip()
    if not text:
        return None
    if SKIP.match(text):
        return Parsed(None, skipped=True)
    if item.kind == "word":
        return Parsed(None)
    spoken = text.strip(" .!?")
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
    """The one number that `text` names, or the middle of a narrow range; None where there is none, or several."""
    scale = _SCALE.search(text)
    if scale is not None and int(scale.group(1)) == item.highest:
        text = _SCALE.sub(" ", text)
    text = _MEASURED.sub(" ", text)
    values = []
    span = _RANGE.search(text)
    if span is not None and item.kind == "scale":
        low, high = sorted((_number(span.group(1) or span.group(2)), _number(span.group(3))))
        if high - low > WIDEST_RANGE or not _of_this_scale(item, span.group(4)):
            return None
        values.append((low + high) / 2)
        text = f"{text[: span.start()]} {text[span.end() :]}"
    for found in _NUMBER.finditer(text):
        if found.group(1) == "one" and not _BEFORE_ONE.search(text[: found.start()]):
            continue
        if not _of_this_scale(item, found.group(2)):
            return None
        values.append(_number(found.group(1)))
    return values[0] if len(values) == 1 else None


def _of_this_scale(item: Item, out_of: str | None) -> bool:
    return out_of is None or int(out_of) == item.highest


def _number(typed: str) -> float:
    return float(_NUMBER_WORDS.get(typed, typed.replace(",", "."))) + 0.0  # "-0" is 0


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
        return Instrument(
            key=str(raw["key"]),
            version=str(raw["version"]),
            title=str(raw["title"]),
            source=str(raw["source"]).strip(),
            items=items,
        )
    except FileNotFoundError as error:
        raise InstrumentError(f"{path.name}: there is no such questionnaire in {folder.name}/.") from error
    except (KeyError, TypeError, ValueError, AttributeError, yaml.YAMLError) as error:
        raise InstrumentError(f"{path.name}: {error}. Compare it with instruments/daily.yml.") from error


def _item(path: Path, raw: Mapping[str, Any]) -> Item:
    if raw["kind"] not in KINDS:
        raise InstrumentError(
            f"{path.name}: items.{raw['key']}.kind is {raw['kind']!r}. Write one of {', '.join(KINDS)}."
        )
    words = tuple(
        (str(word).casefold(), int(value))
        for value, group in (raw.get("words") or {}).items()
        for word in group
    )
    lowest, highest = int(raw.get("lowest", 0)), int(raw.get("highest", 0))
    if raw["kind"] != "word" and lowest >= highest:
        raise InstrumentError(
            f"{path.name}: items.{raw['key']} has no scale. Write lowest and a highest above it."
        )
    if any(not lowest <= value <= highest for _, value in words):
        raise InstrumentError(
            f"{path.name}: items.{raw['key']}.words names a number off the scale {lowest} to {highest}."
        )
    return Item(
        key=str(raw["key"]),
        kind=str(raw["kind"]),
        context=str(raw["context"]),
        lowest=lowest,
        highest=highest,
        words=words,
    )
