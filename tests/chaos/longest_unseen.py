"""How long a crisis that was kept on disk waited for staff although the database was there."""

from __future__ import annotations

from .case import Case
from .evidence import Evidence


def longest_unseen(evidence: Evidence) -> float:
    """Seconds of the longest wait of a crisis for staff after it was kept, without the time in which the database was
    away. Those that came or waited while the clock jumped are left out: the record's own times are not true then.
    """
    case, longest = Case(evidence), 0.0
    waited = {
        str(row["subject"]): row["detail"]["late_seconds"] for row in evidence.records.get("taken_in", [])
    }
    for wrote, row in case.stored_messages():
        first = wrote.first_accepted
        if not wrote.grave or first is None or f"message:{row['id']}" not in waited:
            continue
        until = first.began + float(waited[f"message:{row['id']}"])
        beside = [one for one in evidence.disturbed if one.began < until and one.ended > first.began]
        if any("clock" in one.what for one in beside):
            continue
        away = sum(
            min(until, one.ended) - max(first.began, one.began) for one in beside if "database" in one.what
        )
        longest = max(longest, until - first.began - away)
    return longest
