"""docs/guidance.md tells the truth about topics, sources and placeholders."""

from __future__ import annotations

import pytest

from bot.clinic.paths import ROOT
from bot.guidance.library import TOPICS, Library
from bot.guidance.reading import CLINIC_FIELDS

DOCUMENT = (ROOT / "docs" / "guidance.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("topic", TOPICS)
def test_the_table_of_topics_is_true(topic: str, library: Library) -> None:
    entry = library.entry(topic)
    row = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| `{topic}` "))
    _, _, title, time_matters, about_before, rule, sources, _ = (cell.strip() for cell in row.split("|"))
    assert (title, rule) == (entry.title, entry.rule or "")
    assert (time_matters == "yes", about_before == "yes") == (entry.time_matters, entry.about_before)
    for source in entry.sources:
        assert source.document in sources and source.section in sources


def test_every_placeholder_is_documented(library: Library) -> None:
    for name in (*CLINIC_FIELDS, *library.times.longest):
        assert f"`{{{name}}}`" in DOCUMENT
