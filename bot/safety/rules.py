"""The safety rules, data for review: read from data/safety/rules/, checked when built, made into spaCy token patterns.

A rule's `says` holds lines in a small notation that a clinician can read; each line is one pattern:

    want|wanna        one of these words (a word is what stands between spaces; case and apostrophes do not count)
    <want>            one word of the list `want` (data/safety/rules/words.yml); may stand among alternatives
    to?               this word may be missing
    ..3               up to three words, none of them a negation (list `negators`) or the end of a sentence
    suicid*           any word that begins so; *hurtmyself* any word that holds it (people who type no spaces)
    <number>          a number

`plainly` holds lines that say it in so many words: they count whatever the trained reader makes of the message, which
else silences a rule where it is certain that there is nothing (`bot.safety.join.CERTAIN`). `alone` holds lines that
count only when they are the whole message ("suicide", "kms"); `tokens` holds spaCy token
patterns as they are, for what the notation cannot say. Each rule says who wrote it and whether a clinician has reviewed
it; so does, once, a file with word lists, scopes or meanings, and the list of grave words.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.safety.errors import RulesBroken
from bot.safety.levels import Level
from bot.safety.review import check_review
from bot.safety.spelling import FILE as GRAVE_WORDS
from bot.safety.spelling import GraveWords

FOLDER = Path(__file__).resolve().parents[2] / "data" / "safety" / "rules"
SCOPES = (
    "negated",
    "hypothetical",
    "historical",
    "someone_else",
    "figure_of_speech",
    "in_session",
    "other_ending",
    "list_of_signs",
    "animal_or_thing",
)
PAST, ANEW = "historical", "anew"
"""ANEW is no scope that silences: it takes PAST back where what was long ago has happened again."""
READER_CALM = "reader_calm"
"""In a rule's `unless`: its words are common in harmless messages, so that it is silent where there is a trained reader
that sees nothing in the message, nor in any clause of it (`bot.safety.join.CALM`)."""
RULE_LEVELS = ("urgent", "emergency", "crisis")
SENTENCE_END = [".", "!", "?", ";", "\n", "…"]

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

Pattern = list[dict[str, Any]]
Words = dict[str, list[str]]

_RULE_KEYS = {
    "id": str,
    "level": str,
    "kind": str,
    "reason": str,
    "author": str,
    "review": str,
    "unless": list,
    "says": list,
    "plainly": list,
    "alone": list,
    "tokens": list,
    "must_fire": list,
    "must_not_fire": list,
}
_SCOPE_KEYS = {
    "scope",
    "direction",
    "reach",
    "says",
    "across",
    "not_beside",
    "levels",
    "must_fire",
    "must_not_fire",
}
_SHARED = ("screen_words", "screen_scopes", "screen_meanings")
"""What belongs to no single rule: the file that holds it has an `author` and a `review` of its own."""
_FILE_KEYS = ("author", "review", "screen", "screen_answers", "screen_plain", *_SHARED)
_NEEDED = ("id", "level", "kind", "reason", "author", "review", "must_fire", "must_not_fire")


@dataclass(frozen=True)
class Rule:
    """One rule.

    id: a name and a number ("chest_pain.v1"; the number goes up when the rule comes to mean something else, the version
    of its content is that of the book); level; kind: family of danger, which chooses the approved reply (overdose,
    being_harmed, ...); reason: a sentence for staff; unless: scopes that silence it, and READER_CALM; patterns: all
    that match, `plainly` among them; must_fire and must_not_fire: messages that tests hold it to; review: `unreviewed`
    until a clinician has signed it.
    """

    id: str
    level: Level
    kind: str
    reason: str
    author: str
    review: str
    unless: frozenset[str]
    patterns: tuple[Pattern, ...]
    plainly: tuple[Pattern, ...]
    alone: tuple[Pattern, ...]
    must_fire: tuple[str, ...]
    must_not_fire: tuple[str, ...]


@dataclass(frozen=True)
class Scope:
    """Words that change what the words around them mean, for medspaCy ConText.

    scope: one of SCOPES, ANEW or `terminate` (ends the reach of the others); direction: forward, backward,
    bidirectional or terminate; reach: how many tokens far at most. across: within a sentence it reaches over commas,
    "but" and all else that ends the reach of the others, and into a match. not_beside: words that void it wherever in
    the text they stand; levels: the rules that it can silence (all levels unless named). must_not_fire and must_fire:
    messages that it silences, and messages beside them that it must not silence; tests hold it to both.
    """

    scope: str
    direction: str
    reach: int
    patterns: tuple[Pattern, ...]
    across: bool = False
    not_beside: tuple[Pattern, ...] = ()
    levels: frozenset[str] = frozenset(RULE_LEVELS)
    must_fire: tuple[str, ...] = ()
    must_not_fire: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class RuleBook:
    """All rules, scopes and word lists, with one version: 12 hexadecimal digits over the content of all their files,
    the list of grave words included."""

    rules: tuple[Rule, ...]
    scopes: tuple[Scope, ...]
    words: Words
    answers: tuple[dict[str, Any], ...]
    meanings: dict[str, list[str]]
    plain: tuple[dict[str, Any], ...]
    grave_words: GraveWords
    version: str

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id. Raises KeyError when there is none."""
        return {rule.id: rule for rule in self.rules}[rule_id]


