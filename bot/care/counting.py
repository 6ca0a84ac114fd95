"""How often something happened lately, counted by all processes together.

A moving window in steps of a sixth: what is counted stays for the window, or up to a step less. Rows hold no name,
number or address, only a keyed hash, and go when nothing counts them any more.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

STEPS = 6
_LOCK = 0x6C69
"""Of the advisory locks of one counter each; any number that nobody else uses."""

_COUNTED = text(
    "select coalesce(sum(count), 0) as counted, min(step) as oldest,"
    " extract(epoch from clock_timestamp()) as now from lately"
    " where sender = :sender and step > floor(extract(epoch from clock_timestamp()) / :seconds) - :steps"
)
_ADD = text(
    "insert into lately (sender, step, count, gone_at) values"
    " (:sender, floor(extract(epoch from clock_timestamp()) / :seconds), 1,"
    " clock_timestamp() + make_interval(secs => :seconds * (:steps + 1)))"
    " on conflict (sender, step) do update set count = lately.count + 1 returning count"
)
_CLEAR = text(
    "delete from lately where ctid in"
    " (select ctid from lately where gone_at < clock_timestamp() limit 100 for update skip locked)"
)


@dataclass(frozen=True)
class Counter:
    """What is counted for whom. most: within `seconds`; key: names kind and sender, and is stored hashed."""

    key: str
    most: int
    seconds: int


def count(session: Session, counters: Sequence[Counter], secret: bytes) -> int:
    """Count one more for each; 0, or the seconds to wait where one has reached its most, and then nothing is counted.

    Exact across processes: a counter is locked until the end of the transaction. The time is the database's.
    """
    named = sorted((_hash(one.key, secret), one) for one in counters)
    for sender, counter in named:
        lock = text("select pg_advisory_xact_lock(:kind, hashtext(:sender))")
        session.execute(lock, {"kind": _LOCK, "sender": sender})
        step = counter.seconds / STEPS
        found = session.execute(_COUNTED, {"sender": sender, "seconds": step, "steps": STEPS}).one()
        if found.counted >= counter.most:
            free_at = (float(found.oldest) + STEPS) * step
            return max(1, math.ceil(free_at - float(found.now)))
    for sender, counter in named:
        fields = {"sender": sender, "seconds": counter.seconds / STEPS, "steps": STEPS}
        if session.execute(_ADD, fields).scalar_one() == 1:
            session.execute(_CLEAR)
    return 0


def _hash(key: str, secret: bytes) -> str:
    return hmac.new(secret, key.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
