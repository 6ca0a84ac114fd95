"""The Flesch-Kincaid grade of a text, without the network.

textstat counts syllables with a dictionary that it fetches at first use, which a test must not do. Here its words and
sentences are taken, hyphenation counts the syllables, and the words that hyphenation counts too low carry the count of
the CMU pronouncing dictionary. The formula is the published one (Kincaid et al. 1975).
"""

from __future__ import annotations

import re

import pyphen
import textstat

_HYPHENS = pyphen.Pyphen(lang="en_US")
_COUNTS = {
    2: "about above again against agree ahead alert alone amount any around avoid away body changes dizzy "
    "easy enough even habit habits healthy heavy hours kinder longer many minute open our over putting "
    "ready several sleepy stronger telling tired very later only lower either ever",
    3: "alerting already anyone anything cannabis every inspired medicine medicines nobody provider reminder riverside "
    "sentences somebody surgery usual",
    4: "anxiety diabetes emergency ptsd",
    5: "antidepressants experiences recreational unusually",
}
_SYLLABLES = {word: count for count, words in _COUNTS.items() for word in words.split()}


def grade(text: str) -> float:
    """The school grade that reads `text` with ease."""
    words = re.findall(r"[a-z']+|\d[\d-]*", text.lower())
    syllables = sum(_SYLLABLES.get(word) or len(_HYPHENS.positions(word)) + 1 for word in words)
    return 0.39 * len(words) / textstat.sentence_count(text) + 11.8 * syllables / len(words) - 15.59