_NO_APOSTROPHES = str.maketrans("", "", "'’`´")


def norm(word: str) -> str:
    """A word as patterns compare it: lower case, no apostrophes."""
    return word.lower().translate(_NO_APOSTROPHES)


def compile_line(line: str, words: Words, where: str) -> Pattern:
    """One line of the notation as a spaCy token pattern. Raises RulesBroken naming `where` on an unknown list."""
    pattern: Pattern = []
    for part in line.split():
        if re.fullmatch(r"\.\.\d+", part):
            # A gap swallows no "not": what it denies would hide inside the match.
            pattern.append(
                {"NORM": {"NOT_IN": SENTENCE_END + words.get("negators", [])}, "OP": f"{{0,{part[2:]}}}"}
            )
            continue
        optional = len(part) > 1 and part.endswith("?")
        token = _token(part[:-1] if optional else part, words, where)
        if optional:
            token["OP"] = "?"
        pattern.append(token)
    if not any("NORM" in token and "OP" not in token for token in pattern):
        raise RulesBroken(where, f"the line {line!r} has no word that must be there")
    return pattern


def _token(part: str, words: Words, where: str) -> dict[str, Any]:
    choices: list[str] = []
    forms: list[str] = []
    for choice in part.split("|"):
        if choice == "<number>":
            forms.append(r"\d+([.,]\d+)?$")
        elif choice.startswith("<") and choice.endswith(">"):
            if choice[1:-1] not in words:
                raise RulesBroken(where, f"there is no word list named {choice[1:-1]!r}")
            choices += words[choice[1:-1]]
        elif choice.startswith("*") and choice.endswith("*") and len(choice) > 2:
            forms.append(".*" + re.escape(norm(choice[1:-1])))
        elif choice.endswith("*") and len(choice) > 1:
            forms.append(".*".join(re.escape(norm(piece)) for piece in choice[:-1].split("*")))
        else:
            choices.append(norm(choice))
    choices = sorted(set(choices))
    if forms:
        forms += [re.escape(choice) + "$" for choice in choices]
        return {"NORM": {"REGEX": "^(" + "|".join(forms) + ")"}}
    return {"NORM": choices[0]} if len(choices) == 1 else {"NORM": {"IN": choices}}


def load_rules(folder: Path = FOLDER, grave_words: Path = GRAVE_WORDS) -> RuleBook:
    """Read every *.yml of `folder`, and the list of grave words. Raises RulesBroken, naming file and rule, on anything
    that is not as it should."""
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise RulesBroken(str(folder), "there are no rule files here")
    digest = hashlib.sha256()
    content: list[tuple[Path, dict[str, Any]]] = []
    for path in paths:
        raw = path.read_bytes()
        digest.update(path.name.encode() + b"\0" + raw)
        try:
            # Everything stays a string: to YAML's own rules the word `no` would be false and `1` a number.
            value = yaml.load(raw, Loader=_LOADER)
        except yaml.YAMLError as error:
            raise RulesBroken(path.name, "this is not valid YAML") from error
        if not isinstance(value, dict) or not set(value) <= set(_FILE_KEYS):
            raise RulesBroken(path.name, f"the keys are {', '.join(_FILE_KEYS)} only")
        if set(value) & {*_SHARED, "author", "review"}:
            check_review(value, path.name)
        content.append((path, value))
    digest.update(grave_words.name.encode() + b"\0" + grave_words.read_bytes())
    words = _words(content)
    rules = [_rule(entry, words, path.name) for path, value in content for entry in value.get("screen") or []]
    ids = [rule.id for rule in rules]
    for rule_id in ids:
        if ids.count(rule_id) > 1:
            raise RulesBroken(rule_id, "two rules have this id")
    scopes = [
        _scope(entry, words, path.name)
        for path, value in content
        for entry in value.get("screen_scopes") or []
    ]
    answers = [entry for _, value in content for entry in value.get("screen_answers") or []]
    meanings = {
        name: list(p) for _, value in content for name, p in (value.get("screen_meanings") or {}).items()
    }
    plain = tuple(entry for _, value in content for entry in value.get("screen_plain") or [])
    for entry in (*answers, *plain):
        check_review(entry, str(entry.get("id", "an answer without id")))
    return RuleBook(
        rules=tuple(rules),
        scopes=tuple(scopes),
        words=words,
        answers=tuple(answers),
        meanings=meanings,
        plain=plain,
        grave_words=GraveWords.load(grave_words),
        version=digest.hexdigest()[:12],
    )


