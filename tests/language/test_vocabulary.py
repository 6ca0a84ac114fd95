"""Fewer word pieces: what the training lines use stays, and the rest is read in smaller pieces."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer

from bot.language.encoder import MODEL_FOLDER
from bot.language.training_data import Example, load_training
from encoder import vocabulary
from encoder.vocabulary import cut, kept_pieces


@pytest.fixture(scope="module")
def shipped() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(MODEL_FOLDER / "tokenizer.json"))
    tokenizer.no_padding()
    return tokenizer


@pytest.fixture
def lines() -> list[Example]:
    return load_training()[::200]


def test_no_more_is_kept_than_there_is_room_for_and_lines_are_read_as_before(
    shipped: Tokenizer, lines: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "MOST", 4000)
    kept = kept_pieces(shipped, lines)
    assert len(kept) == 4000 and kept == sorted(set(kept))
    smaller = cut(shipped, kept)
    assert smaller.get_vocab_size() == 4000
    for line in lines:
        before, after = (
            shipped.encode("How did you sleep?", line.text),
            smaller.encode("How did you sleep?", line.text),
        )
        assert before.tokens == after.tokens and before.type_ids == after.type_ids
        assert [kept[number] for number in after.ids] == before.ids


def test_a_word_that_is_gone_is_read_in_pieces(
    shipped: Tokenizer, lines: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "MOST", 4000)
    smaller = cut(shipped, kept_pieces(shipped, lines))
    gone = next(
        piece
        for piece in sorted(shipped.get_vocab())
        if piece.isalpha() and smaller.token_to_id(piece) is None
    )
    tokens = smaller.encode(gone).tokens
    assert len(tokens) > 3 and "[UNK]" not in tokens


def test_lines_that_need_more_pieces_than_there_is_room_for_are_refused(
    shipped: Tokenizer, lines: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "MOST", 500)
    with pytest.raises(SystemExit, match="more than 500"):
        kept_pieces(shipped, lines)


def test_the_shipped_pieces_know_every_training_line(shipped: Tokenizer) -> None:
    """A word that came with a later line may be in smaller pieces; none is lost altogether."""
    plain = [line.text for line in load_training() if line.text.isascii()]
    assert [text for text in plain if "[UNK]" in shipped.encode(text).tokens] == []
