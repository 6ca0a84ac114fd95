"""How often messages read together raise a false alarm, and which messages in pieces they catch.

    python -m bot.safety.window_evaluation                     5,000 windows of ordinary messages, and messages cut up
    python -m bot.safety.window_evaluation --windows 500       fewer
    python -m bot.safety.window_evaluation --alarms            also the false alarms and the misses

Written: windows that somebody wrote as such, message by message with the questions just asked (validation/windows/
written.jsonl): conversations, check-ins with answers put right, stories in pieces; and what is worrying only in pieces.
Ordinary: harmless lines of validation/{safety,questions,everyday}.jsonl, 2 to 5 drawn at random for each window, none
of which is flagged by itself. In pieces: the worrying development messages of several clauses, each clause a text of
its own, where no clause is flagged by itself.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.safety.evaluation import FILES, FOLDER, WORRYING, Example, read_examples, share
from bot.safety.levels import Level
from bot.safety.screen import Screen
from bot.safety.text import clauses
from bot.safety.window import ALARM_ANY, ALARM_GRAVE, LONGEST, MOST_BEFORE, VERSION

SEED = 20261122
WINDOWS = 5_000
SHORTEST_PIECE = 4
"""Characters; shorter than that a clause is no text of its own."""

WRITTEN = FOLDER / "windows" / "written.jsonl"


@dataclass(frozen=True)
class Window:
    """Messages of a few minutes, each with the question just asked or None, and what they are all together."""

    messages: tuple[tuple[str, str | None], ...]
    level: Level
    kind: str


def written_windows(path: Path = WRITTEN) -> list[Window]:
    """The windows that were written as such. Raises OSError, and ValueError naming the line that cannot be read."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            messages = tuple((one["text"], one.get("context")) for one in row["messages"])
            found.append(Window(messages, Level(row["level"]), row["kind"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path.name}, line {number}: {type(error).__name__}") from error
    return found


def flagged(screen: Screen, window: Window) -> str:
    """How a window is flagged as its messages come in, one after the other: `apart`, by one message for itself;
    `together`, only with those before it; "" where it is not."""
    before: list[str] = []
    together = ""
    for text, context in window.messages:
        if screen.assess(text, context).level is not Level.NONE:
            return "apart"
        if screen.assess_with(before, text, context).level is not Level.NONE:
            together = "together"
        else:
            before.append(text)
    return together


def ordinary_windows(
    screen: Screen, examples: Sequence[Example], how_many: int, seed: int
) -> list[list[str]]:
    """`how_many` windows of 2 to 5 harmless messages that are not flagged by themselves, drawn with `seed`."""
    harmless = [
        example.text
        for example in examples
        if example.ok_levels == {Level.NONE} and not example.context and len(example.text) < LONGEST // 5
    ]
    calm = [text for text in harmless if screen.assess(text).level is Level.NONE]
    draw = random.Random(seed)
    return [draw.sample(calm, draw.randint(2, MOST_BEFORE + 1)) for _ in range(how_many)]


def in_pieces(screen: Screen, examples: Sequence[Example]) -> list[tuple[Level, list[str]]]:
    """Worrying messages as the texts that their clauses would be, where no text is flagged by itself."""
    found = []
    for example in examples:
        if example.level not in WORRYING or example.context:
            continue
        pieces = clauses(example.text, shortest=SHORTEST_PIECE)[-(MOST_BEFORE + 1) :]
        if len(pieces) > 1 and all(screen.assess(piece).level is Level.NONE for piece in pieces):
            found.append((example.level, pieces))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report; 0, or 2 when a file cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m bot.safety.window_evaluation")
    parser.add_argument("--windows", type=int, default=WINDOWS, help=f"how many (default {WINDOWS})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the draw (default {SEED})")
    parser.add_argument("--alarms", action="store_true", help="also list the false alarms")
    options = parser.parse_args(arguments)
    say = sys.stdout.write
    try:
        examples = read_examples(FOLDER / name for name in FILES)
        written = written_windows()
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    screen = Screen.load("full")
    say(f"{VERSION}, worry {ALARM_ANY}, crisis and emergency {ALARM_GRAVE}, seed {options.seed}; ")
    say(f"reader {screen.versions['reader']}, rules {screen.versions['rules']}\n")
    how = [(window, flagged(screen, window)) for window in written]
    harmless = [(window, by) for window, by in how if window.level is Level.NONE]
    worrying = [(window, by) for window, by in how if window.level is not Level.NONE]
    for words, rows in (("written harmless, flagged", harmless), ("written worrying, flagged", worrying)):
        for by in ("apart", "together"):
            hits = sum(found == by for _, found in rows)
            say(f"  {words} {by:9s}      {share(hits, len(rows))}\n")
    windows = ordinary_windows(screen, examples, options.windows, options.seed)
    raised = [w for w in windows if screen.assess_with(w[:-1], w[-1]).level is not Level.NONE]
    say(f"  false alarms that reading together adds  {share(len(raised), len(windows))}\n")
    pieces = in_pieces(screen, examples)
    caught = [
        level for level, texts in pieces if screen.assess_with(texts[:-1], texts[-1]).level is not Level.NONE
    ]
    say(f"  worrying messages in pieces caught       {share(len(caught), len(pieces))}\n")
    if options.alarms:
        for window, by in how:
            if bool(by) is (window.level is Level.NONE):
                told = [text for text, _ in window.messages]
                say(f"  written, {by or 'missed'}, {window.level.value}, {window.kind} {told!r}\n")
        for texts in raised:
            say(f"  in vain {texts!r}\n")
        for level, texts in pieces:
            if screen.assess_with(texts[:-1], texts[-1]).level is Level.NONE:
                say(f"  missed {level.value} {texts!r}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
