"""Fewer word pieces: those of the training lines, single characters, and the most frequent of the rest.

The base knows 30,522 word pieces, of which messages to a clinic use half; the others are scripts nobody here reads,
names and rare words. A word whose piece is gone is read in smaller pieces, as any word is that never had one.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tokenizers import Tokenizer

from bot.language.asked import as_asked
from bot.language.training_data import Example

MOST = 17_000
"""Word pieces that are kept: with ten layers in int8 they are as many as 25 MB hold."""
_PLAIN = re.compile(r"(##)?([a-z]+|[!-~])")


def kept_pieces(tokenizer: Tokenizer, examples: list[Example]) -> list[int]:
    """Numbers of the word pieces to keep, in the base's order. Its order is by frequency, roughly."""
    pieces = {number: piece for piece, number in tokenizer.get_vocab().items()}
    kept = {
        number for number, piece in pieces.items() if piece in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    }
    kept |= {
        n for n, piece in pieces.items() if _PLAIN.fullmatch(piece) and len(piece.removeprefix("##")) == 1
    }
    for example in examples:
        kept.update(tokenizer.encode(example.text).ids)
        if example.context:
            kept.update(tokenizer.encode(as_asked(example.context)).ids)
    if len(kept) > MOST:
        raise SystemExit(f"the training lines use {len(kept)} word pieces, more than {MOST}")
    rest = (n for n in sorted(pieces) if n not in kept and _PLAIN.fullmatch(pieces[n]))
    return sorted([*kept, *(n for n, _ in zip(rest, range(MOST - len(kept))))])


def cut(tokenizer: Tokenizer, kept: list[int]) -> Tokenizer:
    """The tokenizer with these word pieces alone, numbered anew in their order."""
    described: dict[str, Any] = json.loads(tokenizer.to_str())
    anew = {number: place for place, number in enumerate(kept)}
    vocabulary = described["model"]["vocab"]
    described["model"]["vocab"] = {piece: anew[n] for piece, n in vocabulary.items() if n in anew}
    for added in described["added_tokens"]:
        added["id"] = anew[added["id"]]
    for special in described["post_processor"]["special_tokens"].values():
        special["ids"] = [anew[number] for number in special["ids"]]
    return Tokenizer.from_str(json.dumps(described))
