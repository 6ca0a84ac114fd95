"""Everything the assistant says that is not an answer: small talk, asking back, check-in questions, safety texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bot.clinic.settings import Clinic
from bot.guidance import gsm7
from bot.guidance.errors import UnknownPhrase, WrongFields
from bot.guidance.library import clinic_values
from bot.guidance.reading import (
    CHANNELS,
    CLINIC_FIELDS,
    FOLDER,
    SMS_LIMIT,
    WEB_LIMIT,
    Problems,
    check_keys,
    check_text,
    fill,
    hash_of,
    placeholders,
    read_mapping,
    shown,
)
from bot.guidance.times import RULES, TimeWording

PLAIN = "plain"
"""The name of the only variant of a phrase that has no variants."""

_REVIEWS = ("needed", "not_needed")
_OPTIONAL = ("fields", "buttons", "one_segment", "joins", "variants", "default", *CHANNELS)
_CLINIC_WIDE = {name: length for name, length in CLINIC_FIELDS.items() if name != "phone_now"}
_BUTTON_LIMIT = 24
_NO_LIMIT = 100_000  # of a phrase that joins texts which were checked on their own


@dataclass(frozen=True)
class Button:
    """A choice on the web. payload: what arrives when it is tapped, the number that SMS asks for."""

    title: str
    payload: str


@dataclass(frozen=True)
class Phrase:
    """One phrase. review: "needed" when it is ours and not the guidance's, and a clinician must sign it.

    texts: variant to channel to wording. default: the variant that is said when none is named.
    fields: what the caller hands over, and how long each may be. limits: channel to the longest wording.
    hash: what a clinician signs.
    """

    key: str
    version: int
    review: str
    texts: Mapping[str, Mapping[str, str]]
    default: str
    fields: Mapping[str, int]
    limits: Mapping[str, int]
    buttons: tuple[Button, ...]
    hash: str


@dataclass(frozen=True)
class Phrases:
    """All phrases by key."""

    phrases: Mapping[str, Phrase]
    times: TimeWording

    @classmethod
    def load(cls, folder: Path | None = None) -> Phrases:
        """Read and check guidance/phrases, once for each folder. folder: default is the project's `guidance/`.

        Raises GuidanceInvalid, which names every file and key that is wrong, and the fix.
        """
        return _load(Path(folder or FOLDER))

    def phrase(self, key: str) -> Phrase:
        """The phrase of a key. Raises UnknownPhrase."""
        if key not in self.phrases:
            raise UnknownPhrase(key, self.phrases)
        return self.phrases[key]

    def say(self, key: str, channel: str, clinic: Clinic, variant: str | None = None, **fields: str) -> str:
        """The wording of a phrase. channel: "web" or "sms" (then GSM-7).

        variant: one that the phrase has, such as "on_shift"; without it the phrase's default, which promises least.
        fields: exactly those that the phrase declares. Raises UnknownPhrase, WrongFields.
        """
        phrase = self.phrase(key)
        chosen = variant or phrase.default
        if chosen not in phrase.texts:
            raise UnknownPhrase(chosen, phrase.texts, variant_of=key)
        if set(fields) != set(phrase.fields):
            raise WrongFields(key, phrase.fields, fields)
        rules = {f"{rule}_rule": self.times.rule(rule, clinic) for rule in RULES}
        text = fill(phrase.texts[chosen][channel], {**clinic_values(clinic), **rules, **fields})
        return gsm7.to_gsm7(text) if channel == "sms" else text

    def buttons(self, key: str, **fields: str) -> list[Button]:
        """The buttons of a phrase for the web, empty when it has none. fields: those that their titles name, at least.

        Raises UnknownPhrase, WrongFields.
        """
        phrase = self.phrase(key)
        try:
            titles = [fill(one.title, fields) for one in phrase.buttons]
        except KeyError as error:
            raise WrongFields(key, [str(error.args[0])], fields) from error
        # A title may be a topic's, which is written as in the middle of a sentence.
        return [
            Button(title[:1].upper() + title[1:], one.payload)
            for title, one in zip(titles, phrase.buttons, strict=True)
        ]


@cache
def _load(folder: Path) -> Phrases:
    problems = Problems()
    times = TimeWording.read(folder, problems)
    problems.raise_if_any()
    phrases: dict[str, Phrase] = {}
    for path in sorted((folder / "phrases").glob("*.yml")):
        for key, content in read_mapping(path, problems).items():
            if key in phrases:
                problems.add(shown(path), str(key), "stands in another file as well. Keep one")
            phrase = _phrase(str(key), content, times, shown(path), problems)
            if phrase:
                phrases[phrase.key] = phrase
    if not phrases:
        problems.add("guidance/phrases", "", "holds no phrases. Put the files back")
    problems.raise_if_any()
    return Phrases(phrases, times)


def _phrase(key: str, content: Any, times: TimeWording, file: str, problems: Problems) -> Phrase | None:
    before = len(problems.found)
    if not isinstance(content, dict):
        problems.add(file, key, "is no phrase. Write version, review, web and sms")
        return None
    check_keys(content, ("version", "review"), _OPTIONAL, file, key, problems)
    version = content.get("version", 1)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        problems.add(file, f"{key}.version", "is not a whole number from 1 on. Count up with each change")
    if content.get("review", "needed") not in _REVIEWS:
        problems.add(file, f"{key}.review", f"is none of {', '.join(_REVIEWS)}. Write one of them")
    for flag in ("one_segment", "joins"):
        if not isinstance(content.get(flag, False), bool):
            problems.add(file, f"{key}.{flag}", "is neither true nor false. Write one of them")
    fields = content.get("fields", {})
    if not isinstance(fields, dict) or not all(isinstance(length, int) for length in fields.values()):
        problems.add(
            file, f"{key}.fields", "is not a list of names with their longest length. Write name: length"
        )
        fields = {}
    rules = {f"{rule}_rule": times.longest[f"{rule}_rule"] for rule in RULES}
    limits = {"web": WEB_LIMIT, "sms": gsm7.ONE_SEGMENT if content.get("one_segment") else SMS_LIMIT}
    if content.get("joins"):
        limits = dict.fromkeys(CHANNELS, _NO_LIMIT)
    texts = _texts(key, content, {**_CLINIC_WIDE, **rules, **fields}, limits, file, problems)
    buttons = _buttons(key, content.get("buttons", []), fields, file, problems)
    default = content.get("default", next(iter(texts), PLAIN))
    if default not in tuple(texts):
        problems.add(file, f"{key}.default", f"{default!r} is no variant. Use one of {', '.join(texts)}")
    if len(problems.found) > before:
        return None
    used = {name for one in texts.values() for text in one.values() for name in placeholders(text)}
    digest = hash_of({"key": key, "content": content, "times": times.hash if used & set(rules) else ""})
    return Phrase(key, version, content["review"], texts, default, fields, limits, buttons, digest)


def _texts(
    key: str,
    content: Mapping[str, Any],
    allowed: Mapping[str, int],
    limits: Mapping[str, int],
    file: str,
    problems: Problems,
) -> dict[str, dict[str, str]]:
    variants = content.get("variants")
    if (variants is None) == any(channel not in content for channel in CHANNELS) or (
        variants and "web" in content
    ):
        problems.add(file, key, "needs either web and sms, or variants that hold them. Write one of the two")
        return {PLAIN: {}}
    if variants is None:
        variants = {PLAIN: {channel: content[channel] for channel in CHANNELS}}
    elif "default" not in content:
        problems.add(file, f"{key}.default", "is missing. Name the variant that promises least")
    texts: dict[str, dict[str, str]] = {}
    for name, one in variants.items() if isinstance(variants, dict) else ():
        at = key if name == PLAIN else f"{key}.variants.{name}"
        if not isinstance(one, dict):
            problems.add(file, at, "is no variant. Write web and sms")
            continue
        check_keys(one, CHANNELS, (), file, at, problems)
        for channel in CHANNELS:
            if channel in one:
                check_text(one[channel], channel, allowed, file, f"{at}.{channel}", problems, limits[channel])
        texts[str(name)] = {channel: str(one.get(channel, "")).strip() for channel in CHANNELS}
    return texts


def _buttons(
    key: str, content: Any, fields: Mapping[str, int], file: str, problems: Problems
) -> tuple[Button, ...]:
    buttons: list[Button] = []
    for number, one in enumerate(content if isinstance(content, list) else [content], 1):
        at = f"{key}.buttons.{number}"
        if not isinstance(one, dict) or set(one) != {"title", "payload"}:
            problems.add(file, at, "is no button. Write title and payload")
            continue
        if not isinstance(one["payload"], str) or not one["payload"]:
            problems.add(file, f"{at}.payload", "is no text. Write the number that SMS asks for, in quotes")
            continue
        # A title may be a field, as long as the caller makes it: `Entry.button` is the short form of `Entry.title`.
        most = max([_BUTTON_LIMIT, *(fields.get(name, 0) for name in placeholders(str(one["title"])))])
        check_text(one["title"], "sms", fields, file, f"{at}.title", problems, limit=most)
        buttons.append(Button(str(one["title"]), one["payload"]))
    return tuple(buttons)
