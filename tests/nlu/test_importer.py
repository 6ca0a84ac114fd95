"""What Rasa is given to train from: each labelled message once, and nothing that its own reading would not find."""

from __future__ import annotations

import copy

import pytest
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.loading import load_data

from bot.language.training_data import NLU_FOLDER, load_training, read_nlu
from bot.nlu.importer import LabelledMessages


@pytest.mark.parametrize("name", ["ask_driving", "ask_alcohol", "out_of_scope", "deny"])
def test_rasa_itself_reads_the_same_from_the_files(name: str) -> None:
    path = NLU_FOLDER / f"{name}.yml"
    found = {(one.get(TEXT), one.get(INTENT)) for one in load_data(str(path)).training_examples}
    assert found == {(one.text, one.intent) for one in read_nlu(path)}


def test_rasa_gets_each_message_that_answers_no_question_once() -> None:
    data = LabelledMessages().get_nlu_data()
    texts = [one.get(TEXT) for one in data.training_examples]
    assert len(texts) == len(set(texts))
    assert set(texts) == {one.text for one in load_training() if one.context is None}
    assert {one.get(INTENT) for one in data.training_examples} >= {"ask_driving", "safety", "out_of_scope"}


def test_copies_cost_nothing_and_are_told_apart_by_text_and_intent() -> None:
    first, second, *_ = LabelledMessages().get_nlu_data().training_examples
    assert copy.deepcopy(first) is first
    assert first != second and hash(first) != hash(second)
