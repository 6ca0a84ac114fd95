"""The questions after a crisis text: reviewed data, forwards only, and never lowering anything."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bot.clinic.settings import load_clinic
from bot.guidance.gsm7 import segments
from bot.guidance.phrases import Phrases
from bot.safety.danger import ANOTHER, HARMED, HARMING, OWN
from bot.safety.errors import RulesBroken
from bot.safety.follow_up import FILE, SAID, load_script, raised, script
from bot.safety.levels import Level
from bot.safety.screen import Screen
from bot.safety.verdict import Verdict


@pytest.mark.parametrize(
    "text, meaning",
    [
        ("1", "yes"),
        ("yes", "yes"),
        ("Yes.", "yes"),
        ("2", "no"),
        ("222", "no"),
        ("nope", "no"),
        ("3", "unsure"),
        ("idk", "unsure"),
        ("no lo sé", "unsure"),
        ("sí", "yes"),
        ("rather not say", "refused"),
        ("1 no wait 2", "yes"),
        ("can i drive", None),
        ("jk", None),
        ("nvm", None),
        ("it was my brother", None),
        ("212 555 0142", None),
        ("1 212 555 0142", None),
        ("10027", None),
        ("12 oak street", None),
        ("", None),
        ("😢", None),
    ],
)
def test_what_an_answer_means(text: str, meaning: str | None) -> None:
    answer = script().understand("today", text)
    assert (answer.meaning if answer else None) == meaning


def test_every_path_ends_after_at_most_three_questions() -> None:
    def longest(key: str) -> int:
        if key in script().endings:
            return 0
        return 1 + max(longest(script().questions[key].then[meaning]) for meaning in SAID)

    assert longest(script().first.key) == script().most == 3


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("key", list(script().questions))
@pytest.mark.parametrize("text", ["1", "2", "3", "rather not say"])
def test_no_answer_lowers_a_verdict(level: Level, key: str, text: str) -> None:
    answer = script().understand(key, text)
    assert answer is not None
    assert raised(Verdict(level), answer).level >= level
    verdict = raised(Verdict(level, versions={"rules": "1"}), answer)
    if answer.meaning != "no":
        assert verdict.level is Level.CRISIS
        digest = hashlib.sha256(FILE.read_bytes()).hexdigest()[:12]
        assert verdict.versions == {"rules": "1", "follow_up": digest}
    else:
        assert verdict.versions == {"rules": "1"}


@pytest.mark.parametrize(
    "text, fits",
    [
        ("i want to kill myself", True),
        ("i've been cutting myself again", True),
        ("my wife says she wants to die", False),
        ("my husband hit me again last night", False),
        ("i took a whole bottle of pills, i want to die", False),
        ("crushing chest pain", False),
    ],
)
def test_they_are_asked_of_the_right_person_only(rules_screen: Screen, text: str, fits: bool) -> None:
    assert script().fits(rules_screen.assess(text)) is fits


@pytest.mark.parametrize(
    "danger, fits", [(OWN, True), (HARMED, False), (ANOTHER, False), (HARMING, False), ("", False)]
)
def test_where_the_trained_reader_alone_decided_they_are_asked_of_the_writers_own_danger(
    danger: str, fits: bool
) -> None:
    assert script().fits(Verdict(Level.CRISIS, 0.9, danger=danger)) is fits


def test_each_question_and_ending_has_signed_for_words_on_both_channels_and_in_both_languages() -> None:
    phrases, clinic = Phrases.load(), load_clinic()
    for key in (*script().questions, *script().endings, "reach", "reach_kept"):
        for phrase in (f"follow_up_{key}", f"follow_up_{key}_es"):
            assert phrases.phrase(phrase).review == "needed"
            assert segments(phrases.say(phrase, "sms", clinic)) == 1
            payloads = [one.payload for one in phrases.buttons(phrase)]
            assert payloads == (["1", "2", "3"] if key in script().questions else [])


@pytest.mark.parametrize(
    "old, new",
    [
        ("then: begun", "then: today"),  # backwards
        ("then: begun", "then: nowhere"),
        ("most_questions: 3", "most: 3"),
        ("level: crisis", "level: dire"),
        ("places:", "places: ['(']\nx:"),
    ],
)
def test_a_broken_script_is_refused(tmp_path: Path, old: str, new: str) -> None:
    file = tmp_path / "follow_up.yml"
    file.write_text(FILE.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulesBroken, match="follow_up"):
        load_script(file)


@pytest.mark.parametrize(
    "text", ["7", "10", "3/10", "2 out of 10", "mood 2", "about a 6 or 7", "6 and 1", "go on", "slept badly"]
)
def test_what_a_check_in_is_answered_with_is_no_answer_here(text: str) -> None:
    assert not script().may_answer(text)


@pytest.mark.parametrize(
    "text", ["1", "2", "3", "222", "a 2", "two", "no", "none", "a little", "skip", "maybe 5", "1 or 2"]
)
def test_what_may_be_an_answer_here_is_told(text: str) -> None:
    assert script().may_answer(text)


@pytest.mark.parametrize(
    "text",
    [
        "I\u2019m at the bridge on Elm",
        "i'm at my sister's on Elm Ave",
        "im near the bus station",
        "12 oak street",
        "123 1st ave",
        "10027",
        "i'm home alone",
        "I'm in Queens",
        "im in the parking lot behind the gym",
        "estoy en el puente",
        "vivo en la calle 5",
    ],
)
def test_what_tells_a_place(text: str) -> None:
    assert script().tells_a_place(text)


@pytest.mark.parametrize(
    "text",
    [
        "i'm in a dark place",
        "I\u2019m in a really dark place",
        "im on my own",
        "I am at my limit",
        "i'm in pain",
        "I AM IN PAIN",
        "i'm on edge",
        "im at the end of my rope",
        "i took 3 pills on the way",
        "i live in fear",
        "estoy por rendirme",
        "estoy en crisis",
        "vivo en un infierno",
    ],
)
def test_what_tells_how_somebody_is_tells_no_place(text: str) -> None:
    assert not script().tells_a_place(text)
