"""How well the reader understands, on messages that nothing trains on.

    python -m bot.language.evaluation              # the development sets, as docs/reader.md quotes them
    python -m bot.language.evaluation --misses     # and what went wrong, message by message

The safety figures are those of the trained reader alone, at several thresholds; the screen joins it with rules.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.language.labels import topic_of
from bot.language.reader import Reader
from bot.language.training_data import Example, load_validation
from bot.language.understanding import Understanding, understand

THRESHOLDS: Final = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
LOOK_ALIKES: Final = "look-alikes"


@dataclass(frozen=True)
class Share:
    """`hits` of `of`, with its Wilson 95 % interval."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """0..1; 0 of nothing is 0."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson score interval at 95 %."""
        if not self.of:
            return 0.0, 1.0
        z = 1.96
        middle = self.value + z * z / (2 * self.of)
        half = z * math.sqrt(self.value * (1 - self.value) / self.of + z * z / (4 * self.of**2))
        below = 1 + z * z / self.of
        return max(0.0, (middle - half) / below), min(1.0, (middle + half) / below)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:6.1%} ({self.hits} of {self.of}, 95 % interval {low:.1%} to {high:.1%})"


@dataclass
class QuestionFigures:
    """What became of the questions of one set."""

    right: int = 0
    with_another: int = 0  # of the right ones: another topic was answered too
    wrong: int = 0
    asked_back: int = 0
    asked_back_with_right: int = 0
    unanswered: int = 0
    beyond: int = 0
    beyond_answered: int = 0
    beyond_asked_back: int = 0
    other: int = 0
    other_intent_right: int = 0
    other_answered: int = 0
    other_asked_back: int = 0
    by_topic: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    misses: list[tuple[str, Example, Understanding]] = field(default_factory=list)

    @property
    def questions(self) -> int:
        """Messages that ask about a topic."""
        return self.right + self.wrong + self.asked_back + self.unanswered

    @property
    def messages(self) -> int:
        """All messages of the set."""
        return self.questions + self.beyond + self.other

    @property
    def all_asked_back(self) -> int:
        """Of all messages of the set, those asked back about."""
        return self.asked_back + self.beyond_asked_back + self.other_asked_back


def judge_questions(examples: Sequence[Example], reader: Reader) -> QuestionFigures:
    """Understand every example and compare with its label."""
    figures = QuestionFigures()
    for example in examples:
        got = understand(example.text, example.context, reader)
        topic = topic_of(example.intent)
        if topic:
            outcome = _judge_topic(figures, topic, got)
            figures.by_topic[topic][outcome] += 1
            if outcome != "right" or len(got.answers) > 1:
                figures.misses.append((outcome, example, got))
        elif example.intent == "out_of_scope":
            figures.beyond += 1
            figures.beyond_answered += bool(got.answers)
            figures.beyond_asked_back += bool(got.ask_back)
            if got.answers:
                figures.misses.append(("out of scope, answered", example, got))
        else:
            figures.other += 1
            figures.other_intent_right += got.intent == example.intent
            figures.other_answered += bool(got.answers)
            figures.other_asked_back += bool(got.ask_back)
            if got.intent != example.intent:
                figures.misses.append(("other", example, got))
    return figures


def _judge_topic(figures: QuestionFigures, topic: str, got: Understanding) -> str:
    if topic in got.answers:
        figures.right += 1
        figures.with_another += len(got.answers) > 1
        return "right"
    if got.answers:
        figures.wrong += 1
        return "wrong"
    if got.ask_back:
        figures.asked_back += 1
        figures.asked_back_with_right += topic in got.ask_back
        return "asked back"
    figures.unanswered += 1
    return "not answered"


@dataclass(frozen=True)
class SafetyFigures:
    """What the trained reader alone would flag at one threshold."""

    threshold: float
    caught: dict[str, Share]  # by true level: flagged at any level
    exact: Share  # of the caught: level among those that count as right
    false_alarms: dict[str, Share]  # by set


def worry_of(examples: Sequence[Example], reader: Reader) -> list[float]:
    """Probability of any level above none."""
    return [reading.worry for reading in reader.read_many([(e.text, e.context) for e in examples])]


