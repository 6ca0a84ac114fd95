"""The figures that are quoted: `make eval`, or `python -m bot.evaluate [SET...] [--misses]`.

Every message goes the way of `aftercare classify`: the quantized encoder, the heads, the rules and how they join. The
sets lie in `validation/` and nothing trains on them: *development* (questions and safety; it chose the thresholds),
*everyday* (texts about anything), *patients* (the year of each of fourteen invented people, with their worse days and
their black humour: harder than the others, and looked at as well), *sealed* (looked at once a release) and *retired*
(earlier sealed sets; thresholds were chosen on them after they had been scored). No clinician has read them.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.classify import classify_one
from bot.language.evaluation import Share
from bot.language.reader import Reader
from bot.language.training_data import Example, load_validation
from bot.safety.screen import Screen

SETS = {
    "development": ("questions", "safety"),
    "everyday": ("everyday",),
    "patients": ("patients",),
    "sealed": ("sealed",),
    "retired": ("retired",),
}
TOPIC = "ask_"
GRAVE = ("crisis", "emergency")
LOOK_ALIKE = "look"


@dataclass
class Tally:
    """Hits and cases of one figure."""

    hits: int = 0
    of: int = 0

    def add(self, hit: bool) -> None:
        """Count one case."""
        self.hits += hit
        self.of += 1

    def __str__(self) -> str:
        return str(Share(self.hits, self.of)) if self.of else "no cases"


@dataclass
class Figures:
    """The figures of one set, by name, in the order in which they are to be read."""

    by_name: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    by_topic: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    by_kind: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    misses: list[str] = field(default_factory=list)

    def add(self, example: Example, got: dict[str, Any]) -> None:
        """Count one message. got: what `aftercare classify` says of it."""
        level, answers = got["safety"]["level"], got["answers"]
        flagged = level != "none"
        if example.safety == "none":
            self._harmless(example, flagged)
        else:
            self._worrying(example, level, flagged)
        if example.intent.startswith(TOPIC):
            self._question(example, answers)
        elif example.intent == "out_of_scope" and example.safety == "none":
            self._count("out of scope, answered with a topic", bool(answers), example, got)

    def _question(self, example: Example, answers: list[str]) -> None:
        topic = example.intent[len(TOPIC) :]
        right = topic in answers
        self._count("questions: right topic answered", right, None, None)
        self._count("questions: a wrong topic answered", bool(answers) and not right, example, answers)
        self._count(
            "questions: right, with another topic beside", right and len(answers) > 1, example, answers
        )
        outcome = "right" if right else "wrong" if answers else "asked back or not answered"
        self.by_topic[topic][outcome] += 1

    def _worrying(self, example: Example, level: str, flagged: bool) -> None:
        name = "crisis and emergency: flagged" if example.safety in GRAVE else "urgent: flagged"
        # A line on whose level reasonable people differ may count as harmless, too.
        caught = flagged or "none" in example.levels
        self._count(name, caught, None if caught else example, level)
        if flagged:
            self._count("level exactly right among flagged", level in example.levels, None, None)
        for tag in example.tags:
            self.by_kind[f"{tag}: flagged"].add(caught)

    def _harmless(self, example: Example, flagged: bool) -> None:
        hard = example.source.startswith("safety") or any(LOOK_ALIKE in tag for tag in example.tags)
        kind = "look-alikes" if hard else "ordinary messages"
        self._count(f"false alarms on {kind}", flagged, example if flagged else None, "flagged")

    def _count(self, name: str, hit: bool, example: Example | None, got: Any) -> None:
        self.by_name[name].add(hit)
        if example is not None and (hit or name.endswith("flagged")):
            self.misses.append(f"{name}: {example.text!r} ({example.intent}, {example.safety}) -> {got}")

    def lines(self) -> Iterator[str]:
        """The figures as text."""
        for name in sorted(self.by_name):
            yield f"  {name:44} {self.by_name[name]}"
        for topic in sorted(self.by_topic):
            counts = self.by_topic[topic]
            yield f"    {topic:24} " + ", ".join(
                f"{outcome} {count}" for outcome, count in sorted(counts.items())
            )
        for kind in sorted(self.by_kind):
            yield f"    {kind:36} {self.by_kind[kind]}"


def evaluate(examples: Sequence[Example], reader: Reader, screen: Screen) -> Figures:
    """Classify every example and count."""
    figures = Figures()
    for example in examples:
        figures.add(example, classify_one(example.text, example.context, reader, screen))
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures of the named sets (all of them when none is named)."""
    parser = argparse.ArgumentParser(prog="python -m bot.evaluate", description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"of {', '.join(SETS)}; all when left out")
    parser.add_argument("--misses", action="store_true", help="print each miss as well")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.sets if name not in SETS]
    if unknown:
        parser.error(f"there is no set {unknown[0]!r}; there are {', '.join(SETS)}")
    reader, screen = Reader.load(), Screen.load("full")
    for name in options.sets or SETS:
        examples = [example for file in SETS[name] for example in load_validation(file)]
        figures = evaluate(examples, reader, screen)
        print(f"{name} ({len(examples)} messages)")
        for line in figures.lines():
            print(line)
        if options.misses:
            for miss in figures.misses:
                print(f"    {miss}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
