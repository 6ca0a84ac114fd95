"""The library: every topic, loaded once, and the answer that fits a patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from bot.clinic.settings import Clinic
from bot.guidance.entry import PASSED, WAITING, Entry, Source, read_entry
from bot.guidance.errors import UnknownTopic
from bot.guidance.gsm7 import to_gsm7
from bot.guidance.phases import AFTER, Phase, Placement, nominal_infusion
from bot.guidance.reading import FOLDER, Problems, fill, hash_of, placeholders, read_mapping
from bot.guidance.symptoms import Symptoms, read_symptoms
from bot.guidance.times import RULES, TimeWording, allowed_from, settings_told

TOPICS: tuple[str, ...] = (
    "driving", "decisions", "eating", "hydration", "alcohol", "medications", "sedatives", "pain_medication",
    "recreational_drugs", "nausea", "dizziness", "sedation", "exercise", "recovery_time", "emotions", "integration",
    "intentions", "interpretation", "sharing", "support", "ongoing_care", "lifestyle", "no_improvement",
    "number_of_sessions", "duration_of_effects", "safety", "side_effects", "candidates", "how_it_works", "preparation",
    "fasting", "substances_before", "during_session", "dependence", "dosage",
)  # fmt: skip
"""The topics that a library must hold, one file each."""


@dataclass(frozen=True)
class Answer:
    """What a patient is told, and what it is: text as sent, the phase it is for, the version of its entry, and the hash
    of what a clinician signs (`Library.signed_as`)."""

    text: str
    topic: str
    phase: Phase
    version: int
    hash: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Library:
    """All entries by topic, the wording of times, the titles of the source documents by their number, and which topics
    belong to what is found in urgent messages."""

    topics: Mapping[str, Entry]
    times: TimeWording
    documents: Mapping[str, str]
    symptoms: Symptoms

    @classmethod
    def load(cls, folder: Path | None = None) -> Library:
        """Read and check the guidance, once for each folder. folder: default is the project's `guidance/`.

        Raises GuidanceInvalid, which names every file and key that is wrong, and the fix.
        """
        return _load(Path(folder or FOLDER))

    def entry(self, topic: str) -> Entry:
        """The entry of a topic. Raises UnknownTopic."""
        if topic not in self.topics:
            raise UnknownTopic(topic, self.topics)
        return self.topics[topic]

    def signed_as(self, topic: str, clinic: Clinic) -> str:
        """sha256 of what a clinician of this clinic signs: the entry, and the clinic's rules that decide what is said
        or are told in it. Change a rule in `clinic.yml`, and nobody has signed the answer. Raises UnknownTopic."""
        entry = self.entry(topic)
        if not entry.rules:
            return entry.hash
        return hash_of({"entry": entry.hash, "rules": [settings_told(rule, clinic) for rule in entry.rules]})

    def answer(
        self,
        topic: str,
        placement: Placement,
        channel: str,
        clinic: Clinic,
        now: datetime,
        is_open: Callable[[], bool] | None = None,
    ) -> Answer:
        """The answer to a question on `topic` for a patient who stands at `placement`.

        channel: "web" or "sms" (then GSM-7). now: aware; times are named as seen from it. A placement after an infusion
        whose moment nobody knows is counted from the latest moment that fits. is_open: tells whether the clinic is,
        and is asked only where the text says whom to phone now; clinic.yml's hours where nobody tells. Raises
        UnknownTopic, NoTimeZone.
        """
        entry, phase = self.entry(topic), placement.phase
        infusion_at = _counted_from(placement, clinic, now)
        when = _state(entry, phase, infusion_at, clinic, now)
        text = entry.wording(phase, when).texts[channel]
        text = fill(text, self._values(placeholders(text), infusion_at, clinic, now, is_open))
        if channel == "sms":
            text = to_gsm7(text)
        return Answer(text, topic, phase, entry.version, self.signed_as(topic, clinic), entry.sources)

    def permits(self, topic: str, placement: Placement, clinic: Clinic, now: datetime) -> bool:
        """Whether the answer says that something may be done, since a time of the clinic's rules is over.

        Arguments and errors as of `answer`.
        """
        infusion_at = _counted_from(placement, clinic, now)
        return _state(self.entry(topic), placement.phase, infusion_at, clinic, now) == PASSED

    def _values(
        self,
        names: Sequence[str],
        infusion_at: datetime | None,
        clinic: Clinic,
        now: datetime,
        is_open: Callable[[], bool] | None,
    ) -> dict[str, str]:
        values = clinic_values(clinic)
        if "phone_now" in names:
            working = clinic.is_open(now) if is_open is None else is_open()
            values["phone_now"] = clinic.phone if working else clinic.after_hours_phone
        for rule in RULES:
            values[f"{rule}_rule"] = self.times.rule(rule, clinic)
            if f"{rule}_from" in names and infusion_at is not None:
                values[f"{rule}_from"] = self.times.allowed_from(rule, infusion_at, clinic, now)
        if "next_day_from" in names and infusion_at is not None:
            values["next_day_from"] = self.times.next_day_from(infusion_at, clinic, now)
        return values


def clinic_values(clinic: Clinic) -> dict[str, str]:
    """The placeholders that the clinic's settings fill whatever the hour."""
    return {
        "clinic_name": clinic.name,
        "phone": clinic.phone,
        "after_hours_phone": clinic.after_hours_phone,
        "crisis_line": clinic.crisis_line,
        "ambulance": clinic.ambulance,
    }


