"""How often a question beside a confession hides it, and how often plain talk beside a question raises an alarm.

    python -m bot.safety.beside_evaluation             300 confessions, each before and after a question
    python -m bot.safety.beside_evaluation --misses    also what is missed

Confessions: crisis and emergency lines of validation/{safety,retired}.jsonl that answer no question and are flagged by
themselves. Questions: those of validation/questions.jsonl on a topic. Plain talk: validation/everyday.jsonl. Which
stand beside each other is drawn at random, always the same way. Nobody wrote them so: whoever does builds more of a
bridge between the two.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bot.language.evaluation import Share
from bot.language.training_data import Example, load_validation
from bot.safety.levels import Level
from bot.safety.screen import Screen

SEED = 9
CONFESSIONS = 300
LONGEST, LONGEST_BESIDE = 120, 100
"""Characters of a confession, and of what stands beside it."""


@dataclass(frozen=True)
class Beside:
    """Flagged with the question before it, with the question behind it, and harmless pairs that are flagged; missed:
    the texts of the first two that are not."""

    after: Share
    before: Share
    harmless: Share
    missed: tuple[str, ...]


def beside(first: str, second: str) -> str:
    """Two messages as one."""
    ends = first.strip()[-1:] in tuple(".!?…")
    return f"{first.strip()}{' ' if ends else '. '}{second.strip()}"


def evaluate(
    screen: Screen, grave: Sequence[Example], questions: Sequence[Example], plain: Sequence[Example]
) -> Beside:
    """Put each of `grave` beside a question, and each question beside plain talk, and read them."""
    dice = random.Random(SEED)

    def flagged(text: str) -> bool:
        return screen.assess(text).level is not Level.NONE

    behind = [beside(dice.choice(questions).text, one.text) for one in grave]
    ahead = [beside(one.text, dice.choice(questions).text) for one in grave]
    harmless = [beside(one.text, dice.choice(plain).text) for one in questions]
    missed = [[text for text in texts if not flagged(text)] for texts in (behind, ahead)]
    shares = [Share(len(grave) - len(texts), len(grave)) for texts in missed]
    alarms = Share(sum(map(flagged, harmless)), len(harmless))
    return Beside(shares[0], shares[1], alarms, (*missed[0], *missed[1]))


def chosen(screen: Screen, count: int) -> tuple[list[Example], list[Example], list[Example]]:
    """Confessions (`count` at most), questions and plain talk of the validation sets."""
    grave = [
        one
        for name in ("safety", "retired")
        for one in load_validation(name)
        if one.safety in ("crisis", "emergency") and one.context is None and len(one.text) < LONGEST
    ]
    random.Random(SEED).shuffle(grave)
    alone = [one for one in grave[: 2 * count] if screen.assess(one.text).level is not Level.NONE][:count]
    questions = [
        one
        for one in load_validation("questions")
        if one.intent.startswith("ask_") and len(one.text) < LONGEST_BESIDE
    ]
    plain = [one for one in load_validation("everyday") if len(one.text) < LONGEST_BESIDE]
    return alone, questions, plain


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the three shares."""
    parser = argparse.ArgumentParser(prog="python -m bot.safety.beside_evaluation", description=__doc__)
    parser.add_argument("--misses", action="store_true", help="print what is missed")
    options = parser.parse_args(arguments)
    screen = Screen.load("full")
    found = evaluate(screen, *chosen(screen, CONFESSIONS))
    print(f"a confession after a question, flagged    {found.after}")
    print(f"a confession before a question, flagged   {found.before}")
    print(f"a question before plain talk, flagged     {found.harmless}")
    if options.misses:
        print("\n".join(found.missed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
