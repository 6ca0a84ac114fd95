"""What Rasa does at every turn anew, and what can be done once: the same results with half of the work.

Each shortcut stands in for one function of Rasa 3.6, and tests hold it to what that function itself gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from typing import Any

from jsonschema.validators import validator_for  # type: ignore[import-untyped]
from rasa.core.actions.action import RemoteAction
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

State = dict[str, Any]
_NO_INTENT: State = {PREVIOUS_ACTION: {ACTION_NAME: ACTION_LISTEN_NAME}}
_WHO_SPOKE = ((PREVIOUS_ACTION, ACTION_NAME), (USER, INTENT))


def take_shortcuts() -> None:
    """Use them all in this process. Safe to call twice."""
    _check_results_with_a_prepared_schema()
    _look_up_kinds_of_events()
    _try_only_rules_that_can_match()
    _look_for_no_rule_by_text_where_there_is_none()


def _check_results_with_a_prepared_schema() -> None:
    """Rasa checks what an action returns against a schema, and each time that schema against the rules for schemas
    first: three quarters of the time of a turn. Nearly all that our actions return are slots, and those are seen to be
    right without it."""
    schema = RemoteAction.action_response_format_spec()
    prepared = validator_for(schema)(schema)

    def validate(self: RemoteAction, result: dict[str, Any]) -> bool:
        if not _plainly_right(result):
            prepared.validate(result)
        return True

    RemoteAction._validate_action_result = validate  # type: ignore[method-assign]


def _plainly_right(result: dict[str, Any]) -> bool:
    """Whether a result has slots for events, or none, and answers, or none: what is more is for the schema to judge."""
    events, responses = result.get("events", []), result.get("responses", [])
    return (
        isinstance(events, list)
        and isinstance(responses, list)
        and all(isinstance(one, dict) for one in responses)
        and all(_is_slot(one) for one in events)
    )


def _is_slot(event: Any) -> bool:
    return (
        isinstance(event, dict)
        and event.keys() <= {"event", "name", "value", "timestamp"}
        and event.get("event") == "slot"
        and isinstance(event.get("name"), str)
        and "value" in event
        and type(event.get("timestamp")) in (type(None), int, float)
    )


def _look_up_kinds_of_events() -> None:
    """Rasa lists all classes of events, and theirs, for each event that it reads."""
    original: Callable[..., Any] = Event.resolve_by_type
    if hasattr(original, "__wrapped__"):
        return
    Event.resolve_by_type = staticmethod(wraps(original)(lru_cache(maxsize=256)(original)))  # type: ignore[method-assign]


def _try_only_rules_that_can_match() -> None:
    """Rasa tries every rule against the newest state of the conversation, in Python, three times a turn. What a rule
    says of the last action and the intent rules most of them out at once."""
    original = RulePolicy._get_possible_keys
    if hasattr(original, "__wrapped__"):
        return

    @wraps(original)
    def possible(self: RulePolicy, lookup: dict[str, str], states: Sequence[State]) -> set[str]:
        return original(self, _narrowed(self, lookup, states[-1]) if states else lookup, states)  # type: ignore[arg-type]

    RulePolicy._get_possible_keys = possible  # type: ignore[method-assign, assignment]


def _look_for_no_rule_by_text_where_there_is_none() -> None:
    """Rasa looks for a rule by the words of a message before it looks for one by its intent, and works out the states
    of the conversation for each. Our rules go by intents: where none can match without one, outside a form, nothing
    can be found."""
    original = RulePolicy._find_action_from_rules
    if hasattr(original, "__wrapped__"):
        return

    @wraps(original)
    def find(
        self: RulePolicy, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        by_text = use_text_for_last_user_input and not tracker.active_loop_name
        if by_text and not _narrowed(self, self.lookup[RULES], _NO_INTENT):
            return None, None, False
        return original(self, tracker, domain, use_text_for_last_user_input)

    RulePolicy._find_action_from_rules = find  # type: ignore[method-assign]


def _narrowed(policy: RulePolicy, lookup: dict[str, str], newest: State) -> dict[str, str]:
    index: dict[int, Any] = policy.__dict__.setdefault("_rules_by_who_spoke", {})
    known: Any = index.get(id(lookup))
    if known is None or known[0] is not lookup:
        known = (lookup, [(_who_spoke(policy._rule_key_to_state(key)[-1]), key) for key in lookup], {})
        index[id(lookup)] = known
    _, rules, narrowed = known
    now = _who_spoke(newest)
    if now not in narrowed:
        fit = (
            key for who, key in rules if all(ours is None or ours == theirs for ours, theirs in zip(who, now))
        )
        narrowed[now] = {key: lookup[key] for key in fit}
    found: dict[str, str] = narrowed[now]
    return found


def _who_spoke(state: State) -> tuple[Any, ...]:
    """The last action and the intent that a state names, or None for what it does not name or wants unset."""
    named = (state.get(part, {}).get(name) for part, name in _WHO_SPOKE)
    return tuple(one if isinstance(one, str) and not one.startswith("should_not") else None for one in named)


class InOrder(GraphRunner):
    """Runs a loaded graph node after node. Rasa hands each run to a scheduler made for clusters, and works out anew
    which nodes it takes."""

    def __init__(self, loaded: DaskGraphRunner) -> None:
        """loaded: a runner whose nodes are instantiated."""
        self._nodes = loaded._instantiated_nodes
        self._schema = loaded._graph_schema
        self._orders: dict[tuple[str, ...], list[tuple[str, list[str]]]] = {}

    @classmethod
    def create(cls, *given: Any, **named: Any) -> InOrder:
        """As Rasa creates a runner."""
        return cls(DaskGraphRunner.create(*given, **named))

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """The output of each target. inputs: values for names that no node gives. Raises what a node raises, and
        GraphRunError where an input has the name of a node."""
        wanted = tuple(targets or self._schema.target_names)
        if wanted not in self._orders:
            self._orders[wanted] = _order(self._schema.minimal_graph_schema(list(wanted)), wanted)
        given = inputs or {}
        results = {name: (name, value) for name, value in given.items()}
        for name, needs in self._orders[wanted]:
            if name in given:
                raise GraphRunError(f"The input {name!r} has the name of a node.")
            try:
                results[name] = self._nodes[name](*(results.get(need, need) for need in needs))
            except RuntimeError as error:
                raise GraphRunError("Error running runner.") from error
        return dict(results[name] for name in wanted)


def _order(schema: GraphSchema, targets: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The nodes with what they need, each after what it needs."""
    order: dict[str, list[str]] = {}

    def visit(name: str) -> None:
        if name in order or name not in schema.nodes:
            return
        needs = list(schema.nodes[name].needs.values())
        for need in needs:
            visit(need)
        order[name] = needs

    for target in targets:
        visit(target)
    return list(order.items())
