"""No table that holds what happened can be emptied at a stroke: not even by whoever forgets that triggers for rows do
not hear of `truncate`."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from bot.care.database import transaction


@pytest.mark.parametrize(
    "tables",
    ["audit_link", "audit_entry, audit_link", "alert_event", "message cascade", "conversation cascade", "page cascade",
     "correction", "note", "guidance_sign_off", "staff_member cascade"],
)  # fmt: skip
@pytest.mark.parametrize("claim", ["select 1", "set local aftercare.erasing = 'yes'"])
def test_history_is_never_emptied(engine: Engine, tables: str, claim: str) -> None:
    with pytest.raises(DBAPIError, match="is never emptied"), transaction(engine) as session:
        session.execute(text(claim))
        session.execute(text(f"truncate {tables}"))


def test_what_is_no_history_can_be(engine: Engine) -> None:
    with transaction(engine) as session:
        session.execute(text("truncate heartbeat"))
