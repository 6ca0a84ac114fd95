"""What the guidance offers for a reply of staff: the answer that the assistant would give this patient now, to edit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from bot.care import sign_offs
from bot.care.models import Conversation
from bot.care.opening import open_now
from bot.care.people import treatments_of
from bot.guidance.phases import phase_of
from bot.staff.console import Visit


@dataclass(frozen=True)
class Offer:
    """One topic to choose. signed: whether a clinician has signed what it says (the demo counts as signed)."""

    topic: str
    title: str
    signed: bool


def offers(visit: Visit) -> list[Offer]:
    """All topics of the guidance by title."""
    console = visit.console
    entries = sorted(console.library.topics.values(), key=lambda entry: entry.title.lower())
    hashes = {entry.topic: console.library.signed_as(entry.topic, console.clinic) for entry in entries}
    signed = sign_offs.signatures(visit.record, hashes.values())
    return [
        Offer(entry.topic, entry.title, console.clinic.demo or hashes[entry.topic] in signed)
        for entry in entries
    ]


def wording(visit: Visit, conversation: Conversation, topic: str, channel: str) -> str:
    """The answer on `topic`, fitted to where this patient stands and to the channel ("web" or "sms").

    Raises UnknownTopic.
    """
    console = visit.console
    entry = console.library.entry(topic)
    treatments = treatments_of(visit.record, conversation)
    placement = phase_of(visit.now, treatments, console.clinic, entry.about_before)
    by = "sms" if channel == "sms" else "web"
    is_open = partial(open_now, visit.record, console.clinic, visit.now)
    return console.library.answer(topic, placement, by, console.clinic, visit.now, is_open).text
