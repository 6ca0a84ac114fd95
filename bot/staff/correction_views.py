"""What a message should have been taken for: said by staff, kept as an example to learn from."""

from __future__ import annotations

from starlette.responses import Response

from bot.care import corrections
from bot.care.alerts import unresolved_alert
from bot.care.models import Message, Sender
from bot.safety.levels import Level
from bot.staff.console import View, Visit
from bot.staff.errors import NotHere
from bot.staff.permissions import Permission

OTHER = {
    "safety": "Was in danger, or told of somebody who is",
    "out_of_scope": "Something that no topic fits",
    "human": "Wanted a person",
    "checkin": "Wanted to do a check-in",
    "mood_good": "Told that they feel good",
    "mood_bad": "Told that they feel bad",
    "stop": "Wanted it to stop",
    "greet": "A greeting",
    "goodbye": "A goodbye",
    "thank": "Thanks",
    "affirm": "A yes",
    "deny": "A no",
    "bot_challenge": "Asked whether a person answers",
    "help": "Asked what the assistant can do",
}
CHOICES = {
    Level.NONE.value: "This was not worrying",
    Level.URGENT.value: "This should have been flagged as urgent",
    Level.EMERGENCY.value: "This should have been flagged as an emergency",
    Level.CRISIS.value: "This should have been flagged as a crisis",
}
"""In the words of somebody who corrects; the level itself goes without saying where it is right."""


def show(visit: Visit) -> Response:
    """The message, how it was taken, and what can be said of that."""
    message = _message(visit)
    visit.note("message.viewed", f"message:{message.id}")
    return _page(visit, message)


def _page(visit: Visit, message: Message, status: int = 200, error: str = "") -> Response:
    alert = unresolved_alert(visit.record, int(message.conversation_id))
    return visit.page(
        "correction.html",
        status,
        message=message,
        context=corrections.context_of(visit.record, message),
        said=corrections.judged(visit.record, [int(message.id)]).get(int(message.id)),
        names=names(visit),
        topics=sorted(
            ((f"ask_{entry.topic}", entry.title) for entry in visit.console.library.topics.values()),
            key=lambda one: one[1].lower(),
        ),
        others=OTHER,
        choices=CHOICES,
        nothing_open=alert is None,
        level=visit.form.get("level"),
        intent=visit.form.get("intent"),
        error=error,
    )


def names(visit: Visit) -> dict[str, str]:
    """What levels and intents are called, for what was said of a message."""
    topics = {
        f"ask_{entry.topic}": f"asked about {entry.title}" for entry in visit.console.library.topics.values()
    }
    return {**CHOICES, **OTHER, **topics}


def save(visit: Visit) -> Response:
    """Keep what was said, and open an alert where that is wanted."""
    message, form = _message(visit), visit.form
    level, intent = form.get("level"), form.get("intent")
    known = {*OTHER, *(f"ask_{topic}" for topic in visit.console.library.topics)}
    if (level and level not in CHOICES) or (intent and intent not in known):
        return _page(visit, message, 422, "Choose from the lists.")
    wanted = form.get("alert") == "yes"
    if wanted and level in ("", Level.NONE.value):
        return _page(visit, message, 422, "An alert needs a level: say how worrying the message was.")
    try:
        corrections.correct(
            visit.record,
            int(message.id),
            visit.staff.id,
            visit.now,
            level=Level(level) if level else None,
            intent=intent or None,
            open_alert=wanted,
        )
    except corrections.NothingJudged as refused:
        return _page(visit, message, refused.status, str(refused))
    visit.note("message.corrected", f"message:{message.id}", level=level, intent=intent, alert=wanted)
    return visit.go(f"/staff/conversations/{message.conversation_id}?done=corrected#m{message.id}")


def _message(visit: Visit) -> Message:
    message = visit.record.get(Message, visit.id())
    if message is None or message.sender != Sender.PATIENT.value:
        raise NotHere("There is no such message of a patient. Go back to the conversation.")
    return message


_HERE = "/staff/messages/{id:int}/correct"
VIEWS = [
    View("GET", _HERE, Permission.MESSAGE_CORRECT, show),
    View("POST", _HERE, Permission.MESSAGE_CORRECT, save),
]
