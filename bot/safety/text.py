"""A message as the screen reads it: cleaned without moving a character, cut into windows and clauses."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A text message is at most 1,600 characters and the web chat takes 5,000; what is longer comes from an audit of
# old records. Head and tail are where people put what matters; the windows between are samples.
READ_IN_FULL = 12_000
HEAD = TAIL = 4_000
WINDOW = 800
WINDOWS_BETWEEN = 5

# One chunk of rule reading. Long enough for any sentence, short enough that a scope cannot run through a whole page.
CHUNK = 1_500

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff\ufffe\uffff\ud800-\udfff]"
)
# Rows of emoji or dots: each would be a token, and thousands of tokens cost seconds. Their beginning says it all.
_SYMBOLS_KEPT = 8
_SYMBOLS = re.compile(rf"(?<=[^\w\s]{{{_SYMBOLS_KEPT}}})[^\w\n]+")
_CLAUSE_END = re.compile(
    r"(?<=[.!?;\n…])\s+|\s+(?=(?:but|also|anyway|btw|and also|pero|además)\b)|,\s+", re.IGNORECASE
)


@dataclass(frozen=True)
class Piece:
    """A stretch of the message: its text, and where it starts in the text as typed (characters)."""

    text: str
    start: int


def clean(text: str) -> str:
    """`text` with NUL bytes, control and zero-width characters as spaces, and long rows of symbols cut to their
    beginning: same length, so offsets stay true."""
    visible = _INVISIBLE.sub(" ", text)
    return _SYMBOLS.sub(lambda found: " " * len(found.group()), visible)


def windows(text: str) -> tuple[list[Piece], bool]:
    """What is read of a message, and whether that is all of it.

    Up to READ_IN_FULL characters everything is read. Beyond, the head, the tail and evenly spaced windows between.
    """
    if len(text) <= READ_IN_FULL:
        return [Piece(text, 0)], True
    between = len(text) - HEAD - TAIL
    step = between / WINDOWS_BETWEEN
    starts = [HEAD + int(step * place + (step - WINDOW) / 2) for place in range(WINDOWS_BETWEEN)]
    pieces = [Piece(text[:HEAD], 0)]
    pieces += [Piece(text[start : start + WINDOW], start) for start in starts]
    pieces.append(Piece(text[-TAIL:], len(text) - TAIL))
    return pieces, False


def chunks(piece: Piece) -> list[Piece]:
    """`piece` in stretches of at most CHUNK characters that overlap by 200, cut at white space."""
    if len(piece.text) <= CHUNK:
        return [piece]
    found, at = [], 0
    while at < len(piece.text):
        end = min(at + CHUNK, len(piece.text))
        if end < len(piece.text):
            space = piece.text.rfind(" ", at + CHUNK // 2, end)
            end = space if space > 0 else end
        found.append(Piece(piece.text[at:end], piece.start + at))
        if end == len(piece.text):
            break
        at = max(end - 200, at + 1)
    return found


def clauses(text: str, shortest: int = 12) -> list[str]:
    """The clauses of `text` in order: cut at sentence ends, commas and turning words.

    A clause shorter than `shortest` characters stays with the one before it: alone it would say nothing. A question
    stays with nothing, however short: "bring who? i'm jumping" is no clause.
    """
    joined: list[str] = []
    for part in (part.strip() for part in _CLAUSE_END.split(text)):
        if not part:
            continue
        asks = part.endswith("?") or (joined and joined[-1].endswith("?"))
        if joined and not asks and (len(part) < shortest or len(joined[-1]) < shortest):
            joined[-1] = f"{joined[-1]}, {part}"
        else:
            joined.append(part)
    return joined
