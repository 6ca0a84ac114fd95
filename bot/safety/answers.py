"""Bare answers: a "2" after the safety question, a "no" after "are you safe", a "0" after the mood question.

Which answers to which questions count is data for review (data/safety/rules/answers.yml); here they are understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.safety.errors import RulesBroken
from bot.safety.levels import Level

HIGHEST = 10
"""Number that an answer of a check-in can have. "30", "maybe 35", "with the gin" are no answers."""

MEANINGS = ("yes", "no", "unsure", "refused", "low")

_NUMBER_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "cero": 0, "uno": 1, "dos": 2, "tres": 3, "zerooo": 0, "nil": 0,
}  # fmt: skip
_OPTION = re.compile(r"(?<![\d.])(\d)\s*(?:[:=.)]|for\b|is\b)?\s*([a-z][a-z' -]*)", re.IGNORECASE)
_SCALE = re.compile(
    r"\b0\s*(?:-|to)\s*10|from 0 to 10|0 \(?(?:lowest|worst|bad|none) |del 0 al 10", re.IGNORECASE
)
_LOWEST = re.compile(r"(?:(?:-|minus )\s*\d+|0+(?:/10)?|zero+|cero)\s*(?:[.!,…):;]|$)")
_FREQUENCY = re.compile(r"0 not at all\W+1 several days\W+2 (?:more than half|over half)", re.IGNORECASE)
_LABELS = (
    (re.compile(r"rather not|prefer not|skip", re.IGNORECASE), "refused"),
    (re.compile(r"not sure|unsure|maybe|don'?t know", re.IGNORECASE), "unsure"),
    (re.compile(r"no\b|not at all|none|never", re.IGNORECASE), "no"),
    (re.compile(r"yes|several|more than|over half|nearly|half|sometimes|often|every", re.IGNORECASE), "yes"),
)


@dataclass(frozen=True)
class AnswerRule:
    """Which answer to which question raises which level; see data/safety/rules/answers.yml."""

    id: str
    level: Level
    kind: str
    reason: str
    asks: tuple[str, ...]
    not_asks: tuple[str, ...]
    means: frozenset[str]
    must_fire: tuple[tuple[str, str], ...]
    must_not_fire: tuple[tuple[str, str], ...]

    def is_about(self, question: str) -> bool:
        """True when `question` is the kind of question this rule is for."""
        asked = question.lower()
        return any(words in asked for words in self.asks) and not any(
            words in asked for words in self.not_asks
        )


def answer_rules(entries: tuple[dict[str, Any], ...]) -> tuple[AnswerRule, ...]:
    """Checked rules from their YAML. Raises RulesBroken naming the rule."""
    keys = {
        "id",
        "level",
        "kind",
        "reason",
        "author",
        "review",
        "asks",
        "not_asks",
        "means",
        "must_fire",
        "must_not_fire",
    }
    rules = []
    for entry in entries:
        where = str(entry.get("id", "an answer rule without id"))
        if set(entry) != keys:
            raise RulesBroken(where, f"an answer rule has exactly the keys {', '.join(sorted(keys))}")
        if not set(entry["means"]) <= set(MEANINGS):
            raise RulesBroken(where, f"means is a list of {', '.join(MEANINGS)}")
        rules.append(
            AnswerRule(
                id=entry["id"],
                level=Level(entry["level"]),
                kind=entry["kind"],
                reason=entry["reason"],
                asks=tuple(words.lower() for words in entry["asks"]),
                not_asks=tuple(words.lower() for words in entry["not_asks"]),
                means=frozenset(entry["means"]),
                must_fire=tuple((question, answer) for question, answer in entry["must_fire"]),
                must_not_fire=tuple((question, answer) for question, answer in entry["must_not_fire"]),
            )
        )
    return tuple(rules)


class Meanings:
    """Understands bare answers with the words of `screen_meanings`."""

    def __init__(self, words: dict[str, list[str]]) -> None:
        if set(words) - set(MEANINGS):
            raise RulesBroken("screen_meanings", f"the meanings are {', '.join(MEANINGS)}")
        self._words = {meaning: _beginning(phrases) for meaning, phrases in words.items()}

    def of(self, question: str, answer: str) -> set[str]:
        """What `answer` says to `question`: a subset of MEANINGS, empty when it says nothing that can be told.

        An answer that takes itself back ("1 no wait 2") means both; the worse one counts.
        """
        text = answer.strip().lower().lstrip("¿¡\"'.… ").replace("'", "").replace("’", "")
        if _SCALE.search(question):
            return {"low"} if _LOWEST.match(text) else set()
        options = {int(digit): label for digit, label in _OPTION.findall(question)}
        first = re.match(r"(?:option |its |is |a )?(\d+(?:\.\d+)?|[a-z]+)\b", text)
        number = _number(first.group(1)) if first else None
        if first and number is not None and options:
            return _chosen(options, number, text[first.end() :])
        for meaning, beginning in self._words.items():
            if beginning.match(text):
                return {meaning}
        return set()

    def nothing_else(self, question: str, answer: str) -> bool:
        """True where `answer` is a number or one of those words and nothing besides: "1", "Yes.", "not sure"."""
        if settles(question, answer):
            return True
        words = " ".join(re.findall(r"[^\W_]+|[^\w\s.,!?:;'\"()-]", re.sub("['\u2019]", "", answer.lower())))
        return any(beginning.fullmatch(words) for beginning in self._words.values())


def settles(question: str, answer: str) -> bool:
    """True where `answer` is nothing but one of the answers that `question` lists: its number, its words, or both.

    Such an answer says what the question says it does, no more and no less ("1" after "1 no 2 yes", "Nearly every
    day"): where a rule or a score judges it, a reader that goes by likeness is not asked.
    """
    options = {int(digit): label.strip().lower() for digit, label in _OPTION.findall(question)}
    if len(options) < 2:
        return False
    said = re.fullmatch(r"\W*(?:(\d)\b)?\W*([a-z' ]*)\W*", answer.strip().lower().replace("\u2019", "'"))
    if said is None:
        return False
    number, words = said.group(1), said.group(2).strip()
    if number is None:
        return words in options.values()
    return int(number) in options and words in ("", options[int(number)])


def is_frequency_scale(question: str) -> bool:
    """True where `question` has the four answers of the PHQ, whose numbers are added up and judged as a score."""
    return _FREQUENCY.search(question) is not None


def _beginning(phrases: list[str]) -> re.Pattern[str]:
    plain = sorted({phrase.lower().replace("'", "") for phrase in phrases}, key=len, reverse=True)
    return re.compile("(?:" + "|".join(re.escape(phrase) for phrase in plain) + r")(?!\w)")


def _chosen(options: dict[int, str], number: float, rest: str) -> set[str]:
    """What the chosen numbers stand for in the question's own list of answers."""
    # "1.5 if I'm truthful": between two answers, the worse one counts. "2222" is a finger that slipped.
    choices = {int(number), int(number + 0.5)} if number != int(number) else {int(str(int(number))[0])}
    choices |= {
        int(digit) for digit in re.findall(r"(?:no|wait|actually|today|now|or|and|then)\W+(\d)\b", rest)
    }
    return {
        meaning
        for choice in choices
        for pattern, meaning in _LABELS
        if pattern.match(options.get(choice, ""))
    }


def _number(word: str) -> float | None:
    if word in _NUMBER_WORDS:
        return float(_NUMBER_WORDS[word])
    try:
        return float(word)
    except ValueError:
        return None


@dataclass(frozen=True)
class PlainAnswer:
    """Answers that are nothing but what was asked for: a time, or one of the answers to choose from.

    The trained reader alone takes such a few words for a worry ("two days ago", "most days"); a rule that fires still
    counts. words: of which such an answer may consist, beside numbers; answers: whole answers; taken_back: words that
    put another number in the place of one that was given ("sorry, I meant 4"), of which a message may consist; names:
    words of which such an answer has one, and then it answers no question: it was said unasked.
    """

    id: str
    asks: tuple[str, ...]
    words: frozenset[str]
    answers: frozenset[str]
    taken_back: frozenset[str]
    names: frozenset[str]
    must_be_plain: tuple[str, ...]
    must_not_be_plain: tuple[str, ...]

    def is_plain(self, question: str | None, answer: str) -> bool:
        """Whether `answer` is one of the list, or has words of the list only, and a number or two. question: the one
        just asked, or None."""
        said = _said(answer)
        if not said or self.taken_back or not self._is_asked(question):
            return False
        if self.answers:
            return self.is_listed(answer)
        if self.names and self.names.isdisjoint(said):
            return False
        return all(word.isdigit() or word in self.words | self.names for word in said)

    def _is_asked(self, question: str | None) -> bool:
        if question is None or self.names:
            return question is None and bool(self.names)
        return any(words in question.lower() for words in self.asks)

    def is_listed(self, answer: str) -> bool:
        """Whether `answer`, to whatever question, is a number, one of the whole answers, or a number put right."""
        said = _said(answer)
        if self.taken_back:
            counts = [_counts(word, before) for word, before in zip(said, ["", *said])]
            words = [word for word, number in zip(said, counts) if not number]
            return self.taken_back.issuperset(words) and 0 < len(words) < len(said)
        numbers = bool(said) and all(word.isdecimal() and int(word) <= HIGHEST for word in said)
        return bool(self.answers) and (numbers or " ".join(said) in self.answers)

    def put_right(self, answer: str) -> list[str]:
        """The answers in a message that puts another one right: the numbers of "sorry, 2 not 1", the "yes" of "I meant
        yes". Empty where it has no words that do so."""
        said = _said(answer)
        if self.is_listed(answer):
            return [word for word in said if word.isdecimal()] if self.taken_back else []
        first = next((at for at, word in enumerate(said) if word not in self.taken_back - {"no", "not"}), 0)
        return [" ".join(said[first:])] if first else []


def _counts(word: str, before: str) -> bool:
    """Whether a word is a number that a check-in can have. "no one" is nobody, not a number put right."""
    if word in _NUMBER_WORDS:
        return not (word == "one" and before in ("no", "not", "the"))
    return word.isdecimal() and int(word) <= HIGHEST


_PLAIN_WORD = re.compile(r"\d+|[^\W\d_]+|[^\w\s.,:;!?/()&-]")


@lru_cache(maxsize=64)  # each list of plain answers asks for the words of the same few messages
def _said(answer: str) -> tuple[str, ...]:
    return tuple(_PLAIN_WORD.findall(answer.lower().replace("'", "").replace("’", "")))


def plain_answers(entries: tuple[dict[str, Any], ...]) -> tuple[PlainAnswer, ...]:
    """Checked plain answers from their YAML. Raises RulesBroken naming the entry."""
    keys = {"id", "reason", "author", "review", "asks", "must_be_plain", "must_not_be_plain"}
    kinds = ("words", "answers", "taken_back")
    for entry in entries:
        if set(entry) - {"names"} not in [keys | {kind} for kind in kinds]:
            where = str(entry.get("id", "a plain answer without id"))
            listed = ", ".join(sorted(keys))
            raise RulesBroken(
                where, f"a plain answer has exactly the keys {listed}, and one of {', '.join(kinds)}"
            )
    return tuple(
        PlainAnswer(
            id=entry["id"],
            asks=tuple(words.lower() for words in entry["asks"]),
            words=frozenset(entry.get("words", "").split()),
            answers=frozenset(" ".join(_said(one)) for one in entry.get("answers", ())),
            taken_back=frozenset(entry.get("taken_back", "").split()),
            names=frozenset(entry.get("names", "").split()),
            must_be_plain=tuple(entry["must_be_plain"]),
            must_not_be_plain=tuple(entry["must_not_be_plain"]),
        )
        for entry in entries
    )
