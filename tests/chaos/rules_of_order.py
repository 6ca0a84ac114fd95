"""Messages are stored, numbered, shown and answered in the order in which they were written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from .case import GRAVE, Case, Row
from .evidence import Wrote
from .faults import ORDER, Fault


def _stored_in_order(case: Case) -> Iterator[Fault]:
    """A message that was acknowledged before another was sent stands before it."""
    by_patient: dict[str, list[tuple[Wrote, Row]]] = defaultdict(list)
    for wrote, row in case.stored_messages():
        by_patient[wrote.patient].append((wrote, row))
    for pairs in by_patient.values():
        for wrote, row in pairs:
            first = wrote.first_accepted
            for other, later in pairs:
                if first is None or other.began <= first.ended or later["seq"] > row["seq"]:
                    continue
                yield Fault(ORDER, f"{wrote.id} after {other.id}")


def _numbered(case: Case) -> Iterator[Fault]:
    numbers: dict[int, list[int]] = defaultdict(list)
    for row in case.messages:
        numbers[row["conversation_id"]].append(row["seq"])
    for conversation in case.evidence.records.get("conversation", []):
        if sorted(numbers[conversation["id"]]) != list(range(1, conversation["last_seq"] + 1)):
            yield Fault(ORDER, f"conversation {conversation['id']}: numbers with gaps")


def _shown_in_order(case: Case) -> Iterator[Fault]:
    last: dict[tuple[str, int], int] = {}
    for one in case.evidence.shown:
        before = last.get((one.patient, one.stream), one.after)
        if one.seq <= before:
            yield Fault(ORDER, f"{one.patient}: number {one.seq} shown after {before}")
        last[one.patient, one.stream] = one.seq
    by_patient: dict[str, set[int]] = defaultdict(set)
    for one in case.evidence.shown:
        by_patient[one.patient].add(one.seq)
    for patient, seen in by_patient.items():
        if seen != set(range(1, max(seen) + 1)):
            yield Fault(ORDER, f"{patient}: some numbers were never shown")


def _answered_in_order(case: Case) -> Iterator[Fault]:
    """Answers come in the order of the messages; only a safety text may overtake."""
    highest: dict[int, int] = {}
    for row in sorted(case.messages, key=lambda one: (one["conversation_id"], one["seq"])):
        asked = case.by_id.get(row["reply_to_id"])
        if asked is None or row["kind"] != "message" or asked["level"] in GRAVE:
            continue
        before = highest.get(row["conversation_id"], 0)
        if asked["seq"] < before:
            yield Fault(
                ORDER, f"conversation {row['conversation_id']}: {asked['seq']} answered after {before}"
            )
        highest[row["conversation_id"]] = max(before, asked["seq"])


RULES = (_stored_in_order, _numbered, _shown_in_order, _answered_in_order)
