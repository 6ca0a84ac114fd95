"""Custom actions in the worker's own process: no action server, no HTTP, and the turn's own transaction."""

from __future__ import annotations

from typing import Any

from jsonschema.validators import validator_for  # type: ignore[import-untyped]
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

from bot.care.turn import current_turn


def check_results_with_a_prepared_schema() -> None:
    """Let Rasa check what an action returns with a schema that is prepared once. Safe to call twice.

    Rasa checks each result against a schema, and each time that schema against the rules for schemas first: three
    quarters of the time of a turn. What is refused stays the same.
    """
    schema = RemoteAction.action_response_format_spec()
    prepared = validator_for(schema)(schema)

    def validate(self: RemoteAction, result: dict[str, Any]) -> bool:
        prepared.validate(result)
        return True

    RemoteAction._validate_action_result = validate  # type: ignore[method-assign]


class InProcessActions(EndpointConfig):
    """Stands where Rasa expects the address of an action server."""

    def __init__(self, package: str = "actions") -> None:
        """package: the Python package whose actions are run."""
        super().__init__(url="in-process")
        self._executor = ActionExecutor()
        self._executor.register_package(package)

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        """Run the action named in `json`, as the action server would, and return its events and responses.

        An error is noted on the turn, which then ends without a trace: Rasa itself would drop the action's events and
        go on as if all were well.
        """
        try:
            result = await self._executor.run(kwargs["json"])
        except Exception as error:
            turn = current_turn()
            if turn is not None and turn.failure is None:
                turn.failure = error
            raise
        return dict(result) if result is not None else None
