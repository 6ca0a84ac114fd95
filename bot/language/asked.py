"""One wording for each question of a check-in.

Whoever wrote training messages worded the mood question in a dozen ways, clinics will word it in others, and to the
reader each would be another question: "2. why plan a summer" was a crisis after one wording and nothing after another.
Before anything is encoded, in training as at run time, a question that asks the same gets the words of `instruments/`.
"""

from __future__ import annotations

import re
from typing import Final

MOOD: Final = "mood 0-10"
SIDE_EFFECTS: Final = "side effects 1 none 2 mild 3 bad"
SLEEP: Final = "How did you sleep?"
THOUGHTS: Final = "thoughts of being better off dead or of hurting yourself? 1 no 2 yes 3 rather not say"
WORD: Final = "Anything else for the team?"

LONGEST: Final = 300  # a question of a check-in is shorter; bounds the time that the patterns take
# What the numbers mean is part of a question: where they mean something else, or other things are asked beside, it
# stays as it is.
_SAME: Final = tuple(
    (re.compile(pattern), wording)
    for pattern, wording in (
        (r"(?!.*\b(?:thoughts?|anxiety|energy|pain|sleep)\b)(?=.*\bmood\b).*\b0\b.*\b10\b.*", MOOD),
        (r".*\bside effects\b.* 1 (?:for )?none 2 .+ 3 .+", SIDE_EFFECTS),
        (r"(?:.*\W)?how did you sleep(?: last night)?(?: 1 well 2 .+ 3 .+)?", SLEEP),
        (r".*\b(?:better off dead|hurting yourself|harming yourself|suicide)\b.* 1 no 2 yes 3 .+", THOUGHTS),
        (r".*\banything (?:else )?.*\b(?:for the (?:care )?team|(?:us|the (?:care )?team) to know)", WORD),
    )
)
_MARKS: Final = re.compile(r"[\s,.:;?!()-]+")


def as_asked(question: str) -> str:
    """The question just asked, in the words of the check-in if it asks the same; else as given."""
    if len(question) > LONGEST:
        return question
    plain = _MARKS.sub(" ", question.lower()).strip()
    return next((wording for pattern, wording in _SAME if pattern.fullmatch(plain)), question)
