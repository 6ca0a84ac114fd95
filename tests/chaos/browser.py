"""A patient with the widget: a browser that follows the chat's contract."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress

import httpx

from .evidence import NO_ANSWER, Shown, Wrote
from .patients import AGAIN, PATIENCE, Line, Patient, Scene

KEPT_AGAIN = 30.0
"""Seconds after which a browser sends again what was only kept, until it is stored."""

LEAVES_AFTER = 8.0
"""Seconds for which a page stays open when everything in it is answered."""


class Browser(Patient):
    """Somebody with the widget."""

    channel = "web"

    def __init__(self, name: str, script: list[Line], scene: Scene) -> None:
        super().__init__(name, script, scene)
        self._client = httpx.AsyncClient(timeout=PATIENCE, trust_env=False)
        self.last, self._streams = 0, 0
        self.conversation = ""
        self._numbers: dict[str, int] = {}
        self._replied: set[int] = set()
        self._stream: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None

    async def play(self) -> None:
        """Open the chat, keep the stream open, and write."""
        await self.scene.until(self.script[0].at)
        await self._open()
        self._stream = asyncio.create_task(self._read())
        await super().play()
        self._leaving = asyncio.create_task(self._leave())

    async def _leave(self) -> None:
        """Close the page once everything is answered: an open one costs the assistant a look now and then."""
        while True:
            await asyncio.sleep(1.0)
            if self.up_to_date:
                break
        await asyncio.sleep(LEAVES_AFTER)
        if self._stream is not None:
            self._stream.cancel()

    async def _deliver(self, wrote: Wrote, line: Line) -> None:
        await super()._deliver(wrote, line)
        self._later.append(asyncio.create_task(self._until_stored(wrote)))

    async def _until_stored(self, wrote: Wrote) -> None:
        """What was only kept is sent again, as the widget does."""
        while (last := wrote.attempts[-1]).accepted and json.loads(last.body).get("kept"):
            await asyncio.sleep(KEPT_AGAIN)
            await self._until_taken(wrote)

    @property
    def up_to_date(self) -> bool:
        """Whether the page shows an answer to everything that was written in it."""
        return all(self._answered(wrote) for wrote in self.written)

    async def close(self) -> None:
        """Close the page."""
        for task in (self._leaving, self._stream):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await self._client.aclose()

    async def _open(self) -> None:
        while True:
            with suppress(httpx.HTTPError, OSError):
                answer = await self._client.post(self.scene.web() + "/chat/session", json={})
                if answer.status_code == 200:
                    self.conversation = answer.json()["conversation"]
                    return
            await asyncio.sleep(AGAIN)

    async def _post(self, wrote: Wrote) -> httpx.Response:
        body = {"id": wrote.id, "text": wrote.text, "conversation": self.conversation}
        return await self._client.post(self.scene.web() + "/chat/messages", json=body)

    def _answered(self, wrote: Wrote) -> bool:
        return self._numbers.get(wrote.id) in self._replied

    async def _read(self) -> None:
        while True:
            with suppress(httpx.HTTPError, OSError, json.JSONDecodeError):
                await self._read_once()
            await asyncio.sleep(AGAIN)

    async def _read_once(self) -> None:
        self._streams += 1
        stream, after = self._streams, self.last
        headers = {"Last-Event-ID": str(after)} if after else {}
        address = self.scene.web() + "/chat/events"
        async with self._client.stream("GET", address, headers=headers) as answer:
            if answer.status_code != 200:
                return
            event, data = "", ""
            async for line in answer.aiter_lines():
                if line.startswith("event:"):
                    event = line[6:].strip()
                elif line.startswith("data:"):
                    data = line[5:].strip()
                elif not line:
                    if event == "message" and data:
                        self._see(json.loads(data), stream, after)
                    event, data = "", ""

    def _see(self, message: dict[str, object], stream: int, after: int) -> None:
        seq, reply_to = int(str(message["seq"])), message["reply_to"]
        shown = Shown(
            self.name,
            stream,
            after,
            time.time(),
            seq,
            str(message["id"]),
            str(message["from"]),
            str(message["text"]),
            str(message["kind"]),
            int(str(reply_to)) if reply_to is not None else None,
        )
        self.scene.shown.append(shown)
        self.last = max(self.last, seq)
        self._numbers[shown.id] = seq
        # Who has read only that their words were saved waits on: whoever left now would never see the answer.
        if shown.reply_to is not None and shown.kind not in NO_ANSWER:
            self._replied.add(shown.reply_to)