def _counted_from(placement: Placement, clinic: Clinic, now: datetime) -> datetime | None:
    """The moment that times are counted from: where nobody knows it, the latest that fits the phase."""
    if placement.phase in AFTER and placement.infusion_at is None:
        return nominal_infusion(placement.phase, now, clinic)
    return placement.infusion_at


def _state(
    entry: Entry, phase: Phase, infusion_at: datetime | None, clinic: Clinic, now: datetime
) -> str | None:
    """WAITING or PASSED where a rule of the clinic decides between wordings, else None."""
    if not entry.rule or infusion_at is None or phase not in AFTER:
        return None
    return WAITING if now < allowed_from(entry.rule, infusion_at, clinic) else PASSED


@cache
def _load(folder: Path) -> Library:
    problems = Problems()
    titles, documents = _documents(folder, problems)
    times = TimeWording.read(folder, problems)
    problems.raise_if_any()  # without these two, every entry would be reported
    entries = [
        read_entry(path, documents, times, problems) for path in sorted((folder / "topics").glob("*.yml"))
    ]
    found = {path.stem for path in (folder / "topics").glob("*.yml")}
    for topic in TOPICS:
        if topic not in found:
            problems.add(
                f"guidance/topics/{topic}.yml", "", "there is no such file. Write the answers of this topic"
            )
    for name in sorted(found - set(TOPICS)):
        problems.add(
            f"guidance/topics/{name}.yml", "", "is no topic of the contract. Rename or remove the file"
        )
    symptoms = read_symptoms(folder, TOPICS, problems)
    problems.raise_if_any()
    assert symptoms is not None
    return Library({entry.topic: entry for entry in entries if entry}, times, titles, symptoms)


def _documents(folder: Path, problems: Problems) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Titles and sections of the source documents, by their number."""
    titles: dict[str, str] = {}
    documents: dict[str, tuple[str, ...]] = {}
    content: Mapping[Any, Any] = read_mapping(folder / "sources.yml", problems)
    for name, one in content.items():
        sections = one.get("sections") if isinstance(one, dict) else None
        if not isinstance(name, str) or not isinstance(sections, list) or not one.get("title"):
            problems.add(
                "guidance/sources.yml", str(name), "is no document. Write a quoted number, title and sections"
            )
            continue
        titles[name], documents[name] = str(one["title"]), tuple(sections)
    return titles, documents
