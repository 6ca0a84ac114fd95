"""Misspelt grave words: "sucidal", "seezure", "overdoes"... read as what they were meant to be.

Only words of a list are looked for, and words that merely look alike ("slicing", "seizing the day",
"stoke") are on a list of their own (data/safety/grave_words.yml, data for review as the rules are).
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml
from rapidfuzz.distance import OSA

from bot.safety.errors import RulesBroken
from bot.safety.review import check_review

FILE = Path(__file__).resolve().parents[2] / "data" / "safety" / "grave_words.yml"

_DOUBLED = re.compile(r"(.)\1+")
_LEET = str.maketrans("01345@$!", "oieasasi")


class GraveWords:
    """The grave words with their known misspellings, and the words that must be left alone."""

    def __init__(self, words: dict[str, list[str]], look_alikes: set[str]) -> None:
        self._known = {misspelt: right for right, variants in words.items() for misspelt in variants}
        self._words = sorted(words)
        self._plain = {_DOUBLED.sub(r"\1", right): right for right in words}
        self._alone = look_alikes | set(words)
        self.right_spelling = lru_cache(maxsize=20_000)(self._right_spelling)

    @classmethod
    def load(cls, path: Path = FILE) -> GraveWords:
        """Read the list. Raises RulesBroken when the file is not as it should be, or does not say who wrote it and
        whether it is reviewed."""
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(value, dict) or set(value) - {"author", "review"} != {"grave_words", "look_alikes"}:
            raise RulesBroken(path.name, "the keys are author, review, grave_words and look_alikes")
        check_review(value, path.name)
        words = {word: (variants or "").split() for word, variants in value["grave_words"].items()}
        return cls(words, set(value["look_alikes"].split()))

    def _right_spelling(self, word: str) -> str | None:
        """The grave word that `word` (lower case, no apostrophes) was meant to be, or None."""
        if word in self._alone:
            return None
        if word in self._known:
            return self._known[word]
        plain = _DOUBLED.sub(r"\1", word.translate(_LEET)) if any(c.isalpha() for c in word) else word
        if len(plain) < 5:
            return None
        if plain in self._plain:
            return self._plain[plain]
        if plain in self._alone:
            return None
        best: tuple[float, str] | None = None
        for right in self._words:
            # One slip in six letters, two from nine on; a swap of neighbours is one slip. Shorter words have too many
            # look-alikes: their misspellings are listed one by one. The first letter is nearly always right.
            allowed = 2 if len(right) >= 9 else 1 if len(right) >= 6 else 0
            target = _DOUBLED.sub(r"\1", right)
            if not allowed or abs(len(plain) - len(target)) > allowed or plain[0] != target[0]:
                continue
            distance = OSA.distance(plain, target, score_cutoff=allowed)
            if distance <= allowed and (best is None or distance < best[0]):
                best = (distance, right)
        return best[1] if best else None
