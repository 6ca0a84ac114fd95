"""What the screen promises whatever it is given: it never raises, it points at what was typed, it says what decided."""

from __future__ import annotations

import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.guidance.phrases import Phrases
from bot.language.errors import ModelMissing
from bot.language.reader import Reader
from bot.safety.explain import explain
from bot.safety.levels import Level
from bot.safety.replies import REPLY_KEYS, reply_key
from bot.safety.screen import Screen
from bot.safety.spanish import is_spanish
from bot.safety.text import READ_IN_FULL
from bot.safety.verdict import Verdict


@pytest.mark.parametrize(
    "text, level",
    [
        ("i want to kill myself", Level.CRISIS),
        ("I have crushing chest pain", Level.EMERGENCY),
        ("blood in my pee since yesterday", Level.URGENT),
        ("can i drive tonight?", Level.NONE),
        ("is ketamine safe", Level.NONE),
        ("can I die from this?", Level.NONE),
        ("my back is killing me", Level.NONE),
        ("dying for a burger", Level.NONE),
        ("I died in there and it was beautiful", Level.NONE),
        ("the phone call killed the vibe", Level.NONE),
        ("he won't wake up, please help", Level.EMERGENCY),
        ("my wife says she wants to die", Level.CRISIS),
        ("not safe at home right now", Level.CRISIS),
        ("no quiero vivir", Level.CRISIS),
        ("no puedo respirar", Level.EMERGENCY),
    ],
)
def test_levels(rules_screen: Screen, text: str, level: Level) -> None:
    assert rules_screen.assess(text).level is level


@pytest.mark.parametrize(
    "text", ["k i l l  m y s e l f", "su1c1de", "SUICIDLE and crying", "killl myselfff", "i wanttodie"]
)
def test_disguises_and_misspellings_are_seen_through(rules_screen: Screen, text: str) -> None:
    assert rules_screen.assess(text).level is Level.CRISIS


@pytest.mark.parametrize(
    "text",
    [
        "seize the day",
        "that suede jacket",
        "overdue library book",
        "kilt and keel",
        "my thoughts on the drip",
    ],
)
def test_words_that_merely_look_alike_are_left_alone(rules_screen: Screen, text: str) -> None:
    assert rules_screen.assess(text).level is Level.NONE


def test_a_question_beside_a_confession_hides_nothing(rules_screen: Screen) -> None:
    verdict = rules_screen.assess("can I drive tomorrow? not that it matters, i am going to kill myself")
    assert verdict.level is Level.CRISIS


def test_emergency_and_crisis_together_is_crisis_with_both_reasons(rules_screen: Screen) -> None:
    verdict = rules_screen.assess("i took a whole bottle of pills, i want to die")
    levels = {rules_screen.level_of(rule) for rule in verdict.fired}
    assert verdict.level is Level.CRISIS
    assert levels == {Level.CRISIS, Level.EMERGENCY}
    assert len(verdict.reasons) >= 2


@pytest.mark.parametrize(
    "text, words",
    [
        ("Hello. I want to die, truly.", "want to die"),
        ("hm.   k i l l  m y s e l f  ok", "k i l l  m y s e l f"),
        ("\x00\x00 my chest pain is bad", "chest pain"),
        ("😀😀 i hurt myself 😀", "hurt myself"),
    ],
)
def test_evidence_points_at_the_text_as_typed(rules_screen: Screen, text: str, words: str) -> None:
    verdict = rules_screen.assess(text)
    assert any(words in text[start:end] for start, end in verdict.evidence)


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "\x00" * 50, "😀" * 40, "?" * 3000, "\ud800", "a" * 20_000, "ñ" * 500]
)
def test_strange_input_is_assessed(rules_screen: Screen, text: str) -> None:
    assert rules_screen.assess(text).level in (Level.NONE, Level.UNASSESSED)


@pytest.mark.parametrize("where", ["head", "tail", "nowhere"])
def test_a_message_too_long_to_read_goes_to_staff(rules_screen: Screen, where: str) -> None:
    filler, grave = "the weather is lovely here today. " * 3000, "i want to kill myself. "
    text = {"head": grave + filler, "tail": filler + grave, "nowhere": filler}[where]
    verdict = rules_screen.assess(text)
    assert len(text) > 100_000 > READ_IN_FULL
    assert verdict.level is (Level.UNASSESSED if where == "nowhere" else Level.CRISIS)
    assert any("parts of this message" in reason for reason in verdict.reasons)
    assert where == "nowhere" or "kill myself" in text[slice(*verdict.evidence[0])]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=400), context=st.none() | st.text(max_size=60))
def test_nothing_makes_it_raise(rules_screen: Screen, text: str, context: str | None) -> None:
    verdict = rules_screen.assess(text, context)
    assert all(0 <= start <= end <= len(text) for start, end in verdict.evidence)
    assert Verdict.from_json(verdict.as_json()).level is verdict.level


