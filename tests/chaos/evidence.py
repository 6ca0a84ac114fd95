"""What a run left behind: what patients wrote and saw, what the carrier and the mail server took, and the record.

Plain data that can be written to a file and read again. It knows nothing of the assistant's code.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

NO_ANSWER = ("kept", "first_contact", "texts_wait", "not_paged", "settings_differ")
"""Kinds of ours that answer nothing: that a message was kept, the notice that begins a conversation, and what is said
of our own troubles."""


@dataclass
class Attempt:
    """One delivery of a message to the assistant. Times in seconds since the epoch; status 0: no answer at all; by: the
    web process that answered, where a proxy before several says so."""

    began: float
    ended: float
    status: int
    body: str = ""
    by: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the assistant said that it has the message."""
        return 200 <= self.status < 300


@dataclass
class Wrote:
    """A message of a patient. id: the browser's or the carrier's; grave: anybody would see that it is a crisis."""

    patient: str
    channel: str
    id: str
    text: str
    grave: bool
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def began(self) -> float:
        """When it was delivered for the first time."""
        return min(one.began for one in self.attempts)

    @property
    def first_accepted(self) -> Attempt | None:
        """The delivery that was acknowledged first."""
        return min((one for one in self.attempts if one.accepted), key=lambda one: one.ended, default=None)


@dataclass
class Shown:
    """A message that a browser got through its event stream. stream: which connection; after: where that went on."""

    patient: str
    stream: int
    after: int
    at: float
    seq: int
    id: str
    sender: str
    text: str
    kind: str
    reply_to: int | None


@dataclass
class Carried:
    """A text that the carrier took. told: it also said so."""

    at: float
    number: str
    text: str
    sid: str
    told: bool


@dataclass
class Mailed:
    """A mail that the mail server took. told: it also said so."""

    at: float
    to: str
    text: str
    told: bool


@dataclass
class Disturbed:
    """What was taken away, and from when to when."""

    what: str
    began: float
    ended: float


@dataclass
class Evidence:
    """Everything. records: rows of the database by table; queue: conversations that the staff queue shows; seen: what
    was to be seen from outside during a disturbance, by name."""

    seed: int
    wrote: list[Wrote] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    carried: list[Carried] = field(default_factory=list)
    mailed: list[Mailed] = field(default_factory=list)
    disturbed: list[Disturbed] = field(default_factory=list)
    queue: list[int] = field(default_factory=list)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    seen: dict[str, bool] = field(default_factory=dict)
    web_processes: int = 1

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Evidence:
        """Read what `save` wrote."""
        given = json.loads(path.read_text(encoding="utf-8"))
        wrote = [
            Wrote(**{**one, "attempts": [Attempt(**attempt) for attempt in one["attempts"]]})
            for one in given.pop("wrote")
        ]
        kinds = {"shown": Shown, "carried": Carried, "mailed": Mailed, "disturbed": Disturbed}
        lists = {name: [kind(**one) for one in given.pop(name)] for name, kind in kinds.items()}
        return cls(wrote=wrote, **lists, **given)
