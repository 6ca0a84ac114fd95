"""Whether the guidance fits a certain clinic: its name and numbers may be longer than the checks at load reckon."""

from __future__ import annotations

from bot.clinic.settings import Clinic
from bot.guidance.gsm7 import septets, to_gsm7
from bot.guidance.library import Library, clinic_values
from bot.guidance.phrases import Phrases
from bot.guidance.reading import SMS_LIMIT, WEB_LIMIT, longest


def misfits(clinic: Clinic, library: Library, phrases: Phrases) -> list[str]:
    """The texts that grow too long with this clinic's name and numbers, one line each; empty when all fit.

    Such a text is still sent: on SMS as one segment more. Each line names the text and what to shorten.
    """
    values = {name: septets(to_gsm7(value)) for name, value in clinic_values(clinic).items()}
    values["phone_now"] = max(values["phone"], values["after_hours_phone"])
    lengths = {**values, **library.times.longest}
    found: list[str] = []
    for topic, entry in library.topics.items():
        for number, wording in enumerate(entry.wordings, 1):
            for channel, most in (("web", WEB_LIMIT), ("sms", SMS_LIMIT)):
                length = longest(wording.texts[channel], channel, lengths)
                if length > most:
                    found.append(_line(f"topics/{topic}.yml: answers.{number}.{channel}", length, most))
    for key, phrase in phrases.phrases.items():
        for variant, texts in phrase.texts.items():
            for channel, most in phrase.limits.items():
                length = longest(texts[channel], channel, {**lengths, **phrase.fields})
                if length > most:
                    found.append(_line(f"phrases: {key} ({variant}).{channel}", length, most))
    return found


def _line(where: str, length: int, most: int) -> str:
    return (
        f"guidance/{where}: is up to {length} long with this clinic's name and numbers, {most} are allowed. "
        "Shorten the text, or name and phone in clinic.yml."
    )
