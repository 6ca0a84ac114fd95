"""A small run as it should be, for tests that doctor one thing of it and ask the checker."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .checker import check
from .evidence import Attempt, Carried, Evidence, Mailed, Shown, Wrote

PHONE = "+16465551000"
SAFETY = "Call 988 now."
TOKEN = "ab" * 24
TWIML = f'<Response><Message statusCallback="https://x/sms/status">{SAFETY}</Message></Response>'
ALONE = "Call 988. I cannot reach our staff."
ALONE_TWIML = f"<Response><Message>{ALONE}</Message></Response>"
"""The safety text where staff cannot be told, and a delivery that was kept with it."""


def row(number: int, conversation: int, seq: int, sender: str, text: str, **more: Any) -> dict[str, Any]:
    """A row of the record: everything of conversation 1 is a browser's, of 2 a phone's."""
    usual: dict[str, Any] = {
        "id": number,
        "conversation_id": conversation,
        "seq": seq,
        "sender": sender,
        "channel": "web" if conversation == 1 else "sms",
        "external_id": f"m{number}",
        "text": text,
        "at": float(number),
        "state": "answered" if sender == "patient" else "delivered",
        "level": "none",
        "kind": "message",
        "reply_to_id": None,
        "carrier_id": None,
        "attempts": 0,
        "failure": None,
    }
    return {**usual, **more}


def shown(seq: int, number: int, sender: str = "assistant", reply_to: int | None = None) -> Shown:
    """What browser 0 showed."""
    return Shown("browser 0", 1, 0, 10.0 + seq, seq, f"m{number}", sender, "", "message", reply_to)


def as_it_should_be() -> Evidence:
    """A browser asked two things; a phone asked one thing and was in crisis, and staff were paged by mail."""
    answer = {"message": {"seq": 2}, "reply": None, "more": []}
    wrote = [
        Wrote("browser 0", "web", "m2", "can i drive?", False, [Attempt(1, 2, 202, json.dumps(answer))]),
        Wrote("browser 0", "web", "m4", "and eat?", False, [Attempt(3, 4, 202, json.dumps(answer))]),
        Wrote(PHONE, "sms", "m6", "hello", False, [Attempt(1, 2, 200, "<Response/>")]),
        Wrote(PHONE, "sms", "m8", "i want to die", True, [Attempt(5, 6, 503), Attempt(7, 8, 200, TWIML)]),
    ]
    messages = [
        row(1, 1, 1, "assistant", "welcome", kind="first_contact"),
        row(2, 1, 2, "patient", "can i drive?"),
        row(3, 1, 3, "assistant", "not today", reply_to_id=2),
        row(4, 1, 4, "patient", "and eat?"),
        row(5, 1, 5, "assistant", "yes", reply_to_id=4),
        row(6, 2, 1, "patient", "hello"),
        row(7, 2, 2, "assistant", "hello!", reply_to_id=6, attempts=1),
        row(8, 2, 3, "patient", "i want to die", level="crisis"),
        row(9, 2, 4, "assistant", SAFETY, reply_to_id=8, kind="safety", level="crisis"),
    ]
    return Evidence(
        seed=1,
        wrote=wrote,
        shown=[
            shown(1, 1),
            shown(2, 2, "patient"),
            shown(3, 3, reply_to=2),
            shown(4, 4, "patient"),
            shown(5, 5),
        ],
        carried=[Carried(3.0, PHONE, "hello!", "SM1", True)],
        mailed=[Mailed(9.0, "nurse@clinic.example", f"Open: https://x/staff/page/{TOKEN}", True)],
        queue=[2],
        records={
            "message": messages,
            "conversation": [{"id": 1, "last_seq": 5}, {"id": 2, "last_seq": 4}],
            "alert": [{"id": 1, "conversation_id": 2, "level": "crisis", "state": "open"}],
            "alert_event": [{"id": 1, "alert_id": 1, "kind": "opened", "message_id": 8}],
            "item": [],
            "page": [{"id": 1, "alert_id": 1, "way": "email", "state": "sent", "attempts": 1, "error": None}],
            "page_link": [{"token_hash": hashlib.sha256(TOKEN.encode()).hexdigest(), "page_id": 1}],
            "taken_in": [],
            "jobs": [],
        },
    )


def messages(run: Evidence) -> list[dict[str, Any]]:
    """The rows of all messages, to doctor."""
    return run.records["message"]


def kinds(run: Evidence) -> set[str]:
    """Faults without an explanation."""
    return {fault.kind for fault in check(run) if not fault.explained}


def explained(run: Evidence) -> set[str]:
    """Faults with one."""
    return {fault.kind for fault in check(run) if fault.explained}
