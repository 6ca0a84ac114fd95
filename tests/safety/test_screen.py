"""What the screen promises whatever it is given: it never raises, it points at what was typed, it says what decided."""

from __future__ import annotations

import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.language.errors import ModelMissing
from bot.language.reader import Reader
from bot.safety.answers import plain_answers, settles
from bot.safety.explain import explain
from bot.safety.levels import Level
from bot.safety.replies import REPLY_KEYS, reply_key
from bot.safety.rules import rule_book
from bot.safety.screen import Screen
from bot.safety.spanish import is_spanish
from bot.safety.text import READ_IN_FULL, clean
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
    assert set(rules_screen.assess("hello").versions) == {"mode", "rules", "reader", "join"}


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
        ("blood in pee", "urgent"),
        ("hello there", ""),
    ],
)
def test_the_reply_that_belongs_to_a_verdict(rules_screen: Screen, text: str, key: str) -> None:
    assert reply_key(rules_screen.assess(text), text) == key
    assert key in (*REPLY_KEYS, "")


def test_unassessed_has_a_reply_of_its_own() -> None:
    assert reply_key(Verdict(Level.UNASSESSED), "hm") == "unassessed"


@pytest.mark.parametrize(
    "text", ["no quiero vivir", "me duele el pecho", "ayuda por favor, mi esposo no despierta", "tengo miedo"]
)
def test_spanish_is_recognised(text: str) -> None:
    assert is_spanish(text)


@pytest.mark.parametrize(
    "text",
    ["no me", "is it ok to eat a taco y guac", "hola nurse, can i drive", "", "🙂", "I was in El Paso"],
)
def test_english_is_not_taken_for_spanish(text: str) -> None:
    assert not is_spanish(text)


def test_explain_tells_what_fired_and_what_was_silenced() -> None:
    told = explain("my chest pain is worse, no thoughts of suicide", mode="rules_only")
    assert "chest_pain.v1 fired" in told
    assert "matched, silenced by negated" in told
    assert "level      emergency" in told


class _WorriedAbout:
    """Stands in for the trained reader: sure of a crisis in every text that holds a word, calm otherwise."""

    version = "stand-in"

    def __init__(self, word: str) -> None:
        self.word = word

    def recall(self, text: str, context: str | None = None) -> bytes | None:
        return None

    def begin(self, text: str, context: str | None = None) -> None:
        pass

    def apart(self, texts: list[str]) -> tuple[float, float] | None:
        return None

    def levels_many(self, rows: list[tuple[str, str | None]]) -> list[dict[str, float]]:
        return [self._levels(text) for text, _ in rows]

    def _levels(self, text: str) -> dict[str, float]:
        crisis = 0.96 if self.word in text else 0.01
        return {"none": 1 - crisis, "urgent": 0.0, "emergency": 0.0, "crisis": crisis}


def test_the_trained_reader_alone_raises_an_alarm_and_points_at_the_clause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Reader, "load", lambda: _WorriedAbout("lighthouse"))
    screen = Screen.load.__wrapped__("full")
    text = "thanks for the call yesterday. I will be at the lighthouse tonight. can I eat soup now?"
    verdict = screen.assess(text)
    assert verdict.level is Level.CRISIS
    assert [text[start:end] for start, end in verdict.evidence] == ["I will be at the lighthouse tonight."]
    assert verdict.fired == ()
    assert "trained reader" in verdict.reasons[0]
    assert screen.assess("what a nice harbour, can I eat soup now?").level is Level.NONE


@pytest.mark.parametrize("at", [7_000, 20_000, 44_000])
def test_the_trained_reader_reads_a_long_message_whole(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    monkeypatch.setattr(Reader, "load", lambda: _WorriedAbout("lighthouse"))
    screen = Screen.load.__wrapped__("full")
    filler = "the weather is lovely here today. " * 1_400
    readings = screen._readings(f"{filler[:at]} to the lighthouse {filler[at:]}", None)
    assert max(probabilities["crisis"] for _, probabilities in readings) > 0.9


def test_a_time_is_no_worry_when_we_asked_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "load", lambda: _WorriedAbout("days"))
    screen = Screen.load.__wrapped__("full")
    assert screen.assess("two days ago", "When was your infusion?").level is Level.NONE
    assert screen.assess("two days ago", None).level is Level.CRISIS
    assert screen.assess("two days ago i chose my grave", "When was your infusion?").level is Level.CRISIS


