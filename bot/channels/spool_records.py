"""What a spool file holds, and how a line of it is known to be whole."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.care.conversations import Reply
from bot.safety.verdict import Verdict

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Kept:
    """A message that could not be stored.

    channel: "web" or "sms"; sender: who wrote, as the channel names them (the hash of a session, a number);
    external_id: the browser's or the carrier's; at: when it came (aware); message: what the channel needs to store it,
    in plain JSON types; verdict: without the question that was asked before, which only the database knows;
    told: what the patient was answered at once, or None.
    """

    channel: str
    sender: str
    external_id: str
    at: datetime
    message: dict[str, Any]
    verdict: Verdict
    told: Reply | None

    @property
    def key(self) -> Key:
        """The same delivery again has the same key."""
        return self.channel, self.sender, self.external_id


@dataclass(frozen=True)
class Lines:
    """What stands in a spool file. damaged: lines that are no records; torn: the last line is only begun."""

    records: list[Kept]
    damaged: list[bytes]
    torn: bool


def frame(kept: Kept) -> bytes:
    """The line of a message. It begins a new line by itself: behind a torn one it is still whole."""
    told = kept.told and {"text": kept.told.text, "kind": kept.told.kind}
    value = {
        "channel": kept.channel,
        "sender": kept.sender,
        "external_id": kept.external_id,
        "at": kept.at.isoformat(),
        "message": kept.message,
        "verdict": kept.verdict.as_json(),
        "told": told,
    }
    content = json.dumps(value).encode("ascii")
    return b"\n%08x %d %s\n" % (zlib.crc32(content), len(content), content)


def read_lines(content: bytes) -> Lines:
    """The records of a file in their order."""
    records: list[Kept] = []
    damaged: list[bytes] = []
    lines = content.split(b"\n")
    for line in lines:
        if not line:
            continue
        try:
            records.append(_record(line))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            damaged.append(line)
    # A line is acknowledged when its end is on the disk. What has none was never acknowledged.
    torn = bool(damaged) and lines[-1] == damaged[-1]
    return Lines(records, damaged[:-1] if torn else damaged, torn)


def _record(line: bytes) -> Kept:
    checksum, length, content = line.split(b" ", 2)
    if len(content) != int(length) or zlib.crc32(content) != int(checksum, 16):
        raise ValueError("checksum")
    value = json.loads(content)
    told = value["told"]
    texts = (value["channel"], value["sender"], value["external_id"], *(told.values() if told else ()))
    if not all(isinstance(one, str) for one in texts) or not isinstance(value["message"], dict):
        raise ValueError("types")
    return Kept(
        channel=value["channel"],
        sender=value["sender"],
        external_id=value["external_id"],
        at=datetime.fromisoformat(value["at"]),
        message=value["message"],
        verdict=Verdict.from_json(value["verdict"]),
        told=Reply(told["text"], kind=told["kind"]) if told else None,
    )
