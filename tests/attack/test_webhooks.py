"""Whatever stands in a form of the carrier's: signed, it gets markup or a documented refusal, and is stored once;
unsigned, it is refused and stored nowhere.

The forms are signed as the carrier does it. The examples are always the same ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

from bot.care.conversations import Reply, conversation_for_number, say
from bot.care.database import transaction
from bot.care.models import Channel, Message, MessageState, PhoneNumber
from bot.channels.sms.webhook import BODY_LIMIT
from bot.clinic.settings import load_clinic
from tests.attack.conftest import Clinic
from tests.channels.web_chat.support import TUESDAY_NOON

INBOUND, STATUS = "/sms/inbound", "/sms/status"
TOKEN, PUBLIC = "0" * 32, load_clinic().web.public_url
"""Of the account that the web process under attack has."""

LINE = httpx.Client(timeout=60)
Pairs = list[tuple[str, str]]
attacked = settings(
    max_examples=50,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
_examples = itertools.count(1)
SID, PHONE = "<new sid>", "<new number>"
"""Another one in each form."""

ODD = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=80),
    st.sampled_from(
        ["", " ", "\x00", "a\x00b", "\U0001f600", "\u202e\ufeff",
         "e\u0301" * 40, "0", "-1", "²", "1e9", "9" * 17, "9" * 400, "<Message>&amp;</Message>", "'; --",
         "x" * 9000]
    ),
)  # fmt: skip
VALUES = {
    "MessageSid": st.one_of(st.just(SID), st.just(SID), st.just(f"{SID}\x00"), ODD),
    "SmsSid": st.one_of(st.just(SID), ODD),
    "From": st.one_of(st.just(PHONE), st.sampled_from(["72345", "Clinic", "+1", "anonymous"]), ODD),
    "Body": st.one_of(ODD, st.sampled_from(["i want to kill myself\x00", "STOP", "start", "HELP", "y" * BODY_LIMIT])),
    "NumMedia": st.one_of(st.sampled_from(["1", "10", "99999999999"]), ODD),
    "OptOutType": st.one_of(st.sampled_from(["STOP", "START", "HELP"]), ODD),
    "MessageStatus": st.one_of(*[st.sampled_from(["sent", "failed", "undelivered", " Delivered ", "lost"])] * 3, ODD),
    "ErrorCode": st.one_of(st.sampled_from(["30003", "21610", "3\x00", "\x00"]), ODD),
}  # fmt: skip
OF_A_TEXT, OF_A_REPORT = ("MessageSid", "From", "Body"), ("MessageSid", "MessageStatus", "ErrorCode")


@st.composite
def forms(draw: st.DrawFn, usual: tuple[str, ...]) -> Pairs:
    """A form in any order: the usual fields mostly there, any field missing or repeated, and some that nobody knows."""
    names = [name for name in usual if draw(st.integers(0, 9))]
    names += draw(st.lists(st.sampled_from([*VALUES]), max_size=3))
    number = next(_examples)
    pairs = [(name, draw(VALUES[name])) for name in names]
    pairs = [
        (name, value.replace(SID, f"SM{number:032x}").replace(PHONE, f"+1646555{number:04}"))
        for name, value in pairs
    ]
    return list(draw(st.permutations(pairs + draw(st.lists(st.tuples(ODD, ODD), max_size=2)))))


@pytest.fixture(scope="module", autouse=True)
def one_line() -> Iterator[None]:
    yield
    LINE.close()


def post(clinic: Clinic, address: str, form: Pairs, signature: str | None = None) -> httpx.Response:
    """A form, rightly signed unless a signature is given."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    headers["x-twilio-signature"] = signed(address, form) if signature is None else signature
    content = urlencode(form)
    if (
        len(content) > BODY_LIMIT
    ):  # refused before it is read: what is left of it would stand before the next one
        headers["connection"] = "close"
    return LINE.post(clinic.base + address, content=content, headers=headers)


def signed(address: str, form: Pairs, token: str = TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(PUBLIC + address, ImmutableMultiDict(form)))


def stored(clinic: Clinic) -> dict[str, Any]:
    """What a webhook could change. Not the queue of jobs, to which the web process itself adds now and then."""
    names = ("message", "conversation", "phone_number", "alert", "item")
    with clinic.engine.connect() as connection:
        found = {name: connection.execute(sql(f'select * from "{name}" order by id')).all() for name in names}
    return {name: [str(row) for row in rows] for name, rows in found.items()}


def texts(clinic: Clinic) -> list[tuple[str, str]]:
    """What came in by text: the carrier's identifier, and the words."""
    with transaction(clinic.engine) as session:
        rows = (
            session.query(Message).filter_by(channel=Channel.SMS.value, sender="patient").order_by(Message.id)
        )
        return [(str(row.external_id), str(row.text)) for row in rows]


