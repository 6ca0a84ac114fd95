"""What a fault is: the promises, by the name under which a run counts that one was broken."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

LOST = "accepted and not stored"
TWICE_STORED = "stored twice"
CHANGED = "stored otherwise than written"
UNTAKEN = "never accepted"
UNANSWERED = "not answered"
SILENT_FAILURE = "answered with an apology that staff do not see"
TWICE = "answered twice"
ORDER = "out of order"
NO_ALERT = "crisis without an alert"
NO_REPLY = "crisis without an immediate reply"
NO_PAGE = "alert that nobody was paged for"
NOT_IN_QUEUE = "alert that the staff queue does not show"
REPLAY = "a repeated delivery was answered differently"
HIDDEN = "not to be seen from outside"
KINDS = (
    LOST, TWICE_STORED, CHANGED, UNTAKEN, UNANSWERED, SILENT_FAILURE, TWICE, ORDER, NO_ALERT, NO_REPLY, NO_PAGE,
    NOT_IN_QUEUE, REPLAY, HIDDEN,
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One broken promise. which: the message, alert or conversation; explained: why it could not be otherwise."""

    kind: str
    which: str
    explained: str = ""


def count(faults: list[Fault]) -> dict[str, tuple[int, int]]:
    """By kind: faults without an explanation, and with one."""
    plain = Counter(fault.kind for fault in faults if not fault.explained)
    explained = Counter(fault.kind for fault in faults if fault.explained)
    return {kind: (plain[kind], explained[kind]) for kind in KINDS}
