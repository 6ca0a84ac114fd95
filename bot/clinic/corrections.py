"""Answers taken back: "sorry I meant 4", "actually 3 not 5", "mood was 4"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.clinic.answer_rows import item_named
from bot.clinic.answers import NUMBER, bare, number_of, parse, plain
from bot.clinic.instruments import Item, Parsed

LONGEST = 12
"""Words. A correction is short; a longer message says something else."""

_NO_LETTER = r"(?<![\w.,-])"
_N = rf"(?:an? )?({NUMBER})(?![\w])"
# Groups: the new number, then the old one.
_NEW_OLD = (re.compile(rf"{_NO_LETTER}{_N},? (?:and )?(?:not|instead of|rather than) {_N}"),)
_OLD_NEW = (
    re.compile(rf"\bnot {_N},? ?(?:but|it'?s|i meant?|make it)? ?{_N}"),
    re.compile(rf"\b(?:change|from)\b[^\d]*?{_NO_LETTER}{_N} (?:in)?to {_N}"),
)
# After these words a message takes back what was said, whatever is open.
_PLAINLY = re.compile(
    r"\b(?:i meant?|meant to (?:say|type|put|write|send|text)|correction|typo|typed wrong|make (?:that|it)"
    r"|should (?:be|have been|say|read)|change (?:it|that|my))\b"
)
# An item named with its answer, of the check-in that was answered ("mood was 4"), not of another day.
_WAS, _ANOTHER_TIME = (
    re.compile(r"\b(?:was|were)\b"),
    re.compile(r"\b(?:yesterday|last|week|ago|before|earlier)\b"),
)
# After these it may be a correction or an answer: the open item comes first.
_PERHAPS = re.compile(r"^\W*(?:sorry|sry|oops|whoops|wait|actually|no|my bad|my mistake|hang on|hold on)\b")
_MARKS = re.compile(
    r"\b(?:sorry|sry|oops|whoops|wait|actually|my bad|my mistake|hang on|hold on|i meant?|meant to \w+"
    r"|it was a|that was a|correction|typo|typed wrong|make (?:that|it)|(?:it |that )?should (?:be|have been|say|read)"
    r"|change (?:it|that|my \w+|my)(?: answer)?(?: to)?|for|to)\b"
)


@dataclass(frozen=True)
class Correction:
    """A further answer to an item that has one already."""

    item: Item
    parsed: Parsed


def correction(
    answered: Sequence[tuple[Item, float | None]], open_item: Item | None, text: str
) -> Correction | None:
    """Which answer `text` takes back, or None where it takes none back.

    answered: items with their newest number, the latest answer first; open_item: what is asked at the moment. Without a
    name or the old number it is the latest answer whose scale has the new one.
    """
    text = plain(text)
    if not answered or "?" in text or len(text.split()) > LONGEST:
        return None
    items = [item for item, _ in answered if item.kind != "word"]
    named = item_named(items, text)
    swapped = _swapped(text)
    if swapped is not None:
        new, old = swapped
        of_old = [item for item, value in answered if value == old]
        candidates = [named] if named is not None else of_old
        return _first(candidates, new)
    elsewhere = named is not None and (open_item is None or named.key != open_item.key)
    of_then = _WAS.search(text) is not None and _ANOTHER_TIME.search(text) is None
    plainly = _PLAINLY.search(text) is not None or (elsewhere and of_then)
    if not plainly and not _PERHAPS.match(text):
        return None
    rest = re.sub(r"\s+", " ", _MARKS.sub(" ", text)).strip(" ,.!-:")
    if not plainly and not re.search(rf"(?<!\w)(?:{NUMBER})(?!\w)", rest):
        return None  # "no", "wait": said to what is asked
    open_takes_it = open_item is not None and open_item.kind != "word" and parse(open_item, rest) is not None
    if not plainly and open_takes_it:
        return None
    if named is not None:
        parsed = parse(named, rest)
        return Correction(named, parsed) if parsed is not None else None
    return _first(items, re.sub(r"^no\W+(?=\w)", "", rest))


def _swapped(text: str) -> tuple[str, float] | None:
    """The new answer as typed, and the old number, where the message names both."""
    for pattern in _NEW_OLD:
        found = pattern.search(text)
        if found:
            return found.group(1), number_of(found.group(2))
    for pattern in _OLD_NEW:
        found = pattern.search(text)
        if found:
            return found.group(2), number_of(found.group(1))
    return None


def _first(items: Sequence[Item], typed: str) -> Correction | None:
    for item in items:
        parsed = bare(item, typed)
        if parsed is not None:
            return Correction(item, parsed)
    return None
