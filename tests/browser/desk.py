"""What the server of the widget's browser tests knows, and what a test makes happen on it."""

from __future__ import annotations

import json
import queue
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

NOTICE = (
    "Hello. I am an automated assistant of the clinic. Staff can read what you write here, "
    "but nobody watches it every minute. "
    "In an emergency call 911. If you think about ending your life, call or text 988."
)


Message = dict[str, Any]


@dataclass
class Desk:
    """What the server knows, and what it is told to do next. Used from the test's thread."""

    clinic: dict[str, Any] = field(
        default_factory=lambda: {
            "name": "Harbor Light Clinic",
            "phone": "(555) 010-0199",
            "after_hours_phone": "(555) 010-0142",
            "crisis_line": "988",
            "ambulance": "911",
            "on_shift": True,
        }
    )
    conversations: dict[str, list[Message]] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    people: list[dict[str, Any]] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    resumed: list[int] = field(default_factory=list)
    # Answers for the next sends instead of the ordinary one: (status, body); status 0 stores, and loses the answer.
    next_posts: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    reply: Callable[[Message], Message | None] = lambda message: None
    up: bool = True
    answer_delay: float = 0.0
    streams_refused: bool = False
    lines: list[tuple[str, queue.Queue[str | None]]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def conversation(self) -> str:
        """The conversation of the newest session."""
        return list(self.sessions.values())[-1]

    def begin(self, key: str | None = None) -> str:
        """Makes a session for a new conversation, or the one named `key`; gives the cookie's value."""
        with self.lock:
            token, conversation = secrets.token_urlsafe(8), key or secrets.token_hex(4)
            self.sessions[token] = conversation
            if conversation not in self.conversations:
                self.conversations[conversation] = []
                self.say(NOTICE, conversation=conversation)
            return token

    def say(
        self, text: str, *, conversation: str | None = None, streamed: bool = True, **given: Any
    ) -> Message:
        """Stores a message (from the assistant unless told otherwise) and streams it."""
        with self.lock:
            key = conversation or self.conversation()
            stored = self.conversations[key]
            seq = len(stored) + 1
            message: Message = {
                "seq": seq,
                "id": given.pop("id", None) or secrets.token_hex(8),
                "from": given.pop("sender", "assistant"),
                "name": None,
                "text": text,
                "at": datetime.now(timezone.utc).isoformat(),
                "level": "none",
                "buttons": [],
                "reply_to": None,
                "channel": "web",
                **given,
            }
            stored.append(message)
            if streamed:
                self.stream("message", message, conversation=key)
            return message

    def state(self, **given: Any) -> None:
        """Streams a `state` event."""
        told = {"typing": False, "owner": "assistant", "on_shift": True, "crisis": False, **given}
        self.stream("state", told)

    def stream(self, name: str, data: dict[str, Any], *, conversation: str | None = None) -> None:
        """Streams an event to every open line of a conversation."""
        key = conversation or self.conversation()
        for whose, line in list(self.lines):
            if whose == key:
                line.put(event(name, data))

    def cut(self) -> None:
        """Ends every open line."""
        for _, line in list(self.lines):
            line.put(None)


def event(name: str, data: dict[str, Any]) -> str:
    """One server-sent event as text."""
    number = f"id: {data['seq']}\n" if name == "message" else ""
    return f"{number}event: {name}\ndata: {json.dumps(data)}\n\n"
