"""Each rule is held to its own examples, and the rule files to their form."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy

from bot.safety.answers import answer_rules
from bot.safety.errors import RulesBroken
from bot.safety.medspacy_parts import TargetMatcher, TargetRule
from bot.safety.rule_lines import RuleLines
from bot.safety.rules import FOLDER, GRAVE_WORDS, READER_CALM, compile_line, load_rules
from bot.safety.screen import Screen
from bot.safety.spelling import GraveWords

BOOK = load_rules()
ANSWERS = answer_rules(BOOK.answers)

GOOD_RULE = """
screen:
  - id: a_rule.v1
    level: crisis
    kind: suicide
    reason: Why.
    author: somebody
    review: unreviewed
    says: ["goodbye world"]
    must_fire: ["goodbye world"]
    must_not_fire: ["hello world"]
"""


@pytest.mark.parametrize("rule, sentence", [(r.id, s) for r in BOOK.rules for s in r.must_fire])
def test_rule_fires(rules_screen: Screen, rule: str, sentence: str) -> None:
    assert rule in rules_screen.assess(sentence).fired


@pytest.mark.parametrize("rule, sentence", [(r.id, s) for r in BOOK.rules for s in r.must_not_fire])
def test_screen_stays_quiet(rules_screen: Screen, rule: str, sentence: str) -> None:
    assert rules_screen.assess(sentence).fired == ()


@pytest.mark.parametrize("sentence", [s for scope in BOOK.scopes for s in scope.must_fire])
def test_a_danger_beside_a_look_alike_fires(rules_screen: Screen, sentence: str) -> None:
    assert rules_screen.assess(sentence).fired


@pytest.mark.parametrize("scope, sentence", [(p.scope, s) for p in BOOK.scopes for s in p.must_not_fire])
def test_a_scope_silences_its_look_alikes(rules_screen: Screen, scope: str, sentence: str) -> None:
    found = rules_screen.examine(sentence)
    assert found.verdict.fired == ()
    assert any(scope in scopes for _, scopes in found.silenced)


@pytest.mark.parametrize("rule, question, answer", [(r.id, q, a) for r in ANSWERS for q, a in r.must_fire])
def test_answer_fires(rules_screen: Screen, rule: str, question: str, answer: str) -> None:
    verdict = rules_screen.assess(answer, question)
    assert rule in verdict.fired
    assert verdict.evidence


@pytest.mark.parametrize(
    "rule, question, answer", [(r.id, q, a) for r in ANSWERS for q, a in r.must_not_fire]
)
def test_harmless_answer_stays_quiet(rules_screen: Screen, rule: str, question: str, answer: str) -> None:
    assert rules_screen.assess(answer, question).fired == ()


def test_a_bare_answer_means_nothing_without_its_question(rules_screen: Screen) -> None:
    assert [rules_screen.assess(text).level.value for text in ("2", "yes", "no", "0")] == ["none"] * 4


def test_every_rule_says_whether_a_clinician_has_reviewed_it() -> None:
    assert {rule.review for rule in BOOK.rules} <= {"unreviewed", "reviewed"}
    assert all(rule.author and rule.reason.endswith(".") for rule in BOOK.rules)


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(GOOD_RULE)
    before = load_rules(tmp_path).version
    (tmp_path / "rules.yml").write_text(GOOD_RULE.replace("Why.", "Because."))
    assert load_rules(tmp_path).version != before


def test_the_version_follows_the_list_of_grave_words(tmp_path: Path) -> None:
    """It changes what the rules find, so that it belongs to their version."""
    words = tmp_path / "grave_words.yml"
    words.write_text(GRAVE_WORDS.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_rules(grave_words=words).version == BOOK.version
    words.write_text(words.read_text(encoding="utf-8").replace("sewerslide", "sewerslides"), encoding="utf-8")
    changed = load_rules(grave_words=words)
    assert changed.version != BOOK.version
    assert changed.grave_words.right_spelling("sewerslides") == "suicide"


@pytest.mark.parametrize("line", ["author: aftercare\n", "review: unreviewed\n"])
@pytest.mark.parametrize("file", ["words.yml", "scopes.yml", "answers.yml"])
def test_word_lists_say_who_wrote_them_and_whether_they_are_reviewed(
    tmp_path: Path, file: str, line: str
) -> None:
    """Those for Spanish included, which lie in words.yml."""
    for path in FOLDER.glob("*.yml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_rules(tmp_path).words["spanish"]
    text = (FOLDER / file).read_text(encoding="utf-8")
    (tmp_path / file).write_text(text.replace(line, "", 1), encoding="utf-8")
    with pytest.raises(RulesBroken, match=f"{file}.*{line.split(':')[0]}"):
        load_rules(tmp_path)


@pytest.mark.parametrize(
    ("line", "instead", "named"),
    [
        ("author: aftercare\n", "", "author"),
        ("review: unreviewed\n", "", "review"),
        ("review: unreviewed\n", "review: fine\n", "review"),
        ("look_alikes:", "lookalikes:", "look_alikes"),
    ],
)
def test_a_list_of_grave_words_that_says_too_little_is_refused(
    tmp_path: Path, line: str, instead: str, named: str
) -> None:
    words = tmp_path / "grave_words.yml"
    words.write_text(GRAVE_WORDS.read_text(encoding="utf-8").replace(line, instead), encoding="utf-8")
    with pytest.raises(RulesBroken, match=f"grave_words.yml.*{named}"):
        GraveWords.load(words)


@pytest.mark.parametrize("line", ["    author: somebody\n", "    review: unreviewed\n"])
def test_an_answer_rule_says_who_wrote_it_and_whether_it_is_reviewed(tmp_path: Path, line: str) -> None:
    answer = """
