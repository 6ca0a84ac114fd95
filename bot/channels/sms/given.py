"""What this process answered to the carrier, so that a text that is delivered again gets the very same words."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from bot.channels.sms.texts import Answer

MOST = 2_000
"""Deliveries that are remembered. The carrier delivers again within seconds or minutes."""


@dataclass(frozen=True)
class Given:
    """An answer that went out. answer: None where there was nothing to say."""

    answer: Answer | None


class Answered:
    """Deliveries that were stored and answered from the record. Any thread may call anything.

    Only the record knows what was answered, and it may be away when the same text comes again. Without this, whoever
    was told that staff are being told would be told a moment later that they cannot be reached, and the record would
    say that the first text never went out.
    """

    def __init__(self, most: int = MOST) -> None:
        """most: how many are remembered; the oldest are forgotten."""
        self._most = most
        self._lock = threading.Lock()
        self._given: OrderedDict[str, Given] = OrderedDict()

    def of(self, sid: str) -> Given | None:
        """What a delivery with this identifier was answered; None where this process does not know."""
        with self._lock:
            return self._given.get(sid)

    def add(self, sid: str, answer: Answer | None) -> None:
        """This answer goes out now."""
        with self._lock:
            self._given[sid] = Given(answer)
            while len(self._given) > self._most:
                self._given.popitem(last=False)
