"""What the guidance says beside the text for an urgent message: from what the screen found to a topic, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.guidance.phases import Phase
from bot.guidance.reading import Problems, check_keys, read_mapping, shown

REVIEW_STATES = ("unreviewed", "reviewed")
"""As of the safety rules: whether a clinician has read it."""

MOST_BESIDE = 2
"""More answers than this to somebody who asked nothing would bury the text that says whom to phone."""

_FILE = "symptoms.yml"
_KEYS = ("version", "author", "review", "kinds", "reader_alone", "phases")


@dataclass(frozen=True)
class Symptoms:
    """The reviewed map of guidance/symptoms.yml.

    kinds: kind of a rule to the topics on it, none where the guidance says nothing; phases: topic to the phases in
    which its answer fits somebody who is unwell. reader_alone: topics that are said where no rule fired; reader_from:
    the share of all topics that such a one needs, 0 to 1.
    """

    version: int
    author: str
    review: str
    kinds: Mapping[str, tuple[str, ...]]
    phases: Mapping[str, frozenset[Phase]]
    reader_alone: tuple[str, ...]
    reader_from: float

    def of_kinds(self, kinds: Sequence[str], shares: Mapping[str, float]) -> tuple[str, ...]:
        """The topics on what rules found, at most MOST_BESIDE: for each kind the likeliest of its topics.

        kinds: gravest first; shares: topic to the reader's share, 0 for one that is missing. A kind that the map does
        not know has none.
        """
        known = (self.kinds.get(kind, ()) for kind in kinds)
        found = [max(topics, key=lambda topic: shares.get(topic, 0.0)) for topics in known if topics]
        return tuple(dict.fromkeys(found))[:MOST_BESIDE]

    def of_reader(self, shares: Mapping[str, float]) -> tuple[str, ...]:
        """The reader's likeliest topic as the only one, where it may be said on the reader's word alone; else none.

        shares: as for `of_kinds`.
        """
        likeliest = max(shares, key=lambda topic: shares[topic], default="")
        if likeliest not in self.reader_alone or shares[likeliest] < self.reader_from:
            return ()
        return (likeliest,)

    def fits(self, topic: str, phase: Phase) -> bool:
        """Whether the answer on `topic` in `phase` fits somebody who is unwell."""
        return phase in self.phases.get(topic, ())


def read_symptoms(folder: Path, topics: Sequence[str], problems: Problems) -> Symptoms | None:
    """Read and check guidance/symptoms.yml. folder: the guidance; topics: those that the guidance has.

    What is wrong is added to `problems`, each with file, key and fix; None is returned then.
    """
    path, before = folder / _FILE, len(problems.found)
    file = shown(path)
    content = read_mapping(path, problems)
    if not content:
        return None
    check_keys(content, _KEYS, (), file, "", problems)
    version, author = content.get("version"), content.get("author")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        problems.add(file, "version", "is not a whole number from 1 on. Count up with each change")
    if not isinstance(author, str) or not author.strip():
        problems.add(file, "author", "names nobody. Write who wrote the map")
    if content.get("review") not in REVIEW_STATES:
        problems.add(file, "review", f"is none of {', '.join(REVIEW_STATES)}. Write one of them")
    kinds = _lists(content.get("kinds"), topics, "topics", file, "kinds", problems)
    phases = _lists(content.get("phases"), tuple(Phase), "phases", file, "phases", problems)
    alone, least = _reader_alone(content.get("reader_alone"), topics, file, problems)
    named = {topic for listed in (*kinds.values(), alone) for topic in listed}
    for topic in sorted(named - set(phases)):
        problems.add(file, f"phases.{topic}", "is missing. List the phases in which this answer fits")
    for topic in sorted(set(phases) - named):
        problems.add(file, f"phases.{topic}", "is named nowhere else. Remove it, or name the topic above")
    if len(problems.found) > before:
        return None
    fitting = {topic: frozenset(map(Phase, listed)) for topic, listed in phases.items()}
    return Symptoms(content["version"], content["author"], content["review"], kinds, fitting, alone, least)


def _lists(
    given: Any, known: Sequence[str], what: str, file: str, at: str, problems: Problems
) -> dict[str, tuple[str, ...]]:
    """A mapping of names to lists of known names."""
    if not isinstance(given, dict) or not given:
        problems.add(file, at, f"holds nothing. Write `name: [{what}]`, one a line")
        return {}
    return {
        str(name): _names(one, known, what, file, f"{at}.{name}", problems) for name, one in given.items()
    }


def _names(
    given: Any, known: Sequence[str], what: str, file: str, at: str, problems: Problems
) -> tuple[str, ...]:
    if not isinstance(given, list):
        problems.add(file, at, f"is no list. Write [{what}], or [] for none")
        return ()
    for name in given:
        if name not in known:
            problems.add(file, at, f"{name!r} is none of the {what}. Use some of {', '.join(known)}")
    return tuple(str(name) for name in given)


def _reader_alone(
    given: Any, topics: Sequence[str], file: str, problems: Problems
) -> tuple[tuple[str, ...], float]:
    if not isinstance(given, dict):
        problems.add(file, "reader_alone", "is missing. Write from and topics")
        return (), 1.0
    check_keys(given, ("from", "topics"), (), file, "reader_alone", problems)
    least = given.get("from", 1.0)
    # Of two topics only one has more than half: below that, the likeliest one is a guess among several.
    if isinstance(least, bool) or not isinstance(least, (int, float)) or not 0.5 <= least <= 1:
        problems.add(file, "reader_alone.from", "is no share from 0.5 to 1. Write one")
        least = 1.0
    return _names(given.get("topics", []), topics, "topics", file, "reader_alone.topics", problems), float(
        least
    )
