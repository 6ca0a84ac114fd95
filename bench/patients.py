"""Patients at both systems: each writes, and notes when that was acknowledged and when the reply could be read."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from bench.stock.project import FIRST_QUESTION, FORM_INTENT

LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Turn:
    """Seconds from sending on. acknowledged: the server has the message; readable: the reply is there."""

    acknowledged: float
    readable: float
    reply: str


class Patient(Protocol):
    """Somebody who writes and waits."""

    async def open(self) -> None:
        """Open the conversation."""

    async def say(self, text: str) -> Turn:
        """Write and wait for the reply. Raises TimeoutError when there is none."""

    async def close(self) -> None:
        """Leave."""


@dataclass
class StockPatient:
    """At Rasa's REST channel: the answer to the request is the reply, and there is no acknowledgement before it.

    Whom stock Rasa asks the questions of its check-in without having been asked for it begins a new conversation:
    every later message would be taken for an answer, which is another turn than the one that is measured.
    """

    address: str
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    caught: int = 0

    async def open(self) -> None:
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(LONGEST_WAIT))

    async def say(self, text: str) -> Turn:
        began = time.perf_counter()
        body = {"sender": self.name, "message": text}
        async with self._client.post(f"{self.address}/webhooks/rest/webhook", json=body) as response:
            response.raise_for_status()
            replies = await response.json()
        took = time.perf_counter() - began
        reply = " ".join(one.get("text", "") for one in replies)
        if FIRST_QUESTION in reply and text != f"/{FORM_INTENT}":
            self.name = uuid.uuid4().hex
            self.caught += 1
        return Turn(took, took, reply)

    async def takes_for_check_in(self, texts: Sequence[str]) -> list[str]:
        """Those of `texts` that its model takes for the wish to begin a check-in (Rasa's own `/model/parse`)."""
        found = []
        for text in texts:
            async with self._client.post(f"{self.address}/model/parse", json={"text": text}) as response:
                response.raise_for_status()
                if (await response.json())["intent"]["name"] == FORM_INTENT:
                    found.append(text)
        return found

    async def close(self) -> None:
        await self._client.close()


@dataclass
class AftercarePatient:
    """At the widget's own interface: a post, its acknowledgement, and the reply in the stream of events."""

    address: str

    async def open(self) -> None:
        # Plain HTTP on loopback: the session's cookie is given back as the browser of a local page would.
        jar = aiohttp.CookieJar(unsafe=True)
        self._client = aiohttp.ClientSession(
            cookie_jar=jar, timeout=aiohttp.ClientTimeout(None, sock_connect=10)
        )
        self._heard: dict[int, tuple[float, str]] = {}
        self._written: set[int] = set()
        self._news = asyncio.Event()
        async with self._client.post(f"{self.address}/chat/session", json={}) as response:
            response.raise_for_status()
        self._connected = asyncio.Event()
        self._listening = asyncio.create_task(self._listen())
        await asyncio.wait_for(self._connected.wait(), 20)

    async def post(self, text: str) -> float:
        """Write without waiting for the reply. Gives the seconds until it was acknowledged."""
        return (await self._post(text))[0]

    async def _post(self, text: str) -> tuple[float, int, str | None]:
        began = time.perf_counter()
        body = {"id": str(uuid.uuid4()), "text": text}
        async with self._client.post(f"{self.address}/chat/messages", json=body) as response:
            response.raise_for_status()
            stored = await response.json()
        took, seq = time.perf_counter() - began, int(stored["message"]["seq"])
        self._written.add(seq)
        return took, seq, stored["reply"]["text"] if stored["reply"] is not None else None

    @property
    def unanswered(self) -> int:
        """Messages whose reply has not come."""
        return len(self._written - self._heard.keys())

    async def answered(self, within: float) -> None:
        """Wait until everything is answered. Raises TimeoutError after `within` seconds."""
        until = time.perf_counter() + within
        while self.unanswered:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), until - time.perf_counter())

    async def say(self, text: str) -> Turn:
        began = time.perf_counter()
        acknowledged, seq, at_once = await self._post(text)
        if at_once is not None:
            return Turn(acknowledged, acknowledged, at_once)
        until = began + LONGEST_WAIT
        while seq not in self._heard:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), until - time.perf_counter())
        at, reply = self._heard[seq]
        return Turn(acknowledged, at - began, reply)

    async def _listen(self) -> None:
        async with self._client.get(f"{self.address}/chat/events") as stream:
            self._connected.set()
            async for line in stream.content:
                if line.startswith(b"data:"):
                    self._note(json.loads(line[5:]))

    def _note(self, event: dict[str, Any]) -> None:
        """The first reply to a message is what a patient waits for."""
        replied = event.get("reply_to")
        if replied is not None and replied not in self._heard:
            self._heard[replied] = (time.perf_counter(), event["text"])
            self._news.set()

    async def close(self) -> None:
        self._listening.cancel()
        await self._client.close()
