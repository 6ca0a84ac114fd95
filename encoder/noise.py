"""Damage done to training texts on the fly, so that the encoder reads what thumbs really type.

Labels stay: nothing here removes or adds a word, so a negation is never lost.
"""

from __future__ import annotations

import random
from typing import Final

NEIGHBOURS: Final = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
SHORT_FORMS: Final = {
    "you": "u", "your": "ur", "are": "r", "to": "2", "for": "4", "tonight": "2nite", "tomorrow": "tmrw",
    "before": "b4", "please": "pls", "because": "cuz", "about": "abt", "going": "goin", "want": "wnt", "okay": "ok",
    "and": "n", "the": "da", "with": "w", "this": "dis", "what": "wat", "through": "thru", "don't": "dont",
    "doctor": "dr", "people": "ppl", "really": "rly", "never": "nvr", "something": "smth", "i'm": "im",
}  # fmt: skip


def damage(text: str, dice: random.Random) -> str:
    """One of several everyday kinds of damage, chosen by the dice; short texts are damaged less."""
    kind = dice.random()
    if kind < 0.20:
        return dice.choice((text.lower(), text.upper(), text.capitalize()))
    if kind < 0.38:
        return "".join(character for character in text if character not in "'’.,!?;:-\"")
    if kind < 0.50:
        return " ".join(SHORT_FORMS.get(word.lower(), word) for word in text.split(" "))
    if kind < 0.56:
        words = text.split(" ")
        at = dice.randrange(len(words))
        if len(words) > 1 and at + 1 < len(words):
            words[at : at + 2] = [words[at] + words[at + 1]]
        return " ".join(words)
    return _misspell(text, dice, times=1 + len(text) // 25)


def _misspell(text: str, dice: random.Random, times: int) -> str:
    letters = list(text)
    for _ in range(times):
        places = [i for i, letter in enumerate(letters) if letter.isalpha() and letter.isascii()]
        if len(places) < 5:
            break
        at = dice.choice(places)
        kind = dice.random()
        if kind < 0.3 and at + 1 < len(letters) and letters[at + 1].isalpha():
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        elif kind < 0.6:
            del letters[at]
        elif kind < 0.8:
            letters.insert(at, letters[at])
        else:
            letters[at] = dice.choice(NEIGHBOURS.get(letters[at].lower(), "e"))
    return "".join(letters)
