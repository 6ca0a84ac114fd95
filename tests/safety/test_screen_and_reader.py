"""The screen with a trained reader that says what a test wants: who decides, and what is settled without it."""

from __future__ import annotations

import pytest

from bot.language.reader import Reader
from bot.safety.answers import plain_answers, settles
from bot.safety.levels import Level
from bot.safety.rules import rule_book
from bot.safety.screen import Screen
from bot.safety.text import clean
from tests.safety.stand_in import StandIn


class _WorriedAbout(StandIn):
    """Stands in for the trained reader: sure of a crisis in every text that holds a word, calm otherwise."""

    def __init__(self, word: str) -> None:
        self.word = word

    def levels_of(self, text: str) -> dict[str, float]:
        crisis = 0.99 if self.word in text else 0.01
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

    def levels_of(self, text: str) -> dict[str, float]:
        crisis = self.worry if self.word in text else 0.0
        return {"none": 1 - crisis, "urgent": 0.0, "emergency": 0.0, "crisis": crisis}

    def chance_of(self, intent: str, rows: list[tuple[str, str | None]]) -> float:
        assert intent == "safety"
        self.asked += 1
        return self.by_intent


@pytest.mark.parametrize(
    ("worry", "by_intent", "level", "asked"),
    [
        (0.25, 0.8, Level.CRISIS, 1),
        (0.25, 0.3, Level.NONE, 1),
        (0.5, 0.64, Level.NONE, 1),
        (0.5, 0.66, Level.CRISIS, 1),
        (0.99, 0.0, Level.CRISIS, 0),
        (0.07, 1.0, Level.NONE, 0),
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


class _SureOfAClause(_InTwoMinds):
    """Of the clause that holds the word, and nothing else, both of its heads are as sure as they are told to be."""

    def __init__(self, word: str, whole: float, clause: float, by_intent: float) -> None:
        super().__init__(word, whole, 0.2)
        self.clause, self.of_clause = clause, by_intent

    def levels_of(self, text: str) -> dict[str, float]:
        crisis = self.worry if "eat" in text else self.clause
        return {"none": 1 - crisis, "urgent": 0.0, "emergency": 0.0, "crisis": crisis}

    def chance_of(self, intent: str, rows: list[tuple[str, str | None]]) -> float:
        return 0.2 if any("eat" in text for text, _ in rows) else self.of_clause


@pytest.mark.parametrize(
    ("whole", "clause", "by_intent", "level"),
    [
        (0.51, 0.96, 0.995, Level.CRISIS),
        (0.49, 0.96, 0.995, Level.NONE),
        (0.51, 0.94, 0.995, Level.NONE),
        (0.51, 0.96, 0.98, Level.NONE),
    ],
)
def test_a_question_beside_a_confession_does_not_outvote_it(
    monkeypatch: pytest.MonkeyPatch, whole: float, clause: float, by_intent: float, level: Level
) -> None:
    monkeypatch.setattr(Reader, "load", lambda: _SureOfAClause("lighthouse", whole, clause, by_intent))
    text = "I shall end at the lighthouse. how long before I can eat?"
    assert Screen.load.__wrapped__("full").assess(text).level is level


class _CalmBut(_WorriedAbout):
    """Sees nothing in any text but the one that is just this clause. by_intent: what its head of intents says."""

    def __init__(self, word: str, by_intent: float = 0.2) -> None:
        super().__init__(word)
        self.by_intent = by_intent

    def chance_of(self, intent: str, rows: list[tuple[str, str | None]]) -> float:
        return self.by_intent

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


def test_a_clause_alone_counts_only_where_the_head_of_intents_sees_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Reader, "load", lambda: _CalmBut("this is my last message.", by_intent=0.05))
    assert Screen.load.__wrapped__("full").assess(FAREWELL).level is Level.NONE


PLAINLY = (
    "i want to kill myself",
    "i want to die",
    "dont wanna be alive",
    "im suicidal",
    "cut myself again",
    "cant breathe",
    "took all my pills",
    "she wont wake up",
    "he hit me again",
)


@pytest.mark.parametrize("text", PLAINLY)
def test_what_is_said_plainly_counts_whatever_the_reader_sees(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(Reader, "load", lambda: _CalmBut("no such clause"))
    assert Screen.load.__wrapped__("full").assess(text).level in (Level.CRISIS, Level.EMERGENCY)


def test_other_words_are_silent_where_the_reader_is_certain(
    monkeypatch: pytest.MonkeyPatch, rules_screen: Screen
) -> None:
    text = "gonna end it with my phone company tonight. thanks for the call"
    assert "kill_myself.v1" in rules_screen.assess(text).fired
    monkeypatch.setattr(Reader, "load", lambda: _CalmBut("no such clause"))
    found = Screen.load.__wrapped__("full").examine(text)
    assert found.verdict.level is Level.NONE and ("kill_myself.v1", ("reader_calm",)) in found.silenced
    monkeypatch.setattr(Reader, "load", lambda: _CalmBut("gonna end it with my phone company tonight."))
    assert Screen.load.__wrapped__("full").assess(text).level is Level.CRISIS


def test_an_answer_to_our_question_counts_whatever_the_reader_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "load", lambda: _CalmBut("no such clause"))
    asked = "thoughts of being better off dead or of hurting yourself? 1 no 2 yes 3 rather not say"
    assert Screen.load.__wrapped__("full").assess("2", asked).level is Level.CRISIS
