"""Was a promise broken? Reads the evidence of a run and names each fault. It shares no code with the assistant.

Each rule looks at what patients and staff saw beside the rows of the database, and believes neither alone.
"""

from __future__ import annotations

import hashlib
import json
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .evidence import NO_ANSWER, Attempt, Carried, Evidence, Wrote

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

_GRAVE = ("crisis", "emergency")
_LINK = re.compile(r"/staff/page/([0-9a-f]{40})")
_KILLED = re.compile(r"care|database|everything|clock")
"""Disturbances in which a worker may have died between the carrier's yes and the record of it."""
_WEB = re.compile(r"kill web|everything|reader")
"""Disturbances at whose beginning or end web is killed."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """One broken promise. which: the message, alert or conversation; explained: why it could not be otherwise."""

    kind: str
    which: str
    explained: str = ""


def check(evidence: Evidence) -> list[Fault]:
    """Every fault of a run."""
    return [fault for rule in _RULES for fault in rule(_Case(evidence))]


def count(faults: list[Fault]) -> dict[str, tuple[int, int]]:
    """By kind: faults without an explanation, and with one."""
    plain = Counter(fault.kind for fault in faults if not fault.explained)
    explained = Counter(fault.kind for fault in faults if fault.explained)
    return {kind: (plain[kind], explained[kind]) for kind in KINDS}


def longest_unseen(evidence: Evidence) -> float:
    """Seconds of the longest wait of a crisis for staff after it was kept, without the time in which the database was
    away. Those that came or waited while the clock jumped are left out: the record's own times are not true then.
    """
    case, longest = _Case(evidence), 0.0
    waited = {
        str(row["subject"]): row["detail"]["late_seconds"] for row in evidence.records.get("taken_in", [])
    }
    for wrote in case.accepted():
        row, first = case.row(wrote), wrote.first_accepted
        if not wrote.grave or row is None or first is None or f"message:{row['id']}" not in waited:
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


class _Case:
    """The evidence, sorted for looking up."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        rows = evidence.records
        self.messages: list[Row] = rows.get("message", [])
        self.by_id = {row["id"]: row for row in self.messages}
        self.stored: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self.replies: dict[int, list[Row]] = defaultdict(list)
        for row in self.messages:
            if row["sender"] == "patient":
                self.stored[row["channel"], row["external_id"]].append(row)
            elif row["reply_to_id"] is not None and row["state"] != "withheld":
                self.replies[row["reply_to_id"]].append(row)
        self.taken_in = {str(row["subject"]) for row in rows.get("taken_in", [])}
        self.shown = {(one.patient, one.id) for one in evidence.shown}
        self.carried: dict[tuple[str, str], list[Carried]] = defaultdict(list)
        self.heard: dict[str, list[str]] = defaultdict(list)
        for carried in sorted(evidence.carried, key=lambda one: one.at):
            self.carried[carried.number, _squeezed(carried.text)].append(carried)
            self.heard[carried.number].append(_squeezed(carried.text))
        self.numbers = {wrote.patient for wrote in evidence.wrote if wrote.channel == "sms"}

    def row(self, wrote: Wrote) -> Row | None:
        found = self.stored.get((wrote.channel, wrote.id), [])
        return found[0] if found else None

    def accepted(self) -> Iterator[Wrote]:
        return (wrote for wrote in self.evidence.wrote if wrote.first_accepted is not None)

    def during(self, moment: float, *words: str) -> bool:
        return any(
            one.began - 1 <= moment <= one.ended + 15 and any(word in one.what for word in words)
            for one in self.evidence.disturbed
        )


def _stored_once(case: _Case) -> Iterator[Fault]:
    for wrote in case.evidence.wrote:
        first = wrote.first_accepted
        if first is None:
            yield Fault(UNTAKEN, wrote.id)
            continue
        found = case.stored.get((wrote.channel, wrote.id), [])
        if not found:
            # With database and disk away a crisis text is answered by hand, and says that staff could not be told.
            both = wrote.grave and wrote.channel == "sms" and case.during(first.began, "disk")
            yield Fault(LOST, wrote.id, "database and disk away: the text said so" if both else "")
        elif len(found) > 1:
            yield Fault(TWICE_STORED, wrote.id)
        elif found[0]["text"] != wrote.text:
            yield Fault(CHANGED, wrote.id)


