"""The identity walk, where no role stands between two people: accounts of staff, browsers, proofs, delivery reports."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from bot.care import second_factor
from bot.care.database import transaction
from bot.care.models import Message, PageLink, RecoveryCode, SecondFactor, StaffMember, StaffSession
from bot.channels.web_chat.identity import sign_identity
from bot.channels.web_chat.tokens import COOKIE, HEADER, new_token
from bot.staff import accounts
from bot.staff.accounts import add_staff
from bot.staff.app import VIEWS
from bot.staff.permissions import Permission, Role
from tests.attack.conftest import PASSWORD
from tests.attack.two_patients import SECRET, Walk, holds, walk
from tests.channels.web_chat.support import TUESDAY_NOON, parts

__all__ = ["walk"]

OTHERS = "the colleague's own battery"
SOON = TUESDAY_NOON + timedelta(minutes=1)


def test_a_page_that_went_to_a_colleague_is_acknowledged_in_the_name_of_who_is_logged_in(walk: Walk) -> None:
    """A link says which alert, not who: whoever may handle alerts takes it, as themselves, and only once."""
    anna, path = walk.people["Anna"], f"/staff/page/{walk.people['Anna'].at['link']}"
    for who in ("", "Anna", "admin", "auditor"):
        with walk.browser(who) as browser:
            before = walk.record()
            answer = browser.post(path, data={"seen": anna.at["news"]})
            assert (
                answer.status_code in (303, 403) and walk.record() == before and not holds(answer, anna.words)
            )
    with walk.browser("other") as browser:
        answer = browser.post(path, data={"seen": anna.at["news"]})
        assert answer.headers["location"].endswith("?done=acknowledged")
    with transaction(walk.clinic.engine) as session:
        (link,) = session.query(PageLink).filter(PageLink.used_at.is_not(None))
        assert link.page.alert_id == anna.at["alert"]
        assert link.used_by_id == link.page.alert.acknowledged_by_id == walk.staff["account"]
    with walk.browser("nurse") as browser:
        before = walk.record()
        assert (
            browser.post(path, data={"seen": anna.at["news"]}).status_code == 409 and walk.record() == before
        )


def set_up(walk: Walk, email: str, password: str = PASSWORD) -> tuple[str, list[str]]:
    """A second factor for a member of staff; gives what the app shows next, and the codes on paper."""
    with transaction(walk.clinic.engine) as session:
        member = session.query(StaffMember).filter_by(email=email).one()
        member.password_hash = accounts._HASHER.hash(password)
        second_factor.remove(session, int(member.id))
        app = pyotp.TOTP(second_factor.key_of(second_factor.begin(session, int(member.id), TUESDAY_NOON)))
        codes = second_factor.confirm(session, member, app.at(TUESDAY_NOON), TUESDAY_NOON)
        assert codes is not None
        return app.at(TUESDAY_NOON + timedelta(seconds=30)), codes


def opening(walk: Walk) -> list[str]:
    """All that opens the colleague's account, and everybody's second factors."""
    with transaction(walk.clinic.engine) as session:
        rows = [
            session.execute(select(SecondFactor.__table__)),
            session.execute(select(RecoveryCode.__table__)),
        ]
        for table, column in ((StaffMember, StaffMember.id), (StaffSession, StaffSession.staff_id)):
            rows.append(session.execute(select(table.__table__).where(column == walk.staff["account"])))
        return sorted(repr(row) for found in rows for row in found)


@pytest.mark.parametrize("role", [one.value for one in Role])
def test_nobody_has_their_way_with_a_colleague_by_way_of_their_own_account(walk: Walk, role: str) -> None:
    """The other nurse's log-in, number, address, password and codes, at every route about one's own account."""
    account = walk.staff["account"]
    with walk.browser(role) as browser:
        shown, codes = set_up(walk, "other@clinic.example", OTHERS)
        set_up(walk, f"{role}@clinic.example")
        kept, tried = opening(walk), 0
        for view in VIEWS:
            if view.permission is not Permission.ACCOUNT_OWN:
                continue
            for code in (shown, codes[0]):
                form = {"old": OTHERS, "new": "a" * 20, "again": "a" * 20, "code": code, "id": account}
                form |= {"staff": account, "staff_id": account, "email": "other@clinic.example"}
                path = walk.address(view.path, walk.people["Anna"])
                more = {"data": form} if view.method == "POST" else {"params": form}
                answer = browser.request(view.method, path, **more)
                assert answer.status_code == 404 or "{" not in view.path, (view.path, answer.status_code)
                assert holds(answer, "A other", *codes) == [] and opening(walk) == kept, view.path
                tried += 1
    assert tried >= 18


def test_the_second_step_of_a_log_in_takes_no_code_of_a_colleague(walk: Walk) -> None:
    shown, codes = set_up(walk, "other@clinic.example", OTHERS)
    with transaction(walk.clinic.engine) as session:
        add_staff(session, "A third", "third@clinic.example", "nurse", PASSWORD)
    set_up(walk, "third@clinic.example")
    kept = opening(walk)
    with walk.browser("third") as browser:  # the password was right; the code is asked for now
        for code in (codes[0], shown):
            answer = browser.post("/staff/login/code", data={"code": code, "email": "other@clinic.example"})
            assert answer.status_code == 401 and "set-cookie" not in answer.headers
            assert browser.get("/staff").status_code == 303
    assert opening(walk) == kept


def test_a_browser_that_names_the_conversation_of_another_is_refused(walk: Walk) -> None:
    berta, before = walk.people["Berta"], walk.record()
    for who in ("Anna", ""):
        with walk.browser(who) as browser:
            named = {"conversation": berta.conversation}
            answers = [looked(browser, path, params=named) for path in ("/chat/messages", "/chat/events")]
            answers.append(browser.post("/chat/messages", json={"id": "mine", "text": "vomiting"} | named))
            for answer in answers:
                assert answer.status_code == (409 if who else 401), answer.text
                assert holds(answer, *berta.everything) == []
    assert walk.record() == before


def test_numbers_and_identifiers_of_anothers_messages_name_ones_own_or_nothing(walk: Walk) -> None:
    anna, berta = walk.people["Anna"], walk.people["Berta"]
    kept = walk.record(berta)
    with walk.browser("Anna") as browser:
        last = browser.post("/chat/session", json={}).json()["last_seq"]
        for before in (berta.at["series"], berta.at["text"], berta.at["message"], 999_999_999):
            pages = browser.get("/chat/messages", params={"before": before, "limit": 200})
            assert pages.status_code == 200 and holds(pages, *berta.everything) == []
        for after in ({}, {"last-event-id": "0"}, {"last-event-id": str(berta.at["series"])}):
            with browser.stream(
                "GET", "/chat/events", headers=after, params={"after": berta.at["text"]}
            ) as stream:
                told = "".join(line for line in _until(stream, "state"))
            assert not [one for one in berta.everything if one in told], after
            assert (anna.words in told) == (after == {"last-event-id": "0"})
        theirs = [identifier for identifier in berta.external if " " not in identifier]
        assert theirs and theirs != berta.external
        for identifier in set(berta.external) - set(theirs):  # of a message of ours: no browser may send it
            refused = browser.post("/chat/messages", json={"id": identifier, "text": "my own"})
            assert refused.status_code == 400 and holds(refused, *berta.everything) == []
        for number, identifier in enumerate(theirs):
            sent = browser.post("/chat/messages", json={"id": identifier, "text": f"my own {number}"})
            assert sent.status_code == 202 and sent.json()["message"]["seq"] == last + number + 1
            assert sent.json()["message"]["text"] == f"my own {number}" and sent.json()["reply"] is None
            assert set(holds(sent, *berta.everything)) <= {identifier, berta.words}
    assert walk.record(berta) == kept


def looked(browser: httpx.Client, path: str, **options: Any) -> httpx.Response:
    """The answer to a look. One that is a stream, which has no end, is not read."""
    with browser.stream("GET", path, **options) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
        return answer


def _until(stream: httpx.Response, name: str) -> list[str]:
    lines: list[str] = []
    for line in stream.iter_lines():
        lines.append(line)
        if lines[-2:-1] == [f"event: {name}"]:
            break
    return lines


def test_the_picture_of_anothers_check_ins_is_shown_to_nobody_else(walk: Walk) -> None:
    with walk.browser("Anna") as anna, walk.browser() as visitor:
        visitor.post("/chat/session", json={})
        with transaction(walk.clinic.engine) as session:
            seqs = session.query(Message.seq).filter_by(kind="series").all()
        for (seq,) in {*seqs, *((number,) for number in range(1, 30))}:
            assert visitor.get("/chat/series.svg", params={"seq": seq}).status_code == 404, seq
            seen = anna.get("/chat/series.svg", params={"seq": seq})
            assert seen.status_code == (200 if seq == 3 else 404), seq
        assert (
            visitor.get("/chat/series.svg", params={"seq": walk.people["Anna"].at["series"]}).status_code
            == 404
        )


def test_a_session_is_not_made_of_the_parts_of_two_and_not_carried_where_it_does_not_belong(
    walk: Walk,
) -> None:
    anna, berta = walk.people["Anna"], walk.people["Berta"]
    content, signature = berta.token.split(".")
    theirs = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
    mine = anna.token.split(".")
    forged = (
        base64.urlsafe_b64encode(json.dumps([theirs[0] + "x", *theirs[1:]]).encode()).decode().rstrip("=")
    )
    unknown = new_token(berta.at["conversation"], TUESDAY_NOON)
    carried: list[dict[str, str]] = [
        {"cookie": f"{COOKIE}={content}.{mine[1]}"}, {"cookie": f"{COOKIE}={mine[0]}.{signature}"},
        {"cookie": f"{COOKIE}={forged}.{signature}"}, {"cookie": f"{COOKIE}=page.{berta.token}"},
        {"cookie": f"{COOKIE}={berta.conversation}"}, {"cookie": f"aftercare_staff={berta.token}"},
        {"cookie": f"{COOKIE}={unknown}"},  # signed with the clinic's own secret, and not in the record
        {HEADER: berta.token}, {HEADER: f"page.{berta.token}"},
    ]  # fmt: skip
    for who in ("nurse", "clinician", "admin"):
        with walk.browser(who) as browser:
            carried.append({"cookie": f"{COOKIE}={browser.cookies['aftercare_staff']}"})
    before = walk.record()
    for headers in carried:
        for path in ("/chat/messages", "/chat/events", "/chat/series.svg?seq=3"):
            with walk.browser() as browser:
                answer = looked(browser, path, headers=headers)
            assert answer.status_code == 401 and holds(answer, *berta.everything) == [], (headers, path)
        body = {"id": "stolen", "text": "vomiting"}
        answer = httpx.post(f"{walk.clinic.base}/chat/messages", json=body, headers=headers, timeout=20)
        assert answer.status_code == 401, headers
    assert walk.record() == before


def signed(patient: str, nonce: str, secret: bytes = SECRET) -> str:
    return sign_identity(patient, nonce.ljust(16, "-"), TUESDAY_NOON, SOON, secret)


def test_a_proof_that_is_anothers_opens_nothing_of_theirs(walk: Walk) -> None:
    anna, berta = walk.people["Anna"], walk.people["Berta"]
    with walk.browser() as own:
        used = signed(berta.known[3], "used by berta")
        for proof in ({"invite": berta.invite}, {"identity": used}):
            assert own.post("/chat/session", json=proof).json()["name"] == berta.known[0]
    mine, theirs = signed(anna.known[3], "of anna").split("."), signed(berta.known[3], "of berta").split(".")
    wrong = [
        f"{theirs[0]}.{mine[1]}", f"{mine[0]}.{theirs[1]}", used, signed(berta.known[3], "forged", b"x" * 32),
        signed(str(berta.at["patient"]), "number"), signed(berta.known[0], "name"), signed(berta.known[1], "phone"),
        signed(berta.known[3].lower(), "letters"), berta.token, berta.invite, berta.conversation,
    ]  # fmt: skip
    proofs = [{"identity": one} for one in wrong]
    proofs += [
        {"invite": one} for one in (berta.invite, berta.token, berta.conversation, str(berta.at["invite"]))
    ]
    before = walk.record()
    for who in ("Anna", ""):
        for proof in proofs:
            with walk.browser(who) as browser:
                answer = browser.post("/chat/session", json=proof)
                # With a link that is spent a browser that has proven who it is goes on as itself.
                stays = bool(who) and "invite" in proof
                assert answer.status_code == (200 if stays else 403), proof
                assert not stays or answer.json()["name"] == anna.known[0]
                assert "set-cookie" not in answer.headers and holds(answer, *berta.everything) == [], proof
    assert walk.record() == before


def test_a_report_is_taken_on_the_message_that_it_was_signed_for_and_no_other(
    walk: Walk, database_url: str
) -> None:
    anna, berta = walk.people["Anna"], walk.people["Berta"]
    sms = parts(database_url, walk.clinic.engine, TUESDAY_NOON).sms
    form = {"MessageSid": f"SM{berta.words}", "MessageStatus": "undelivered", "AccountSid": sms.account_sid}

    def report(address: str, of: str, body: dict[str, str] = form, sent: dict[str, str] = form) -> int:
        right = RequestValidator(sms.auth_token).compute_signature(sms.public_url + of, body)
        answer = httpx.post(
            walk.clinic.base + address, data=sent, headers={"X-Twilio-Signature": right}, timeout=20
        )
        assert holds(answer, *berta.everything) == []
        return answer.status_code

    before = walk.record()
    mine, theirs = (f"/sms/status?message={one.at['text']}" for one in (anna, berta))
    other = form | {"MessageSid": f"SM{anna.words}"}
    assert report(theirs, mine) == report("/sms/status", "/sms/status", other) == 403
    assert (
        report(f"/sms/status?page={berta.at['page']}", mine)
        == report(f"{mine}&message={berta.at['text']}", mine)
        == 403
    )
    inbound = {"MessageSid": "SMstolen", "From": berta.known[1], "To": sms.sender, "Body": "vomiting"}
    for signed_for in (inbound | {"From": anna.known[1]}, inbound | {"MessageSid": "SMother"}):
        assert report("/sms/inbound", "/sms/inbound", signed_for, inbound) == 403
    # Signed by the carrier, and about what no text of ours is: what the patient wrote, and what stands on the web.
    for identifier in (berta.at["message"], berta.at["series"]):
        assert report(*[f"/sms/status?message={identifier}"] * 2) == 204
    assert walk.record() == before
    kept = walk.record(anna)
    assert report(theirs, theirs) == 204 and walk.record(anna) == kept
    with transaction(walk.clinic.engine) as session:
        states = {one.id: one.state for one in session.query(Message).filter_by(channel="sms")}
    assert (states[berta.at["text"]], states[anna.at["text"]]) == ("failed", "sent")
