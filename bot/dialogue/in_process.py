"""Custom actions in the worker's own process: no action server, no HTTP, and the turn's own transaction."""

from __future__ import annotations

from typing import Any

from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

from bot.care.turn import current_turn


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
