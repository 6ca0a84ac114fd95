"""Staff decide which numbers and browsers are a patient's, and make links that verify one."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from bot.care import browsers, invites
from bot.care.models import AuditEntry, Conversation, Invite, Patient, PhoneNumber, WebSession
from bot.care.ownership import can_text
from bot.staff.access_views import code_of, invite_link


def access(patient: int) -> str:
    return f"/staff/patients/{patient}/access"


def phone_of(scene: Any, number: str) -> PhoneNumber:
    with scene.record() as session:
        return session.query(PhoneNumber).filter_by(number=number).one()


def test_a_second_number_is_added_preferred_and_taken_away(scene: Any) -> None:
    patient, conversation = scene.patient("Maria Lopez", "(212) 555-0161")
    nurse = scene.logged_in()
    assert nurse.post(f"{access(patient)}/numbers", data={"number": "212-555-0162"}).status_code == 303
    second = phone_of(scene, "+12125550162")
    assert second.conversation_id == conversation
    nurse.post(f"{access(patient)}/numbers/{second.id}/prefer")
    page = nurse.get(access(patient)).text
    assert "(212) 555-0161" in page and "(212) 555-0162" in page and "gets the texts that we start" in page
    nurse.post(f"{access(patient)}/numbers/{second.id}/detach")
    assert phone_of(scene, "+12125550162").conversation_id != conversation
    assert "(212) 555-0162" not in nurse.get(access(patient)).text


def test_who_tells_staff_that_they_want_no_texts_gets_none_until_they_want_them_again(scene: Any) -> None:
    patient, conversation = scene.patient("Maria Lopez", "(212) 555-0161")
    nurse = scene.logged_in()
    number = phone_of(scene, "+12125550161").id
    assert nurse.post(f"{access(patient)}/numbers/{number}/no-texts").status_code == 303
    first = phone_of(scene, "+12125550161").opted_out_at
    scene.later(5)
    nurse.post(f"{access(patient)}/numbers/{number}/no-texts")
    assert phone_of(scene, "+12125550161").opted_out_at == first is not None
    assert "opted out of texts" in nurse.get(access(patient)).text
    with scene.record() as session:
        assert not can_text(session, conversation)
    nurse.post(f"{access(patient)}/numbers/{number}/texts")
    with scene.record() as session:
        assert can_text(session, conversation)
        noted = session.query(AuditEntry).filter(AuditEntry.action.like("number.opted%"))
        done = [one.action for one in noted.order_by(AuditEntry.id)]
    assert done == ["number.opted_out", "number.opted_out", "number.opted_in"]


def test_nobody_opts_out_the_number_of_another(scene: Any) -> None:
    scene.patient("Maria Lopez", "(212) 555-0161")
    other, _ = scene.patient("Ben Ode")
    number = phone_of(scene, "+12125550161").id
    for what in ("no-texts", "texts"):
        assert scene.logged_in().post(f"{access(other)}/numbers/{number}/{what}").status_code == 404
    assert phone_of(scene, "+12125550161").opted_out_at is None


def test_on_a_shared_phone_the_wish_of_one_counts(scene: Any) -> None:
    maria, _ = scene.patient("Maria Lopez", "(212) 555-0161")
    ben, _ = scene.patient("Ben Ode")
    nurse = scene.logged_in()
    nurse.post(f"{access(ben)}/numbers", data={"number": "(212) 555-0161", "shared": "yes"})
    nurse.post(f"{access(ben)}/numbers/{phone_of(scene, '+12125550161').id}/no-texts")
    assert phone_of(scene, "+12125550161").opted_out_at is not None
    assert "opted out of texts" in nurse.get(access(maria)).text


@pytest.mark.parametrize(
    ("number", "says"), [("12", "not a phone number"), ("(212) 555-0161", "belongs to another patient")]
)
def test_a_number_that_cannot_be_added_is_said_at_its_field(scene: Any, number: str, says: str) -> None:
    scene.patient("Maria Lopez", "(212) 555-0161")
    other, _ = scene.patient("Ben Ode")
    answer = scene.logged_in().post(f"{access(other)}/numbers", data={"number": number})
    assert answer.status_code == 422 and says in answer.text and f'value="{number}"' in answer.text


def test_a_shared_phone_shows_who_shares_it_and_staff_pick(scene: Any) -> None:
    maria, _ = scene.patient("Maria Lopez", "(212) 555-0161")
    ben, bens = scene.patient("Ben Ode")
    nurse = scene.logged_in()
    nurse.post(f"{access(ben)}/numbers", data={"number": "(212) 555-0161", "shared": "yes"})
    shared = phone_of(scene, "+12125550161")
    page = nurse.get(f"/staff/conversations/{shared.conversation_id}").text
    assert "Shared phone" in page and "Maria Lopez" in page and "Ben Ode" in page
    assert "Enrol this person" not in page
    assert "shared with Maria Lopez" in nurse.get(access(ben)).text
    nurse.post(f"{access(ben)}/numbers/{shared.id}/alone")
    assert phone_of(scene, "+12125550161").conversation_id == bens
    assert "(212) 555-0161" not in nurse.get(access(maria)).text


def test_an_unknown_number_is_called_so_and_what_it_wrote_is_found_from_the_patient(scene: Any) -> None:
    unknown = scene.texter("+12125550170")
    scene.says(unknown, "hello")
    nurse = scene.logged_in()
    assert "unknown number (212) 555-0170" in nurse.get(f"/staff/conversations/{unknown}").text
    patient, conversation = scene.patient()
    nurse.post(f"{access(patient)}/numbers", data={"number": "(212) 555-0170"})
    page = nurse.get(f"/staff/conversations/{unknown}").text
    assert "Probably" in page and f"/staff/conversations/{conversation}" in page
    assert f"/staff/conversations/{unknown}" in nurse.get(access(patient)).text


def test_an_alert_of_a_visitor_who_was_verified_later_says_whom_to_phone(scene: Any) -> None:
    visitor = scene.visitor()
    _, conversation = scene.patient("Maria Lopez", "(212) 555-0161")
    scene.says(visitor, "I want to die", "crisis")
    with scene.record() as session:
        session.get(Conversation, visitor).continued_in_id = conversation
    page = scene.logged_in().get(f"/staff/conversations/{visitor}/panel").text
    assert "tel:+12125550161" in page and "Probably Maria Lopez" in page


def test_a_link_is_shown_once_with_a_code_and_only_its_hash_is_kept(scene: Any) -> None:
    patient, _ = scene.patient()
    nurse = scene.logged_in()
    answer = nurse.post(f"{access(patient)}/invites")
    (token,) = re.findall(r'value="[^"]*/chat/page#aftercare-invite=([\w-]+)"', answer.text)
    assert answer.headers["cache-control"] == "no-store" and "<svg" in answer.text
    assert token not in nurse.get(access(patient)).text
    with scene.record() as session:
        (invite,) = session.query(Invite)
        assert token not in invite.token_hash
        assert invites.redeem(session, token, scene.clock.now()).id == patient
        with pytest.raises(invites.InviteRefused):
            invites.redeem(session, token, scene.clock.now())
        assert token not in "".join(str(entry.detail) for entry in session.query(AuditEntry))


def test_a_link_ends_by_time_and_by_hand(scene: Any) -> None:
    patient, _ = scene.patient()
    nurse = scene.logged_in()
    with scene.record() as session:
        author = session.query(AuditEntry.staff_id).filter(AuditEntry.staff_id.is_not(None)).first()[0]
        old, _ = invites.make_invite(session, patient, author, scene.clock.now())
        withdrawn, invite = invites.make_invite(session, patient, author, scene.clock.now())
        invite_id = int(invite.id)
    nurse.post(f"/staff/invites/{invite_id}/withdraw")
    for token, at in ((withdrawn, scene.clock.now()), (old, scene.clock.now() + invites.LASTS)):
        with scene.record() as session, pytest.raises(invites.InviteRefused):
            invites.redeem(session, token, at)
    with scene.record() as session, pytest.raises(invites.InviteRefused):
        invites.redeem(session, "guessed", scene.clock.now())


def test_the_link_leads_to_the_clinics_own_page_where_it_has_one() -> None:
    ours = invite_link("https://chat.clinic.example", "", "t")
    assert ours == "https://chat.clinic.example/chat/page#aftercare-invite=t"
    theirs = invite_link("https://chat.clinic.example", "https://www.clinic.example/help?a=1", "t")
    assert theirs == "https://www.clinic.example/help?a=1#aftercare-invite=t"


def test_the_code_is_an_svg_without_styles_and_scripts() -> None:
    made = ElementTree.fromstring(code_of("https://chat.clinic.example/chat/page#aftercare-invite=t"))
    assert {element.tag.rsplit("}")[-1] for element in made.iter()} <= {"svg", "g", "path"}
    assert not any("style" in element.attrib for element in made.iter())


def test_browsers_are_listed_and_ended_one_or_all(scene: Any) -> None:
    patient, conversation = scene.patient()
    now = scene.clock.now()
    with scene.record() as session:
        for number in range(3):
            session.add(
                WebSession(
                    token_hash=f"{conversation}-{number}",
                    conversation_id=conversation,
                    verified=number > 0,
                    created_at=now - timedelta(days=number),
                    last_seen_at=now - timedelta(hours=number),
                )
            )
        session.flush()
        first = int(browsers.browsers_of(session, conversation)[0].id)
    nurse = scene.logged_in()
    page = nurse.get(access(patient)).text
    assert page.count("last seen") == 3 and "2 h" in page and page.count("not verified") == 1
    nurse.post(f"{access(patient)}/browsers/{first}/end")
    assert nurse.get(access(patient)).text.count("last seen") == 2
    nurse.post(f"{access(patient)}/browsers/end")
    assert "last seen" not in nurse.get(access(patient)).text
    with scene.record() as session:
        assert all(
            one.revoked_at == now for one in session.query(WebSession).filter_by(conversation_id=conversation)
        )


def test_nobody_ends_another_patients_browser_or_takes_another_patients_number(scene: Any) -> None:
    _, marias = scene.patient("Maria Lopez", "(212) 555-0161")
    ben, _ = scene.patient("Ben Ode")
    with scene.record() as session:
        session.add(WebSession(token_hash="h", conversation_id=marias))
        session.flush()
        browser = int(session.query(WebSession).filter_by(token_hash="h").one().id)
    nurse, number = scene.logged_in(), phone_of(scene, "+12125550161")
    assert nurse.post(f"{access(ben)}/browsers/{browser}/end").status_code == 404
    for what in ("detach", "prefer", "alone"):
        assert nurse.post(f"{access(ben)}/numbers/{number.id}/{what}").status_code == 404
    assert phone_of(scene, "+12125550161").conversation_id == marias


def test_the_portal_calls_one_patient_by_one_name(scene: Any) -> None:
    maria, _ = scene.patient("Maria Lopez")
    ben, _ = scene.patient("Ben Ode")
    nurse = scene.logged_in()
    assert nurse.post(f"{access(maria)}/portal", data={"portal_id": "MRN-1"}).status_code == 303
    refused = nurse.post(f"{access(ben)}/portal", data={"portal_id": "MRN-1"})
    assert refused.status_code == 422 and "cannot call two patients the same" in refused.text
    assert nurse.post(f"{access(maria)}/portal", data={"portal_id": ""}).status_code == 303
    assert nurse.post(f"{access(ben)}/portal", data={"portal_id": "MRN-1"}).status_code == 303
    with scene.record() as session:
        assert session.get(Patient, ben).portal_id == "MRN-1"


def test_the_front_desk_may_and_an_auditor_may_not(scene: Any) -> None:
    patient, _ = scene.patient()
    desk = scene.logged_in(role="admin").get(access(patient))
    assert desk.status_code == 200 and "/staff/conversations/" not in desk.text
    assert scene.logged_in(role="auditor").get(access(patient)).status_code == 403
