"""What the screen says of one message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.safety.levels import Level

TOO_LONG = "Only parts of this message were read: it has {length} characters. Read it as if it were urgent."
"""A reason, for staff."""


@dataclass(frozen=True)
class Verdict:
    """The screen's judgement of one message, stored with it and shown to staff.

    level: the level; score: 0 to 1, how sure the screen is that the message needs staff;
    reasons: sentences for staff, most important first; evidence: (start, end) character spans of the text as typed;
    fired: identifiers of the rules that fired; versions: what decided, by name (rules, reader, join).
    danger: whose a crisis is that the trained reader alone has found (`bot.safety.danger`), "" where that is not known;
    encoded: what the encoder made of the text, for whoever reads it next (`Reader.remember`); no part of the judgement.
    """

    level: Level
    score: float = 0.0
    reasons: tuple[str, ...] = ()
    evidence: tuple[tuple[int, int], ...] = ()
    fired: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    danger: str = ""
    encoded: bytes | None = field(default=None, compare=False, repr=False)

    @property
    def for_its_length_alone(self) -> bool:
        """Whether it is `unassessed` only since the text was too long to be read whole: nothing was found in the parts
        that were read, and nothing failed."""
        beginning = TOO_LONG.partition("{")[0]
        return (
            self.level is Level.UNASSESSED
            and len(self.reasons) == 1
            and self.reasons[0].startswith(beginning)
        )

    def as_json(self) -> dict[str, Any]:
        """The judgement in plain JSON types, for the database, Rasa's metadata and `aftercare classify`."""
        return {
            "level": self.level.value,
            "score": round(float(self.score), 4),
            "reasons": list(self.reasons),
            "evidence": [[int(start), int(end)] for start, end in self.evidence],
            "fired": list(self.fired),
            "versions": dict(self.versions),
            **({"danger": self.danger} if self.danger else {}),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Verdict:
        """The inverse of `as_json`. Raises KeyError or ValueError on anything that `as_json` cannot have written."""
        return cls(
            level=Level(value["level"]),
            score=float(value["score"]),
            reasons=tuple(value["reasons"]),
            evidence=tuple((int(start), int(end)) for start, end in value["evidence"]),
            fired=tuple(value.get("fired", ())),
            versions=dict(value.get("versions", {})),
            danger=str(value.get("danger", "")),
        )