@lru_cache(maxsize=1)
def rule_book() -> RuleBook:
    """The project's own rules, read once per process. Raises RulesBroken."""
    return load_rules()


def _words(content: list[tuple[Path, dict[str, Any]]]) -> Words:
    lists: Words = {}
    for path, value in content:
        for name, entries in (value.get("screen_words") or {}).items():
            if name in lists:
                raise RulesBroken(path.name, f"the word list {name!r} is there twice")
            lists[name] = [
                norm(str(word)) for word in (entries.split() if isinstance(entries, str) else entries)
            ]
    return lists


def _rule(entry: dict[str, Any], words: Words, file: str) -> Rule:
    where = f"{file}: {entry.get('id', 'a rule without id')}"
    for key, value in entry.items():
        if key not in _RULE_KEYS or not isinstance(value, _RULE_KEYS[key]):
            raise RulesBroken(
                where, f"{key!r} is unknown or of the wrong type; the keys are {', '.join(_RULE_KEYS)}"
            )
    for key in _NEEDED:
        if not entry.get(key):
            raise RulesBroken(where, f"{key!r} is missing")
    if not re.fullmatch(r"[a-z][a-z_]*\.v\d+", entry["id"]):
        raise RulesBroken(where, "an id is small letters, a dot, v and a number")
    if entry["level"] not in RULE_LEVELS:
        raise RulesBroken(where, "the level is urgent, emergency or crisis")
    check_review(entry, where)
    unknown = set(entry.get("unless", ())) - {*SCOPES, READER_CALM}
    if unknown:
        raise RulesBroken(where, f"unknown scopes {sorted(unknown)}; there are {SCOPES} and {READER_CALM}")
    plainly = [compile_line(str(line), words, where) for line in entry.get("plainly", ())]
    patterns = [compile_line(str(line), words, where) for line in entry.get("says", ())]
    patterns += [*plainly, *entry.get("tokens", ())]
    alone = [compile_line(str(line), words, where) for line in entry.get("alone", ())]
    if not patterns and not alone:
        raise RulesBroken(where, "it has no `says`, `plainly`, `tokens` or `alone`")
    return Rule(
        id=entry["id"],
        level=Level(entry["level"]),
        kind=entry["kind"],
        reason=entry["reason"],
        author=entry["author"],
        review=entry["review"],
        unless=frozenset(entry.get("unless", ())),
        patterns=tuple(patterns),
        plainly=tuple(plainly),
        alone=tuple(alone),
        must_fire=tuple(map(str, entry["must_fire"])),
        must_not_fire=tuple(map(str, entry["must_not_fire"])),
    )


def _scope(entry: dict[str, Any], words: Words, file: str) -> Scope:
    where = f"{file}: scope {entry.get('scope')}"
    if set(entry) - _SCOPE_KEYS or not entry.get("says"):
        raise RulesBroken(where, f"a scope has says, and of the other keys {', '.join(sorted(_SCOPE_KEYS))}")
    if entry["scope"] not in (*SCOPES, "terminate", ANEW):
        raise RulesBroken(where, f"unknown scope; there are {SCOPES}, terminate and {ANEW}")
    if entry["scope"] == ANEW and "across" not in entry:
        raise RulesBroken(where, f"{ANEW} reaches across commas")
    if entry["direction"] not in ("forward", "backward", "bidirectional", "terminate"):
        raise RulesBroken(where, "direction is forward, backward, bidirectional or terminate")
    if entry.get("across", "commas") != "commas":
        raise RulesBroken(where, "across can only be commas")
    across = "across" in entry
    if not across and set(entry) & {"not_beside", "levels"}:
        raise RulesBroken(where, "`not_beside` and `levels` are for scopes with `across`")
    if not set(entry.get("levels", ())) <= set(RULE_LEVELS):
        raise RulesBroken(where, f"the levels are {RULE_LEVELS}")
    return Scope(
        scope=entry["scope"],
        direction=entry["direction"],
        reach=int(entry.get("reach", 40)),
        patterns=tuple(compile_line(str(line), words, where) for line in entry["says"]),
        across=across,
        not_beside=tuple(compile_line(str(line), words, where) for line in entry.get("not_beside", ())),
        levels=frozenset(entry.get("levels", RULE_LEVELS)),
        must_fire=tuple(map(str, entry.get("must_fire", ()))),
        must_not_fire=tuple(map(str, entry.get("must_not_fire", ()))),
    )
