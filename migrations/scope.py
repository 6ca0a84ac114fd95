"""Which tables the migrations speak about: ours, and nobody else's."""

from __future__ import annotations

from typing import Any

from bot.care.models import Base


def ours_only(thing: Any, name: str, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Alembic's `include_object`: leaves alone Procrastinate's tables and Rasa's `events`."""
    table = thing if kind == "table" else getattr(thing, "table", None)
    return table is None or table.name in Base.metadata.tables
