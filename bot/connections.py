"""Connections of the web process: who opens one has to say in time, and in bounds, what they want.

uvicorn itself waits for ever for the headers of a request, and takes as many as come.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS_WITHIN = 15.0
"""Seconds from the opening of a connection, or from the first octet of a further request, to the end of its headers."""

LARGEST_HEADERS = 65_536
"""Octets of a request's first line and headers. Browsers send a few thousand at most."""


class PromptConnection(HttpToolsProtocol):
    """uvicorn's connection, which is closed where a request's headers come too slowly or are too long."""

    _deadline: asyncio.TimerHandle | None = None
    _octets = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called by the event loop: the headers are waited for from now on."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Called by the event loop for whatever comes, headers or body."""
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._wait()
        self._octets += len(data)
        super().data_received(data)
        if self._deadline is not None and self._octets > LARGEST_HEADERS and not self.transport.is_closing():
            self.send_400_response("The headers of this request are too long.")

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self._wait_no_more()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._octets = 0
        self._deadline = self.loop.call_later(HEADERS_WITHIN, self._too_late)

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        self.transport.close()
