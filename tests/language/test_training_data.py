"""The training data come back byte for byte, from our loader and from Rasa's own, and stay apart from validation."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from bot.language.asked import as_asked
from bot.language.errors import TrainingDataError
from bot.language.labels import INTENTS, LEVELS, TOPICS, topic_of
from bot.language.training_data import (
    MESSAGES_FOLDER,
    NLU_FOLDER,
    Example,
    load_training,
    load_validation,
    read_jsonl,
    read_nlu,
)


@pytest.fixture(scope="module")
def training() -> list[Example]:
    return load_training()


def test_labels_are_the_contract() -> None:
    assert len(TOPICS) == 35 and len(INTENTS) == 49 and len(set(INTENTS)) == 49
    assert LEVELS == ("none", "urgent", "emergency", "crisis")
    assert topic_of("ask_safety") == "safety" and topic_of("safety") is None


def test_every_intent_and_level_has_examples(training: list[Example]) -> None:
    assert {example.intent for example in training} == set(INTENTS)
    assert {example.safety for example in training} == set(LEVELS)


def test_every_topic_has_120_examples(training: list[Example]) -> None:
    counts = Counter(example.intent for example in training)
    few = {topic: counts[f"ask_{topic}"] for topic in TOPICS if counts[f"ask_{topic}"] < 120}
    assert not few


def is_look_alike(example: Example, path: Path) -> bool:
    """A harmless line that was written to look like a worrying one, not just any harmless line.

    It is recognised by a tag that says so ("look_alike", "burden-look-alike"), by one that ties it to a worrying line
    in nearly the same words ("twin", "twin-affairs", "pair:012"), or by the file of its writer, who was asked for
    nothing else ("look-alikes-2.jsonl", "safety-harmless-and-twins.jsonl"), unless its tag says that it is everyday.
    """
    if example.safety != "none":
        return False
    by_tag = any(mark in tag for tag in example.tags for mark in ("look", "twin", "pair:"))
    by_file = any(mark in path.stem for mark in ("look-alike", "twins")) and "everyday" not in example.tags
    return by_tag or by_file


def test_there_are_5000_safety_messages_and_half_as_many_look_alikes() -> None:
    """Harmless lines of other kinds (questions, everyday, answers of check-ins) count for neither half."""
    messages = [(example, path) for path in MESSAGES_FOLDER.glob("*.jsonl") for example in read_jsonl(path)]
    look_alikes = sum(is_look_alike(example, path) for example, path in messages)
    worrying = sum(example.safety != "none" for example, _ in messages)
    assert look_alikes >= 2500
    assert worrying >= 2500
    assert look_alikes + worrying >= 5000


def test_a_look_alike_is_told_from_what_is_merely_harmless() -> None:
    def harmless(*tags: str, safety: str = "none") -> Example:
        return Example("x", "out_of_scope", safety, tags=tags)

    plain, written_so = Path("everyday-2.jsonl"), Path("look-alikes-2.jsonl")
    assert is_look_alike(harmless("burden-look-alike"), plain) and is_look_alike(harmless("pair:3"), plain)
    assert is_look_alike(harmless("giving_away"), written_so)
    assert not is_look_alike(harmless("everyday"), written_so) and not is_look_alike(harmless("scene"), plain)
    assert not is_look_alike(harmless("look_alike", safety="crisis"), written_so)


def test_files_of_one_intent_hold_that_intent() -> None:
    for path in NLU_FOLDER.glob("*.yml"):
        assert {example.intent for example in read_nlu(path)} == {path.stem}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_rasa_reads_the_same_texts() -> None:
    """Byte for byte: no entity syntax, no escape, no lost line, in any file."""
    from rasa.shared.nlu.training_data.formats import (
        rasa_yaml,
    )  # takes seconds, which the other tests do not need

    for path in sorted(NLU_FOLDER.glob("*.yml")):
        theirs = [
            (message.get("text"), message.get("intent"))
            for message in rasa_yaml.RasaYAMLReader().read(path).intent_examples
        ]
        assert theirs == [(example.text, example.intent) for example in read_nlu(path)], path.name


def test_nothing_is_there_twice_or_with_two_labels(training: list[Example]) -> None:
    labels = defaultdict(list)
    for example in training:
        question = as_asked(example.context) if example.context else None
        labels[(_plain(example.text), question)].append((example.intent, example.safety, example.text))
    assert not [found for found in labels.values() if len(found) > 1]


def test_validation_has_levels_and_intents_of_ours() -> None:
    assert len(load_validation("questions")) >= 400 and len(load_validation("safety")) >= 300


@pytest.mark.parametrize(("name", "least"), [("everyday", 500), ("sealed", 300)])
def test_sets_that_nothing_trains_on_are_large_enough(name: str, least: int) -> None:
    """Their lines are counted only: what they say is nobody's business here."""
    assert len(load_validation(name)) >= least


@pytest.mark.parametrize(
    "content",
    [
        "nlu:\n- intent: ask_driving\n  examples:\n  - text: hi",
        "version: '3.1'",
        "nlu:\n- intent: nope\n  examples: |\n    - hi",
    ],
)
def test_a_broken_nlu_file_is_named(tmp_path, content: str) -> None:
    path = tmp_path / "broken.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TrainingDataError, match=r"broken[.]yml"):
        read_nlu(path)


@pytest.mark.parametrize(
    "line",
    ["{", '{"text": "a", "intent": "greet"}', '{"text": "a", "intent": "greet", "safety": "grave"}', "[1]"],
)
def test_a_broken_line_is_named(tmp_path, line: str) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(TrainingDataError, match=r"broken[.]jsonl"):
        read_jsonl(path)


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split()) or text
