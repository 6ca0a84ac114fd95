"""One topic of the guidance: its answers by phase and channel, where they come from, and what a clinician signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.guidance.phases import AFTER, Phase
from bot.guidance.reading import (
    CHANNELS,
    CLINIC_FIELDS,
    Problems,
    check_keys,
    check_text,
    hash_of,
    placeholders,
    read_mapping,
    shown,
)
from bot.guidance.times import RULES, TimeWording, rules_told

WAITING, PASSED = "waiting", "passed"
"""The two states of a rule in hours or days: its time is still to come, or behind us."""

_TITLE_LIMIT, _BUTTON_LIMIT = 40, 24
_NEEDED = ("title", "button", "version", "sources", "time_matters", "about_before", "answers")
_PHASES = tuple(phase.value for phase in Phase)


@dataclass(frozen=True)
class Source:
    """A section of a source document. document: its number in guidance/sources.yml, "000" to "004"."""

    document: str
    section: str


@dataclass(frozen=True)
class Wording:
    """One answer as written. when: "waiting" or "passed" where the clinic's rule decides, otherwise None."""

    phases: tuple[Phase, ...]
    when: str | None
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Entry:
    """A topic.

    title: how it is called when asking back; button: the same in at most 24 characters. time_matters: an answer needs
    the phase, so an unknown one is asked for. about_before: the question is about preparing for an infusion.
    rule: "driving" or "alcohol" where a rule of the clinic decides between wordings. rules: every rule of the clinic
    that decides or is told, among "driving", "alcohol" and "same_day". hash: of the content; what a clinician signs is
    that together with those rules (`Library.signed_as`).
    """

    topic: str
    title: str
    button: str
    version: int
    sources: tuple[Source, ...]
    time_matters: bool
    about_before: bool
    rule: str | None
    rules: tuple[str, ...]
    wordings: tuple[Wording, ...]
    hash: str

    def wording(self, phase: Phase, when: str | None = None) -> Wording:
        """The wording for a phase. when: the state of the rule; ignored where the phase has one wording only."""
        fitting = [one for one in self.wordings if phase in one.phases]
        return next((one for one in fitting if one.when in (None, when)), fitting[0])


def read_entry(
    path: Path, documents: Mapping[str, tuple[str, ...]], times: TimeWording, problems: Problems
) -> Entry | None:
    """Read and check one file of guidance/topics.

    documents: number to sections, of guidance/sources.yml. What is wrong is added to `problems`; None is returned then.
    """
    file, before = shown(path), len(problems.found)
    content = read_mapping(path, problems)
    if not content:
        return None
    check_keys(content, _NEEDED, ("rule",), file, "", problems)
    _check_head(content, file, problems)
    _check_sources(content.get("sources"), documents, file, problems)
    if len(problems.found) == before:
        _check_answers(content, times, file, problems)
    if len(problems.found) > before:
        return None
    names = {
        name for one in content["answers"] for channel in CHANNELS for name in placeholders(one[channel])
    }
    wordings = tuple(
        Wording(
            tuple(map(Phase, one["phases"])),
            one.get("when"),
            {channel: one[channel].strip() for channel in CHANNELS},
        )
        for one in content["answers"]
    )
    return Entry(
        topic=path.stem,
        title=content["title"],
        button=content["button"],
        version=content["version"],
        sources=tuple(Source(one["document"], one["section"]) for one in content["sources"]),
        time_matters=content["time_matters"],
        about_before=content["about_before"],
        rule=content.get("rule"),
        rules=rules_told(names, content.get("rule")),
        wordings=wordings,
        # What a patient can read is what is signed: the entry, and the wording of times where a text of it names one.
        hash=hash_of(
            {
                "topic": path.stem,
                "content": content,
                "times": times.hash if names - set(CLINIC_FIELDS) else "",
            }
        ),
    )


