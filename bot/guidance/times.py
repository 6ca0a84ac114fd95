"""The times inside answers: when the clinic's rules allow what, and how that moment is called in words.

The words lie in `guidance/times.yml`. All arithmetic is in UTC and only the naming is local, so a change of the clocks
shortens or lengthens no wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.clinic.settings import Clinic
from bot.guidance.gsm7 import is_gsm7
from bot.guidance.phases import same_day_ends
from bot.guidance.reading import Problems, check_keys, hash_of, placeholders, read_mapping, shown
from bot.guidance.reading import fill as _fill

RULES: Mapping[str, tuple[str, ...]] = {
    "driving": ("next_day_after_sleep", "hours"),
    "alcohol": ("next_day", "hours"),
}
"""The rules of `clinic.yml` that name a time."""

_MOMENTS = ("today", "tomorrow", "other", "far")
_PARTS = ("morning", "afternoon", "evening")
_CLOCK = ("am", "pm", "noon", "midnight")
_IN_MOMENTS = ("weekday", "part", "clock", "month", "day")
_IN_RULES = {"from": ("moment",), "rule": ("hours",)}  # what each of these two is filled with
_MOST_HOURS = "168"  # the longest wait that clinic.yml accepts
_STEP = timedelta(
    minutes=15
)  # a time in hours is rounded up to the quarter, so that what is named is never too early


def allowed_from(rule: str, infusion_at: datetime, clinic: Clinic) -> datetime:
    """When the wait of a rule ends. rule: "driving" or "alcohol". Aware, UTC.

    Under a next-day rule that is the end of the same day (see `phases`): the sleep itself nobody can compute, so the
    wording asks for it. Under `hours` it is counted from the recorded time of the infusion.
    """
    settings = getattr(clinic, rule)
    if settings.rule != "hours":
        return same_day_ends(infusion_at, clinic)
    end = infusion_at.astimezone(timezone.utc) + timedelta(hours=settings.hours)
    past = (end - datetime(2000, 1, 1, tzinfo=timezone.utc)) % _STEP
    return end if not past else end + (_STEP - past)


def rules_told(placeholders_used: Iterable[str], deciding: str | None = None) -> tuple[str, ...]:
    """The rules of the clinic that stand behind a text: of "driving", "alcohol" and "same_day", sorted.

    placeholders_used: names such as "driving_from". deciding: the rule that chooses between wordings, if one does.
    """
    used = set(placeholders_used)
    rules = {rule for rule in RULES if rule == deciding or {f"{rule}_rule", f"{rule}_from"} & used}
    # A next-day rule ends with the same day, and so does what is said of the next day.
    return tuple(sorted(rules | ({"same_day"} if rules or "next_day_from" in used else set())))


def settings_told(rule: str, clinic: Clinic) -> str:
    """What `clinic.yml` says on a rule ("driving", "alcohol" or "same_day"), in words for staff, who sign it."""
    settings = getattr(clinic, rule)
    name = rule.replace("_", " ")
    if rule == "same_day":
        return f"{name}: until {settings.until:%H:%M} the morning after, and at least {settings.at_least_hours} hours"
    said = f"{settings.hours} hours" if settings.rule == "hours" else settings.rule.replace("_", " ")
    return f"{name}: {said}"


@dataclass(frozen=True)
class TimeWording:
    """The content of `guidance/times.yml`, checked."""

    content: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path, problems: Problems) -> TimeWording:
        """folder: that of the guidance. What is wrong is added to `problems`."""
        path = folder / "times.yml"
        content = read_mapping(path, problems)
        if content:
            _check(content, shown(path), problems)
        return cls(content)

    @cached_property
    def hash(self) -> str:
        """sha256 of the content; part of the hash of every entry that uses a computed time."""
        return hash_of(self.content)

    def rule(self, rule: str, clinic: Clinic) -> str:
        """The clinic's rule in words, such as "for 24 hours after your infusion"."""
        settings = getattr(clinic, rule)
        return _fill(self.content[rule][settings.rule]["rule"], {"hours": str(settings.hours)})

    def allowed_from(self, rule: str, infusion_at: datetime, clinic: Clinic, now: datetime) -> str:
        """The end of the wait in words, as seen from `now`, such as "tomorrow, Sunday morning, once you have slept"."""
        words = self.content[rule][getattr(clinic, rule).rule]
        moment = self._moment(words["moment"], allowed_from(rule, infusion_at, clinic), clinic, now)
        return _fill(words["from"], {"moment": moment})

    def next_day_from(self, infusion_at: datetime, clinic: Clinic, now: datetime) -> str:
        """The day after the infusion in words, as seen from `now`, such as "tomorrow, Sunday"."""
        words = self.content["next_day"]
        moment = self._moment(words["moment"], same_day_ends(infusion_at, clinic), clinic, now)
        return _fill(words["from"], {"moment": moment})

    def day(self, at: datetime, zone: tzinfo) -> str:
        """The local day of a moment that is past, such as "Saturday, November 21". zone: by whose clock."""
        local = at.astimezone(zone)
        values = {
            "weekday": self.content["weekdays"][local.weekday()],
            "month": self.content["months"][local.month - 1],
            "day": str(local.day),
        }
        return _fill(self.content["moments"]["day"]["far"], values)

    @cached_property
    def longest(self) -> Mapping[str, int]:
        """Placeholder to the most characters that it can take, over every day and rule."""
        moment = {family: max(map(len, self._every(family))) for family in self.content["moments"]}
        lengths = {"next_day_from": moment[self.content["next_day"]["moment"]]}
        for rule, kinds in RULES.items():
            words = [self.content[rule][kind] for kind in kinds]
            lengths[f"{rule}_from"] = max(
                moment[one["moment"]] + len(_fill(one["from"], {"moment": ""})) for one in words
            )
            lengths[f"{rule}_rule"] = max(len(_fill(one["rule"], {"hours": _MOST_HOURS})) for one in words)
        return lengths

    def _moment(self, family: str, at: datetime, clinic: Clinic, now: datetime) -> str:
        local, today = at.astimezone(clinic.zone), now.astimezone(clinic.zone).date()
        days = (local.date() - today).days
        form = "today" if days <= 0 else "tomorrow" if days == 1 else "other" if days < 7 else "far"
        part = _PARTS[0] if local.hour < 12 else _PARTS[1] if local.hour < 18 else _PARTS[2]
        values = {
            "weekday": self.content["weekdays"][local.weekday()],
            "month": self.content["months"][local.month - 1],
            "day": str(local.day),
            "part": self.content["parts"][part],
            "clock": self._clock(local),
        }
        return _fill(self.content["moments"][family][form], values)

    def _clock(self, local: datetime) -> str:
        words: Mapping[str, str] = self.content["clock"]
        if local.minute == 0 and local.hour in (0, 12):
            return words["midnight" if local.hour == 0 else "noon"]
        hour = str(local.hour % 12 or 12) + (f":{local.minute:02}" if local.minute else "")
        return _fill(words["am" if local.hour < 12 else "pm"], {"hour": hour})

    def _every(self, family: str) -> list[str]:
        longest = {
            "weekday": self.content["weekdays"],
            "month": self.content["months"],
            "day": ["30"],
            "part": list(self.content["parts"].values()),
            "clock": [_fill(text, {"hour": "12:45"}) for text in self.content["clock"].values()],
        }
        most = {name: max(words, key=len) for name, words in longest.items()}
        return [_fill(form, most) for form in self.content["moments"][family].values()]


