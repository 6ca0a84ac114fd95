"""Messages of a few minutes read as one: it only raises, and points at the newest."""

from __future__ import annotations

import logging

import pytest

from bot.language.reader import Reader
from bot.safety.levels import Level
from bot.safety.screen import Screen
from bot.safety.window import LONGEST, MOST_BEFORE
from tests.safety.stand_in import StandIn


class _Together(StandIn):
    """Stands in for the trained reader: as worried as it is told to be once all of the words are in one text."""

    def __init__(self, crisis: float, *words: str) -> None:
        self.crisis, self.words = crisis, words

    def chance_of(self, intent: str, rows: list[tuple[str, str | None]]) -> float:
        return max(self.levels_of(text)[intent.replace("safety", "crisis")] for text, _ in rows)

    def levels_of(self, text: str) -> dict[str, float]:
        crisis = self.crisis if all(word in text for word in self.words) else 0.0
        return {"none": 1 - crisis, "urgent": 0.0, "emergency": 0.0, "crisis": crisis}


def screen_with(monkeypatch: pytest.MonkeyPatch, crisis: float, *words: str) -> Screen:
    monkeypatch.setattr(Reader, "load", lambda: _Together(crisis, *words))
    return Screen.load.__wrapped__("full")


def test_a_farewell_in_three_texts_is_a_crisis(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_with(monkeypatch, 0.95, "boat", "rope", "goodnight")
    before = ["the boat is yours", "mind the rope"]
    verdict = screen.assess_with(before, " goodnight then ")
    assert screen.assess(" goodnight then ").level is Level.NONE
    assert verdict.level is Level.CRISIS
    assert verdict.reasons[0].startswith("Read together with the messages before it:")
    assert [" goodnight then "[start:end] for start, end in verdict.evidence] == ["goodnight then"]
    assert verdict.versions["window"] and verdict.danger == "own"


def test_it_must_be_surer_of_several_messages_than_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_with(monkeypatch, 0.67, "boat", "goodnight")
    assert screen.assess("boat goodnight").level is Level.CRISIS
    assert screen.assess_with(["the boat is yours"], "goodnight").level is Level.NONE


@pytest.mark.parametrize("number", ["30", "i have 30", "no one", "i have no one"])
def test_what_no_check_in_lists_is_read_together(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    screen = screen_with(monkeypatch, 0.95, number, "with the gin")
    assert screen.assess_with([number], "with the gin").level is Level.CRISIS
    assert screen.assess_with(["with the gin"], number).level is Level.CRISIS


ACROSS = [
    (["goodbye everyone"], "i am sorry", Level.CRISIS),
    (["how was your day", "i just want it"], "to be over", Level.CRISIS),
    (["k", "i", "l", "l"], "myself", Level.CRISIS),
    (["its my chest"], "it hurts so bad", Level.EMERGENCY),
]


@pytest.mark.parametrize(("before", "newest", "level"), ACROSS)
def test_a_rule_reads_across_messages(
    rules_screen: Screen, before: list[str], newest: str, level: Level
) -> None:
    assert {rules_screen.assess(one).level for one in (*before, newest)} == {Level.NONE}
    verdict = rules_screen.assess_with(before, newest)
    assert verdict.level is level and verdict.fired
    assert [newest[start:end] for start, end in verdict.evidence][-1] in newest


def test_words_of_several_messages_count_where_the_reader_is_a_little_worried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, newest = ["goodbye everyone"], "i am sorry"
    assert screen_with(monkeypatch, 0.05, "goodbye", "sorry").assess_with(before, newest).level is Level.NONE
    verdict = screen_with(monkeypatch, 0.15, "goodbye", "sorry").assess_with(before, newest)
    assert verdict.level is Level.CRISIS and verdict.fired


def test_what_one_message_had_all_the_words_for_is_not_found_again(rules_screen: Screen) -> None:
    """A scope kept it silent there, and what follows says nothing more."""
    before = ["when i was 19 i wanted to kill myself"]
    assert rules_screen.assess(before[0]).level is Level.NONE
    assert rules_screen.assess_with(before, "can i eat now").level is Level.NONE


@pytest.mark.parametrize("text", ["i want to die", "blood in my pee", "can i eat?", ""])
def test_it_never_lowers(rules_screen: Screen, text: str) -> None:
    alone = rules_screen.assess(text)
    for before in ([], ["just kidding"], ["no thoughts of suicide", "all good"], ["x" * 5_000]):
        assert rules_screen.assess_with(before, text).level >= alone.level


@pytest.mark.parametrize("newest", ["I meant 2", "sorry, 4 not 5", "oops! make that a three"])
def test_a_number_put_right_is_no_sentence_to_read_together(
    monkeypatch: pytest.MonkeyPatch, newest: str
) -> None:
    before, question = ["the boat is yours"], "How is your mood right now, 0-10?"
    screen = screen_with(monkeypatch, 0.99, "boat")
    assert screen.assess_with(before, "nice here", question).level is Level.CRISIS
    assert screen.assess_with(before, newest, question).level is Level.NONE
    screen = screen_with(monkeypatch, 0.99, newest)
    assert screen.assess_with([newest], "nice here", question).level is Level.NONE


def test_only_the_newest_few_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_with(monkeypatch, 0.99, "boat", "goodnight")
    assert screen.assess_with(["boat", *["ok"] * (MOST_BEFORE - 1)], "goodnight").level is Level.CRISIS
    assert screen.assess_with(["boat", *["ok"] * MOST_BEFORE], "goodnight").level is Level.NONE
    assert screen.assess_with(["boat", "x" * LONGEST], "goodnight").level is Level.NONE


def test_what_cannot_be_read_together_goes_to_staff(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    screen = screen_with(monkeypatch, 0.0, "boat")

    def broken(text: str, context: str | None = None) -> None:
        if "\n" in text:
            raise RuntimeError(text)
        return examine(text, context)

    examine = screen.examine
    monkeypatch.setattr(screen, "examine", broken)
    with caplog.at_level(logging.DEBUG):
        verdict = screen.assess_with(["my secret"], "words")
    assert verdict.level is Level.UNASSESSED
    assert "secret" not in caplog.text


class _CountsWholes(_Together):
    """Was calm about each message; counts the texts that it is asked about."""

    def __init__(self, apart: tuple[float, float] | None, *words: str) -> None:
        super().__init__(0.95, *words)
        self.calm, self.asked = apart, []

    def apart(self, texts: list[str]) -> tuple[float, float] | None:
        return self.calm

    def levels_many(self, rows: list[tuple[str, str | None]]) -> list[dict[str, float]]:
        self.asked += [text for text, _ in rows]
        return super().levels_many(rows)


@pytest.mark.parametrize(
    ("apart", "before", "newest", "asked"),
    [
        ((0.001, 0.001), "it rained", "the cat is in", False),
        ((0.1, 0.001), "it rained", "the cat is in", True),
        ((0.001, 0.02), "it rained", "the cat is in", True),
        (None, "it rained", "the cat is in", True),
        ((0.001, 0.001), "goodbye everyone", "i am sorry", True),
        (
            (0.001, 0.001),
            "it rained",
            "the c4t is 1n",
            True,
        ),  # calm about it as typed, and nobody knows as meant
    ],
)
def test_the_reader_is_asked_about_all_together_unless_it_was_calm_about_each(
    monkeypatch: pytest.MonkeyPatch,
    apart: tuple[float, float] | None,
    before: str,
    newest: str,
    asked: bool,
) -> None:
    reader = _CountsWholes(apart, before, newest)
    monkeypatch.setattr(Reader, "load", lambda: reader)
    screen = Screen.load.__wrapped__("full")
    verdict = screen.assess_with([before], newest)
    assert (f"{before} {newest}" in reader.asked) is asked
    assert verdict.level is (Level.CRISIS if asked else Level.NONE)


def test_what_was_read_is_compared_apart_without_being_encoded_again() -> None:
    reader = Reader.load()
    calm, grave = (
        ["can i have soup tonight", "the bus was late"],
        ["i want to end my life", "the bus was late"],
    )
    assert reader.apart(["never seen before by anybody here", "the bus was late"]) is None
    reader.levels_many([(text, None) for text in (*calm, *grave)])
    worst, mean = reader.apart(calm) or (1.0, 1.0)
    assert 0 <= worst < 0.1 and 0 <= mean < 0.1
    worst, mean = reader.apart(grave) or (0.0, 0.0)
    assert worst > 0.9 and mean > 0.1
    long = "a story without an end " * 60
    reader.levels_many([(long, None)])
    assert reader.apart([long, "the bus was late"]) is None