def _check_head(content: Mapping[str, Any], file: str, problems: Problems) -> None:
    for key, limit in (("title", _TITLE_LIMIT), ("button", _BUTTON_LIMIT)):
        if key in content:
            check_text(content[key], "sms", {}, file, key, problems, limit=limit)
    version = content.get("version", 1)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        problems.add(file, "version", "is not a whole number from 1 on. Count up with each change")
    for key in ("time_matters", "about_before"):
        if not isinstance(content.get(key, True), bool):
            problems.add(file, key, "is neither true nor false. Write one of them")
    if content.get("rule", "driving") not in tuple(RULES):
        problems.add(
            file, "rule", f"{content['rule']!r} is no rule. Use one of {', '.join(RULES)}, or leave it out"
        )


def _check_sources(
    given: Any, documents: Mapping[str, tuple[str, ...]], file: str, problems: Problems
) -> None:
    if not isinstance(given, list) or not given:
        problems.add(file, "sources", "names no source. Name at least one document and section")
        return
    for number, one in enumerate(given, 1):
        at = f"sources.{number}"
        if not isinstance(one, dict):
            problems.add(file, at, "is no source. Write document and section")
            continue
        check_keys(one, ("document", "section"), (), file, at, problems)
        document, section = one.get("document"), one.get("section")
        if not isinstance(document, str) or document not in documents:
            known = ", ".join(f'"{name}"' for name in documents)
            problems.add(
                file,
                f"{at}.document",
                f"{document!r} is not in sources.yml. Use one of {known}, with the quotes",
            )
        elif section not in documents[document]:
            problems.add(
                file, f"{at}.section", f"{section!r} is no section of {document}. Copy one from sources.yml"
            )


def _check_answers(content: Mapping[str, Any], times: TimeWording, file: str, problems: Problems) -> None:
    rule, answers = content.get("rule"), content["answers"]
    if not isinstance(answers, list):
        problems.add(file, "answers", "is not a list. Write one item for each wording")
        return
    covered: dict[tuple[str, str], int] = {}
    for number, one in enumerate(answers, 1):
        at = f"answers.{number}"
        if not isinstance(one, dict):
            problems.add(file, at, "is no answer. Write phases, web and sms")
            continue
        check_keys(one, ("phases", *CHANNELS), ("when",), file, at, problems)
        phases, when = one.get("phases"), one.get("when")
        if not isinstance(phases, list) or not phases or any(phase not in _PHASES for phase in phases):
            problems.add(file, f"{at}.phases", f"is not a list of phases. Use some of {', '.join(_PHASES)}")
            continue
        if "when" in one and (rule is None or when not in (WAITING, PASSED) or not set(phases) <= set(AFTER)):
            problems.add(
                file,
                f"{at}.when",
                "is waiting or passed, with a rule, in the phases after. Mend or remove it",
            )
            continue
        for phase in phases:
            for state in (when,) if when else (WAITING, PASSED):
                covered[phase, state] = covered.get((phase, state), 0) + 1
        for channel in CHANNELS:
            if channel in one:
                check_text(
                    one[channel],
                    channel,
                    _allowed(phases, rule, when, times),
                    file,
                    f"{at}.{channel}",
                    problems,
                )
    for phase in _PHASES:
        for state in (WAITING, PASSED):
            count = covered.get((phase, state), 0)
            if count != 1:
                exactly = f" while the rule is {state}" if rule else ""
                what = "has no answer. Write one" if count == 0 else f"has {count} answers. Keep one"
                problems.add(file, f"answers, phase {phase}{exactly}", what)
            if not rule:
                break


def _allowed(phases: list[str], rule: str | None, when: str | None, times: TimeWording) -> dict[str, int]:
    """The placeholders that a wording may use, with their longest values: a time only where it is known and to come."""
    allowed = {**CLINIC_FIELDS, **{f"{name}_rule": times.longest[f"{name}_rule"] for name in RULES}}
    if rule and when == WAITING:
        allowed[f"{rule}_from"] = times.longest[f"{rule}_from"]
    if phases == [Phase.SAME_DAY.value]:
        allowed["next_day_from"] = times.longest["next_day_from"]
    return allowed