def test_when_a_treatment_was_is_no_worry_unasked_and_after_a_question_it_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Reader, "load", lambda: _WorriedAbout("infusion"))
    screen = Screen.load.__wrapped__("full")
    assert screen.assess("had my infusion this morning").level is Level.NONE
    assert (
        screen.assess("only after my last infusion", "Any thoughts of hurting yourself?").level
        is Level.CRISIS
    )
    assert screen.assess("had my infusion this morning, i want to die").level is Level.CRISIS


def test_plain_answers_are_what_they_say() -> None:
    for entry in plain_answers(rule_book().plain):
        if entry.taken_back:
            assert all(entry.is_listed(text) for text in entry.must_be_plain)
            assert not any(entry.is_listed(text) for text in entry.must_not_be_plain)
            assert not any(entry.is_plain(entry.asks[0], text) for text in entry.must_be_plain)
            continue
        if entry.names:
            assert all(entry.is_plain(None, text) for text in entry.must_be_plain)
            assert not any(entry.is_plain(None, text) for text in entry.must_not_be_plain)
            assert not any(entry.is_plain("Are you safe?", text) for text in entry.must_be_plain)
            continue
        assert all(entry.is_plain(entry.asks[0], text) for text in entry.must_be_plain)
        assert not any(entry.is_plain(entry.asks[0], text) for text in entry.must_not_be_plain)
        assert not any(entry.is_plain("Are you safe?", text) for text in entry.must_be_plain)


def test_many_messages_get_what_each_gets_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "load", lambda: _WorriedAbout("lighthouse"))
    screen = Screen.load.__wrapped__("full")
    rows: list[tuple[str, str | None]] = [
        ("to the lighthouse", None),
        ("hello", None),
        ("2", "are you safe? 1 yes 2 no"),
    ]
    rows *= 15
    assert screen.assess_many(rows) == [screen.assess(text, context) for text, context in rows]


def test_rows_of_symbols_become_a_few_tokens_and_offsets_stay_true(rules_screen) -> None:
    text = "😀😁" * 2_000 + " i want to kill myself " + "." * 5_000
    verdict = rules_screen.assess(text)
    assert verdict.level is Level.CRISIS
    [start, end] = verdict.evidence[0]
    assert "kill myself" in text[start:end]
    assert len(clean(text).split()) < 20


THOUGHTS = "thoughts of being better off dead or of hurting yourself? 1 no 2 yes 3 rather not say"
PHQ = "Feeling tired or having little energy? 0 not at all 1 several days 2 more than half the days 3 nearly every day"
NINTH = (
    "Thoughts that you would be better off dead, or of hurting yourself? 0 not at all 1 several days 2 more than half "
    "the days 3 nearly every day"
)


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "answer", "level"),
    [
        (THOUGHTS, "1", "none"),
        (THOUGHTS, "1.", "none"),
        (THOUGHTS, "No", "none"),
        (THOUGHTS, "1 no", "none"),
        (THOUGHTS, "2", "crisis"),
        (THOUGHTS, "Yes", "crisis"),
        (THOUGHTS, "3", "crisis"),
        (THOUGHTS, "rather not say", "crisis"),
        (THOUGHTS, "skip", "crisis"),
        (NINTH, "0", "none"),
        (NINTH, "Not at all", "none"),
        (NINTH, "1", "crisis"),
        (NINTH, "Several days", "crisis"),
        (NINTH, "3", "crisis"),
        (PHQ, "3", "none"),
        (PHQ, "Nearly every day", "none"),
    ],
)
def test_an_answer_that_the_question_lists_means_what_the_question_says(
    question: str, answer: str, level: str
) -> None:
    assert Screen.load("full").assess(answer, question).level == level


