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
from typing import Final

from sqlalchemy import Float, Integer, String, bindparam, column, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

STEPS = 6
_GIVEN: Final = {
    "senders": ARRAY(String),
    "most": ARRAY(Integer),
    "seconds": ARRAY(Float),
    "steps": Integer(),
}
_COUNT: Final = select(
    func.count_lately(*(bindparam(name, type_=kind) for name, kind in _GIVEN.items())).table_valued(
        column("wait", Float), column("fewest", Integer)
    )
)
"""The function is made by migration 0020: what it looks up and writes is planned once a connection."""

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
    statement, and what others counted meanwhile is seen. The time is the database's.
    """
    named = sorted((_hash(one.key, secret), one) for one in counters)
    senders = [sender for sender, _ in named]
    asked = {
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