def judge_safety(
    graves: Sequence[Example], ordinary: Mapping[str, Sequence[Example]], threshold: float, reader: Reader
) -> SafetyFigures:
    """Flag at `threshold` and compare with the labels; `ordinary` holds sets of harmless messages by name."""
    caught: dict[str, list[bool]] = defaultdict(list)
    exact: list[bool] = []
    harmless: dict[str, list[bool]] = defaultdict(list)
    readings = reader.read_many([(e.text, e.context) for e in graves])
    for example, reading in zip(graves, readings):
        flagged = reading.worry >= threshold
        if example.safety == "none":
            harmless[LOOK_ALIKES].append(flagged)
            continue
        caught[example.safety].append(flagged)
        if flagged:
            likeliest = max(
                (level for level in reading.safety if level != "none"), key=reading.safety.__getitem__
            )
            exact.append(likeliest in example.levels)
    for name, examples in ordinary.items():
        harmless[name].extend(worry >= threshold for worry in worry_of(examples, reader))
    return SafetyFigures(
        threshold,
        {level: Share(sum(flags), len(flags)) for level, flags in caught.items()},
        Share(sum(exact), len(exact)),
        {name: Share(sum(flags), len(flags)) for name, flags in harmless.items()},
    )


def auc(examples: Sequence[Example], reader: Reader) -> float:
    """Chance that a worrying message is more worrying to the reader than a harmless one of the same set."""
    worries = worry_of(examples, reader)
    above = [worry for worry, example in zip(worries, examples) if example.safety != "none"]
    below = [worry for worry, example in zip(worries, examples) if example.safety == "none"]
    wins = sum((high > low) + 0.5 * (high == low) for high in above for low in below)
    return wins / max(1, len(above) * len(below))


def report(reader: Reader, misses: bool = False) -> list[str]:
    """All figures of the development sets as lines of text; with `misses`, the messages that went wrong too."""
    questions, graves = load_validation("questions"), load_validation("safety")
    figures, also = judge_questions(questions, reader), judge_questions(graves, reader)
    asked_back = Share(figures.all_asked_back + also.all_asked_back, figures.messages + also.messages)
    lines = [
        f"reader: {reader.version}",
        "",
        f"Understanding ({len(questions)} development questions)",
        f"  right topic answered      {Share(figures.right, figures.questions)}",
        f"    ... and another too     {Share(figures.with_another, figures.questions)}",
        f"  wrong topic answered      {Share(figures.wrong, figures.questions)}",
        f"  asked back                {Share(figures.asked_back, figures.questions)}",
        f"    ... right among the two {Share(figures.asked_back_with_right, figures.asked_back)}",
        f"  not answered              {Share(figures.unanswered, figures.questions)}",
        f"  out of scope, answered    {Share(figures.beyond_answered, figures.beyond)}",
        f"  other intents right       {Share(figures.other_intent_right, figures.other)}",
        f"  other intents, answered   {Share(figures.other_answered, figures.other)}",
        f"  asked back, all messages  {asked_back}",
        "",
        "By topic: right, wrong, asked back, not answered",
    ]
    for topic, counts in sorted(figures.by_topic.items()):
        row = [counts[name] for name in ("right", "wrong", "asked back", "not answered")]
        lines.append(f"  {topic:20} " + " ".join(f"{number:3}" for number in row))
    lines += [
        "",
        f"Safety, trained reader alone ({len(graves)} development messages): AUC {auc(graves, reader):.4f}",
    ]
    ordinary = {"ordinary questions": [example for example in questions if example.safety == "none"]}
    for threshold in THRESHOLDS:
        at = judge_safety(graves, ordinary, threshold, reader)
        lines.append(f"  flagged at {threshold}:")
        for name, share in (*at.caught.items(), ("level exact", at.exact), *at.false_alarms.items()):
            lines.append(f"    {name:20} {share}")
    if misses:
        for outcome, example, got in figures.misses:
            ranking = ", ".join(f"{name} {chance:.2f}" for name, chance in got.ranking[:3])
            given = got.answers or got.ask_back
            lines.append(f"{outcome}: {example.text!r} is {example.intent}; {given}; {ranking}")
    return lines


def main() -> None:
    """Print the report."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--misses", action="store_true", help="also list the messages that went wrong")
    sys.stdout.write("\n".join(report(Reader.load(), ask.parse_args().misses)) + "\n")


if __name__ == "__main__":
    main()
