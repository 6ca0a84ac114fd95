"""How a patient reaches us: phone numbers, browsers, links that verify one, and their name at the portal."""

from __future__ import annotations

from typing import Any

import segno
from markupsafe import Markup
from sqlalchemy.orm import Session
from starlette.responses import Response

from bot.care import browsers, invites, people, phones
from bot.care.conversations import conversation_of
from bot.care.models import Conversation, Patient
from bot.care.numbers import numbers_of, shared_numbers_of
from bot.clinic.errors import AftercareError
from bot.staff.console import View, Visit
from bot.staff.permissions import Permission
from bot.staff.queue_views import done

INVITE_FRAGMENT = "#aftercare-invite="
"""What stands behind the page's address in an invite link. A fragment is sent to no server and stands in no log, and
whoever only looks at the page (the preview of a messenger, for one) uses nothing up. The widget reads it."""


def show(visit: Visit) -> Response:
    """The page."""
    patient = people.patient_by_id(visit.record, visit.id())
    visit.note("patient.access_viewed", f"patient:{patient.id}")
    return _page(visit, patient)


def _page(visit: Visit, patient: Patient, status: int = 200, **values: Any) -> Response:
    conversation = conversation_of(visit.record, patient)
    shown: dict[str, Any] = {
        "patient": patient,
        "conversation": conversation,
        "numbers": numbers_of(visit.record, int(conversation.id)),
        "shared": shared_numbers_of(visit.record, int(patient.id)),
        "browsers": browsers.browsers_of(visit.record, int(conversation.id)),
        "invites": invites.invites_of(visit.record, int(patient.id)),
        "visits": browsers.visits_of(visit.record, int(conversation.id)),
        "done": done(visit),
        "link": "",
        "code": "",
        "values": {},
        "errors": {},
    }
    return visit.page("patient_access.html", status, **{**shown, **values})


def attach(visit: Visit) -> Response:
    """Let a number lead to the patient."""
    patient = people.patient_by_id(visit.record, visit.id())
    raw, shared = visit.form.get("number"), visit.form.get("shared") == "yes"
    try:
        with visit.record.begin_nested():
            phone = phones.attach(visit.record, int(patient.id), raw, visit.now, shared=shared)
    except (people.BadNumber, people.NumberTaken) as refused:
        values = {"number": raw, "shared": shared}
        return _page(visit, patient, 422, errors={"number": str(refused)}, values=values)
    visit.note("number.attached", f"patient:{patient.id}", number=int(phone.id), shared=shared)
    return _back(visit, patient, "number-attached")


def detach(visit: Visit) -> Response:
    """A number is the patient's no more."""
    return _decide(visit, "number.detached", "number-detached", phones.detach)


def prefer(visit: Visit) -> Response:
    """Texts that we start go to this number."""
    return _decide(visit, "number.preferred", "number-preferred", phones.prefer)


def give_alone(visit: Visit) -> Response:
    """A number that was shared is this patient's alone."""

    def decide(record: Session, patient_id: int, phone_id: int) -> None:
        phones.give_alone(record, patient_id, phone_id, visit.now)

    return _decide(visit, "number.given_alone", "number-alone", decide)


def refuse_texts(visit: Visit) -> Response:
    """They said that they want no texts to this number."""

    def decide(record: Session, patient_id: int, phone_id: int) -> None:
        phones.refuse_texts(record, patient_id, phone_id, visit.now)

    return _decide(visit, "number.opted_out", "number-opted-out", decide)


def want_texts(visit: Visit) -> Response:
    """They said that they want texts to this number again."""
    return _decide(visit, "number.opted_in", "number-opted-in", phones.want_texts)


def _decide(visit: Visit, action: str, word: str, decide: Any) -> Response:
    patient = people.patient_by_id(visit.record, visit.id())
    phone_id = visit.id("number")
    decide(visit.record, int(patient.id), phone_id)
    visit.note(action, f"patient:{patient.id}", number=phone_id)
    return _back(visit, patient, word)


