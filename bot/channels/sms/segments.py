"""What a text costs, and how a long one is divided."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bot.guidance import gsm7

LONGEST = 1600
"""Characters of one message that the carrier takes (Twilio: "Message body", error 21617 above it)."""

# 3GPP TS 23.040: 140 octets a segment, 134 of several; two octets a unit of UCS-2.
_UCS2_ONE, _UCS2_OF_SEVERAL = 70, 67

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n+")


@dataclass(frozen=True)
class Cost:
    """encoding: "GSM-7" or "UCS-2"; units: septets or UTF-16 units; segments: what the carrier bills."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int


def cost(text: str) -> Cost:
    """The cost of `text` as it stands. One emoji turns the whole text to UCS-2, at less than half the room."""
    if gsm7.is_gsm7(text):
        return Cost("GSM-7", gsm7.septets(text), gsm7.segments(text))
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if units <= _UCS2_ONE:
        return Cost("UCS-2", units, 1)
    # A pair of surrogates is never split over two segments, so the parts are filled one by one.
    count, room = 1, _UCS2_OF_SEVERAL
    for character in text:
        needed = 2 if ord(character) > 0xFFFF else 1
        if needed > room:
            count, room = count + 1, _UCS2_OF_SEVERAL
        room -= needed
    return Cost("UCS-2", units, count)


def plain(text: str) -> str:
    """`text` with typographic signs made plain where that makes all of it GSM-7; otherwise as it was written.

    Letters are never exchanged: who writes in another alphabet, or with an accent that GSM-7 lacks, is read as typed.
    """
    strange = gsm7.outside(text)
    if any(sign.isalpha() or "?" in gsm7.to_gsm7(sign) for sign in strange):
        return text
    return gsm7.to_gsm7(text)


def parts(text: str, longest: int = LONGEST) -> list[str]:
    """`text` in pieces of at most `longest` characters, divided at ends of sentences, else between words.

    One piece where it fits. Nothing but white space at the joints is dropped.
    """
    pieces: list[str] = []
    rest = text.strip()
    while len(rest) > longest:
        window = rest[: longest + 1]
        ends = [match.start() for match in _SENTENCE_END.finditer(window) if 0 < match.start() <= longest]
        at = ends[-1] if ends else window.rfind(" ")
        if at <= 0:
            at = longest
        elif ends:
            # The closing quote or bracket stays with its sentence.
            at += len(re.match(r"[\"')\]]*", rest[at:])[0])  # type: ignore[index]
        pieces.append(rest[: min(at, longest)].rstrip())
        rest = rest[min(at, longest) :].lstrip()
    return [*pieces, rest] if rest else pieces
