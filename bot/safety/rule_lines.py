"""The lines of the rules, each tried only on texts that hold its words.

A matcher with all lines tries every one at every word of a message, though hardly any can match there. Here a line
that needs "pills" and one of "took, taken" is tried only where both are. What is found is the same, which the tests
of the rules check.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence

from spacy.language import Language
from spacy.tokens import Doc, Span

from bot.safety.medspacy_parts import TargetMatcher, TargetRule
from bot.safety.rules import Pattern


class RuleLines:
    """Finds the matches of many patterns in a text. May be called from any thread once built."""

    def __init__(self, nlp: Language, lines: Iterable[tuple[str, Pattern]]) -> None:
        """lines: pairs of the rule's id, which labels the matches, and one pattern of it."""
        lines = list(lines)
        common = Counter(word for _, pattern in lines for need in _needed_words(pattern) for word in need)
        self._matchers: list[TargetMatcher] = []
        self._needs: list[list[frozenset[str]]] = []
        self._by_word: dict[str, list[int]] = {}
        self._always: list[int] = []
        self._forms: dict[int, re.Pattern[str]] = {}
        for number, (rule_id, pattern) in enumerate(lines):
            matcher = TargetMatcher(nlp, result_type=None, prune=False)
            matcher.add([TargetRule(rule_id, rule_id, pattern=pattern)])
            self._matchers.append(matcher)
            # The alternatives that the fewest lines ask for are looked up, the others are only compared: "i" is in
            # nearly every message, and in a third of the lines.
            needs = sorted(_needed_words(pattern), key=lambda need: sum(common[word] for word in need))
            self._needs.append(needs)
            form = _form(pattern)
            if form is not None:
                self._forms[number] = form
            elif not needs:
                self._always.append(number)
            for word in needs[0] if needs else ():
                self._by_word.setdefault(word, []).append(number)
        self._any_form = re.compile(
            "|".join(f"(?:{form.pattern})" for form in self._forms.values()) or "(?!)"
        )

    def __call__(self, doc: Doc, cuts: Sequence[int] = ()) -> list[Span]:
        """All matches, overlapping ones included, labelled with the rule's id.

        cuts: where in the text, in characters, the texts begin that it was put together from, each of which was read
        by itself. Lines whose words all stand in one of them are not tried again.
        """
        words = {token.norm_ for token in doc}
        apart = _words_apart(doc, cuts) if cuts else []
        numbers = {*self._always, *(number for word in words for number in self._by_word.get(word, ()))}
        if not cuts:  # one word stands in one of them
            numbers.update(self._of_a_form(words))
        return [
            span
            for number in sorted(numbers)
            if _has(words, self._needs[number])
            and not any(_has(one, self._needs[number]) for one in apart if self._needs[number])
            for span in self._matchers[number](doc)
        ]

    def _of_a_form(self, words: set[str]) -> set[int]:
        """Lines of one word that is told by its form, which one of `words` has."""
        formed = [word for word in words if self._any_form.search(word)]
        return {number for number, form in self._forms.items() for word in formed if form.search(word)}


def _form(pattern: Pattern) -> re.Pattern[str] | None:
    """What a pattern of a single word that is told by its form asks of it."""
    norm = pattern[0].get("NORM") if len(pattern) == 1 and "OP" not in pattern[0] else None
    return re.compile(norm["REGEX"]) if isinstance(norm, dict) and set(norm) == {"REGEX"} else None


def _has(words: set[str], needs: Sequence[frozenset[str]]) -> bool:
    return all(not need.isdisjoint(words) for need in needs)


def _words_apart(doc: Doc, cuts: Sequence[int]) -> list[set[str]]:
    """The words of each of the texts that begin at `cuts`."""
    apart: list[set[str]] = [set() for _ in range(len(cuts) + 1)]
    for token in doc:
        apart[bisect_right(cuts, token.idx)].add(token.norm_)
    return apart


def _needed_words(pattern: Pattern) -> list[frozenset[str]]:
    """For each word that must be there, what it may be. Words that are told by their form only are left out."""
    needed = []
    for token in pattern:
        norm = token.get("NORM")
        if "OP" in token or norm is None:
            continue
        if isinstance(norm, str):
            needed.append(frozenset({norm}))
        elif set(norm) == {"IN"}:
            needed.append(frozenset(norm["IN"]))
    return needed
