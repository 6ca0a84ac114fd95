"""The guidance as patients would read it, and a clinician's signature under it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial

from starlette.responses import Response

from bot.care import sign_offs
from bot.care.opening import open_now
from bot.guidance.entry import Entry
from bot.guidance.errors import UnknownTopic
from bot.guidance.phases import Phase, Placement
from bot.staff.console import View, Visit
from bot.staff.errors import NotHere, Stale
from bot.staff.permissions import Permission
from bot.staff.queue_views import done
from bot.staff.segments import cost


@dataclass(frozen=True)
class Preview:
    """One answer as a patient reads it: by phase, on the web and as a text message of so many segments."""

    phase: str
    web: str
    sms: str
    segments: int


def topics(visit: Visit) -> Response:
    """All topics with version and state."""
    entries = sorted(visit.console.library.topics.values(), key=lambda entry: entry.title.lower())
    signed = sign_offs.signatures(visit.record, [entry.hash for entry in entries])
    before = sign_offs.newest(visit.record)
    documents = visit.console.library.documents
    return visit.page(
        "guidance.html", entries=entries, documents=documents, signed=signed, before=before, done=done(visit)
    )


def topic(visit: Visit) -> Response:
    """One topic in all phases, on both channels."""
    console, entry = visit.console, _entry(visit)
    is_open = cache(partial(open_now, visit.record, console.clinic, visit.now))
    answer = partial(
        console.library.answer, entry.topic, clinic=console.clinic, now=visit.now, is_open=is_open
    )
    previews = []
    for phase in Phase:
        web, sms = (answer(Placement(phase), channel).text for channel in ("web", "sms"))
        previews.append(Preview(phase.value, web, sms, cost(sms).segments))
    signed = sign_offs.signatures(visit.record, [entry.hash]).get(entry.hash, [])
    before = sign_offs.newest(visit.record).get(entry.topic)
    return visit.page(
        "topic.html",
        entry=entry,
        documents=console.library.documents,
        previews=previews,
        signed=signed,
        before=before,
        done=done(visit),
    )


def sign(visit: Visit) -> Response:
    """Sign what was shown; a content that changed since then is not signed."""
    entry = _entry(visit)
    if visit.form.get("hash") != entry.hash:
        raise Stale("This answer has changed since the page was loaded. Read it again before you sign.")
    if sign_offs.sign(visit.record, entry.topic, str(entry.version), entry.hash, visit.staff.id, visit.now):
        visit.note("guidance.signed", f"topic:{entry.topic}", version=entry.version, hash=entry.hash)
    return visit.go(f"/staff/guidance/{entry.topic}?done=signed")


def phrases(visit: Visit) -> Response:
    """All other wording that patients read, with what a clinician has to review."""
    return visit.page(
        "phrases.html", phrases=sorted(visit.console.phrases.phrases.values(), key=lambda one: one.key)
    )


def _entry(visit: Visit) -> Entry:
    try:
        return visit.console.library.entry(visit.request.path_params["topic"])
    except UnknownTopic as error:
        raise NotHere("The guidance has no such topic. Choose one from the list.") from error


VIEWS = [
    View("GET", "/staff/guidance", Permission.GUIDANCE_VIEW, topics),
    View("GET", "/staff/guidance/{topic}", Permission.GUIDANCE_VIEW, topic),
    View("POST", "/staff/guidance/{topic}/sign", Permission.GUIDANCE_SIGN, sign),
    View("GET", "/staff/wording", Permission.GUIDANCE_VIEW, phrases),
]
