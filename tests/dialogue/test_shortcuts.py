"""What stands in for functions of Rasa gives what they give."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from rasa.core.actions.action import RemoteAction
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

from bot.dialogue.host import DialogueHost
from bot.dialogue.in_process import InProcessActions
from bot.dialogue.shortcuts import InOrder, take_shortcuts

pytestmark = pytest.mark.model


def rule_policy(host: DialogueHost) -> RulePolicy:
    nodes = host._agent.processor.graph_runner._nodes
    return next(node._component for node in nodes.values() if isinstance(node._component, RulePolicy))


def test_the_kind_of_each_event_is_found(host: DialogueHost) -> None:
    kinds = all_subclasses(Event)
    assert len(kinds) > 20
    for kind in kinds:
        assert Event.resolve_by_type(kind.type_name).type_name == kind.type_name
    assert Event.resolve_by_type("slot") is SlotSet
    assert Event.resolve_by_type("unheard_of", default=SlotSet) is SlotSet
    with pytest.raises(ValueError, match="unheard_of"):
        Event.resolve_by_type("unheard_of")


def test_the_same_rules_match(host: DialogueHost) -> None:
    """Each state of each rule, and states that no rule has, as the newest of a conversation."""
    policy = rule_policy(host)
    original = RulePolicy._get_possible_keys.__wrapped__
    histories = [policy._rule_key_to_state(key) for key in policy.lookup[RULES]]
    histories += [history[:1] for history in histories]
    histories += [
        [{}],
        [{"prev_action": {"action_name": "action_listen"}, "user": {"intent": "nobody_means_this"}}],
    ]
    matched = 0
    for lookup in (policy.lookup[RULES], policy.lookup[RULES_FOR_LOOP_UNHAPPY_PATH]):
        for states in histories:
            expected = original(policy, lookup, states)
            assert policy._get_possible_keys(lookup, states) == expected
            matched += len(expected)
    assert matched > len(policy.lookup[RULES])
    assert policy._get_possible_keys(policy.lookup[RULES], []) == original(policy, policy.lookup[RULES], [])


def test_no_rule_is_found_by_text_where_rasa_finds_none(
    host: DialogueHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every intent at the start of a conversation, after an answer, and in a check-in."""
    policy, domain = rule_policy(host), host._agent.domain
    assert domain is not None
    shortcut = RulePolicy._find_action_from_rules
    original = shortcut.__wrapped__
    answered = [
        ActionExecuted("action_listen"),
        UserUttered("hi", {"name": "greet"}),
        ActionExecuted("action_talk"),
    ]
    saved = 0
    for before in ([], answered, [ActiveLoop("check_in_form")]):
        for intent in domain.intents:
            told = [*before, ActionExecuted("action_listen"), UserUttered("words", {"name": intent})]
            tracker = DialogueStateTracker.from_events("x", told, domain.slots, domain=domain)
            expected = original(policy, tracker, domain, True)
            given = shortcut(policy, tracker, domain, True)
            assert (given[0], given[2]) == (expected[0], expected[2])
            saved += given != expected
            chosen = policy.predict_action_probabilities(tracker, domain).probabilities
            with monkeypatch.context() as patch:
                patch.setattr(RulePolicy, "_find_action_from_rules", original)
                assert policy.predict_action_probabilities(tracker, domain).probabilities == chosen
    assert saved >= len(domain.intents), "the shortcut is taken"


RESULTS: list[dict[str, Any]] = [
    {},
    {"events": [], "responses": []},
    {"events": [SlotSet("options", ["eating"]).as_dict()], "responses": [{"text": "hello"}]},
    {"events": [{"event": "slot", "name": "options", "value": None, "timestamp": 1.5}]},
    {"events": [{"event": "active_loop", "name": None}]},
    {"events": [{"event": "slot", "name": "options"}]},
    {"events": [{"event": "slot", "value": 1}]},
    {"events": [{"event": "slot", "name": 3, "value": 1}]},
    {"events": [{"event": "slot", "name": "options", "value": 1, "timestamp": "now"}]},
    {"events": [{"event": "slot", "name": "options", "value": 1, "timestamp": True}]},
    {"events": [{"event": "slot", "name": "options", "value": 1, "metadata": []}]},
    {"events": [{"event": "unheard_of"}]},
    {"events": [{"name": "options"}]},
    {"events": ["slot"]},
    {"events": None},
    {"responses": ["hello"]},
    {"responses": None},
]


@pytest.mark.parametrize("result", RESULTS)
def test_what_an_action_returns_is_refused_where_the_schema_refuses_it(
    host: DialogueHost, result: dict[str, Any]
) -> None:
    action = RemoteAction("action_answer", InProcessActions())
    try:
        jsonschema.validate(result, RemoteAction.action_response_format_spec())
    except jsonschema.ValidationError:
        with pytest.raises(jsonschema.ValidationError):
            action._validate_action_result(result)
    else:
        assert action._validate_action_result(result)


def test_shortcuts_are_taken_once(host: DialogueHost) -> None:
    def taken() -> tuple[object, ...]:
        return Event.resolve_by_type, RulePolicy._get_possible_keys, RulePolicy._find_action_from_rules

    before = taken()
    take_shortcuts()
    assert taken() == before


class _Node:
    """A node as the graph calls it."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name, self.log = name, log

    def __call__(self, *inputs: tuple[str, object]) -> tuple[str, object]:
        self.log.append(self.name)
        if self.name == "broken":
            raise RuntimeError("a node broke")
        return self.name, [self.name, *(value for _, value in inputs)]


def runner(log: list[str]) -> InOrder:
    """The graph: given -> first -> (second, third) -> last; and a node that breaks."""
    from rasa.engine.graph import GraphSchema, SchemaNode

    def node(**needs: str) -> SchemaNode:
        return SchemaNode(needs=needs, uses=object, fn="run", constructor_name="create", config={})  # type: ignore[arg-type]

    schema = GraphSchema(
        {
            "last": node(a="second", b="third"),
            "third": node(a="first"),
            "second": node(a="first", b="given"),
            "first": node(a="given"),
            "broken": node(a="given"),
        }
    )
    loaded = DaskGraphRunner.__new__(DaskGraphRunner)
    loaded._graph_schema = schema
    loaded._instantiated_nodes = {name: _Node(name, log) for name in schema.nodes}  # type: ignore[misc]
    loaded._execution_context = None  # type: ignore[assignment]
    return loaded  # type: ignore[return-value]


def test_a_graph_gives_what_rasas_own_runner_gives() -> None:
    log: list[str] = []
    loaded = runner(log)
    expected = loaded.run({"given": 7}, ["last", "first"])
    log.clear()
    assert InOrder(loaded).run({"given": 7}, ["last", "first"]) == expected
    assert sorted(log) == ["first", "last", "second", "third"]  # each once, and nothing that nobody asked for


def test_what_breaks_in_a_graph_is_told_as_rasas_own_runner_tells_it() -> None:
    in_order = InOrder(runner([]))
    with pytest.raises(GraphRunError):
        in_order.run({"given": 7}, ["broken"])
    with pytest.raises(GraphRunError):
        in_order.run({"given": 7, "first": 8}, ["last"])
