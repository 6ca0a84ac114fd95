"""How long does a message wait to be acknowledged under load? `python -m bench.acknowledgement [senders] [messages]`

A web process of its own (the true screen, an embedded PostgreSQL) takes messages of many senders at once, each sender
one after the other: through the chat, then through the carrier's webhook, signed. One in ten is in crisis and is
answered in the acknowledgement itself; no two of a run are alike. No worker runs (`python -m bench` has one). What is
timed is HTTP, from sending to the whole answer. When the last answer is there, another connection looks whether every
message is stored: one that was only kept on the disk, or a crisis without its text, ends the run without figures.
Prints median, 99th percentile and the longest, both channels side by side, and the machine's load average.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx
from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from twilio.request_validator import RequestValidator

from bench.crowd import Writers
from bench.messages import CRISIS, texts
from bench.systems import PUBLIC, settings
from bot.care.database import engine_for, migrate, transaction
from bot.care.models import Channel, Message, Sender
from bot.clinic.paths import ROOT
from bot.embedded import EmbeddedPostgres
from bot.safety.screen import Screen

SENDERS, MESSAGES = 20, 10
TOKEN = "bench-" * 6
PORT = 18_482

Send = Callable[[httpx.AsyncClient, int, str], Awaitable[httpx.Response]]
WAYS: dict[Channel, str] = {Channel.WEB: "web chat", Channel.SMS: "text message"}


class NotAsSaid(RuntimeError):
    """What was measured is not what the figures would say."""


async def web_chat(client: httpx.AsyncClient, sender: int, text: str) -> httpx.Response:
    """One message of the widget."""
    return await client.post("/chat/messages", json={"id": str(uuid.uuid4()), "text": text})


async def sms(client: httpx.AsyncClient, sender: int, text: str) -> httpx.Response:
    """One delivery of the carrier."""
    form = {
        "MessageSid": f"SM{uuid.uuid4().hex}",
        "From": f"+1646555{sender:04d}",
        "Body": text,
        "NumMedia": "0",
    }
    signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}/sms/inbound", form)
    return await client.post("/sms/inbound", data=form, headers={"X-Twilio-Signature": str(signature)})


async def load(channel: Channel, ordinary: Iterator[str], senders: int, messages: int) -> list[float]:
    """Seconds of each acknowledgement. Raises NotAsSaid where a crisis is not answered in it."""
    took: list[float] = []
    send: Send = web_chat if channel is Channel.WEB else sms

    async def one(sender: int) -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{PORT}", timeout=60) as client:
            if channel is Channel.WEB:
                (await client.post("/chat/session", json={})).raise_for_status()
            for number in range(messages):
                grave = (sender + number) % 10 == 0
                text = f"{CRISIS} {sender} {number}" if grave else next(ordinary)
                began = time.perf_counter()
                answer = await send(client, sender, text)
                took.append(time.perf_counter() - began)
                answer.raise_for_status()
                if grave and "988" not in answer.text:
                    raise NotAsSaid("A crisis was acknowledged without its text.")

    await asyncio.gather(*(one(sender) for sender in range(senders)))
    return took


def stored(engine: Engine, channel: Channel) -> int:
    """How many messages of patients are committed."""
    statement = select(func.count()).where(
        Message.channel == channel.value, Message.sender == Sender.PATIENT.value
    )
    with transaction(engine) as session:
        return int(session.execute(statement).scalar_one())


async def measure(engine: Engine, senders: int, messages: int) -> None:
    """Warm up, then load both channels one after the other, and print. Raises NotAsSaid."""
    ordinary = Writers(texts()).messages()  # of the whole run: the reader remembers what it has read
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{PORT}", timeout=5) as client:
        for _ in range(240):
            try:
                await client.get("/healthz")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.5)
        else:
            raise NotAsSaid("The web process did not start.")
    for channel in WAYS:
        await load(channel, ordinary, 2, 10)
    busy = os.getloadavg()[0]
    print(f"{senders} senders at once, {messages} messages each, one in ten in crisis")
    print(f"{os.cpu_count()} processors, load average {busy:.1f} before it")
    print(f"{'':14}{'a second':>10}{'median':>10}{'p99':>10}{'longest':>10}   milliseconds")
    for channel, name in WAYS.items():
        before = stored(engine, channel)
        began = time.perf_counter()
        took = sorted(1000 * one for one in await load(channel, ordinary, senders, messages))
        rate = len(took) / (time.perf_counter() - began)
        if (new := stored(engine, channel) - before) != len(took):
            raise NotAsSaid(f"{len(took)} messages were acknowledged and {new} are stored.")
        p99 = took[min(len(took) - 1, int(0.99 * len(took)))]
        print(f"{name:14}{rate:10.0f}{statistics.median(took):10.0f}{p99:10.0f}{took[-1]:10.0f}")


def main() -> int:
    """Start what is needed, measure, and stop it again. Raises NotAsSaid."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.acknowledgement", description=(__doc__ or "").split("`")[0]
    )
    parser.add_argument("senders", nargs="?", type=int, default=SENDERS, help=f"at once (default {SENDERS})")
    parser.add_argument(
        "messages", nargs="?", type=int, default=MESSAGES, help=f"of each (default {MESSAGES})"
    )
    options = parser.parse_args()
    if Screen.load("full").reader is None:
        raise NotAsSaid("The trained reader does not load, so that this would not be the true screen.")
    # Short, and below /tmp: the database server's socket has its name in it.
    with tempfile.TemporaryDirectory(prefix="aftercare-bench-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        server = EmbeddedPostgres(folder / "postgres", folder / "postgres.log")
        server.start()
        try:
            url = server.url("postgres")
            migrate(url)
            environment = {
                **os.environ,
                "DATABASE_URL": url,
                "AFTERCARE_HOME": str(folder / "home"),
                "AFTERCARE_CLINIC": str(settings(folder)),
                "AFTERCARE_PORT": str(PORT),
                "AFTERCARE_TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
                "AFTERCARE_TWILIO_AUTH_TOKEN": TOKEN,
                "AFTERCARE_TWILIO_FROM": "+12125550142",
            }
            web = subprocess.Popen([sys.executable, "-m", "bot.web"], cwd=ROOT, env=environment)
            try:
                asyncio.run(measure(engine_for(url), options.senders, options.messages))
            finally:
                web.terminate()
                web.wait(30)
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
