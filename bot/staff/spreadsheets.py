"""Tables as files for a spreadsheet, in which nothing that somebody typed is ever computed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# What makes a spreadsheet compute, however it is written: ASCII, full-width, and what some of them skip in front of it.
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n|%")
_INVISIBLE = " \u00a0\u200b\u200c\u200d\u2060\ufeff"


def csv_file(columns: Sequence[str], rows: Iterable[Sequence[str | int | float | None]]) -> bytes:
    """A table as CSV: UTF-8 with mark. Words that could be read as a formula get a quote before them; numbers stay
    numbers, and None is an empty cell."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([as_text(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue().encode("utf-8-sig", "replace")


def as_text(typed: str) -> str:
    """`typed` so that no spreadsheet takes it for a formula; the same otherwise."""
    return (
        f"'{typed}" if typed.lstrip(_INVISIBLE).startswith(_FORMULA) or typed.startswith(_FORMULA) else typed
    )
