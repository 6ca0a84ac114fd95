"""Questions of a check-in are one question to the reader, however they are worded; others stay different."""

from __future__ import annotations

import pytest

from bot.clinic.instruments import load_instrument
from bot.language.asked import MOOD, SIDE_EFFECTS, SLEEP, THOUGHTS, WORD, as_asked
from bot.language.reader import Reader


@pytest.mark.parametrize(
    ("question", "wording"),
    [
        ("How is your mood right now, 0-10? 0 is the worst, 10 the best.", MOOD),
        ("Quick check-in: please rate today's mood from 0 (worst) to 10 (best).", MOOD),
        ("On a scale of 0 to 10, how is your mood?", MOOD),
        (
            "Any side effects since your infusion? Reply 1 for none, 2 for mild, 3 for hard to manage.",
            SIDE_EFFECTS,
        ),
        ("Good morning! How did you sleep?", SLEEP),
        ("How did you sleep? 1 well, 2 so-so, 3 badly", SLEEP),
        (
            "Any thoughts of being better off dead, or of hurting yourself? 1 no, 2 yes, 3 rather not say",
            THOUGHTS,
        ),
        ("Anything else you want us to know?", WORD),
        ("Is there anything you would like the team to know?", WORD),
    ],
)
def test_another_wording_is_the_same_question(question: str, wording: str) -> None:
    assert as_asked(question) == wording


@pytest.mark.parametrize(
    "question",
    [
        "",
        "Anxiety today, 0 none to 10 worst?",
        "How is your pain today, 0 to 10?",
        "How is your mood today, 0 to 10? And any thoughts of hurting yourself?",
        "How is your mood today?",
        "any thoughts of suicide today? reply 1 for yes, 2 for no",
        "Thoughts that you would be better off dead: 0 not at all, 1 several days, 2 more than half the days, 3 daily",
        "How did you sleep, 0 bad to 10 good?",
        "Are you safe right now? 1 yes 2 no",
        "Anything else I can help with?",
        "mood " * 5_000,
        "mood " + "0 " * 50_000,
    ],
)
def test_where_the_numbers_mean_something_else_the_question_stays(question: str) -> None:
    assert as_asked(question) == question


def test_the_check_ins_of_the_product_ask_in_these_words() -> None:
    asked = {item.context for key in ("daily", "phq2", "phq9") for item in load_instrument(key).items}
    assert {MOOD, SIDE_EFFECTS, SLEEP, THOUGHTS, WORD} <= asked
    assert all(as_asked(context) == context for context in asked)


def test_the_reader_reads_an_answer_alike_after_either_wording(reader: Reader) -> None:
    answer = "3. nothing left to plan for"
    assert reader.read(answer, "Mood from 0 to 10?") == reader.read(answer, MOOD)
    assert reader.read(answer, "How is your pain today, 0 to 10?") != reader.read(answer, MOOD)