def _answered(case: _Case) -> Iterator[Fault]:
    failed_turns = {row["message_id"] for row in case.evidence.records.get("item", [])}
    for wrote in case.accepted():
        row = case.row(wrote)
        if row is None:
            continue
        answers = [reply for reply in case.replies[row["id"]] if reply["kind"] not in NO_ANSWER]
        if row["state"] != "answered" or not any(_reached(case, wrote, reply) for reply in answers):
            yield Fault(UNANSWERED, wrote.id)
        if any(reply["kind"] == "failure" for reply in answers) and row["id"] not in failed_turns:
            yield Fault(SILENT_FAILURE, wrote.id)


def _reached(case: _Case, wrote: Wrote, reply: Row) -> bool:
    """Whether the patient saw this reply, on the channel on which they wrote."""
    if wrote.channel == "web":
        return (wrote.patient, str(reply["external_id"])) in case.shown
    text = _squeezed(reply["text"])
    in_request = any(text in _said_at_once(wrote, one.body) for one in wrote.attempts if one.accepted)
    return in_request or (wrote.patient, text) in case.carried or _in_parts(text, case.heard[wrote.patient])


def _in_parts(text: str, heard: list[str]) -> bool:
    """Whether a text that is too long for one came in pieces."""
    return sum(len(piece) for piece in set(heard) if piece in text) >= len(text) * 0.9


def _answered_once(case: _Case) -> Iterator[Fault]:
    for wrote in case.accepted():
        row = case.row(wrote)
        if row is None:
            continue
        answers = [reply for reply in case.replies[row["id"]] if reply["kind"] not in NO_ANSWER]
        # All that one turn says is written at one moment.
        if len({reply["at"] for reply in answers}) > 1:
            yield Fault(TWICE, wrote.id, _why_two_answers(case, wrote, row, answers))
    said = _said_to(case)
    for (number, text), times in case.carried.items():
        if number not in case.numbers:
            continue
        meant = sum(1 for row in said[number] if text in row)
        if len(times) > max(1, meant):
            yield Fault(TWICE, f"{number}: a text came {len(times)} times", _why_twice(case, times))


def _why_two_answers(case: _Case, wrote: Wrote, row: Row, answers: list[Row]) -> str:
    if f"message:{row['id']}" in case.taken_in and any(one["kind"] == "safety" for one in answers):
        return "kept, and graver once read with the question before it"
    return _two_processes(case, wrote)


def _two_processes(case: _Case, wrote: Wrote) -> str:
    """Whether one web process answered a delivery from the record, and another one, running beside it or started after
    it was killed, could only keep the next."""
    taken = [one for one in wrote.attempts if one.accepted and wrote.channel == "sms"]
    answered = [one.ended for one in taken if not _was_kept(one)]
    kept = [one.ended for one in taken if _was_kept(one)]
    if not answered or not kept:
        return ""
    ended = [
        moment
        for one in case.evidence.disturbed
        if _WEB.search(one.what)
        for moment in (one.began, one.ended)
    ]
    if case.evidence.web_processes > 1 or any(min(answered) < one < max(kept) for one in ended):
        return "answered by one web process, and kept by another one that could not know"
    return ""


def _was_kept(attempt: Attempt) -> bool:
    """Whether a delivery was answered without the record: the chat says so, and a text of no number asks for no
    report."""
    if not attempt.accepted:
        return False
    if attempt.body.startswith("{"):
        return bool(json.loads(attempt.body).get("kept"))
    return "<Message>" in attempt.body


