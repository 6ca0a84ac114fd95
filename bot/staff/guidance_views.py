"""The guidance as patients would read it, and a clinician's signature under it."""

from __future__ import annotations

from functools import cache, partial

from starlette.responses import Response

from bot.care import sign_offs
from bot.care.opening import open_now
from bot.guidance.entry import Entry
from bot.guidance.errors import UnknownTopic
from bot.guidance.previews import previews
from bot.guidance.times import settings_told
from bot.staff.console import View, Visit
from bot.staff.errors import NotHere, Stale
from bot.staff.permissions import Permission
from bot.staff.queue_views import done
from bot.staff.segments import cost


def topics(visit: Visit) -> Response:
    """All topics with version and state."""
    entries = sorted(visit.console.library.topics.values(), key=lambda entry: entry.title.lower())
    hashes = {entry.topic: _signed_as(visit, entry) for entry in entries}
    return visit.page(
        "guidance.html",
        entries=entries,
        hashes=hashes,
        documents=visit.console.library.documents,
        signed=sign_offs.signatures(visit.record, hashes.values()),
        before=sign_offs.newest(visit.record),
        done=done(visit),
    )


def topic(visit: Visit) -> Response:
    """One topic in all phases, on both sides of the clinic's rule, on both channels."""
    console, entry = visit.console, _entry(visit)
    is_open = cache(partial(open_now, visit.record, console.clinic, visit.now))
    shown = previews(console.library, entry.topic, console.clinic, visit.now, is_open)
    hashed = _signed_as(visit, entry)
    return visit.page(
        "topic.html",
        entry=entry,
        hash=hashed,
        rules=[settings_told(rule, console.clinic) for rule in entry.rules],
        documents=console.library.documents,
        previews=[(one, cost(one.sms).segments) for one in shown],
        signed=sign_offs.signatures(visit.record, [hashed]).get(hashed, []),
        before=sign_offs.newest(visit.record).get(entry.topic),
        done=done(visit),
    )


def sign(visit: Visit) -> Response:
    """Sign what was shown; a content or a rule of the clinic that changed since then is not signed."""
    entry = _entry(visit)
    hashed = _signed_as(visit, entry)
    if visit.form.get("hash") != hashed:
        raise Stale("This answer has changed since the page was loaded. Read it again before you sign.")
    if sign_offs.sign(visit.record, entry.topic, str(entry.version), hashed, visit.staff.id, visit.now):
        visit.note("guidance.signed", f"topic:{entry.topic}", version=entry.version, hash=hashed)
    return visit.go(f"/staff/guidance/{entry.topic}?done=signed")


def phrases(visit: Visit) -> Response:
    """All other wording that patients read, with what a clinician has to review."""
    return visit.page(
        "phrases.html", phrases=sorted(visit.console.phrases.phrases.values(), key=lambda one: one.key)
    )


def _signed_as(visit: Visit, entry: Entry) -> str:
    return visit.console.library.signed_as(entry.topic, visit.console.clinic)


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
