"""How good the screen is on messages that nothing trains on, with confidence intervals.

    python -m bot.safety.evaluation                 rules alone, trained reader alone, both joined
    python -m bot.safety.evaluation --thresholds    what other thresholds of bot/safety/join.py would have given
    python -m bot.safety.evaluation --misses        also the messages that were missed or raised in vain
    python -m bot.safety.evaluation FILE ...        other files than validation/{safety,questions,everyday}.jsonl

Nobody's real messages are among them, and no clinician has read them.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.safety import join
from bot.safety.levels import Level
from bot.safety.screen import Mode, Screen
from bot.safety.verdict import Verdict

FOLDER = Path(__file__).resolve().parents[2] / "validation"
FILES = ("safety.jsonl", "questions.jsonl", "everyday.jsonl")
WORRYING = (Level.CRISIS, Level.EMERGENCY, Level.URGENT)


@dataclass(frozen=True)
class Example:
    """One labelled message. `ok_levels`: levels that are equally right, the label's own included."""

    text: str
    context: str | None
    level: Level
    ok_levels: frozenset[Level]
    tags: tuple[str, ...]
    file: str


def read_examples(paths: Iterable[Path]) -> list[Example]:
    """The labelled messages of JSON lines files. Raises OSError or ValueError naming the file and line."""
    examples = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
                level = Level(value["safety"])
                ok_levels = frozenset(map(Level, value.get("ok_levels") or [])) | {level}
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path}, line {number}: not a labelled message ({error})") from error
            tags = tuple(tag for tag in value.get("tags") or [] if not tag.startswith(("pair", "twin:")))
            examples.append(Example(value["text"], value.get("context"), level, ok_levels, tags, path.name))
    return examples


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of `hits` in `of`, as two shares (0 and 1 for nothing at all)."""
    if of == 0:
        return 0.0, 1.0
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def share(hits: int, of: int) -> str:
    """ "97.0 % (95.1 to 98.2), 330 of 340", or a dash where there is nothing to count."""
    if of == 0:
        return "-"
    low, high = wilson(hits, of)
    return f"{100 * hits / of:5.1f} % ({100 * low:.1f} to {100 * high:.1f}), {hits} of {of}"


def figures(examples: Sequence[Example], verdicts: Sequence[Verdict]) -> list[str]:
    """The table of one screen: caught and exact by level, false alarms by file."""
    rows = list(zip(examples, verdicts))
    lines = []
    for level in WORRYING:
        mine = [(e, v) for e, v in rows if e.level is level and Level.NONE not in e.ok_levels]
        caught = [(e, v) for e, v in mine if v.level is not Level.NONE]
        exact = [(e, v) for e, v in caught if v.level in e.ok_levels]
        lines.append(f"  {level.value:<10} caught  {share(len(caught), len(mine))}")
        lines.append(f"  {'':<10} exact   {share(len(exact), len(caught))}")
    grave = [(e, v) for e, v in rows if e.level >= Level.EMERGENCY and Level.NONE not in e.ok_levels]
    lines.append(
        f"  crisis and emergency together {share(sum(v.level is not Level.NONE for _, v in grave), len(grave))}"
    )
    for file in dict.fromkeys(e.file for e in examples):
        harmless = [v for e, v in rows if e.level is Level.NONE and len(e.ok_levels) == 1 and e.file == file]
        if harmless:
            alarms = sum(v.level is not Level.NONE for v in harmless)
            lines.append(f"  false alarms, harmless lines of {file:<16} {share(alarms, len(harmless))}")
    return lines


def by_tag(examples: Sequence[Example], verdicts: Sequence[Verdict]) -> list[str]:
    """Caught and false alarms for each kind of message that has at least five examples."""
    worrying: dict[str, list[bool]] = defaultdict(list)
    harmless: dict[str, list[bool]] = defaultdict(list)
    for example, verdict in zip(examples, verdicts):
        for tag in example.tags:
            (harmless if example.level is Level.NONE else worrying)[tag].append(
                verdict.level is not Level.NONE
            )
    lines = [
        f"  {tag:<22} caught       {share(sum(v), len(v))}"
        for tag, v in sorted(worrying.items())
        if len(v) >= 5
    ]
    lines += [
        f"  {tag:<22} false alarms {share(sum(v), len(v))}"
        for tag, v in sorted(harmless.items())
        if len(v) >= 5
    ]
    return lines


def threshold_table(screen: Screen, examples: Sequence[Example]) -> list[str]:
    """What other values of ALARM_FROM and ALARM_INTENT would have given, everything else as it is."""
    looked = [screen.examine(example.text, example.context) for example in examples]
    lines = ["   from  intent  crisis+emergency  urgent  alarms on look-alikes  questions  everyday"]
    for alarm_from, intent_from in ((a, i) for a in (0.1, 0.15, 0.2, 0.3) for i in (0.2, 0.35, 0.5, 0.65)):
        counts: Counter[str] = Counter()
        for example, found in zip(examples, looked):
            worried = max((join.worry(p) for how, p in found.readings if how != "clause"), default=0.0)
            alarm = worried >= join.ALARM_SURE or (
                worried >= alarm_from and (found.by_intent or 0.0) >= intent_from
            )
            name = (
                example.file
                if example.level is Level.NONE
                else "urgent"
                if example.level is Level.URGENT
                else "grave"
            )
            counts[name] += 1
            counts[name + "+"] += alarm or found.joined.decided_by in ("rules", "both")
        names = ("grave", "urgent", *FILES)
        cells = [100 * counts[name + "+"] / max(1, counts[name]) for name in names]
        lines.append(
            f"  {alarm_from:5.2f}  {intent_from:6.2f}  {cells[0]:15.1f}%  {cells[1]:5.1f}%  {cells[2]:20.1f}%"
            f"  {cells[3]:8.1f}%  {cells[4]:7.1f}%"
        )
    return lines


def reader_only(screen: Screen, examples: Sequence[Example]) -> list[Verdict]:
    """What the trained reader says with no rules beside it."""
    verdicts = []
    for example in examples:
        found = screen.examine(example.text, example.context)
        whole = [probabilities for how, probabilities in found.readings if how != "clause"]
        joined = join.join(
            [],
            [],
            whole,
            [probabilities for how, probabilities in found.readings if how == "clause"],
            found.by_intent or 0.0,
        )
        verdicts.append(Verdict(joined.level, joined.score))
    return verdicts


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report; 0, or 2 when a file cannot be read."""
    parser = argparse.ArgumentParser(
        prog="python -m bot.safety.evaluation", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "files", nargs="*", type=Path, help="JSON lines files (default: the development files)"
    )
    parser.add_argument("--thresholds", action="store_true", help="also try other thresholds")
    parser.add_argument("--misses", action="store_true", help="also list what went wrong, with the messages")
    options = parser.parse_args(arguments)
    paths = options.files or [FOLDER / name for name in FILES if (FOLDER / name).exists()]
    say = sys.stdout.write
    try:
        examples = read_examples(paths)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    say(f"{len(examples)} messages of {', '.join(path.name for path in paths)}\n")
    modes: tuple[tuple[str, Mode], ...] = (("rules alone", "rules_only"), ("joined", "full"))
    for name, mode in modes:
        screen = Screen.load(mode)
        if mode == "full" and screen.reader is None:
            say(f"\njoined: the trained reader is {screen.versions['reader']}; nothing to compare\n")
            continue
        started = time.process_time()
        verdicts = [screen.assess(example.text, example.context) for example in examples]
        rate = len(examples) / max(1e-9, time.process_time() - started)
        say(
            f"\n{name} ({', '.join(f'{k} {v}' for k, v in screen.versions.items())}), {rate:.0f} a second of CPU\n"
        )
        say("\n".join(figures(examples, verdicts)) + "\n")
        if mode == "full":
            say(
                "\ntrained reader alone\n"
                + "\n".join(figures(examples, reader_only(screen, examples)))
                + "\n"
            )
            say("\njoined, by kind\n" + "\n".join(by_tag(examples, verdicts)) + "\n")
            if options.thresholds:
                say("\nother thresholds\n" + "\n".join(threshold_table(screen, examples)) + "\n")
        if options.misses:
            for example, verdict in zip(examples, verdicts):
                missed = example.level is not Level.NONE and verdict.level is Level.NONE
                vain = example.ok_levels == {Level.NONE} and verdict.level is not Level.NONE
                if missed or vain:
                    kind = "missed" if missed else "in vain"
                    say(f"  {kind:<7} {example.level.value:<9} {example.text!r} {verdict.fired}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
