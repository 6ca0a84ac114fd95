"""Plays a plan against a running assistant, waits until it has recovered, and gathers the evidence."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from . import records
from .assistant import Assistant, in_turn, ready
from .browser import Browser
from .carrier import PUBLIC, Carrier
from .disturbances import Disturber
from .evidence import Disturbed, Evidence
from .mail import Mailbox
from .patients import PATIENCE, Patient, Scene
from .phone import Phone
from .plan import Disturbance, Plan

NO_PROGRESS = 480.0
"""Seconds without any progress after which a run counts as not recovered. A text that failed four times waits 320 s for
the next try; how fast the rest goes depends on the machine."""

STREAMS_LOOK_WITHIN = 6.0
"""Seconds after which an event stream looks by itself, should the notice of news be lost."""

Tell = Callable[[str], None]


@dataclass
class Played:
    """What a run gave. seconds: from the first message to the last answer; settled: nothing waits any more."""

    evidence: Evidence
    seconds: float
    settled: bool
    waits: str


async def play(plan: Plan, assistant: Assistant, carrier: Carrier, box: Mailbox, tell: Tell) -> Played:
    """Run a plan to its end."""
    web = in_turn(assistant.webs)
    scene = Scene(web, carrier, time.time())
    evidence = Evidence(plan.seed, web_processes=assistant.web_processes)
    disturber = Disturber(assistant, carrier, box)
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False, limits=limits) as phones:
        patients: list[Patient] = [
            Browser(f"browser {number}", list(script), scene) for number, script in enumerate(plan.browsers)
        ]
        patients += [
            Phone(f"+1646555{1000 + number}", list(script), scene, phones)
            for number, script in enumerate(plan.phones)
        ]
        random.Random(plan.seed).shuffle(patients)
        looking_after = asyncio.create_task(_look_after(assistant))
        writing = [asyncio.create_task(patient.play()) for patient in patients]
        await _disturb(plan.disturbances, disturber, scene, evidence, tell)
        await asyncio.gather(*writing)
        seconds = time.time() - scene.began
        tell(f"{len(scene.wrote)} messages of {len(patients)} patients are accepted after {seconds:.0f} s.")
        browsers = [one for one in patients if isinstance(one, Browser)]
        waits = await _settle(assistant, browsers)
        await asyncio.sleep(STREAMS_LOOK_WITHIN)
        for patient in patients:
            await patient.close()
        looking_after.cancel()
    evidence.wrote, evidence.shown = scene.wrote, scene.shown
    evidence.carried, evidence.mailed, evidence.seen = list(carrier.taken), list(box.taken), disturber.seen
    evidence.records = await asyncio.to_thread(records.read, assistant.database)
    evidence.queue = await _queue(assistant)
    return Played(evidence, seconds, not waits, waits)


async def _disturb(
    planned: tuple[Disturbance, ...], disturber: Disturber, scene: Scene, evidence: Evidence, tell: Tell
) -> None:
    """What happens inside and what happens outside go on side by side, each one thing after the other."""

    async def in_a_row(those: list[Disturbance]) -> None:
        for one in sorted(those, key=lambda each: each.at):
            await scene.until(one.at)
            began = time.time()
            tell(f"{began - scene.began:6.0f} s  {one.what}")
            await disturber.do(one.what, one.seconds)
            evidence.disturbed.append(Disturbed(one.what, began, time.time()))

    outside = [one for one in planned if one.what.startswith(("carrier", "mail"))]
    await asyncio.gather(in_a_row(outside), in_a_row([one for one in planned if one not in outside]))


async def _look_after(assistant: Assistant) -> None:
    while True:
        await asyncio.to_thread(assistant.tick)
        await asyncio.sleep(0.3)


async def _settle(assistant: Assistant, browsers: list[Browser]) -> str:
    """Wait until nothing waits any more. What still does, in words, where nothing changes for too long."""
    before, deadline = "", 0.0
    while True:
        waits = await asyncio.to_thread(_waits, assistant, browsers)
        if waits != before:
            before, deadline = waits, time.monotonic() + NO_PROGRESS
        if not waits or time.monotonic() > deadline:
            return waits
        await asyncio.sleep(1.0)


def _waits(assistant: Assistant, browsers: list[Browser]) -> str:
    waiting = records.waiting(assistant.database)
    if waiting is None:
        return "the database does not answer"
    left = ", ".join(f"{number} {what}" for what, number in waiting.items() if number)
    if left:
        return left
    if kept := assistant.spooled():
        return f"{kept} bytes in the spool"
    if not ready(assistant.own_addresses):
        return "/readyz says that something is missing"
    # Each browser has seen the answer to all that it wrote: its own words come back by the same stream.
    unseen = [one.name for one in browsers if not one.up_to_date]
    return f"{len(unseen)} browsers have not seen everything" if unseen else ""


async def _queue(assistant: Assistant) -> list[int]:
    """The conversations that a nurse sees in the queue."""
    address, password = assistant.log_in()
    headers = {"Origin": PUBLIC}
    async with httpx.AsyncClient(
        base_url=assistant.webs[0], timeout=60.0, trust_env=False, headers=headers
    ) as nurse:
        form = {"email": address, "password": password, "next": ""}
        answer = await nurse.post("/staff/login", data=form)
        # The cookie is for TLS, which ends before us elsewhere: it is carried by hand.
        cookie = answer.headers["set-cookie"].split(";")[0]
        page = await nurse.get("/staff", headers={"Cookie": cookie})
        page.raise_for_status()
        return sorted({int(number) for number in re.findall(r"/staff/conversations/(\d+)", page.text)})
