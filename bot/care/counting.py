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

# Two statements in one string, which PostgreSQL runs as one transaction: the second sees what was counted before the
# lock was got.
_COUNT = text(
    """
    select pg_advisory_xact_lock(:kind, hashtext(sender)) from unnest(:senders) as sender;
    with asked as (
        select sender, most, seconds, floor(extract(epoch from clock_timestamp()) / seconds) as step
        from unnest(:senders, cast(:most as int[]), cast(:seconds as float8[])) as given (sender, most, seconds)
    ), counted as (
        select asked.most, asked.seconds, coalesce(sum(lately.count), 0) as count, min(lately.step) as oldest
        from asked left join lately on lately.sender = asked.sender and lately.step > asked.step - :steps
        group by asked.sender, asked.most, asked.seconds
    ), full_up as (
        select max((oldest + :steps) * seconds - extract(epoch from clock_timestamp())) as wait
        from counted where count >= most
    ), added as (
        insert into lately (sender, step, count, gone_at)
        select sender, step, 1, clock_timestamp() + make_interval(secs => seconds * (:steps + 1)) from asked
        where not exists (select from counted where count >= most)
        on conflict (sender, step) do update set count = lately.count + 1 returning lately.count
    )
    select (select wait from full_up) as wait, (select min(count) from added) as fewest
    """
)
_CLEAR = text(
    # A time of the clock that is asked for at each row could use no index.
    "delete from lately where ctid = any (array("
    " select ctid from lately where gone_at < (select clock_timestamp()) limit 100 for update skip locked))"
)


@dataclass(frozen=True)
class Counter:
    """What is counted for whom. most: within `seconds`; key: names kind and sender, and is stored hashed."""

    key: str
    most: int
    seconds: int


def count(session: Session, counters: Sequence[Counter], secret: bytes) -> int:
    """Count one more for each; 0, or the seconds to wait where one has reached its most, and then nothing is counted.

    Exact across processes: a counter is locked until the end of the transaction, which may be that of this one
    statement. The time is the database's.
    """
    named = sorted((_hash(one.key, secret), one) for one in counters)
    senders = [sender for sender, _ in named]
    asked = {
        "kind": _LOCK,
        "senders": senders,
        "most": [counter.most for _, counter in named],
        "seconds": [counter.seconds / STEPS for _, counter in named],
        "steps": STEPS,
    }
    found = session.execute(_COUNT, asked).one()
    if found.wait is not None:
        return max(1, math.ceil(float(found.wait)))
    if found.fewest == 1:
        session.execute(_CLEAR)
    return 0


def _hash(key: str, secret: bytes) -> str:
    return hmac.new(secret, key.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
