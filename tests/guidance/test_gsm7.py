"""Counting as carriers count: the alphabet, its extension, and segments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.guidance.gsm7 import BASIC, EXTENSION, is_gsm7, outside, segments, septets, to_gsm7


def test_the_default_alphabet_has_127_characters_and_the_extension_10() -> None:
    # 3GPP TS 23.038: 128 codes, of which one is the escape to the extension.
    assert (len(BASIC), len(EXTENSION)) == (127, 10)


@pytest.mark.parametrize(
    "text, length", [("", 0), ("abc", 3), ("señor, ¿qué?", 12), ("[x]", 5), ("5 €", 4), ("ß Ω Ä", 5)]
)
def test_septets(text: str, length: int) -> None:
    assert septets(text) == length


@pytest.mark.parametrize("letter", ["á", "í", "ó", "ú", "ç", "’", "—", "😀", "`", "\u00a0"])
def test_what_the_alphabet_lacks(letter: str) -> None:
    assert not is_gsm7(letter)
    assert outside(f"a{letter}b{letter}") == [letter]
    with pytest.raises(ValueError, match="not GSM-7"):
        septets(letter)


@pytest.mark.parametrize(
    "text, count",
    [
        ("", 0),
        ("a", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 153, 3),  # 76 of them fit a part of 153 septets, since none is split over two parts
    ],
)
def test_segments(text: str, count: int) -> None:
    assert segments(text) == count


@pytest.mark.parametrize(
    "text, plain",
    [
        ("“Can’t” — wait…", '"Can\'t" - wait...'),
        ("á í ó ú ç", "a i o u c"),
        ("señor é ñ ü", "señor é ñ ü"),
        ("a\u00a0b\u200bc", "a bc"),
        ("hi 😀", "hi ?"),
        ("e\u0301", "e"),
    ],
)
def test_to_gsm7(text: str, plain: str) -> None:
    assert to_gsm7(text) == plain


@given(st.text(max_size=60))
def test_to_gsm7_gives_gsm7_whatever_comes(text: str) -> None:
    plain = to_gsm7(text)
    assert is_gsm7(plain)
    assert to_gsm7(plain) == plain
