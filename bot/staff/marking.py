"""Show what a patient wrote: whole, or the part that matters, with the evidence of the verdict marked."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

Spans = Iterable[tuple[int, int]]

EXCERPT = 240
"""Characters of an excerpt: two lines on a desktop, five on a phone; enough to judge, short enough to compare."""
_LEAD = 80


def marked(text: str, spans: Spans) -> Markup:
    """`text` as HTML with each span in <mark>. Spans may overlap or lie outside: they are merged and cut."""
    parts, at = [Markup()], 0
    for start, end in _merged(spans, len(text)):
        parts.append(escape(text[at:start]))
        parts.append(Markup("<mark>{}</mark>").format(text[start:end]))
        at = end
    parts.append(escape(text[at:]))
    return Markup().join(parts)


def excerpt(text: str, spans: Spans, length: int = EXCERPT) -> Markup:
    """The part of `text` around the first evidence (or its beginning), at most about `length` characters, marked."""
    merged = _merged(spans, len(text))
    if len(text) <= length:
        return marked(text, merged)
    start = max(0, merged[0][0] - _LEAD) if merged else 0
    start = max(0, min(start, len(text) - length))
    end = min(len(text), start + length)
    # Cut between words; the evidence itself is never cut at its beginning.
    if start:
        space = text.find(" ", start, merged[0][0] if merged else end)
        start = space + 1 if space >= 0 else start
    if end < len(text):
        space = text.rfind(" ", start, end)
        end = space if space > start and (not merged or space > merged[0][0]) else end
    inside = [(a - start, min(b, end) - start) for a, b in merged if a < end and b > start]
    shown = marked(text[start:end], [(max(0, a), b) for a, b in inside])
    return Markup("{}{}{}").format("… " if start else "", shown, " …" if end < len(text) else "")


def _merged(spans: Spans, length: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(length, end)) for start, end in spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