def test_any_signed_text_is_answered_in_markup_and_stored_once(clinic: Clinic) -> None:
    seen: set[int] = set()

    @attacked
    @given(form=forms(OF_A_TEXT))
    def send(form: Pairs) -> None:
        before = texts(clinic)
        answers = [post(clinic, INBOUND, form) for _ in range(3)]
        seen.add(answers[0].status_code)
        assert len({(one.status_code, one.content) for one in answers}) == 1, (
            "another answer to the same delivery"
        )
        after = texts(clinic)
        if answers[0].status_code != 200:
            assert answers[0].status_code in (400, 413) and after == before
            assert answers[0].headers["content-type"].startswith("text/plain")
            return
        assert answers[0].headers["content-type"].startswith("text/xml")
        markup = ElementTree.fromstring(answers[0].content)
        assert markup.tag == "Response" and {one.tag for one in markup} <= {"Message"}
        given_ = dict(form)
        sid = (given_.get("MessageSid") or given_.get("SmsSid") or "").strip()
        assert after[: len(before)] == before and [one for one, _ in after].count(sid) == 1
        if sid not in [one for one, _ in before]:
            assert after[len(before) :] == [(sid, given_.get("Body", "").replace("\x00", ""))]

    send()
    assert seen == {200, 400, 413}, "the forms do not reach each kind of answer any more"


@pytest.fixture(scope="module")
def ours(clinic: Clinic) -> int:
    """A text of ours that is on its way."""
    with transaction(clinic.engine) as session:
        conversation = conversation_for_number(session, "+12125550188")
        phone = session.query(PhoneNumber).filter_by(number="+12125550188").one()
        reply = Reply("Take it easy today.")
        said = say(session, conversation, reply, channel=Channel.SMS, now=TUESDAY_NOON, phone=phone)
        return int(said.id)


def test_any_signed_report_is_taken_and_changes_nothing_the_second_time(clinic: Clinic, ours: int) -> None:
    states: set[str] = set()
    big, ours_whole = "9" * 17, st.just(f"message={ours}&part=1&of=1")
    others = [
        "",
        "page=1",
        f"page={big}",
        f"message={big}",
        "message=-1",
        "message=%00&part=x",
        "message=1&message=2",
    ]
    about = ours_whole | ours_whole | st.sampled_from([f"message={ours}&part=1&of=2", *others])

    @settings(attacked, max_examples=100)
    @given(form=forms(OF_A_REPORT), query=about)
    def send(form: Pairs, query: str) -> None:
        with transaction(clinic.engine) as session:
            session.query(Message).filter_by(id=ours).update(
                {"state": MessageState.SENT.value, "carrier_id": None}
            )
        address = f"{STATUS}?{query}" if query else STATUS
        first = post(clinic, address, form)
        then = stored(clinic)
        assert first.status_code == 204 or (first.status_code == 413 and len(urlencode(form)) > BODY_LIMIT), (
            first.text
        )
        assert post(clinic, address, form).status_code == first.status_code and stored(clinic) == then
        with transaction(clinic.engine) as session:
            states.add(str(session.get(Message, ours).state))  # type: ignore[union-attr]

    send()
    assert states == {"sent", "delivered", "failed"}


FORGERIES: dict[str, Callable[[str, Pairs], str]] = {
    "unsigned": lambda address, form: "",
    "with another token": lambda address, form: signed(address, form, "1" * 32),
    "for another address": lambda address, form: signed(f"{address}/", form),
    "for another query": lambda address, form: signed(f"{address}?message=1", form),
    "of a longer form": lambda address, form: signed(address, [*form, ("Extra", "1")]),
    "of an empty form": lambda address, form: signed(address, []) if form else "x",
    "cut short": lambda address, form: signed(address, form)[:-2],
    "of odd letters": lambda address, form: "=" * 28,
}


@pytest.mark.parametrize("address", [INBOUND, STATUS])
def test_nothing_that_is_signed_wrongly_is_stored(clinic: Clinic, ours: int, address: str) -> None:
    before = stored(clinic)

    @attacked
    @given(form=forms(OF_A_TEXT + OF_A_REPORT), forged=st.sampled_from([*FORGERIES]))
    def send(form: Pairs, forged: str) -> None:
        refused = post(clinic, address, form, FORGERIES[forged](address, form))
        too_large = forged != "unsigned" and len(urlencode(form)) > BODY_LIMIT
        assert refused.status_code == (413 if too_large else 403), (forged, refused.status_code)

    send()
    assert stored(clinic) == before
