"""How the console names levels, kinds, states and times to staff."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.care.models import Channel, Disposition, ItemKind, Message, MessageState
from bot.clinic.settings import Clinic

LEVELS = {
    "crisis": "Crisis",
    "emergency": "Emergency",
    "unassessed": "Not screened",
    "urgent": "Urgent",
    "none": "Routine",
}
LEVEL_ADVICE = {
    "crisis": "Phone them now. Stay on the line; call {ambulance} for their address if they are in danger.",
    "emergency": "Phone them now. If they do not answer, call {ambulance} for their address.",
    "unassessed": "The screen failed on this message. Read it as if it were urgent.",
    "urgent": "A clinician should look at this today.",
}
LEVEL_ADVICE_NO_NUMBER = {
    "crisis": "Write to them now: ask where they are, and for a number to call. {ambulance} needs a place to go to.",
    "emergency": "Write to them now: have they called {ambulance}? Ask where they are, and for a number to call.",
}
"""In place of LEVEL_ADVICE for somebody whom nobody can phone."""
ITEMS = {
    ItemKind.QUESTION.value: "Question that the guidance does not cover",
    ItemKind.FAILED_TURN.value: "The assistant failed to answer",
    ItemKind.PERSON_WANTED.value: "Asks for a person",
    ItemKind.UNSIGNED_ANSWER.value: "Question with an answer that is not signed off",
    ItemKind.FAILED_DELIVERY.value: "A message of ours did not arrive",
    ItemKind.OWNER_QUIET.value: "Waits for somebody who has gone quiet",
}
DISPOSITIONS = {
    Disposition.REACHED_SAFE.value: "Reached, and safe",
    Disposition.EMERGENCY_CARE.value: "Sent to emergency care",
    Disposition.WELFARE_CHECK.value: "Welfare check confirmed",
    Disposition.HANDED_OVER.value: "Handed to a named clinician",
    Disposition.FALSE_ALARM.value: "False alarm",
    Disposition.DUPLICATE.value: "Duplicate",
    Disposition.TEST.value: "Test",
}
NOTE_IS_THEIRS = (
    "The patient can ask for this note with their data. What only staff should read is a private note."
)
"""Below the notes of tries and of endings: unlike private notes they are part of what is handed out."""
STATES = {
    "received": "waiting for the assistant",
    "answered": "answered",
    "held": "waiting for staff",
    "queued": "being sent",
    "sent": "sent, not yet confirmed",
    "delivered": "delivered",
    "failed": "NOT delivered",
    "withheld": "not sent",
}
IN_THE_CHAT = "in the chat, read when they open it"
CHANNELS = {"web": "web chat", "sms": "text message", "shell": "command line"}
FIELDS = {
    "name": "Name",
    "date_of_birth": "Date of birth",
    "phone": "Mobile phone",
    "address": "Address",
    "emergency_contact": "Emergency contact",
    "portal_id": "Name at the portal",
    "time_zone": "Time zone",
}
"""The details of a patient."""
PHASES = {
    "before": "Before the infusion",
    "same_day": "Same day",
    "next_day": "Next day",
    "later": "Later",
    "unknown": "Not known",
}
EVENTS = {
    "opened": "opened",
    "joined": "further worrying message",
    "added": "further message",
    "raised": "raised to a higher level",
    "acknowledged": "acknowledged",
    "resolved": "resolved",
    "reopened": "opened again by a further message",
    "attempt": "tried to reach",
    "due": "opened again: the next step is due",
    "left": "opened again: nobody did anything with it",
    "exhausted": "everybody was paged, nobody acknowledged",
    "continued": "goes on here: the number or browser turned out to be this patient's",
}
POINTS = {
    "answered": "answered",
    "skipped": "left out",
    "missed": "no answer",
    "not_sent": "could not be sent",
    "incomplete": "not complete",
}
"""What a point of a series is (bot/care/series.py)."""
PROCESSES = {
    "web": "what takes messages in",
    "answer": "what answers patients",
    "care": "what sends text messages and pages",
}
"""The kinds of process, as whoever reads the queue knows them."""
READING = {
    "full": "",
    "rules_only": "Messages are read with the rules alone: no model judges what patients write, and less is found.",
    "off": "Messages are NOT screened: nothing warns you of a crisis. Every conversation has to be read by a person.",
}
"""What staff are told of the clinic's `safety_reading`; nothing where all of the screen is at work."""
VISITOR = "Web visitor, not verified"


def plain(name: str) -> str:
    """An identifier as words: ``side_effects`` as "Side effects"."""
    return name.replace("_", " ").capitalize()


def initial(text: str) -> str:
    """`text` with a capital letter at its beginning, the rest as it is."""
    return text[:1].upper() + text[1:]


def phone(number: str) -> str:
    """A number in E.164 as people read it out; numbers of other countries stay as they are."""
    if len(number) == 12 and number.startswith("+1") and number[1:].isdecimal():
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number


def born(day: date) -> str:
    """A date of birth as it is read out: no two ways to take day and month."""
    return f"{day.day} {day:%b} {day.year}"


def age(day: date, today: date) -> int:
    """How old somebody is who was born on `day`, in years."""
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def ago(at: datetime, now: datetime) -> str:
    """How long ago, as short as can be read at a glance."""
    minutes = int((now - at) / timedelta(minutes=1))
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min ago" if minutes < 600 else f"{minutes // 60} h ago"
    return f"{minutes // 1440} days ago"


def local(at: datetime, clinic: Clinic, now: datetime) -> str:
    """A time as the clinic's wall clock shows it; the day is named unless it is today."""
    return local_in(at, clinic.zone, now)


def day_and_time(at: datetime, zone: ZoneInfo) -> str:
    """A time with its whole date, by the wall clock of a time zone."""
    there = at.astimezone(zone)
    return f"{there.day} {there:%b} {there:%Y}, {there:%H:%M}"


def local_in(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The same by the wall clock of another time zone."""
    there, today = at.astimezone(zone), now.astimezone(zone).date()
    if there.date() == today:
        return f"{there:%H:%M}"
    if there.year == today.year:
        return f"{there:%a} {there.day} {there:%b}, {there:%H:%M}"
    return f"{there.day} {there:%b} {there:%Y}, {there:%H:%M}"


def state_of(message: Message) -> str:
    """What became of a message of ours, in words. The chat fetches what is there: nobody reports that it was read."""
    if message.channel == Channel.WEB.value and message.state == MessageState.DELIVERED.value:
        return IN_THE_CHAT
    return STATES[str(message.state)]
