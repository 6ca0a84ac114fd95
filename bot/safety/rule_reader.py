"""The rules at work: a text in, findings out. spaCy tokens, medspaCy target matcher, medspaCy ConText for scope.

The submodules are imported, never `medspacy.load()`: that adds the PyRuSH sentence splitter to the pipeline, which
writes every token of a message to standard error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from bot.safety.far_scopes import FarScopes
from bot.safety.medspacy_parts import ConText, ConTextRule
from bot.safety.rule_lines import RuleLines
from bot.safety.rules import ANEW, PAST, SENTENCE_END, Rule, RuleBook, norm
from bot.safety.spelling import GraveWords

_WORDS = re.compile(r"\d+(?:[.,/:]\d+)*|[^\W\d_]+(?:['’`´][^\W\d_]+)*|\w+|\n|[^\w\s]\ufe0f?")
# "throat's", "dad's" are read as "throat", "dad"; "he's", "that's" stay one word that rules can name ("hes").
_POSSESSIVE = re.compile(
    r"^(?!(?:he|she|it|that|there|what|who|let|how|where|here)['’])(.{2,})['’]s$", re.IGNORECASE
)
_SPANS = "findings"


@dataclass(frozen=True)
class Finding:
    """One rule that matched: where (characters of the text that was read), the scopes that silenced it, if any, and
    whether it was said plainly (`Rule.plainly`)."""

    rule: Rule
    start: int
    end: int
    silenced_by: tuple[str, ...] = ()
    plain: bool = False


class _Tokenizer:
    """Words, numbers and signs, each with its place in the text; NORM is what patterns compare.

    spaCy's own English tokenizer takes "cant" and "dont" apart but leaves "wanna" whole, which nobody who reviews a
    rule could keep in mind. Here a word is what stands between spaces and signs, without its apostrophes, and a
    misspelt grave word has the right spelling as its NORM.
    """

    def __init__(self, vocab: Vocab, grave_words: GraveWords) -> None:
        self._vocab = vocab
        self._grave_words = grave_words

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        at = 0
        for match in _WORDS.finditer(text):
            if match.start() > at:
                gap = text[at : match.start()]
                if words and gap[0] == " ":
                    spaces[-1] = True
                    gap = gap[1:]
                if gap:
                    words.append(gap)
                    spaces.append(False)
            words.append(match.group())
            spaces.append(False)
            at = match.end()
        doc = Doc(self._vocab, words=words, spaces=spaces)
        for token, word in zip(doc, words):
            plain = norm(_POSSESSIVE.sub(r"\1", word) if word[-1] in "sSſ" else word)
            token.norm_ = self._grave_words.right_spelling(plain) or plain
        return doc


class RuleReader:
    """Reads texts with the rules of a rule book. Load once; `read` may be called from any thread."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self._rules = {rule.id: rule for rule in book.rules}
        self._filler = frozenset(book.words["filler"])
        self._leading = frozenset(book.words["leading"])
        self._nlp: Language = spacy.blank("en")
        self._nlp.tokenizer = _Tokenizer(self._nlp.vocab, book.grave_words)
        self._nlp.add_pipe("sentencizer", config={"punct_chars": SENTENCE_END})
        self._targets = RuleLines(self._nlp, ((r.id, p) for r in book.rules for p in r.patterns))
        self._plainly = RuleLines(self._nlp, ((r.id, p) for r in book.rules for p in r.plainly))
        self._alone = RuleLines(self._nlp, ((r.id, p) for r in book.rules for p in r.alone))
        self._context = ConText(
            self._nlp,
            rules=None,
            input_span_type="group",
            span_group_name=_SPANS,
            span_attrs=None,
            # Pruned, only one of two scopes on the same words would count ("in 2019" looks both ways).
            prune_on_modifier_overlap=False,
        )
        self._context.add(
            [
                ConTextRule(
                    scope.scope,
                    scope.scope.upper(),
                    pattern=pattern,
                    direction=scope.direction.upper(),
                    max_scope=scope.reach,
                )
                for scope in book.scopes
                if not scope.across
                for pattern in scope.patterns
            ]
        )
        self._far = FarScopes(self._nlp.vocab, [scope for scope in book.scopes if scope.across])

    def read(self, text: str, cuts: Sequence[int] = ()) -> list[Finding]:
        """Every rule that matches `text`, those silenced by a scope included (with `silenced_by` filled).

        cuts: where in it the messages begin that it was put together from and that were read by themselves: what one of
        them has all the words for is not looked for again.
        """
        doc = self._nlp(text)
        if not len(doc):
            return []
        matches = _longest_of_each_rule([span for span in self._targets(doc, cuts) if _sensible(span)])
        targets = [self._core(span) for span in matches]
        doc.spans[_SPANS] = targets
        scopes: dict[tuple[str, int, int], set[str]] = {}
        if targets:
            self._context(doc)
            for target, modifier in doc._.context_graph.edges:
                first, end = modifier.modifier_span
                if first < target.end and target.start < end:
                    continue  # "better off without me" denies nothing; medspaCy misses overlaps on the inside
                key = (target.label_, target.start, target.end)
                scopes.setdefault(key, set()).add(modifier.category.lower())
        plainly = [(span.label, span.start, span.end) for span in self._plainly(doc, cuts)] if targets else []
        findings = []
        for span, target in zip(matches, targets):
            rule = self._rules[span.label_]
            near = scopes.get((target.label_, target.start, target.end), set())
            reached = near | self._far(doc, span, rule.level.value)
            silencing = (reached - {PAST} if ANEW in reached else reached) & rule.unless
            plain = any(
                label == span.label and span.start <= start and end <= span.end
                for label, start, end in plainly
            )
            place = (span.start_char, span.end_char)
            findings.append(Finding(rule, *place, tuple(sorted(silencing)), plain))
        findings += [
            Finding(self._rules[span.label_], span.start_char, span.end_char, plain=True)
            for span in self._alone(doc)
            if self._is_whole_message(span)
        ]
        return findings

    def _core(self, span: Span) -> Span:
        """The match without leading "i", "he was" and the like: in "when i was suicidal" they belong to the scope too,
        and ConText lets no scope change a match that it overlaps."""
        start = span.start
        while start < span.end - 1 and span.doc[start].norm_ in self._leading:
            start += 1
        return Span(span.doc, start, span.end, label=span.label)

    def _is_whole_message(self, span: Span) -> bool:
        return all(
            span.start <= token.i < span.end
            or token.norm_ in self._filler
            or not any(character.isalnum() for character in token.text)
            for token in span.doc
        )


@lru_cache(maxsize=1)
def rule_reader(book: RuleBook) -> RuleReader:
    """The reader of a rule book: put together once, for every screen that reads with the same book."""
    return RuleReader(book)


def _sensible(span: Span) -> bool:
    """No match runs across the end of a sentence in its middle: "i want a taco. to die for"."""
    return not any(token.norm_ in SENTENCE_END for token in span[:-1])


def _longest_of_each_rule(spans: list[Span]) -> list[Span]:
    """Without the matches that lie inside a longer or equal match of the same rule."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start)):
        if not any(k.label == span.label and k.start <= span.start and span.end <= k.end for k in kept):
            kept.append(span)
    return sorted(kept, key=lambda s: s.start)


def beginnings(text: str, parts: Sequence[str]) -> list[int]:
    """Where in `text` the second of `parts` begins, and the third and so on; none where it is not made of them as they
    are: letters on lines of their own become a word only together."""
    if text not in ("\n".join(parts), " ".join(parts)):
        return []
    return list(accumulate(len(part) + 1 for part in parts))[:-1]
