"""docs/security.md says of each role what it may, and nothing else."""

from __future__ import annotations

import re

from bot.clinic.paths import ROOT
from bot.staff.permissions import Permission, Role, may


def test_the_table_of_roles_is_that_of_the_code() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    part = text.partition("### Roles")[2].partition("\n### ")[0]
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in re.findall(r"^\|.*\|$", part, re.MULTILINE)
    ]
    assert head == ["may", *(role.value for role in Role)]
    said = {what: dict(zip(head[1:], cells, strict=True)) for what, *cells in rows}
    assert len(said) == len(rows)
    assert said == {
        one.description: {role.value: "yes" if may(role.value, one) else "–" for role in Role}
        for one in Permission
    }
