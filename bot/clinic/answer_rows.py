"""Several answers in one message: "6, 1, slept ok", "mood 6 side effects none", "6 1 2"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.clinic.answers import NUMBER, bare, leading, parse, plain
from bot.clinic.instruments import Item, Parsed

_SEPARATORS = re.compile(r"[,;\n|]+|\.(?=\s|$)|\s+(?:and|&|\+)\s+")
_ROW = re.compile(r"\W*(?:\d{1,2}|skip)(?:\s+(?:\d{1,2}|skip))+\W*")
_LINKS = re.compile(
    r"^(?:\W|\b(?:is|was|are|were|my|i|the|about|for|of|a)\b)+|(?:\W|\b(?:for|is|was|my|the|of)\b)+$"
)
_BUT = re.compile(r"(?:\W|\b(?:but|and|with|though|also|plus|then)\b)+$")
_HAS_NUMBER = re.compile(rf"(?<!\w)(?:{NUMBER})(?!\w)")
LONGEST = 200
"""Characters. A row of answers is short; anything longer tells a story."""


def parse_many(items: Sequence[Item], text: str) -> list[tuple[Item, Parsed]]:
    """The answers that `text` gives to several of `items`; empty where it gives fewer than two that we are sure of.

    items: those that wait for an answer, in their order. A part that names its item answers that one; one
    that is nothing but an answer goes to the next item in order, until a part is neither. An item with grave answers
    takes from a row only those: "no" counts after its own question alone. Free words are never taken from a row.
    """
    text = plain(text)
    if len(text) > LONGEST:
        return []
    found: dict[str, Parsed] = {}
    in_order = True
    for part in _parts(items, text):
        named = _named(items, part)
        item: Item | None
        if named is not None:
            item, rest = named
            parsed = parse(item, rest) if item.kind != "word" else None
            in_order = in_order and parsed is not None
        else:
            item = next((one for one in items if one.key not in found), items[-1]) if items else None
            # "no, not at all" is one answer in two words; "6, none, ok" are three.
            in_order = in_order and (bool(found) or _HAS_NUMBER.search(part) is not None)
            parsed = bare(item, part) if item is not None and in_order else None
            in_order = parsed is not None
        if item is None or parsed is None or item.key in found:
            continue
        if item.grave and not item.is_grave(parsed):
            in_order = False
            continue
        found[item.key] = parsed
    if len(found) < 2:
        return []
    return [(item, found[item.key]) for item in items if item.key in found]


def answer_of_another(items: Sequence[Item], text: str) -> tuple[Item, Parsed] | None:
    """The one answer that `text` gives to one of `items`, which it names: "slept badly"; else None.

    items: those that wait for an answer. A "no" to an item with grave answers counts after its own question alone.
    """
    text = plain(text)
    named = _named(items, text) if len(text) <= LONGEST else None
    if named is None or named[0].kind == "word":
        return None
    item, rest = named
    parsed = parse(item, rest)
    if parsed is None or (item.grave and not item.is_grave(parsed)):
        return None
    return item, parsed


def own_words(item: Item, text: str) -> str | None:
    """What `text` says of `item` where it calls it by its name: "mild" of "the side effects are mild"; else None."""
    named = _named([item], plain(text)) if len(text) <= LONGEST else None
    return named[1] if named is not None else None


def item_named(items: Sequence[Item], text: str) -> Item | None:
    """The item that `text` calls by its name, or None."""
    named = _named(items, plain(text))
    return named[0] if named else None


def is_of_another(items: Sequence[Item], item: Item, text: str) -> bool:
    """True where `text` names another of `items` than `item`, which is open, and does not begin with an answer ("slept
    badly")."""
    others = [one for one in items if one is not item]
    named = item_named(others, text) is not None and item_named([item], text) is None
    return named and leading(item, text) is None


def _parts(items: Sequence[Item], text: str) -> list[str]:
    if _ROW.fullmatch(text):
        return re.findall(r"\d+|skip", text)
    parts = []
    for chunk in _SEPARATORS.split(text):
        if chunk.strip():
            parts += _by_name(items, chunk.strip())
    return parts


def _by_name(items: Sequence[Item], chunk: str) -> list[str]:
    """`chunk` cut so that each piece names one item: before the names where it begins with one, else after them."""
    places = sorted((match.start(), match.end()) for item in items for match in _names(item).finditer(chunk))
    if not places:
        return [chunk]
    if len(places) == 1:
        named = _named(items, chunk)
        alone = named is not None and parse(named[0], named[1]) is not None
        if alone or places[0][0] == 0:
            return [chunk]
        return [_BUT.sub("", chunk[: places[0][0]]), chunk[places[0][0] :]]
    cuts = [start for start, _ in places[1:]] if places[0][0] == 0 else [end for _, end in places[:-1]]
    edges = [0, *cuts, len(chunk)]
    return [chunk[start:end].strip() for start, end in zip(edges, edges[1:]) if chunk[start:end].strip()]


def _named(items: Sequence[Item], part: str) -> tuple[Item, str] | None:
    """The item whose name stands in `part`, and the rest of it without the words that only link."""
    for item in items:
        match = _names(item).search(part)
        if match is not None:
            rest = f"{part[: match.start()]} {part[match.end() :]}".strip()
            while (shorter := _LINKS.sub("", rest)) != rest:
                rest = shorter
            return item, rest
    return None


def _names(item: Item) -> re.Pattern[str]:
    if not item.called:
        return _NO_NAME
    longest_first = sorted(item.called, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


_NO_NAME = re.compile(r"(?!)")
