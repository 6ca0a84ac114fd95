"""The texts that the trained reader gets of a message: all of it, with disguises undone too, and its clauses apart."""

from __future__ import annotations

from bot.language.normalise import clean as plain_text
from bot.language.normalise import normalise
from bot.safety.text import Piece, clauses, windows

# Clauses that the trained reader reads apart, at most: the first and the last ones. Each costs about 3 ms.
MOST_CLAUSES = 8
# Longer messages are read in windows by the trained reader itself; normalising them twice and cutting them into clauses
# would cost more than it finds.
CLAUSES_UP_TO = 2_000
# Characters that the trained reader takes in one go; longer messages are read whole in stretches that overlap. Beyond
# READER_IN_FULL (1.5 seconds) it reads what the rules read: head, tail and windows between.
AT_ONCE, OVERLAP = 5_000, 200
READER_IN_FULL = 50_000
_FIRST_SIGN = 0x2190  # arrows, signs and emoji begin here
_JOINING = {
    chr(0xFE0F),
    chr(0xFE0E),
    *map(chr, range(0x1F3FB, 0x1F400)),
}  # how an emoji looks, and skin tones


def wholes(text: str) -> list[tuple[str, str]]:
    """The whole message as the trained reader gets it: as typed, and with disguises undone where that differs."""
    if len(text) > AT_ONCE:
        pieces = [Piece(text, 0)] if len(text) <= READER_IN_FULL else windows(text)[0]
        starts = [(piece.text, at) for piece in pieces for at in range(0, len(piece.text), AT_ONCE - OVERLAP)]
        return [("typed", whole[at : at + AT_ONCE]) for whole, at in starts]
    found = [("typed", text)]
    if len(text) <= CLAUSES_UP_TO:
        undone = normalise(text)
        if undone.lower() != plain_text(text).lower():
            found.append(("normalised", undone))
    return found


def says_something(text: str) -> bool:
    """Whether there is anything for the trained reader to read: words, numbers, or two emoji that differ. To the
    encoder all emoji are one; of a single one it would be guessing."""
    return (
        any(map(str.isalnum, text)) or len({sign for sign in text if ord(sign) >= _FIRST_SIGN} - _JOINING) > 1
    )


def clauses_apart(text: str) -> list[str]:
    """The clauses that are read apart: the first and the last ones of a message of several."""
    parts = clauses(text) if len(text) <= CLAUSES_UP_TO else []
    if len(parts) < 2:
        return []
    return parts if len(parts) <= MOST_CLAUSES else parts[: MOST_CLAUSES // 2] + parts[-MOST_CLAUSES // 2 :]