def _said_to(case: _Case) -> dict[str, list[str]]:
    """What stands in the record for each phone of what was handed to the carrier by itself, not in an answer."""
    phones: dict[int, str] = {}
    for wrote in case.accepted():
        row = case.row(wrote)
        if row is not None and wrote.channel == "sms":
            phones[row["conversation_id"]] = wrote.patient
    said: dict[str, list[str]] = defaultdict(list)
    for row in case.messages:
        ours = row["sender"] != "patient" and row["channel"] == "sms" and row["attempts"] > 0
        if ours and row["conversation_id"] in phones:
            said[phones[row["conversation_id"]]].append(_squeezed(row["text"]))
    return said


def _why_twice(case: _Case, times: list[Carried]) -> str:
    if any(not one.told for one in times[:-1]):
        return "the carrier had taken it and not said so"
    between = (times[0].at - 15, times[-1].at)
    for one in case.evidence.disturbed:
        if _KILLED.search(one.what) and one.began <= between[1] and one.ended >= between[0]:
            return f"the carrier had taken it before: {one.what}"
    return ""


def _in_order(case: _Case) -> Iterator[Fault]:
    yield from _stored_in_order(case)
    yield from _numbered(case)
    yield from _shown_in_order(case)
    yield from _answered_in_order(case)


def _stored_in_order(case: _Case) -> Iterator[Fault]:
    """A message that was acknowledged before another was sent stands before it."""
    by_patient: dict[str, list[tuple[Wrote, Row]]] = defaultdict(list)
    for wrote in case.accepted():
        row = case.row(wrote)
        if row is not None:
            by_patient[wrote.patient].append((wrote, row))
    for pairs in by_patient.values():
        for wrote, row in pairs:
            first = wrote.first_accepted
            for other, later in pairs:
                if first is None or other.attempts[0].began <= first.ended or later["seq"] > row["seq"]:
                    continue
                kept = f"message:{row['id']}" in case.taken_in or any(map(_was_kept, wrote.attempts))
                several = case.evidence.web_processes > 1 and kept
                why = "kept by one web process while another one went on" if several else ""
                yield Fault(ORDER, f"{wrote.id} after {other.id}", why)


def _numbered(case: _Case) -> Iterator[Fault]:
    numbers: dict[int, list[int]] = defaultdict(list)
    for row in case.messages:
        numbers[row["conversation_id"]].append(row["seq"])
    for conversation in case.evidence.records.get("conversation", []):
        if sorted(numbers[conversation["id"]]) != list(range(1, conversation["last_seq"] + 1)):
            yield Fault(ORDER, f"conversation {conversation['id']}: numbers with gaps")


def _shown_in_order(case: _Case) -> Iterator[Fault]:
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


def _answered_in_order(case: _Case) -> Iterator[Fault]:
    """Answers come in the order of the messages; only a safety text may overtake."""
    highest: dict[int, int] = {}
    for row in sorted(case.messages, key=lambda one: (one["conversation_id"], one["seq"])):
        asked = case.by_id.get(row["reply_to_id"])
        if asked is None or row["kind"] != "message" or asked["level"] in _GRAVE:
            continue
        before = highest.get(row["conversation_id"], 0)
        if asked["seq"] < before:
            yield Fault(
                ORDER, f"conversation {row['conversation_id']}: {asked['seq']} answered after {before}"
            )
        highest[row["conversation_id"]] = max(before, asked["seq"])


def _graves(case: _Case) -> Iterator[Fault]:
    alerted = {row["message_id"] for row in case.evidence.records.get("alert_event", [])}
    for wrote in case.accepted():
        if not wrote.grave:
            continue
        row = case.row(wrote)
        first = wrote.first_accepted
        if row is not None and row["id"] not in alerted:
            yield Fault(NO_ALERT, wrote.id)
        if first is None or (row is None and wrote.channel == "sms" and _said_at_once(wrote, first.body)):
            continue
        texts = (
            {_squeezed(one["text"]) for one in case.replies[row["id"]] if one["kind"] not in NO_ANSWER}
            if row
            else set()
        )
        if not set(_said_at_once(wrote, first.body)) & texts:
            yield Fault(
                NO_REPLY,
                wrote.id,
                _why_other_words(case, wrote, row, first) or _why_withheld(case, wrote, row, first),
            )


