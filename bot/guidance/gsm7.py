"""The alphabet of plain text messages, and what a text costs in it.

Source of the tables: 3GPP TS 23.038, section 6.2.1 (default alphabet) and 6.2.1.1 (its extension, two septets each).
Segment lengths: 3GPP TS 23.040, section 9.2.3.24.1 (each part of a longer message gives up 7 septets for its header).
"""

from __future__ import annotations

import unicodedata

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")

ONE_SEGMENT = 160
"""Septets of a message of one segment."""
OF_SEVERAL = 153
"""Septets of each segment of a longer message."""

# What word processors and phones put in place of plain characters.
_TYPOGRAPHIC = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": ",", "\u2032": "'", "\u00b4": "'", "`": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2033": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-", "\u2212": "-",
        "\u2026": "...", "\u2022": "-", "\u00b7": "-", "\u00d7": "x",
        "\t": " ", "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u202f": " ",
        "\u200b": "", "\u200c": "", "\u200d": "", "\ufeff": "", "\u00ad": "", "\ufe0f": "",
    }
)  # fmt: skip


def septets(text: str) -> int:
    """The length of `text` in septets. Raises ValueError when it holds a character outside GSM-7."""
    strange = outside(text)
    if strange:
        raise ValueError(f"not GSM-7: {' '.join(map(repr, strange))}")
    return len(text) + sum(character in EXTENSION for character in text)


def outside(text: str) -> list[str]:
    """The characters of `text` that GSM-7 does not have, each once, in order."""
    return list(dict.fromkeys(c for c in text if c not in BASIC and c not in EXTENSION))


def is_gsm7(text: str) -> bool:
    """Whether every character of `text` is in the default alphabet or its extension."""
    return not outside(text)


def segments(text: str) -> int:
    """How many segments a carrier bills for `text`; 0 for an empty one. Raises ValueError outside GSM-7."""
    length = septets(text)
    if length <= ONE_SEGMENT:
        return min(length, 1)
    # An extension character is never split over two segments, so the parts are filled one by one.
    count, room = 1, OF_SEVERAL
    for character in text:
        cost = 2 if character in EXTENSION else 1
        if cost > room:
            count, room = count + 1, OF_SEVERAL
        room -= cost
    return count


def to_gsm7(text: str) -> str:
    """`text` with typographic quotes, dashes and spaces made plain, accents dropped where GSM-7 lacks the letter,
    and a question mark for what is left."""
    plain = text.translate(_TYPOGRAPHIC)
    return "".join(c if c in BASIC or c in EXTENSION else _nearest(c) for c in plain)


def _nearest(character: str) -> str:
    base = unicodedata.normalize("NFKD", character)[:1]
    if unicodedata.combining(character):
        return ""
    return base if base in BASIC or base in EXTENSION else "?"
