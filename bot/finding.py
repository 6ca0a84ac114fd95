"""What the doctor finds."""

from __future__ import annotations

import os
from dataclasses import dataclass

from bot.care.database import sqlalchemy_url
from bot.clinic.paths import data_home
from bot.embedded import running_url


@dataclass(frozen=True)
class Finding:
    """state: ok, note (works, but know this) or bad (mend this). subject: what was looked at; words: what was found."""

    state: str
    subject: str
    words: str


def database_here() -> str | None:
    """The address of the database that is given or runs here; None where there is none to look at."""
    given = os.environ.get("DATABASE_URL", "").strip()
    return sqlalchemy_url(given) if given else running_url(data_home() / "postgres")
