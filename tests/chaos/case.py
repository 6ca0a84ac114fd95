"""The evidence of a run, sorted for looking up, and the answers to deliveries, read."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from .evidence import Attempt, Carried, Evidence, Wrote

GRAVE = ("crisis", "emergency")

Row = dict[str, Any]


class Case:
    """Who wrote what, which rows it became, and what the patient got of them."""

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
        self.carried: dict[tuple[str, str], list[Carried]] = defaultdict(list)
        self.heard: dict[str, list[Carried]] = defaultdict(list)
        for carried in sorted(evidence.carried, key=lambda one: one.at):
            self.carried[carried.number, squeezed(carried.text)].append(carried)
            self.heard[carried.number].append(carried)
        self.numbers = {wrote.patient for wrote in evidence.wrote if wrote.channel == "sms"}
        self.reached = self._shown() | self._texted()

    def row(self, wrote: Wrote) -> Row | None:
        """What a message became in the record."""
        found = self.stored.get((wrote.channel, wrote.id), [])
        return found[0] if found else None

    def accepted(self) -> Iterator[Wrote]:
        """The messages that the assistant said it has."""
        return (wrote for wrote in self.evidence.wrote if wrote.first_accepted is not None)

    def stored_messages(self) -> Iterator[tuple[Wrote, Row]]:
        """The accepted messages that are in the record, and what they became."""
        for wrote in self.accepted():
            if (row := self.row(wrote)) is not None:
                yield wrote, row

    def was_taken_in(self, row: Row) -> bool:
        """Whether a message lay on the disk before it was stored."""
        return f"message:{row['id']}" in self.taken_in

    def _shown(self) -> set[int]:
        """Our messages that the browser showed of the patient who wrote what they answer."""
        shown = {(one.patient, one.id) for one in self.evidence.shown}
        return {
            reply["id"]
            for wrote, row in self.stored_messages()
            for reply in self.replies[row["id"]]
            if wrote.channel == "web" and (wrote.patient, str(reply["external_id"])) in shown
        }

    def _texted(self) -> set[int]:
        """Our messages that the phone got of the patient who wrote what they answer: in the answer to the carrier's
        request, or from the carrier afterwards. One text from the carrier is the answer to one message: who asks the
        same twice must get it twice."""
        reached, used = set(), set()
        texts = [pair for pair in self.stored_messages() if pair[0].channel == "sms"]
        for wrote, row in sorted(texts, key=lambda pair: pair[0].began):
            given = {text for one in wrote.attempts if one.accepted for text in said_at_once(wrote, one)}
            for reply in self.replies[row["id"]]:
                text = squeezed(reply["text"])
                copies = [one for one in self.carried[wrote.patient, text] if one.at >= wrote.began]
                copy = next((one for one in copies if id(one) not in used), None)
                if text in given:
                    reached.add(reply["id"])
                elif copy is not None:
                    used.add(id(copy))
                    reached.add(reply["id"])
                elif not copies and self._in_parts(wrote, text):
                    reached.add(reply["id"])
        return reached

    def _in_parts(self, wrote: Wrote, text: str) -> bool:
        """Whether a text that is too long for one came in pieces."""
        pieces = {squeezed(one.text) for one in self.heard[wrote.patient] if one.at >= wrote.began}
        return sum(len(piece) for piece in pieces if piece in text) >= len(text) * 0.9


def said_at_once(wrote: Wrote, attempt: Attempt) -> list[str]:
    """The texts in the answer to a delivery."""
    if wrote.channel == "sms":
        try:
            return [
                squeezed(one.text or "") for one in ElementTree.fromstring(attempt.body).findall("Message")
            ]
        except ElementTree.ParseError:
            return []
    try:
        answer = json.loads(attempt.body)
    except ValueError:
        return []
    said = [answer.get("reply"), *(answer.get("more") or [])] if isinstance(answer, dict) else []
    return [squeezed(str(one["text"])) for one in said if one]


def was_kept(attempt: Attempt) -> bool:
    """Whether a delivery was answered without the record: the chat says so, and a text of no number asks for no
    report."""
    if not attempt.accepted:
        return False
    if attempt.body.startswith("{"):
        return bool(json.loads(attempt.body).get("kept"))
    return "<Message>" in attempt.body


def squeezed(text: str) -> str:
    """A text without what the carrier may change about it: spaces, line ends, typographic marks."""
    plain = text.translate(str.maketrans("’‘“”–—…", "''\"\"---"))
    return " ".join(plain.split())
