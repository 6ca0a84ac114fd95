"""A web process on a loopback port, browsers that talk to it, and a screen of plain words."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import httpx
import uvicorn
from sqlalchemy.engine import Engine
from starlette.applications import Starlette

from bot.care import conversations
from bot.care.conversations import Reply
from bot.care.database import transaction
from bot.care.models import Channel, Message, MessageState, WebSession
from bot.channels.sms.settings import SmsSettings
from bot.channels.spool import Spool, spool_folder
from bot.channels.web_chat.sessions import session_of
from bot.clinic.paths import data_home
from bot.clinic.settings import Clinic, Limits, load_clinic
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.verdict import TOO_LONG, Verdict
from bot.web import Parts, server_settings

TUESDAY_NOON = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
SITE = "https://www.clinic.example"
"""Of a clinic's own page, on another origin than the chat."""
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
MANY = Limits(messages=1_000, messages_per_address=100_000, sessions_per_address=100_000, texts=1_000)
"""Tests send from one address what in life comes from many."""
JSON = {"content-type": "application/json"}


class FakeScreen:
    """A screen of a few plain words, so that these tests are about the channel."""

    def assess_with(self, recent: Sequence[str], text: str, context: str | None = None) -> Verdict:
        """A farewell in pieces is a crisis."""
        if recent and recent[-1] == "it is all arranged" and text == "look after the dog":
            return Verdict(
                Level.CRISIS, 0.9, ("Read together with the messages before it",), ((0, len(text)),)
            )
        return self.assess(text, context)

    def assess(self, text: str, context: str | None = None) -> Verdict:
        """Crisis for "kill myself" and for a yes to a question about ending one's life; broken where told to be."""
        if "kill myself" in text or (text == "yes" and context and "ending your life" in context):
            start = max(0, text.find("kill myself"))
            return Verdict(Level.CRISIS, 0.99, ("Thoughts of suicide",), ((start, start + 11),), danger="own")
        if "hits me" in text:
            return Verdict(Level.CRISIS, 0.99, ("Is hit by somebody close",), danger="harmed")
        if "chest pain" in text:
            return Verdict(Level.EMERGENCY, 0.99, ("Chest pain",))
        if "vomiting" in text:
            return Verdict(Level.URGENT, 0.8, ("Vomiting",))
        if "unreadable" in text:
            return Verdict(Level.UNASSESSED, 0.5, ("The screen failed",))
        if len(text) > 12_000:
            return Verdict(Level.UNASSESSED, 0.1, (TOO_LONG.format(length=len(text)),))
        return Verdict(Level.NONE)


def unlimited() -> Clinic:
    """The demo's clinic where many may write from one address."""
    return load_clinic().copy(update={"limits": MANY})


def parts(url: str, engine: Engine, clock: Any, **changes: Any) -> Parts:
    """A web process on a database, with the demo's settings unless told otherwise."""
    clinic = load_clinic()
    given: dict[str, Any] = {
        "url": url,
        "engine": engine,
        "clinic": clinic,
        "clock": clock,
        "screen": FakeScreen(),
        "phrases": Phrases.load(),
        "library": Library.load(),
        "spool": Spool(spool_folder(data_home() / uuid.uuid4().hex)),
    } | changes
    if "sms" not in given:
        given["sms"] = SmsSettings(
            "simulator", given["clinic"].web.public_url, "AC" + "1" * 32, "0" * 32, "+12125550142"
        )
    return Parts(**given)


class Served:
    """An application on a loopback port, in a thread, with its lifespan."""

    def __init__(self, app: Starlette, port: int = 0) -> None:
        settings = server_settings(app, "127.0.0.1", port)
        settings.timeout_graceful_shutdown = 1
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the web process did not start"
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """Stop, and wait until it has."""
        self._server.should_exit = True
        self._thread.join(15)


@dataclass
class Event:
    """One server-sent event. data: the JSON behind it, None for a comment."""

    name: str
    data: Any
    id: str | None


@dataclass
class Browser:
    """A browser with its cookie."""

    base: str
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.base, timeout=20)

    def open(self) -> dict[str, Any]:
        """Open the chat."""
        answer = self.client.post("/chat/session", json={})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def send(self, text: str, message_id: str | None = None, **more: Any) -> httpx.Response:
        """Send a message."""
        body = {"id": message_id or str(uuid.uuid4()), "text": text} | more
        # Lone surrogates can be written in JSON's escapes only.
        return self.client.post("/chat/messages", content=json.dumps(body), headers=JSON)

    def messages(self, **query: Any) -> dict[str, Any]:
        """A page of history."""
        answer = self.client.get("/chat/messages", params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @contextmanager
    def events(
        self, after: int | None = None, query: dict[str, Any] | None = None
    ) -> Iterator[Iterator[Event]]:
        """The stream of events, from the message after `after` on."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        with self.client.stream("GET", "/chat/events", headers=headers, params=query) as answer:
            assert answer.status_code == 200, answer.status_code
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield _read(answer.iter_lines())


def _read(lines: Iterator[str]) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif fields:
            if "event" in fields:
                yield Event(fields["event"], json.loads(fields["data"]), fields.get("id"))
            fields = {}


def seqs(events: Iterator[Event], how_many: int) -> list[int]:
    """The numbers of the next messages of a stream; states between them are passed over."""
    found: list[int] = []
    for event in events:
        if event.name == "message":
            assert event.id == str(event.data["seq"])
            found.append(event.data["seq"])
        if len(found) == how_many:
            break
    return found


def next_state(events: Iterator[Event], **wanted: Any) -> dict[str, Any]:
    """The next state in a stream that holds all of `wanted`."""
    for event in events:
        if event.name == "state" and all(event.data[key] == value for key, value in wanted.items()):
            assert event.id is None
            return dict(event.data)
    raise AssertionError("the stream ended")


def conversation_of(engine: Engine, browser: Browser) -> int:
    """The conversation that a browser's cookie opens."""
    with transaction(engine) as session:
        opened = session_of(session, browser.client.cookies["aftercare_session"], load_clinic(), TUESDAY_NOON)
        assert isinstance(opened, WebSession)
        return int(opened.conversation_id)


def answer(engine: Engine, browser: Browser, text: str = "An answer.", question: str | None = None) -> None:
    """What the worker, another process, does: answer everything that waits."""
    with transaction(engine) as session:
        conversation = conversations.lock(session, conversation_of(engine, browser))
        conversations.say(
            session, conversation, Reply(text, question=question), channel=Channel.WEB, now=TUESDAY_NOON
        )
        session.query(Message).filter_by(
            conversation_id=conversation.id, state=MessageState.RECEIVED.value
        ).update({"state": MessageState.ANSWERED.value})