def _why_withheld(case: _Case, wrote: Wrote, row: Row | None, first: Attempt) -> str:
    """The safety text was given to the carrier at once, and the record says that it was withheld: only where another
    web process kept a later delivery."""
    said = set(_said_at_once(wrote, first.body))
    given = row is not None and any(
        one["reply_to_id"] == row["id"]
        and one["kind"] == "safety"
        and one["state"] == "withheld"
        and _squeezed(one["text"]) in said
        for one in case.messages
    )
    return _two_processes(case, wrote) if given else ""


def _why_other_words(case: _Case, wrote: Wrote, row: Row | None, first: Attempt) -> str:
    """A page was answered with a safety text which the record does not hold: only where storing ended after the message
    had been kept, and the page showed the safety text that was stored in the place of the one it had."""
    if (
        wrote.channel != "web"
        or row is None
        or f"message:{row['id']}" in case.taken_in
        or not _was_kept(first)
    ):
        return ""
    told = json.loads(first.body).get("reply") or {}
    if told.get("kind") != "safety" or told.get("level") not in _GRAVE:
        return ""
    stored = [one for one in case.replies[row["id"]] if one["kind"] == "safety" and one["level"] in _GRAVE]
    shown = any(_reached(case, wrote, one) for one in stored)
    return (
        "kept with a safety text and stored after all: the page showed the stored one in its place"
        if shown
        else ""
    )


def _said_at_once(wrote: Wrote, body: str) -> list[str]:
    """The texts in the answer to a delivery."""
    if wrote.channel == "sms":
        try:
            return [_squeezed(one.text or "") for one in ElementTree.fromstring(body).findall("Message")]
        except ElementTree.ParseError:
            return []
    try:
        answer = json.loads(body)
    except ValueError:
        return []
    said = [answer.get("reply"), *(answer.get("more") or [])] if isinstance(answer, dict) else []
    return [_squeezed(str(one["text"])) for one in said if one]


def _paged(case: _Case) -> Iterator[Fault]:
    """A page counts when its link arrived: in the mail server, or with the carrier for a number of no patient's."""
    received = [one.text for one in case.evidence.mailed]
    received += [one.text for one in case.evidence.carried if one.number not in case.numbers]
    hashes = {
        hashlib.sha256(token.encode()).hexdigest()
        for text in received
        for token in _LINK.findall(text.replace("=\n", ""))
    }
    records = case.evidence.records
    arrived = {row["page_id"] for row in records.get("page_link", []) if row["token_hash"] in hashes}
    paged = {row["alert_id"] for row in records.get("page", []) if row["id"] in arrived}
    for alert in records.get("alert", []):
        if alert["level"] in _GRAVE and alert["id"] not in paged:
            yield Fault(NO_PAGE, f"alert {alert['id']}")
        if alert["state"] != "resolved" and alert["conversation_id"] not in case.evidence.queue:
            yield Fault(NOT_IN_QUEUE, f"alert {alert['id']}")


def _repeated(case: _Case) -> Iterator[Fault]:
    """A delivery that comes again gets what the first one got, unless the message was only kept the first time."""
    for wrote in case.accepted():
        row = case.row(wrote)
        if row is None or f"message:{row['id']}" in case.taken_in:
            continue
        recorded = [one for one in wrote.attempts if one.accepted and not _was_kept(one)]
        answers = {tuple(_said_at_once(wrote, one.body)) for one in recorded}
        if len(recorded) < sum(one.accepted for one in wrote.attempts):
            answers.discard(())  # who was told of the fault a moment ago is told nothing more
        if len(answers) > 1:
            yield Fault(REPLAY, wrote.id)


def _visible(case: _Case) -> Iterator[Fault]:
    for what, was_seen in case.evidence.seen.items():
        if not was_seen:
            yield Fault(HIDDEN, what)


def _squeezed(text: str) -> str:
    """A text without what the carrier may change about it: spaces, line ends, typographic marks."""
    plain = text.translate(str.maketrans("’‘“”–—…", "''\"\"---"))
    return " ".join(plain.split())


_RULES = (_stored_once, _answered, _answered_once, _in_order, _graves, _paged, _repeated, _visible)