def make_invite(visit: Visit) -> Response:
    """A new link. It is shown this once, as text and as a code for a phone's camera; only its hash is kept."""
    patient = people.patient_by_id(visit.record, visit.id())
    token, invite = invites.make_invite(visit.record, int(patient.id), visit.staff.id, visit.now)
    visit.note("invite.made", f"patient:{patient.id}", invite=int(invite.id))
    link = invite_link(visit.console.clinic.web.public_url, visit.console.clinic.web.chat_page, token)
    return _page(visit, patient, link=link, code=code_of(link))


def invite_link(public_url: str, chat_page: str, token: str) -> str:
    """The link that verifies the browser which opens it first. chat_page: the clinic's page; empty for ours."""
    return f"{chat_page or public_url + '/chat/page'}{INVITE_FRAGMENT}{token}"


def code_of(link: str) -> Markup:
    """The link as a QR code: an SVG element, black on white in dark mode as well, since cameras want that."""
    # Safe to stand in a page as it is: a drawing of squares, without a word of the link.
    return Markup(segno.make(link, error="m").svg_inline(scale=5, dark="#000", light="#fff", border=4))


def withdraw_invite(visit: Visit) -> Response:
    """A link that was not used works no more."""
    invite = invites.withdraw(visit.record, visit.id(), visit.now)
    visit.note("invite.withdrawn", f"patient:{invite.patient_id}", invite=int(invite.id))
    return _back(visit, invite.patient, "invite-withdrawn")


def end_browser(visit: Visit) -> Response:
    """One browser reads and writes no more."""
    patient = people.patient_by_id(visit.record, visit.id())
    session_id = visit.id("browser")
    browsers.end_one(visit.record, int(_conversation(visit, patient).id), session_id, visit.now)
    visit.note("browser.ended", f"patient:{patient.id}", browser=session_id)
    return _back(visit, patient, "browser-ended")


def end_browsers(visit: Visit) -> Response:
    """All browsers of the patient read and write no more."""
    patient = people.patient_by_id(visit.record, visit.id())
    ended = browsers.end_all(visit.record, int(_conversation(visit, patient).id), visit.now)
    visit.note("browsers.ended", f"patient:{patient.id}", how_many=ended)
    return _back(visit, patient, "browsers-ended")


def name_at_portal(visit: Visit) -> Response:
    """What the clinic's portal calls the patient."""
    patient = people.patient_by_id(visit.record, visit.id())
    name = visit.form.get("portal_id")
    try:
        with visit.record.begin_nested():
            people.name_at_portal(visit.record, int(patient.id), name)
    except AftercareError as refused:
        return _page(visit, patient, 422, errors={"portal_id": str(refused)}, values={"portal_id": name})
    visit.note("patient.named_at_portal", f"patient:{patient.id}")
    return _back(visit, patient, "changed")


def _conversation(visit: Visit, patient: Patient) -> Conversation:
    return conversation_of(visit.record, patient)


def _back(visit: Visit, patient: Patient, word: str) -> Response:
    return visit.go(f"/staff/patients/{patient.id}/access?done={word}")


_HERE = "/staff/patients/{id:int}/access"
_EDIT = Permission.PATIENT_EDIT
VIEWS = [
    View("GET", _HERE, _EDIT, show),
    View("POST", f"{_HERE}/numbers", _EDIT, attach),
    View("POST", f"{_HERE}/numbers/{{number:int}}/detach", _EDIT, detach),
    View("POST", f"{_HERE}/numbers/{{number:int}}/prefer", _EDIT, prefer),
    View("POST", f"{_HERE}/numbers/{{number:int}}/alone", _EDIT, give_alone),
    View("POST", f"{_HERE}/numbers/{{number:int}}/no-texts", _EDIT, refuse_texts),
    View("POST", f"{_HERE}/numbers/{{number:int}}/texts", _EDIT, want_texts),
    View("POST", f"{_HERE}/invites", _EDIT, make_invite),
    View("POST", "/staff/invites/{id:int}/withdraw", _EDIT, withdraw_invite),
    View("POST", f"{_HERE}/browsers/{{browser:int}}/end", _EDIT, end_browser),
    View("POST", f"{_HERE}/browsers/end", _EDIT, end_browsers),
    View("POST", f"{_HERE}/portal", _EDIT, name_at_portal),
]
