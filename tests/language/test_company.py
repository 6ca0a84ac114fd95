"""Lines put beside one another for the encoder's training keep what their labels say."""

from __future__ import annotations

import random

import pytest

from bot.language.training_data import Example, load_training
from encoder.company import LONGEST, Company, kind_of

QUESTION = Example("can i drive home after", "ask_driving")
OTHER_TOPIC = Example("is soup all right tonight?", "ask_eating")
THANKS = Example("thanks so much", "thank")
WISH = Example("i dont want to be here any more", "safety", "crisis", danger="own")
REPLY = Example("2. no point in any of it", "safety", "crisis", context="mood 0-10", danger="own")
NO = Example("no", "deny")
ALL = (QUESTION, OTHER_TOPIC, THANKS, WISH, REPLY, NO)


def in_company(example: Example, times: int = 400) -> set[str]:
    company, dice = Company(ALL), random.Random(5)
    return {company.beside(example, dice) for _ in range(times)}


def test_a_worrying_line_gets_harmless_company_before_and_behind_it() -> None:
    found = in_company(WISH) - {WISH.text}
    assert all(WISH.text in text for text in found)
    assert any(text.startswith(WISH.text) for text in found) and any(
        text.endswith(WISH.text) for text in found
    )
    assert not any(REPLY.text in text for text in found)
    assert any(QUESTION.text in text for text in found) and any(THANKS.text in text for text in found)


def test_a_question_stays_the_only_one() -> None:
    found = in_company(QUESTION) - {QUESTION.text}
    assert found and all(THANKS.text in text for text in found)


def test_what_answers_a_question_comes_first() -> None:
    found = in_company(REPLY) - {REPLY.text}
    assert found and all(text.startswith(REPLY.text) for text in found)


def test_a_yes_or_no_stands_alone() -> None:
    assert in_company(NO) == {NO.text}


@pytest.mark.parametrize("worrying", [True, False])
def test_of_our_own_lines_so_many_get_company(worrying: bool) -> None:
    lines = [one for one in load_training() if (one.safety != "none") is worrying][:4000]
    company, dice = Company(lines + [QUESTION, THANKS]), random.Random(7)
    texts = [company.beside(one, dice) for one in lines]
    share = sum(text != one.text for text, one in zip(texts, lines)) / len(lines)
    assert 0.03 < share < 0.3
    longest = max(LONGEST, *(len(one.text) for one in lines))
    assert max(map(len, texts)) <= longest + len(" anyway ")
    assert {kind_of(one) for one in lines if one.safety != "none"} <= {"safety"}
