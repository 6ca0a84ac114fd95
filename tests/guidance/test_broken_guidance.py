"""Broken data is refused at load, with the file, the key and the fix."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot.guidance.errors import GuidanceInvalid
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases


def change(file: Path, old: str, new: str) -> None:
    """Replace the first `old` in a file."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def problem(folder: Path, load: type[Library] | type[Phrases] = Library) -> str:
    """What loading the folder complains of."""
    with pytest.raises(GuidanceInvalid) as caught:
        load.load(folder)
    return str(caught.value)


@pytest.mark.parametrize(
    "old, new, says",
    [
        (
            "title: exercise",
            "titel: exercise",
            r"exercise\.yml: title: is missing.*\n.*titel: is not a known key",
        ),
        ("title: exercise", "title: ", r"title: holds no text\. Write the wording"),
        (
            "button: Exercise and sport",
            f"button: {'x' * 25}",
            r"button: is up to 25 septets long, 24 are allowed",
        ),
        ("version: 1", "version: one", r"version: is not a whole number from 1 on"),
        ("version: 1", "version: 0", r"version: is not a whole number from 1 on"),
        ("time_matters: false", "time_matters: maybe", r"time_matters: is neither true nor false"),
        ("version: 1", "version: 1\nrule: sleep", r"rule: 'sleep' is no rule\. Use one of driving, alcohol"),
        (
            'document: "001"',
            "document: 001",
            r"sources\.1\.document: 1 is not in sources\.yml.*with the quotes",
        ),
        (
            "section: Take It Easy",
            "section: Take it hard",
            r"sources\.1\.section: .* is no section of 001\. Copy one",
        ),
        ("phases: [unknown]", "phases: [never]", r"answers\.4\.phases: is not a list of phases"),
        ("phases: [unknown]", "phases: []", r"answers\.4\.phases: is not a list of phases"),
        (
            "phases: [next_day, later]",
            "phases: [next_day]",
            r"answers, phase later: has no answer\. Write one",
        ),
        ("phases: [unknown]", "phases: [unknown, later]", r"answers, phase later: has 2 answers\. Keep one"),
        (
            "phases: [unknown]",
            "phases: [unknown]\n    when: passed",
            r"answers\.4\.when: is waiting or passed, with a rule",
        ),
        ("sms: >-", "text: >-", r"answers\.1\.sms: is missing.*\n.*answers\.1\.text: is not a known key"),
        (
            "{phone}",
            "{telephone}",
            r"answers\.1\.web: the placeholder \{telephone\} is not known here.*phone",
        ),
        ("{phone}", "{driving_from}", r"the placeholder \{driving_from\} is not known here"),
        ("{phone}", "{next_day_from}", r"the placeholder \{next_day_from\} is not known here"),
        ("{phone}", "{phone", r"answers\.1\.web: a brace stands alone"),
        (
            "Plan to take it easy",
            "Plan " * 120,
            r"answers\.1\.web: is up to \d+ characters long, 600 are allowed",
        ),
        (
            "title: exercise",
            "title: exercise\ntitle: sport",
            r"line 2: title stands there twice\. Mend that line",
        ),
        ("title: exercise", "title: [exercise", r"exercise\.yml: line \d+: .*Mend that line"),
    ],
)
def test_a_broken_topic(old: str, new: str, says: str, guidance_copy: Path) -> None:
    change(guidance_copy / "topics" / "exercise.yml", old, new)
    found = problem(guidance_copy)
    assert "topics/exercise.yml" in found
    assert re.search(says, found), found


@pytest.mark.parametrize(
    "words, says",
    [
        ("Don’t run", r"answers\.1\.sms: '’' is not in the GSM-7 alphabet.*Write plain characters"),
        ("Plan 😀", r"is not in the GSM-7 alphabet"),
        ("Plan " * 70, r"answers\.1\.sms: is up to \d+ septets long, 306 are allowed\. Shorten it"),
        ("Plan {phone} " * 12, r"answers\.1\.sms: is up to \d+ septets long"),
        ("^" * 150, r"answers\.1\.sms: is up to \d+ septets long"),
    ],
)
def test_a_broken_text_message(words: str, says: str, guidance_copy: Path) -> None:
    file = guidance_copy / "topics" / "exercise.yml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["answers"][0]["sms"] = words + content["answers"][0]["sms"][-60:]
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    found = problem(guidance_copy)
    assert re.search(says, found), found


def test_a_rule_needs_both_wordings(guidance_copy: Path) -> None:
    change(guidance_copy / "topics" / "alcohol.yml", "when: passed", "when: waiting")
    found = problem(guidance_copy)
    assert "phase same_day while the rule is passed: has no answer" in found
    assert "phase later while the rule is waiting: has 2 answers" in found


def test_a_missing_topic_and_a_strange_one(guidance_copy: Path) -> None:
    (guidance_copy / "topics" / "driving.yml").rename(guidance_copy / "topics" / "flying.yml")
    found = problem(guidance_copy)
    assert "topics/driving.yml: there is no such file" in found
    assert "topics/flying.yml: is no topic" in found


def test_everything_wrong_is_named_at_once(guidance_copy: Path) -> None:
    for name in ("driving", "nausea", "dosage"):
        change(guidance_copy / "topics" / f"{name}.yml", "version: 1", "version: x")
    with pytest.raises(GuidanceInvalid) as caught:
        Library.load(guidance_copy)
    assert len(caught.value.problems) == 3
    assert caught.value.code == "AC301"


