"""guidance/symptoms.yml: which answer is said beside the text for an urgent message; a broken map is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.guidance.errors import GuidanceInvalid
from bot.guidance.library import Library
from bot.guidance.phases import Phase
from bot.guidance.reading import CHANNELS, placeholders
from bot.guidance.symptoms import MOST_BESIDE, REVIEW_STATES, Symptoms
from bot.guidance.times import RULES
from bot.safety.levels import Level
from bot.safety.replies import rule_kinds


@pytest.fixture(scope="module")
def symptoms() -> Symptoms:
    """The project's own map."""
    return Library.load().symptoms


def test_every_kind_of_urgent_rule_is_decided_and_no_other(symptoms: Symptoms) -> None:
    assert set(symptoms.kinds) == {kind for level, kind in rule_kinds().values() if level is Level.URGENT}


def test_it_says_who_wrote_it_and_whether_a_clinician_has_read_it(symptoms: Symptoms) -> None:
    assert symptoms.author and symptoms.review in REVIEW_STATES


def test_what_may_be_said_names_a_phone_and_permits_nothing(symptoms: Symptoms) -> None:
    for topic, phases in symptoms.phases.items():
        entry = Library.load().entry(topic)
        for wording in entry.wordings:
            if wording.when == "passed" or not phases & set(wording.phases):
                continue
            for channel in CHANNELS:
                text = wording.texts[channel]
                assert {"phone", "phone_now"} & set(placeholders(text)) or topic in RULES, (topic, channel)
                assert not re.search(r"so you (can|may)|again as prescribed", text), (topic, channel)


def test_of_several_topics_the_likeliest(symptoms: Symptoms) -> None:
    assert symptoms.of_kinds(["against_advice"], {"driving": 0.2, "alcohol": 0.1, "nausea": 0.7}) == (
        "driving",
    )
    assert symptoms.of_kinds(["vomiting"], {}) == ("nausea",)


def test_each_kind_its_topic_and_never_more_than_two(symptoms: Symptoms) -> None:
    assert symptoms.of_kinds(["vomiting", "confusion", "dissociation"], {}) == ("nausea", "side_effects")
    many = symptoms.of_kinds(["vomiting", "misuse", "worse", "confusion"], {})
    assert len(many) == MOST_BESIDE


@pytest.mark.parametrize("kind", ["bladder", "fainted", "pregnancy", "a_kind_of_tomorrow"])
def test_what_the_guidance_does_not_speak_of_gets_nothing(symptoms: Symptoms, kind: str) -> None:
    assert symptoms.of_kinds([kind], {"side_effects": 0.99}) == ()


def test_on_the_word_of_the_reader_alone_only_what_it_is_sure_of(symptoms: Symptoms) -> None:
    assert symptoms.of_reader({"nausea": 0.9, "eating": 0.1}) == ("nausea",)
    assert symptoms.of_reader({"nausea": symptoms.reader_from - 0.01, "eating": 0.1}) == ()
    assert symptoms.of_reader({"eating": 0.95, "nausea": 0.05}) == ()
    assert symptoms.of_reader({}) == ()


@pytest.mark.parametrize("mild", ["dizziness", "side_effects", "sedation", "emotions"])
def test_nothing_is_called_mild_on_a_guess(symptoms: Symptoms, mild: str) -> None:
    assert symptoms.of_reader({mild: 1.0}) == ()


def test_you_can_take_them_again_is_nothing_for_somebody_who_is_unwell(symptoms: Symptoms) -> None:
    assert symptoms.fits("sedatives", Phase.SAME_DAY) and not symptoms.fits("sedatives", Phase.NEXT_DAY)
    assert not symptoms.fits("exercise", Phase.SAME_DAY)


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("vomiting: [nausea]", "vomiting: [nausia]", r"kinds\.vomiting: 'nausia' is none of the topics"),
        ("vomiting: [nausea]", "vomiting: nausea", r"kinds\.vomiting: is no list"),
        (
            "vomiting: [nausea]",
            "vomiting: [nausea]\n  vomiting: []",
            r"line \d+: vomiting stands there twice",
        ),
        ("  nausea: [before, ", "  nausea: [never, ", r"phases\.nausea: 'never' is none of the phases"),
        ("  dependence: [before,", "  dosage: [before,", r"phases\.dependence: is missing"),
        ("  dependence: [before,", "  dosage: [before,", r"phases\.dosage: is named nowhere else"),
        ("review: unreviewed", "review: perhaps", r"review: is none of unreviewed, reviewed"),
        ("review: unreviewed\n", "", r"review: is missing"),
        ("author: aftercare", 'author: ""', r"author: names nobody"),
        ("version: 1", "version: 0", r"version: is not a whole number from 1 on"),
        ("from: 0.8", "from: 8", r"reader_alone\.from: is no share from 0\.5 to 1"),
        ("from: 0.8", "from: 0.2", r"reader_alone\.from: is no share from 0\.5 to 1"),
        (
            "topics: [nausea, ",
            "topics: [sickness, ",
            r"reader_alone\.topics: 'sickness' is none of the topics",
        ),
        ("kinds:", "kind:", r"kinds: is missing.*\n.*kind: is not a known key"),
    ],
)
def test_a_broken_map(old: str, new: str, says: str, guidance_copy: Path) -> None:
    file = guidance_copy / "symptoms.yml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(GuidanceInvalid) as caught:
        Library.load(guidance_copy)
    assert "symptoms.yml" in str(caught.value)
    assert re.search(says, str(caught.value)), caught.value


def test_a_missing_map(guidance_copy: Path) -> None:
    (guidance_copy / "symptoms.yml").unlink()
    with pytest.raises(GuidanceInvalid, match=r"symptoms\.yml: there is no such file"):
        Library.load(guidance_copy)