@pytest.mark.parametrize(
    ("answer", "settled"),
    [
        ("1", True),
        ("2. Yes!", True),
        ("Yes", True),
        ("2 no", False),
        ("1 but I bought rope", False),
        ("4", False),
    ],
)
def test_only_a_listed_answer_and_nothing_beside_it_is_settled(answer: str, settled: bool) -> None:
    assert settles(THOUGHTS, answer) is settled


def test_a_reading_that_cannot_be_handed_on_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = _WorriedAbout("lighthouse")
    monkeypatch.setattr(Reader, "load", lambda: reader)
    monkeypatch.setattr(reader, "recall", lambda *_: 1 / 0, raising=False)
    verdict = Screen.load.__wrapped__("full").assess_with((), "I will be at the lighthouse")
    assert verdict.level is Level.CRISIS and verdict.encoded is None


class _InTwoMinds(_WorriedAbout):
    """Worried a little about a word; its head of intents is asked, and says what it is given."""

    def __init__(self, word: str, worry: float, by_intent: float) -> None:
        super().__init__(word)
        self.worry, self.by_intent, self.asked = worry, by_intent, 0

    def _levels(self, text: str) -> dict[str, float]:
        crisis = self.worry if self.word in text else 0.0
        return {"none": 1 - crisis, "urgent": 0.0, "emergency": 0.0, "crisis": crisis}

    def chance_of(self, intent: str, rows: list[tuple[str, str | None]]) -> float:
        assert intent == "safety"
        self.asked += 1
        return self.by_intent


@pytest.mark.parametrize(
    ("worry", "by_intent", "level", "asked"),
    [
        (0.15, 0.8, Level.CRISIS, 1),
        (0.15, 0.3, Level.NONE, 1),
        (0.5, 0.4, Level.NONE, 1),
        (0.5, 0.6, Level.CRISIS, 1),
        (0.96, 0.0, Level.CRISIS, 0),
        (0.05, 1.0, Level.NONE, 0),
    ],
)
def test_the_head_of_intents_is_asked_where_the_reader_is_in_two_minds(
    monkeypatch: pytest.MonkeyPatch, worry: float, by_intent: float, level: Level, asked: int
) -> None:
    reader = _InTwoMinds("lighthouse", worry, by_intent)
    monkeypatch.setattr(Reader, "load", lambda: reader)
    found = Screen.load.__wrapped__("full").examine("off to the lighthouse then")
    assert (found.verdict.level, reader.asked) == (level, asked)
    assert found.by_intent == (by_intent if asked else None)


class _CalmBut(_WorriedAbout):
    """Sees nothing in any text but the one that is just this clause."""

    def levels_many(self, rows: list[tuple[str, str | None]]) -> list[dict[str, float]]:
        return [self._about(text == self.word) for text, _ in rows]

    def _about(self, worried: bool) -> dict[str, float]:
        crisis = 0.99 if worried else 0.001
        return {"none": 1 - crisis, "urgent": 0.0, "emergency": 0.0, "crisis": crisis}


FAREWELL = "I was thinking about soup. this is my last message. what time do you open"


def test_common_words_are_silent_where_the_reader_sees_nothing(
    monkeypatch: pytest.MonkeyPatch, rules_screen: Screen
) -> None:
    assert "farewell.v1" in rules_screen.assess(FAREWELL).fired
    monkeypatch.setattr(Reader, "load", lambda: _CalmBut("no such clause"))
    found = Screen.load.__wrapped__("full").examine(FAREWELL)
    assert found.verdict.level is Level.NONE
    assert ("farewell.v1", ("reader_calm",)) in found.silenced


def test_but_not_where_one_clause_is_worrying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "load", lambda: _CalmBut("this is my last message."))
    verdict = Screen.load.__wrapped__("full").assess(FAREWELL)
    assert verdict.level is Level.CRISIS and "farewell.v1" in verdict.fired


def test_plain_words_count_whatever_the_reader_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "load", lambda: _CalmBut("no such clause"))
    assert Screen.load.__wrapped__("full").assess("i want to kill myself").level is Level.CRISIS