def _check(content: Mapping[str, Any], file: str, problems: Problems) -> None:
    top = ("weekdays", "months", "parts", "clock", "moments", "driving", "alcohol", "next_day")
    before = len(problems.found)
    check_keys(content, top, (), file, "", problems)
    if len(problems.found) > before:
        return
    for key, count in (("weekdays", 7), ("months", 12)):
        listed = content[key] if isinstance(content[key], list) else []
        if len(listed) != count or not all(isinstance(name, str) and name for name in listed):
            problems.add(file, key, f"is not a list of {count} names. Write all of them, in order")
    groups: list[tuple[str, Any, tuple[str, ...], tuple[str, ...]]] = [
        ("parts", content["parts"], _PARTS, ()),
        ("clock", content["clock"], _CLOCK, ("hour",)),
        ("next_day", content["next_day"], ("moment", "from"), ("moment",)),
    ]
    families = content["moments"] if isinstance(content["moments"], dict) else {}
    groups += [(f"moments.{name}", forms, _MOMENTS, _IN_MOMENTS) for name, forms in families.items()]
    for rule, kinds in RULES.items():
        given = content[rule] if isinstance(content[rule], dict) else {}
        check_keys(given, kinds, (), file, rule, problems)
        for kind in kinds:
            groups.append(
                (f"{rule}.{kind}", given.get(kind), ("moment", "from", "rule"), ("moment", "hours"))
            )
    for at, texts, keys, names in groups:
        if not isinstance(texts, dict):
            problems.add(file, at, f"is not a group. Write under it the keys {', '.join(keys)}")
            continue
        check_keys(texts, keys, (), file, at, problems)
        for key, text in texts.items():
            allowed = _IN_RULES.get(key, names)
            if not isinstance(text, str) or not text:
                problems.add(file, f"{at}.{key}", "holds no text. Write the wording")
            elif not is_gsm7(text):
                problems.add(file, f"{at}.{key}", "holds a character outside GSM-7. Write plain characters")
            elif key == "moment" and text not in families:
                problems.add(
                    file,
                    f"{at}.moment",
                    f"{text!r} is no family of moments. Use one of {', '.join(families)}",
                )
            elif set(placeholders(text)) - set(allowed):
                problems.add(
                    file,
                    f"{at}.{key}",
                    f"uses an unknown placeholder. Use one of {', '.join(allowed) or 'none'}",
                )
