"""Split a message into the clauses that can be read apart, so that a second question is not lost in the first.

"can I drive and have a beer tonight" gives "can I drive" and "can I have a beer tonight": a clause that begins in the
middle of a question borrows its beginning.
"""

from __future__ import annotations

import re
from typing import Final

from bot.language.normalise import clean

# More clauses than this are a letter, not a handful of questions; the rest stays with the last one.
MOST_CLAUSES: Final = 6

_SENTENCE_END: Final = re.compile(r"(?<=[.?!;])\s+|(?<=[?!])(?=[A-Za-z])")
_QUESTION: Final = (
    r"(?:can|could|may|should|shall|do|does|did|is|are|am|was|will|would|when|what|why|how|where|who|which|whats|hows|"
    r"is it|any|need to know|wondering)"
)
_ASKS: Final = re.compile(rf"(?:(?:and|also|but|or|so|ok|plus)\W+)*{_QUESTION}\b", re.IGNORECASE)
# "... and can i ...", "... also when ...", "..., how long ...": a new question begins.
_NEW_QUESTION: Final = re.compile(
    rf"\s*(?:[,&+/-]\s*|\s)(?:and|but|also|plus|or|n|then)\s+(?:also\s+)?(?={_QUESTION}\b)|\s*,\s*(?={_QUESTION}\b)",
    re.IGNORECASE,
)
# "can i", "is it ok to", "when can i": what a clause without a subject borrows.
_STEM: Final = re.compile(
    r"^(?:(?:hi|hey|hello|so|and|also|ok|quick question|q)\W+)*"
    r"(?P<stem>(?:when|how soon|how long before|what time|how many hours before)?\s*"
    r"(?:can|could|may|should|am)\s+(?:i|we|he|she|they|u)(?:\s+(?:allowed|ok|able|supposed|safe)\s+to)?"
    r"|(?:is it|is|it|its|it's)?\s*(?:ok|okay|alright|all right|fine|safe|allowed|bad)\s+(?:to|if\s+i|for\s+me\s+to)"
    r"|(?:ok|okay|safe|allowed)\s+(?:to|if\s+i))\b",
    re.IGNORECASE,
)
_JOIN: Final = re.compile(
    r"\s*(?:\s+(?:and|or|n|plus)(?:\s+(?:then|also|maybe|even))?\s+|\s*[&+]\s*)", re.IGNORECASE
)
_OTHER_SUBJECT: Final = re.compile(
    r"^(?:i|im|i'm|i'll|my|we|he|she|they|it|its|it's|that|this|then|so)\b", re.IGNORECASE
)
_LETTERS: Final = re.compile(r"[^\W\d_]")


def clauses(text: str) -> list[str]:
    """The clauses of a message in order; one element when there is nothing to split, none for an empty text."""
    found: list[str] = []
    for line in text.splitlines():
        for sentence in _SENTENCE_END.split(clean(line)):
            for part in _NEW_QUESTION.split(sentence):
                found.extend(_shared_beginning(part.strip(" ,")))
    found = [clause for clause in found if _LETTERS.search(clause)]
    if len(found) > MOST_CLAUSES:
        found = found[: MOST_CLAUSES - 1] + [" ".join(found[MOST_CLAUSES - 1 :])]
    return found or ([clean(text)] if clean(text) else [])


def is_question(clause: str) -> bool:
    """Whether a clause asks something, by its mark or its first word."""
    return clause.rstrip().endswith("?") or bool(_ASKS.match(clause))


def _shared_beginning(question: str) -> list[str]:
    """Parts joined by "and" or "or" behind one question stem, each with the stem in front."""
    stem = _STEM.search(question)
    if not stem:
        return [question]
    parts = [part.strip(" ,") for part in _JOIN.split(question)]
    if len(parts) == 1 or any(not part or _OTHER_SUBJECT.match(part) for part in parts[1:]):
        return [question]
    return [parts[0]] + [f"{stem.group('stem').strip()} {part}" for part in parts[1:]]
