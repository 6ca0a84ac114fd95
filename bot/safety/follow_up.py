"""What is asked after the crisis text: which question follows which answer, and what an answer means.

Reviewed data (data/safety/follow_up.yml); here it is read, checked and looked up. No answer lowers anything: the least
that an answer can say is nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.safety.answers import Meanings
from bot.safety.danger import OWN
from bot.safety.errors import RulesBroken
from bot.safety.levels import Level
from bot.safety.replies import rule_kinds
from bot.safety.rules import rule_book
from bot.safety.verdict import Verdict

FILE = Path(__file__).resolve().parents[2] / "data" / "safety" / "follow_up.yml"

SAID = ("yes", "unsure", "refused", "no")
"""What an answer can mean, the most worrying first: of an answer that means two things, the first counts."""

_KEYS = {
    "screen_follow_up",
    "author",
    "review",
    "most_questions",
    "answer_within",
    "bare_words",
    "begins_after",
    "not_after",
    "questions",
    "endings",
    "answers",
    "places",
    "place",
    "lugar",
}
_APOSTROPHES = str.maketrans("\u2018\u2019\u02bc", "'''")
_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")
_NUMBER_FIRST = re.compile(r"\W*(\d+)")
_OUT_OF_TEN = re.compile(r"\d\s*(?:/|(?:out )?of)\s*10(?!\d)")

HIGHEST_CHOICE = "3"
"""The last digit that our questions offer."""

MOST_DIGITS = 6
"""Of an answer, at most: a phone number has more."""


@dataclass(frozen=True)
class Question:
    """One question. key: of its phrase (`follow_up_<key>`); asks: in the words that the screen reads the answer with;
    staff: what it asks, for a sentence to staff; levels and then: by meaning, the level of the answer and what comes
    next, the key of a question or of an ending."""

    key: str
    asks: str
    staff: str
    levels: Mapping[str, Level]
    then: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """An answer to a question. meaning: one of SAID; level: what it raises the verdict to; then: the key of what comes
    next; reason: a sentence for staff; bare: it says little else; alone: it is the bare number or word."""

    question: str
    meaning: str
    level: Level
    then: str
    reason: str
    bare: bool
    alone: bool


@dataclass(frozen=True)
class Script:
    """All questions. within: minutes in which an answer goes on with them; most: questions an episode."""

    version: str
    most: int
    within: int
    bare_words: int
    begins_after: frozenset[str]
    not_after: frozenset[str]
    questions: Mapping[str, Question]
    endings: frozenset[str]
    answers: Mapping[str, str]
    places: tuple[re.Pattern[str], ...]

    @property
    def first(self) -> Question:
        """The question that comes first."""
        return next(iter(self.questions.values()))

    def fits(self, verdict: Verdict) -> bool:
        """Whether the questions fit a crisis: it is the writer's own, by the rules that fired, or by the trained reader
        where none did. Where that is not known nobody is asked: staff are told, and phone."""
        known = rule_kinds()
        fired = [known[rule] for rule in verdict.fired if rule in known]
        grave = {kind for level, kind in fired if level is Level.CRISIS}
        if verdict.level is not Level.CRISIS or self.not_after & {kind for _, kind in fired}:
            return False
        return bool(self.begins_after & grave) if grave else verdict.danger == OWN

    def understand(self, key: str, text: str) -> Answer | None:
        """What a message says to a question, or None: it is no answer. Raises KeyError for an unknown question."""
        question = self.questions[key]
        if _is_other_number(text):
            return None
        meant = _meanings().of(question.asks, text)
        meaning = next((one for one in SAID if one in meant), None)
        if meaning is None:
            return None
        bare = len(_WORD.findall(text)) <= self.bare_words and "?" not in text
        reason = f"Asked {question.staff}: {self.answers[meaning]}."
        alone = bare and _meanings().nothing_else(question.asks, text)
        return Answer(key, meaning, question.levels[meaning], question.then[meaning], reason, bare, alone)

    def may_answer(self, text: str) -> bool:
        """Whether a message would answer any of the questions, were it the one that waits."""
        return any(self.understand(key, text) is not None for key in self.questions)

    def tells_a_place(self, text: str) -> bool:
        """Whether a message tells where somebody is."""
        text = text.translate(_APOSTROPHES)
        return any(pattern.search(text) for pattern in self.places)


def _is_other_number(text: str) -> bool:
    """Whether a message names a number that is none of the choices: a phone number, a house, a year, a mood ("3/10", "6
    and 1"). "222" is a 2."""
    if len(_DIGIT.findall(text)) > MOST_DIGITS or _OUT_OF_TEN.search(text) is not None:
        return True
    first = _NUMBER_FIRST.match(text)
    return first is not None and (len(set(first.group(1))) > 1 or first.group(1)[0] > HIGHEST_CHOICE)


def raised(verdict: Verdict, answer: Answer) -> Verdict:
    """The verdict on a message that is an answer: at least the answer's level, with its reason first, and
    with the version of what gave the answer its level."""
    if answer.level is Level.NONE:
        return verdict
    level = max(verdict.level, answer.level)
    versions = {**verdict.versions, "follow_up": content_version()}
    return replace(verdict, level=level, reasons=(answer.reason, *verdict.reasons), versions=versions)


@lru_cache(maxsize=1)
def content_version() -> str:
    """The version of the questions and of what their answers mean: 12 hexadecimal digits over the file's content."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:12]


def load_script(path: Path = FILE) -> Script:
    """Read and check the questions. Raises RulesBroken, naming what is wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return _script(content, path.name)
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, re.error) as error:
        raise RulesBroken(path.name, f"cannot be used ({type(error).__name__}: {error})") from error


@lru_cache(maxsize=1)
def script() -> Script:
    """The project's own questions, read once. Raises RulesBroken."""
    return load_script()


def _script(content: Any, name: str) -> Script:
    if not isinstance(content, dict) or set(content) != _KEYS:
        raise RulesBroken(name, f"the keys are {', '.join(sorted(_KEYS))}")
    questions = {
        one["key"]: Question(
            key=one["key"],
            asks=one["asks"],
            staff=one["staff"],
            levels={meaning: Level(one[meaning]["level"]) for meaning in SAID},
            then={meaning: one[meaning]["then"] for meaning in SAID},
        )
        for one in content["questions"]
    }
    order, endings = list(questions), frozenset(content["endings"])
    for place, question in enumerate(questions.values()):
        for meaning, then in question.then.items():
            # Only forwards: nothing is asked twice, so that no answer can lead into a loop.
            if then not in endings and then not in order[place + 1 :]:
                raise RulesBroken(
                    name, f"{question.key}, {meaning}: {then!r} is no ending and no later question"
                )
    if set(content["answers"]) != set(SAID):
        raise RulesBroken(name, f"answers has exactly {', '.join(SAID)}")
    return Script(
        version=str(content["screen_follow_up"]),
        most=int(content["most_questions"]),
        within=int(content["answer_within"]),
        bare_words=int(content["bare_words"]),
        begins_after=frozenset(content["begins_after"]),
        not_after=frozenset(content["not_after"]),
        questions=questions,
        endings=endings,
        answers=dict(content["answers"]),
        places=tuple(re.compile(_place(one, content), re.IGNORECASE) for one in content["places"]),
    )


def _place(pattern: str, content: Any) -> str:
    for nouns in ("place", "lugar"):
        pattern = pattern.replace(f"{{{nouns}}}", f"(?:{'|'.join(content[nouns])})")
    return pattern


@lru_cache(maxsize=1)
def _meanings() -> Meanings:
    return Meanings(rule_book().meanings)
