"""What a text costs, and how a long one is divided."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.sms.numbers import sender
from bot.channels.sms.segments import LONGEST, cost, parts, plain


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("¡Hola! ¿Qué tal?", "GSM-7", 16, 1),
        ("€" * 80, "GSM-7", 160, 1),
        ("a" * 70 + "", "GSM-7", 70, 1),
        ("’" + "a" * 69, "UCS-2", 70, 1),
        ("’" + "a" * 70, "UCS-2", 71, 2),
        ("😔" * 35, "UCS-2", 70, 1),
        ("😔" * 36, "UCS-2", 72, 2),
        ("😔" * 67, "UCS-2", 134, 3),
    ],
)
def test_cost(text: str, encoding: str, units: int, segments: int) -> None:
    price = cost(text)
    assert (price.encoding, price.units, price.segments) == (encoding, units, segments)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Don’t drive “tonight” – rest…", 'Don\'t drive "tonight" - rest...'),
        ("¡Hola!", "¡Hola!"),
        ("Descanse más", "Descanse más"),
        ("Good luck 😊", "Good luck 😊"),
        ("Отдыхайте – сегодня", "Отдыхайте – сегодня"),
    ],
)
def test_typographic_signs_are_made_plain_and_letters_never_exchanged(text: str, sent: str) -> None:
    assert plain(text) == sent


def test_a_text_that_fits_is_one_piece() -> None:
    assert parts("a. " * 500) == [("a. " * 500).strip()]


def test_pieces_end_with_sentences() -> None:
    text = 'He said "rest now." Then he left. ' * 60
    pieces = parts(text)
    assert len(pieces) > 1
    assert all(piece[-1] in '."' for piece in pieces)


def test_a_long_word_is_divided_by_force() -> None:
    assert [len(piece) for piece in parts("a" * 4000)] == [1600, 1600, 800]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab .!?\n\"')…é😔"), max_size=300), st.integers(5, 60))
def test_nothing_but_white_space_is_lost_between_pieces(text: str, longest: int) -> None:
    pieces = parts(text, longest)
    assert all(0 < len(piece) <= longest for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert LONGEST == 1600


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("+12125550161", "+12125550161"),
        ("(212) 555-0161", "+12125550161"),
        ("12125550161", "+12125550161"),
        ("+491701234567", "+491701234567"),
        ("72345", "72345"),
        ("CLINIC NAME", "CLINICNAME"),
        ("", ""),
        ("whatsapp:+12125550161234", "whatsapp+12125550161"),
    ],
)
def test_a_sender_is_kept_in_one_form(raw: str, kept: str) -> None:
    assert sender(raw) == kept
