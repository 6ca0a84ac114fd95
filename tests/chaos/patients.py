"""Patients: browsers that follow the chat's contract, and phones whose texts the carrier posts, signed, until taken."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from .carrier import SENDER, Carrier, signed
from .evidence import NO_ANSWER, Attempt, Shown, Wrote

PATIENCE = 25.0
"""Seconds that a browser and the carrier wait for an answer."""

AGAIN, LONGEST_PAUSE = 0.7, 12.0
"""Seconds until they try once more: at first, then twice as long each time, up to this."""

KEPT_AGAIN = 30.0
"""Seconds after which a browser sends again what was only kept, until it is stored."""

LEAVES_AFTER = 8.0
"""Seconds for which a page stays open when everything in it is answered."""

ANSWER = 40.0
"""Seconds that a patient waits for the answer before writing on."""

ONCE, TWICE_AT_ONCE, AGAIN_LATER = "once", "twice at once", "again later"


@dataclass(frozen=True)
class Line:
    """One message of a script. at: seconds after the beginning, at the earliest; waits: for the answer, before the next
    one; delivered: how often; overtaken: the carrier delivers the next one first."""

    at: float
    text: str
    grave: bool = False
    waits: bool = True
    delivered: str = ONCE
    overtaken: bool = False


@dataclass
class Scene:
    """Where the patients are. web: gives an address to ask next; began: of the run, in seconds since the epoch."""

    web: Callable[[], str]
    carrier: Carrier
    began: float
    wrote: list[Wrote] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)

    async def until(self, at: float) -> None:
        """Wait for a time of the script."""
        await asyncio.sleep(max(0.0, self.began + at - time.time()))


class Patient:
    """Plays a script. Subclasses deliver one message, and know when it was answered."""

    channel = ""

    def __init__(self, name: str, script: list[Line], scene: Scene) -> None:
        self.name, self.script, self.scene = name, script, scene
        self.written: list[Wrote] = []
        self._later: list[asyncio.Task[None]] = []

    async def play(self) -> None:
        """Write everything, each message until it is taken."""
        lines = list(self.script)
        while lines:
            line = lines.pop(0)
            await self.scene.until(line.at)
            if line.overtaken and lines:
                follower = lines.pop(0)
                late, early = self._write(line), self._write(follower)
                await self._deliver(early, follower)
                await self._deliver(late, line)
            else:
                late = self._write(line)
                await self._deliver(late, line)
            if line.waits:
                await self._until_answered(late)
        await asyncio.gather(*self._later)

    def _write(self, line: Line) -> Wrote:
        wrote = Wrote(self.name, self.channel, self._new_id(), line.text, line.grave)
        self.scene.wrote.append(wrote)
        self.written.append(wrote)
        return wrote

    def _new_id(self) -> str:
        return str(uuid.uuid4())

    async def _deliver(self, wrote: Wrote, line: Line) -> None:
        once = self._until_taken(wrote)
        if line.delivered == TWICE_AT_ONCE:
            await asyncio.gather(once, self._until_taken(wrote))
        else:
            await once
        if line.delivered == AGAIN_LATER:
            self._later.append(asyncio.create_task(self._again(wrote)))

    async def _again(self, wrote: Wrote) -> None:
        await asyncio.sleep(8.0)
        await self._until_taken(wrote)

    async def _until_taken(self, wrote: Wrote) -> None:
        attempt, pause = await self._tried(wrote), AGAIN
        while not attempt.accepted:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            attempt = await self._tried(wrote)

    async def _tried(self, wrote: Wrote) -> Attempt:
        began = time.time()
        status, body = 0, ""
        try:
            response = await self._post(wrote)
            status, body = response.status_code, response.text
        except (httpx.HTTPError, OSError):
            pass
        attempt = Attempt(began, time.time(), status, body)
        wrote.attempts.append(attempt)
        return attempt

    async def _post(self, wrote: Wrote) -> httpx.Response:
        raise AssertionError("a patient without a channel")

    async def _until_answered(self, wrote: Wrote) -> None:
        deadline = time.time() + ANSWER
        while time.time() < deadline:
            if self._answered(wrote):
                return
            await asyncio.sleep(0.2)

    def _answered(self, wrote: Wrote) -> bool:
        raise AssertionError("a patient without a channel")

    async def close(self) -> None:
        """The patient goes home."""


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


class Phone(Patient):
    """Somebody who texts: the carrier posts what they write."""

    channel = "sms"

    def __init__(self, name: str, script: list[Line], scene: Scene, client: httpx.AsyncClient) -> None:
        super().__init__(name, script, scene)
        self._client = client
        self._had: dict[str, int] = {}

    def _new_id(self) -> str:
        return f"SM{uuid.uuid4().hex}"

    async def _post(self, wrote: Wrote) -> httpx.Response:
        self._had.setdefault(wrote.id, self._texts())
        form = {
            "MessageSid": wrote.id,
            "AccountSid": "AC" + "7" * 32,
            "From": self.name,
            "To": SENDER,
            "Body": wrote.text,
            "NumMedia": "0",
        }
        answer = await self._client.post(
            self.scene.web() + "/sms/inbound", data=form, headers=signed("/sms/inbound", form)
        )
        for text in texts_of(answer.text) if answer.status_code == 200 else []:
            if text.get("statusCallback"):
                self.scene.carrier.report(str(text.get("statusCallback")), f"SM{uuid.uuid4().hex}")
        return answer

    def _texts(self) -> int:
        return sum(1 for one in self.scene.carrier.taken if one.number == self.name)

    def _answered(self, wrote: Wrote) -> bool:
        first = wrote.first_accepted
        return bool(first and texts_of(first.body)) or self._texts() > self._had.get(wrote.id, 0)


def texts_of(markup: str) -> list[ElementTree.Element]:
    """The texts that the answer to a webhook sends back."""
    try:
        return ElementTree.fromstring(markup).findall("Message") if markup else []
    except ElementTree.ParseError:
        return []
