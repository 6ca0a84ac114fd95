"""Names as they are searched: without accents, in words. The same in the database and in Python."""

from __future__ import annotations

import unicodedata

# Letters that are no base letter with a mark.
_OWN = dict(zip("ØøŁłĐđÐðĦħıÆæŒœßÞþŦŧ", "oollddddhhiaaoostttt", strict=True))
_LATIN = [*range(0xC0, 0x180), *range(0x1E00, 0x1F00)]
_APART = "'’`´.,;:-–/()\"_&"
"""What stands between words."""


def _plain(letter: str) -> str:
    if letter in _OWN:
        return _OWN[letter]
    parts = unicodedata.normalize("NFKD", letter)
    marks = all(unicodedata.combining(one) for one in parts[1:])
    return parts[0].lower() if len(parts) > 1 and marks and parts[0].isascii() else ""


_PAIRS = [(chr(code), _plain(chr(code))) for code in _LATIN if _plain(chr(code)).isalpha()]
FROM = "".join(letter for letter, _ in _PAIRS) + _APART
TO = "".join(plain for _, plain in _PAIRS) + " " * len(_APART)
_TABLE = str.maketrans(FROM, TO)

# Written as PostgreSQL shows it, so that a comparison with the migrated database finds the same text.
NAME_WORDS = "to_tsvector('simple'::regconfig, translate((name)::text, '{}'::text, '{}'::text))".format(
    FROM.replace("'", "''"), TO
)


def words_of(name: str) -> list[str]:
    """The words of a name or of a search: "José Ó'Neill" is jose, o, neill."""
    spaced = "".join(letter if letter.isalnum() else " " for letter in name.translate(_TABLE))
    return spaced.lower().split()