def test_a_folder_without_guidance(tmp_path: Path) -> None:
    assert "sources.yml: there is no such file" in problem(tmp_path)
    assert "times.yml: there is no such file" in problem(tmp_path, Phrases)


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("[Monday, ", "[", r"times\.yml: weekdays: is not a list of 7 names"),
        ("noon: noon", "midday: noon", r"clock\.noon: is missing"),
        ("{hour} am", "{hours} am", r"clock\.am: uses an unknown placeholder\. Use one of hour"),
        ("moment: part", "moment: week", r"next_day_after_sleep\.moment: 'week' is no family of moments"),
        ("}, once you have slept", "}, once you’ve slept", r"holds a character outside GSM-7"),
        ("next_day:\n  moment: day", "next_day: day\nunused:\n  moment: day", r"unused: is not a known key"),
    ],
)
def test_broken_times(old: str, new: str, says: str, guidance_copy: Path) -> None:
    change(guidance_copy / "times.yml", old, new)
    assert re.search(says, problem(guidance_copy))


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("review: needed", "reviewed: needed", r"crisis\.review: is missing"),
        ("review: needed", "review: later", r"crisis\.review: is none of needed, not_needed"),
        ("version: 2", "version: true", r"crisis\.version: is not a whole number"),
        (
            "default: off_shift",
            "default: nobody",
            r"crisis\.default: 'nobody' is no variant\. Use one of on_shift",
        ),
        ("  default: off_shift\n", "", r"crisis\.default: is missing\. Name the variant that promises least"),
        ("one_segment: true", "one_segment: 160", r"crisis\.one_segment: is neither true nor false"),
        (
            "I am glad you told me. Call",
            f"I am glad. {'Hold on. ' * 9} Call",
            r"septets long, 160 are allowed",
        ),
        ("{crisis_line}", "{line}", r"the placeholder \{line\} is not known here"),
        ("      sms: >-", "      text: >-", r"crisis\.variants\.on_shift\.sms: is missing"),
        ("crisis_es:", "crisis:", r"crisis stands there twice"),
    ],
)
def test_a_broken_phrase(old: str, new: str, says: str, guidance_copy: Path) -> None:
    change(guidance_copy / "phrases" / "safety.yml", old, new)
    found = problem(guidance_copy, Phrases)
    assert "phrases/safety.yml" in found
    assert re.search(says, found), found


@pytest.mark.parametrize(
    "old, new, says",
    [
        ('payload: "1"', "payload: 1", r"not_covered\.buttons\.1\.payload: is no text"),
        ("title: Pass it on, ", "", r"not_covered\.buttons\.1: is no button\. Write title and payload"),
        ("title: Pass it on", f"title: {'x' * 25}", r"not_covered\.buttons\.1\.title: is up to 25"),
        (
            "fields: { first: 40, second: 40 }",
            "fields: [first]",
            r"ask_back\.fields: is not a list of names with",
        ),
        (
            "fields: { first: 40, second: 40 }",
            "fields: { first: 40 }",
            r"placeholder \{second\} is not known",
        ),
    ],
)
def test_broken_buttons_and_fields(old: str, new: str, says: str, guidance_copy: Path) -> None:
    change(guidance_copy / "phrases" / "asking.yml", old, new)
    found = problem(guidance_copy, Phrases)
    assert re.search(says, found), found


def test_one_key_in_two_files(guidance_copy: Path) -> None:
    (guidance_copy / "phrases" / "zz.yml").write_text(
        "greet:\n  version: 1\n  review: not_needed\n  web: Hello.\n  sms: Hello.\n", encoding="utf-8"
    )
    assert "phrases/zz.yml: greet: stands in another file as well" in problem(guidance_copy, Phrases)


def signed(folder: Path) -> dict[str, str]:
    """Topic to hash, read afresh."""
    return {topic: entry.hash for topic, entry in Library.load(folder).topics.items()}


def test_the_hash_changes_with_the_wording_and_not_with_the_layout(
    tmp_path: Path, guidance_copy: Path
) -> None:
    before = signed(guidance_copy)
    other = tmp_path / "other"
    guidance_copy.rename(other)
    file = other / "topics" / "exercise.yml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text("# a remark\n" + yaml.safe_dump(content, width=40), encoding="utf-8")
    assert signed(other) == before
    third = tmp_path / "third"
    other.rename(third)
    change(third / "topics" / "exercise.yml", "title: exercise", "title: sport")
    after = signed(third)
    assert {topic for topic in before if before[topic] != after[topic]} == {"exercise"}


def test_the_wording_of_times_belongs_to_the_answers_that_use_it(tmp_path: Path, guidance_copy: Path) -> None:
    before = signed(guidance_copy)
    other = tmp_path / "other"
    guidance_copy.rename(other)
    change(other / "times.yml", "}, once you have slept", "}, after a night of sleep")
    after = signed(other)
    changed = {topic for topic in before if before[topic] != after[topic]}
    assert {"driving", "alcohol", "medications"} <= changed
    assert "nausea" not in changed


def test_loading_again_reads_nothing_anew(guidance_copy: Path) -> None:
    assert Library.load(guidance_copy) is Library.load(guidance_copy)
    assert Phrases.load(guidance_copy) is Phrases.load(guidance_copy)
