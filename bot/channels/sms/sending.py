"""Whether our texts go out, as the web process knows it without asking; where not, its answer to the carrier does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

TEXTS_WAIT = "texts_wait"
"""The kind, and the phrase, of what somebody is told whose answers come late."""

SAID_EVERY = timedelta(hours=1)
"""So often at most, however often somebody writes meanwhile."""


@dataclass
class Sending:
    """stopped: no care worker, which sends texts and pages, has been heard of lately; looked at by the process that
    holds this, again and again."""

    stopped: bool = False
