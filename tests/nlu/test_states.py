"""Where a model must not infer how somebody is: no intent, ranking or confidence says so."""

from __future__ import annotations

import pytest
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message

from bot.language.understanding import Understanding
from bot.nlu import components
from bot.nlu.components import MessageReader
from bot.nlu.states import NEXT, STATES, may_infer, without_states
from bot.safety.levels import Level
from bot.safety.screen import MODES
from bot.safety.verdict import Verdict


def understood(*ranking: tuple[str, float], **more: tuple[str, ...]) -> Understanding:
    return Understanding(ranking[0][0], ranking[0][1], ranking, **more)


def test_only_the_full_mode_infers() -> None:
    assert [mode for mode in MODES if may_infer(mode)] == ["full"]


@pytest.mark.parametrize("state", STATES)
def test_what_is_left_over_becomes_no_reading(state: str) -> None:
    taken = without_states(understood((state, 0.97), ("stop", 0.02), ("out_of_scope", 0.01)))
    assert (taken.intent, taken.confidence) == ("out_of_scope", 0.01)
    assert taken.ranking == (("stop", 0.02), ("out_of_scope", 0.01))


@pytest.mark.parametrize("state", STATES)
def test_a_second_reading_that_is_likely_counts_at_its_own_probability(state: str) -> None:
    taken = without_states(understood((state, 0.55), ("human", 0.4), ("mood_bad", 0.05)))
    assert (taken.intent, taken.confidence) == ("human", 0.4)
    assert taken.ranking == (("human", 0.4),)
    below = without_states(understood((state, 0.55), ("human", NEXT - 0.01)))
    assert (below.intent, below.confidence) == ("out_of_scope", 0.0)


def test_nothing_but_states_is_out_of_scope() -> None:
    assert without_states(understood(("safety", 0.6), ("mood_bad", 0.4))).intent == "out_of_scope"


def test_what_is_asked_stays() -> None:
    asked = understood(("ask_driving", 0.7), ("safety", 0.3), answers=("driving",))
    assert without_states(asked) == understood(("ask_driving", 0.7), answers=("driving",))
    beside = understood(("safety", 0.7), ("ask_driving", 0.2), answers=("driving",))
    assert without_states(beside).answers == ("driving",)


class _Nobody:
    """Stands where the reader does: what is asked of it here is never more than to be there."""


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("infers", [True, False])
def test_the_component_says_no_state_where_it_must_not(
    monkeypatch: pytest.MonkeyPatch, state: str, infers: bool
) -> None:
    found = understood((state, 0.9), ("thank", 0.06))
    monkeypatch.setattr(components, "understand", lambda *arguments: found)
    reader = MessageReader(Resource("reader"), _Nobody(), infers)  # type: ignore[arg-type]
    message = Message({"text": "some words", "safety": Verdict(Level.NONE).as_json()})
    reader.process([message])
    said = {
        message.get("intent")["name"],
        message.get("understanding")["intent"],
        *(one["name"] for one in message.get("intent_ranking")),
    }
    assert bool(said & set(STATES)) is infers
    if not infers:
        assert message.get("intent") == {"name": "out_of_scope", "confidence": 0.0}


def test_a_verdict_of_the_rules_still_goes_to_staff() -> None:
    """In `rules_only` the list of words decides, and what it finds is escalated."""
    reader = MessageReader(Resource("reader"), _Nobody(), False)  # type: ignore[arg-type]
    message = Message({"text": "some words", "safety": Verdict(Level.URGENT).as_json()})
    reader.process([message])
    assert message.get("intent")["name"] == "safety"
    assert message.get("understanding")["shares"] == {}
