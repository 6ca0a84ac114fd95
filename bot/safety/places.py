"""Where a finding stands in the text as typed: found in a piece of it, or in the text with disguises undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz.distance import Opcode, Opcodes

from bot.safety.rule_reader import Finding


def moved(findings: Sequence[Finding], by: int) -> list[Finding]:
    """Findings in a piece of a text, with their places in the whole: it begins at `by`."""
    return [replace(one, start=one.start + by, end=one.end + by) for one in findings]


def place(blocks: Opcodes, start: int, end: int) -> tuple[int, int]:
    """Where characters `start` to `end` of the rewritten text stand in the text as typed."""
    places = [
        (block.src_start, block.src_end) if block.tag != "equal" else _inside(block, start, end)
        for block in blocks
        if block.dest_end > start and block.dest_start < end
    ]
    if not places:
        return 0, blocks.src_len
    return min(first for first, _ in places), max(last for _, last in places)


def _inside(block: Opcode, start: int, end: int) -> tuple[int, int]:
    first = block.src_start + max(0, start - block.dest_start)
    last = block.src_start + min(block.dest_end, end) - block.dest_start
    return first, last


def merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those that touch or overlap as one."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if kept and start <= kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept


def gravest(text: str, clauses: Sequence[str], worries: Sequence[float]) -> tuple[tuple[int, int], ...]:
    """Where the most worrying of `clauses` stands in `text`; the whole text where none was read apart. worries: of each
    clause, or empty."""
    words = clauses[worries.index(max(worries))] if worries else text.strip()
    start = text.find(words)
    if start < 0:
        words = text.strip()
        start = text.find(words)
    return ((start, start + len(words)),)
