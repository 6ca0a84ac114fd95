"""Bodies of requests: neither too large nor too slow."""

from __future__ import annotations

import anyio
from starlette.requests import Request

from bot.clinic.errors import AftercareError

PATIENCE = 10.0
"""Seconds for a whole body. The largest that we take is sent in less over a bad telephone line."""


class TooSlow(AftercareError):
    """The body of a request did not arrive in time: a broken line, or somebody who wants to hold ours."""

    code, status = "AC112", 408

    def __init__(self) -> None:
        super().__init__(
            "The message did not arrive in time. It will be sent again. If it is urgent, please call."
        )


async def read_body(
    request: Request, limit: int, too_large: AftercareError, patience: float = PATIENCE
) -> bytes:
    """The whole body. Raises `too_large` above `limit` octets, TooSlow after `patience` seconds."""
    content = bytearray()
    try:
        with anyio.fail_after(patience):
            async for chunk in request.stream():
                content += chunk
                if len(content) > limit:
                    raise too_large
    except TimeoutError:
        raise TooSlow() from None
    return bytes(content)