screen_answers:
  - id: an_answer.v1
    author: somebody
    review: unreviewed
"""
    (tmp_path / "rules.yml").write_text(GOOD_RULE + answer)
    assert load_rules(tmp_path).answers
    (tmp_path / "rules.yml").write_text(GOOD_RULE + answer.replace(line, ""))
    with pytest.raises(RulesBroken, match=r"an_answer\.v1"):
        load_rules(tmp_path)


@pytest.mark.parametrize(
    "change, named",
    [
        (("id: a_rule.v1", "id: a_rule"), "a_rule"),
        (("level: crisis", "level: none"), "level"),
        (("author: somebody", "autor: somebody"), "autor"),
        (("    reason: Why.\n", ""), "reason"),
        (("review: unreviewed", "review: fine"), "review"),
        (('says: ["goodbye world"]', 'says: ["goodbye <nowhere>"]'), "nowhere"),
        (('says: ["goodbye world"]', 'says: ["..3 world?"]'), "..3 world?"),
        (("    must_fire:", "    unless: [tired]\n    must_fire:"), "tired"),
        (("screen:", "rules:"), "screen"),
    ],
)
def test_a_broken_rule_is_refused_and_named(tmp_path: Path, change: tuple[str, str], named: str) -> None:
    (tmp_path / "rules.yml").write_text(GOOD_RULE.replace(*change))
    with pytest.raises(RulesBroken, match=named.replace("?", r"\?")):
        load_rules(tmp_path)


@pytest.mark.parametrize(
    "line, named",
    [
        ("not_beside: [now]", "across"),
        ("levels: [urgent]", "across"),
        ("across: commas\n    levels: [grave]", "levels"),
        ("across: stops", "commas"),
        ("beside: [now]", "not_beside"),
    ],
)
def test_a_broken_scope_is_refused_and_named(tmp_path: Path, line: str, named: str) -> None:
    scope = "  - scope: historical\n    direction: forward\n    says: [long ago]\n"
    signed = "author: somebody\nreview: unreviewed\n"
    (tmp_path / "rules.yml").write_text(f"{GOOD_RULE}\n{signed}screen_scopes:\n{scope}    {line}\n")
    with pytest.raises(RulesBroken, match=named):
        load_rules(tmp_path)


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesBroken, match="no rule files"):
        load_rules(tmp_path)


def test_no_rule_file_can_be_taken_for_rasa_training_data() -> None:
    folder = Path(__file__).resolve().parents[2] / "data" / "safety"
    for path in folder.rglob("*.yml"):
        keys = {line.split(":")[0] for line in path.read_text().splitlines() if line[:1].isalpha()}
        assert not keys & {"version", "nlu", "rules", "stories", "intents"}, path


def test_the_notation() -> None:
    assert compile_line("want|wanna to? <x>", {"x": ["die", "dead"]}, "test") == [
        {"NORM": {"IN": ["wanna", "want"]}},
        {"NORM": "to", "OP": "?"},
        {"NORM": {"IN": ["dead", "die"]}},
    ]
    assert compile_line("Don't", {}, "test") == [{"NORM": "dont"}]
    assert compile_line("suicid*", {}, "test") == [{"NORM": {"REGEX": "^(suicid)"}}]


def test_lines_tried_only_where_their_words_are_find_what_one_big_matcher_finds() -> None:
    nlp = spacy.blank("en")
    lines = [(rule.id, pattern) for rule in BOOK.rules for pattern in rule.patterns]
    everything = TargetMatcher(nlp, result_type=None, prune=False)
    everything.add([TargetRule(rule_id, rule_id, pattern=pattern) for rule_id, pattern in lines])
    chosen = RuleLines(nlp, lines)
    found = 0
    for sentence in [s for rule in BOOK.rules for s in (*rule.must_fire, *rule.must_not_fire)]:
        doc = nlp(sentence.lower())
        expected = {(span.label_, span.start, span.end) for span in everything(doc)}
        assert {(span.label_, span.start, span.end) for span in chosen(doc)} == expected
        found += len(expected)
    assert found > 100


def test_rules_whose_words_are_plain_need_no_reader() -> None:
    """What says in so many words that somebody wants to die, or cannot breathe, counts whatever the reader says."""
    for name in (
        "want_to_die",
        "kill_myself",
        "suicidal_word",
        "self_harm",
        "means_in_sight",
        "cannot_breathe",
        "unconscious",
        "overdose",
    ):
        assert [READER_CALM in rule.unless for rule in BOOK.rules if rule.id.startswith(f"{name}.")] == [
            False
        ]
    assert 10 <= sum(READER_CALM in rule.unless for rule in BOOK.rules) <= len(BOOK.rules) / 3
