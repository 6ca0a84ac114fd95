"""Scopes that reach over commas: a list of warning signs, a date, an animal.

medspaCy's terminators end every scope at the next comma, which is right for "no" and wrong for "the card on the
fridge says:". What such a scope may silence is limited by words instead: where one of its `not_beside` stands anywhere
in the text, it silences nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from spacy.matcher import Matcher
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from bot.safety.rules import ANEW, SENTENCE_END, Scope


class FarScopes:
    """Which of a text's matches a scope with `across` silences. May be called from any thread once built."""

    def __init__(self, vocab: Vocab, scopes: Iterable[Scope]) -> None:
        """scopes: those with `across`; others are medspaCy's."""
        self._scopes: list[tuple[Scope, Matcher, Matcher]] = []
        for scope in scopes:
            says, voids = Matcher(vocab), Matcher(vocab)
            says.add(scope.scope, list(scope.patterns))
            if scope.not_beside:
                voids.add("not_beside", list(scope.not_beside))
            self._scopes.append((scope, says, voids))

    def __call__(self, doc: Doc, target: Span, level: str) -> set[str]:
        """The names of the scopes that reach `target`, a match of a rule of that level."""
        return {
            scope.scope
            for scope, says, voids in self._scopes
            if level in scope.levels
            and any(_reaches(scope, start, end, target) for _, start, end in says(doc))
            and not (len(voids) and voids(doc))
        }


def _reaches(scope: Scope, start: int, end: int, target: Span) -> bool:
    """Whether the words from start to end stand inside the match, or on the right side and near enough: within the
    sentence, unless they only take the past back ("he hit me in 2009. And again last night")."""
    if start < target.end and target.start < end:
        return True
    after = end <= target.start
    between = target.doc[end : target.start] if after else target.doc[target.end : start]
    if scope.scope != ANEW and any(token.norm_ in SENTENCE_END for token in between):
        return False
    return scope.direction != ("backward" if after else "forward") and len(between) < scope.reach
