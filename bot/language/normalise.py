"""Undo what hides plain words from a reader: invisible characters, look-alike letters, spacing, stretching, digits.

Two strengths. `clean` changes nothing that a person would see and is always applied. `normalise` guesses at the plain
words behind a disguise ("k i l l", "su1c1de", "heeelp") and is read beside the typed text, never instead of it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_STRAIGHT: Final = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‚": "'",
        "‛": "'",
        "`": "'",
        "´": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "–": "-",
        "—": "-",
    }
)
# Cyrillic and Greek letters that look like Latin ones; replaced only inside words that also hold Latin letters.
_LOOKALIKES: Final = str.maketrans("аеорсухіѕԁһкмтвАЕОРСХІКМТВНοαινρ", "aeopcyxisdhkmtbAEOPCXIKMTBHoaivp")
_LATIN: Final = re.compile(r"[A-Za-z]")
_WORD: Final = re.compile(r"\S+")
# A run of three or more single letters with one separator between them: "k i l l", "d.i.e", "h-e-l-p".
_SPACED: Final = re.compile(
    r"(?<![^\W_])[^\W\d_](?:(?P<gap>[ .\-*_/])[^\W\d_])(?:(?P=gap)[^\W\d_])+(?![^\W_])"
)
_STRETCHED: Final = re.compile(r"([^\W\d_])\1{2,}", re.IGNORECASE)
# Letters that English doubles inside words; a stretch of them is kept double ("killlll" to "kill", "diiie" to "die").
_DOUBLED: Final = frozenset("eolstfpgnmrdbc")
_LEET: Final = {
    "0": "o",
    "1": "i",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "@": "a",
    "$": "s",
    "!": "i",
    "|": "l",
    "*": "",
}
# A digit or sign between letters, so that "10mg", "3am", "b4" and "2nite" stay what they are.
_LEET_INSIDE: Final = re.compile(r"(?<=[A-Za-z])[013457@$!|*]+(?=[A-Za-z])")
_DOLLAR_START: Final = re.compile(r"(?<!\S)\$(?=[A-Za-z]{2})")
_BLANK: Final = re.compile(r"\s+")


def clean(text: str) -> str:
    """Text without invisible characters: compatibility forms unified, one space between words, straight quotes.

    Takes any string, lone surrogates and NUL bytes included; never raises.
    """
    return _BLANK.sub(" ", clean_keeping_gaps(text)).strip()


def normalise(text: str) -> str:
    """Text with disguises undone, for a second reading. Equal to `clean(text)` when there was nothing to undo."""
    text = _WORD.sub(lambda word: _latin(word.group()), clean_keeping_gaps(text))
    text = _SPACED.sub(lambda run: re.sub(r"[ .\-*_/]", "", run.group()), text)
    text = _DOLLAR_START.sub("s", text)
    text = _LEET_INSIDE.sub(lambda signs: "".join(_LEET[sign] for sign in signs.group()), text)
    text = _STRETCHED.sub(_shortened, text)
    return _BLANK.sub(" ", text).strip()


def clean_keeping_gaps(text: str) -> str:
    """As `clean`, but wide gaps stay: between spaced letters they are the only sign of where a word ends."""
    if (
        text.isascii() and text.isprintable()
    ):  # nearly every message, and nothing to look for letter by letter
        return text.translate(_STRAIGHT)
    text = unicodedata.normalize("NFKC", text).translate(_STRAIGHT)
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character in "\n\t\r\u2028\u2029\x0b\x0c":
        return " "
    kind = unicodedata.category(character)
    if kind in ("Cc", "Cs", "Co"):
        return " "
    return "" if kind == "Cf" or "\ufe00" <= character <= "\ufe0f" else character


def _latin(word: str) -> str:
    return word.translate(_LOOKALIKES) if not word.isascii() and _LATIN.search(word) else word


def _shortened(run: re.Match[str]) -> str:
    letter = run.group(1)
    return letter * 2 if letter.lower() in _DOUBLED else letter