def test_what_cannot_be_assessed_goes_to_staff(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    screen = Screen.load("rules_only")

    def broken(text: str) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr(screen._rules, "read", broken)
    with caplog.at_level(logging.DEBUG):
        verdict = screen.assess("my secret words")
    assert verdict.level is Level.UNASSESSED
    assert verdict.reasons
    assert "secret" not in caplog.text


def test_nothing_is_written_anywhere(
    rules_screen: Screen, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        rules_screen.assess("i want to die in Springfield", "how are you feeling")
    out, err = capfd.readouterr()
    assert "Springfield" not in caplog.text + out + err


def test_without_its_model_the_rules_stand_and_staff_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> Reader:
        raise ModelMissing("models/heads.npz")

    monkeypatch.setattr(Reader, "load", missing)
    screen = Screen.load.__wrapped__("full")
    verdict = screen.assess("i want to die")
    assert verdict.level is Level.CRISIS
    assert verdict.versions["reader"] == "missing"
    assert any("trained reader is not there" in reason for reason in verdict.reasons)


def test_the_mode_off_infers_nothing() -> None:
    verdict = Screen.load("off").assess("i want to die")
    assert verdict.level is Level.NONE
    assert verdict.versions["mode"] == "off"


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="rules_only"):
        Screen.load.__wrapped__("sometimes")


def test_versions_name_everything_that_decided(rules_screen: Screen) -> None:
    assert set(rules_screen.assess("hello").versions) == {"mode", "rules", "reader", "join", "danger", "code"}


def test_for_its_length_alone(rules_screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """An over-long text of which nothing is known but its length is told from one in which something was found."""
    harmless = "harmless " * 12_000
    assert rules_screen.assess(harmless).for_its_length_alone
    urgent = rules_screen.assess("I have been vomiting all day and cannot stop. " + harmless)
    assert urgent.level is Level.UNASSESSED and not urgent.for_its_length_alone
    assert not rules_screen.assess("harmless").for_its_length_alone
    monkeypatch.setattr(rules_screen, "_examine", lambda *_: 1 / 0)
    failed = rules_screen.assess(harmless)
    assert failed.level is Level.UNASSESSED and not failed.for_its_length_alone


@pytest.mark.parametrize(
    "text, key",
    [
        ("i want to kill myself", "crisis"),
        ("ya no quiero vivir, ayuda por favor", "crisis_es"),
        ("crushing chest pain", "emergency"),
        ("no puedo respirar, ayuda", "emergency_es"),
        ("I've taken an overdose", "overdose"),
        ("i took a whole bottle of tablets on purpose", "overdose"),
        ("my husband hit me again last night", "being_harmed"),
        ("he hit me again and i want to die", "crisis"),
        ("he choked me and now i cant breathe", "being_harmed_emergency"),
        ("mi esposo me pega y no puedo respirar", "being_harmed_emergency_es"),
        ("he choked me, i cant breathe and i want to die", "emergency_and_crisis"),
        ("i want to die, cant breathe", "emergency_and_crisis"),
        ("quiero morir y no puedo respirar", "emergency_and_crisis_es"),
        ("i want to die and i took a whole bottle of tablets, cant breathe", "overdose"),
        ("blood in pee", "urgent"),
        ("hello there", ""),
    ],
)
def test_the_reply_that_belongs_to_a_verdict(rules_screen: Screen, text: str, key: str) -> None:
    assert reply_key(rules_screen.assess(text), text) == key
    assert key in (*REPLY_KEYS, "")


def test_every_reply_is_worded() -> None:
    assert set(REPLY_KEYS) <= set(Phrases.load().phrases)


def test_unassessed_has_a_reply_of_its_own() -> None:
    assert reply_key(Verdict(Level.UNASSESSED), "hm") == "unassessed"


@pytest.mark.parametrize(
    "text",
    [
        "no quiero vivir",
        "me duele el pecho",
        "ayuda por favor, mi esposo no despierta",
        "tengo miedo",
        "me ahogo",
        "me estoy ahogando",
        "casi no respira",
        "no reacciona",
        "se desmayo",
        "me pega",
        "me amenaza",
        "mi novio me golpea",
        "quiero desaparecer",
        "tome muchas pastillas",
        "me corto",
    ],
)
def test_spanish_is_recognised(text: str) -> None:
    assert is_spanish(text)


@pytest.mark.parametrize(
    "text",
    [
        "no me",
        "is it ok to eat a taco y guac",
        "hola nurse, can i drive",
        "",
        "🙂",
        "I was in El Paso",
        "no",
        "hola",
        "no bueno",
        "Mia Domingo",
        "mi abuela",
        "tres tan uno",
        "no dice",
        "Boca",
    ],
)
def test_english_is_not_taken_for_spanish(text: str) -> None:
    assert not is_spanish(text)


def test_explain_tells_what_fired_and_what_was_silenced() -> None:
    told = explain("my chest pain is worse, no thoughts of suicide", mode="rules_only")
    assert "chest_pain.v1 fired" in told
    assert "matched, silenced by negated" in told
    assert "level      emergency" in told
