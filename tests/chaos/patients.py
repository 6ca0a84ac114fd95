"""Patients play their scripts: each message is delivered until it is taken, some of them twice, late or overtaken."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from .carrier import Carrier
from .evidence import Attempt, Shown, Wrote

PATIENCE = 25.0
"""Seconds that a browser and the carrier wait for an answer."""

AGAIN, LONGEST_PAUSE = 0.7, 12.0
"""Seconds until they try once more: at first, then twice as long each time, up to this."""

ANSWER = 40.0
"""Seconds that a patient waits for the answer before writing on."""

ANSWERED_BY = "X-Answered-By"
"""The header in which the proxy before several web processes names those that it asked, the last one answered."""

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
        status, body, by = 0, "", ""
        try:
            response = await self._post(wrote)
            status, body = response.status_code, response.text
            by = response.headers.get(ANSWERED_BY, "").split(",")[-1].strip()
        except (httpx.HTTPError, OSError):
            pass
        attempt = Attempt(began, time.time(), status, body, by)
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
