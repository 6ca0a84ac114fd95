"""Which topics are answered, which are asked back, and which messages get neither."""

from __future__ import annotations

import pytest

from bot.language import understanding
from bot.language.evaluation import Share, judge_questions
from bot.language.labels import TOPICS
from bot.language.reader import Reader, Reading
from bot.language.training_data import load_validation
from bot.language.understanding import MOST_ANSWERS, RANKED, understand


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("can I drive home after the infusion", {"driving"}),
        ("can I drive and have a beer tonight", {"driving", "alcohol"}),
        ("when can i eat after? and how long does the benefit last", {"eating", "duration_of_effects"}),
    ],
)
def test_answers(reader: Reader, text: str, topics: set[str]) -> None:
    got = understand(text, None, reader)
    assert set(got.answers) == topics and got.ask_back == ()
    assert (
        got.intent == got.ranking[0][0] and got.confidence == got.ranking[0][1] and len(got.ranking) == RANKED
    )


@pytest.mark.parametrize(
    "text",
    ["hello", "thanks!", "how much does a session cost", "running 10 late, order me the dumplings", "7", ""],
)
def test_no_topic(reader: Reader, text: str) -> None:
    assert understand(text, None, reader).answers == ()


def test_a_disguise_is_read_too(reader: Reader) -> None:
    assert understand("c a n  i  d r i v e  h o m e", None, reader).answers == ("driving",)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("how much does the next one cost", "out_of_scope"),
        ("can i drive tonight", "ask_driving"),
        ("yes please", "affirm"),
        ("no thats ok", "deny"),
    ],
)
def test_what_is_no_answer_to_our_question_stands_on_its_own(reader: Reader, text: str, intent: str) -> None:
    assert understand(text, "Shall I pass this on to the clinic?", reader).intent == intent


def test_topics_carry_no_prefix_and_are_few(reader: Reader) -> None:
    for example in load_validation("questions")[::5]:
        got = understand(example.text, example.context, reader)
        named = got.answers + got.ask_back
        assert set(named) <= set(TOPICS) and len(set(named)) == len(named) <= max(2, MOST_ANSWERS)
        assert len(got.ask_back) in (0, 2) and not (got.answers and got.ask_back)


def test_development_figures_hold(reader: Reader) -> None:
    """Floors a few points under the figures of docs/reader.md: a change that costs understanding shows here."""
    figures = judge_questions(load_validation("questions"), reader)
    assert figures.right / figures.questions >= RIGHT_AT_LEAST
    assert figures.wrong / figures.questions <= WRONG_AT_MOST
    assert figures.beyond_answered / figures.beyond <= BEYOND_AT_MOST


RIGHT_AT_LEAST, WRONG_AT_MOST, BEYOND_AT_MOST = 0.88, 0.04, 0.08


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(5, 10, 0.237, 0.763), (0, 45, 0.0, 0.079), (0, 0, 0.0, 1.0)]
)
def test_wilson(hits: int, of: int, low: float, high: float) -> None:
    """Against published tables of the Wilson score interval."""
    assert Share(hits, of).interval == pytest.approx((low, high), abs=0.001)


def test_a_statement_beside_a_question_is_not_read_apart(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart: list[str] = []
    read_many = Reader.read_many

    def noted(self: Reader, rows: list[tuple[str, str | None]]) -> list[Reading]:
        apart.extend(text for text, _ in rows)
        return read_many(self, rows)

    monkeypatch.setattr(Reader, "read_many", noted)
    text = "My sister came along this morning. Can I drive home tonight?"
    # The whole is sure: its only question is that topic's, and is not read apart either.
    assert understand(text, None, reader).answers == ("driving",)
    assert apart == [text]
    monkeypatch.setattr(understanding, "SURE_WHOLE", 1.1)
    assert understand(text, None, reader).answers == ("driving",)
    assert "Can I drive home tonight?" in apart and "My sister came along this morning." not in apart
