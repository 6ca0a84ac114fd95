"""Whatever a browser, a carrier or a person sends is taken as it is, or refused in words that repeat nothing of it."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timezone
from ipaddress import ip_network
from types import SimpleNamespace
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from bot.care.enrolment import day_of, wall_time
from bot.care.people import BadNumber, e164
from bot.care.roster_edits import BadRosterEntry
from bot.channels.limits import UNKNOWN, Addresses
from bot.channels.sms.errors import NotAForm
from bot.channels.sms.numbers import LONGEST, sender
from bot.channels.sms.texts import InboundText
from bot.channels.sms.webhook import Form as SignedForm
from bot.channels.web_chat.app import _number
from bot.channels.web_chat.errors import BadMessage
from bot.channels.web_chat.wire import Incoming, incoming
from bot.clinic.checking import telephone, time_of_day
from bot.clinic.paths import ROOT
from bot.clinic.settings import load_clinic
from bot.staff import forms
from bot.staff.agents import browser_name
from bot.staff.audit_views import _filter
from bot.staff.errors import BadForm
from bot.staff.forms import LARGEST_ID, Form, read_form
from bot.staff.roster_views import _time
from tests.attack.anything import ANY, HEADERS, JSON

NOON = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
CLINIC = load_clinic(ROOT / "clinic.yml")
SECRET = b"a secret that the portal knows as well"
STORABLE = st.text(max_size=40).map(lambda text: text.replace("\x00", ""))
DIGITS = st.text(st.sampled_from("0123456789٠١٢٣०१२３²+-() ./\n"), max_size=24)
always_the_same = settings(
    derandomize=True, max_examples=100, deadline=None, suppress_health_check=list(HealthCheck)
)


def request(headers: dict[str, str], body: bytes = b"", peer: str = "203.0.113.9") -> Request:
    """What a server hands on."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "client": (peer, 1),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)


@always_the_same
@given(DIGITS | ANY)
@example("2" + "١" * 9)
def test_a_number_is_e164_or_refused(text: str) -> None:
    try:
        number = e164(text)
    except BadNumber as bad:
        assert len(text) < 12 or text not in str(bad)
    else:
        assert re.fullmatch(r"\+[1-9][0-9]{7,14}", number) and e164(number) == number
    said = sender(text)
    assert len(said) <= max(LONGEST, 16) and "\x00" not in said and sender(said) == said


@always_the_same
@given(
    st.text("23456789", min_size=10, max_size=10), st.sampled_from(["{}{}{}", "+1 ({}) {}-{}", "1.{}.{}.{}"])
)
def test_every_way_to_write_a_number_is_the_same_number(digits: str, form: str) -> None:
    assert e164(form.format(digits[:3], digits[3:6], digits[6:])) == f"+1{digits}"


@always_the_same
@given(DIGITS | ANY)
@example("١" * 9)
@example("2125550142١")
@example("08:75")
def test_numbers_and_times_of_the_clinic_are_taken_or_refused(text: str) -> None:
    try:
        assert telephone(text) == text
        assert 7 <= len(re.findall("[0-9]", text)) <= 15 and text.isascii()
    except ValueError as refused:
        assert "is not a telephone number. Write digits" in str(refused)
    try:
        at = time_of_day(text)
        assert time_of_day(f"{at:%H:%M}") == at and at.tzinfo is None
    except ValueError as refused:
        assert "is not a time of day. Write HH:MM" in str(refused)


DAYS = st.dates().map(str) | ANY | st.sampled_from(["9999-12-31", "0001-01-01", "2/30/2026", "12/31/9999"])
HOURS = st.times().map(str) | ANY | st.sampled_from(["23:30", "00:00", "02:30", "09:30+01:00"])
ZONES = st.sampled_from(["America/New_York", "Asia/Tokyo", "Pacific/Kiritimati", "UTC"]).map(ZoneInfo)


@always_the_same
@given(day=DAYS, hour=HOURS, zone=ZONES)
@example(day="9999-12-31", hour="23:30", zone=ZoneInfo("America/New_York"))
@example(day="0001-01-01", hour="00:30", zone=ZoneInfo("Asia/Tokyo"))
def test_days_and_times_of_forms_are_moments_or_refused(day: str, hour: str, zone: ZoneInfo) -> None:
    found = day_of(day)
    assert found is None or day_of(found.isoformat()) == found
    try:
        at = wall_time(day, hour, zone)
    except ValueError as refused:
        assert str(refused).endswith((".", "Check the time."))
        assert len(day) < 12 or day not in str(refused)
    else:
        local = at.astimezone(zone)
        assert wall_time(local.date().isoformat(), local.time().isoformat(), zone) == at
    wanted, errors = _filter({"since": day, "until": day}, zone)
    assert (wanted.since is None) == ("since" in errors or not day)
    assert (wanted.until is None) == ("until" in errors or not day)


@always_the_same
@given(DIGITS | ANY)
@example("9999999999")
@example("٣")
@example("²")
def test_a_cursor_is_the_number_of_a_message_or_refused(text: str) -> None:
    try:
        number = _number(text, "after")
    except BadMessage as refused:
        assert str(refused).startswith("after is not a number")
    else:
        assert (number is None and not text) or number == int(text) < 2**31


@always_the_same
@given(JSON | ANY, JSON | ANY, JSON | ANY, JSON | ANY)
@example("a", "b\ud800\x00", "c\x00\udfff", None)
def test_a_message_is_storable_or_refused(name: object, text: object, choice: object, shown: object) -> None:
    for given_name in (name, "a-good-id"):
        try:
            found = incoming({"id": given_name, "text": text, "choice": choice, "conversation": shown})
        except BadMessage as refused:
            assert not isinstance(text, str) or len(text) < 12 or text not in str(refused)
            continue
        again = {
            "id": found.id,
            "text": found.text,
            "choice": found.choice,
            "conversation": found.conversation,
        }
        assert incoming(again) == found and isinstance(found, Incoming)
        for words in (found.text, found.choice or ""):
            assert "\x00" not in words and words.encode("utf-8").decode("utf-8") == words


def submitted(body: bytes, kind: str, upload: bool = False) -> Form | None:
    """The form of a request; None where it is refused in words that repeat nothing of it."""
    try:
        return asyncio.run(read_form(request({"content-type": kind}, body), upload))
    except BadForm as refused:
        assert str(refused).endswith("again.")
        return None


def is_usable(form: Form) -> bool:
    """Whether the database takes every field, and every identifier."""
    values = [value for name in form.fields for value in (form.raw(name), form.get(name), *form.all(name))]
    numbers = [one for name in form.fields for one in (*form.numbers(name), form.number(name) or 1)]
    return all("\x00" not in one and one.encode() is not None for one in values) and all(
        0 < one <= LARGEST_ID for one in numbers
    )


FIELDS = ("MessageSid", "SmsSid", "From", "NumMedia", "Body", "OptOutType")
PLAIN, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
CHARSETS = st.sampled_from(
    ["utf-8", "utf-7", "unicode_escape", "punycode", "idna", "utf-16", "rot13", "x", "hex"]
)


@always_the_same
@given(fields=st.lists(st.tuples(STORABLE | DIGITS, STORABLE | DIGITS), max_size=6), cut=st.integers(0))
@example(fields=[("id", "2147483648"), ("id", "99999999999"), ("id", "٣"), ("id", "-1")], cut=0)
def test_a_form_comes_back_as_it_was_typed(fields: list[tuple[str, str]], cut: int) -> None:
    body = urlencode(fields).encode()
    form = submitted(body, PLAIN)
    assert form is not None and is_usable(form)
    for name in dict(fields):
        values = [value for one, value in fields if one == name]
        assert form.raw(name) == values[0].replace("\r\n", "\n") and len(form.all(name)) == len(values)
    short = submitted(body[: cut % (len(body) + 1)], PLAIN)
    assert short is not None and is_usable(short)


@always_the_same
@given(junk=st.binary(max_size=200), charset=CHARSETS, kind=st.sampled_from([PLAIN, PARTS]) | HEADERS)
@example(junk=b"\\ud800", charset="unicode_escape", kind=PARTS)
@example(junk=b"+2AA-", charset="utf-7", kind=PARTS)
@example(junk=b"a=%ed%a0%80%00&a=%ff", charset="utf-8", kind=PLAIN)
def test_no_bytes_and_no_encoding_break_a_form(junk: bytes, charset: str, kind: str) -> None:
    field = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + junk + b"\r\n--b--\r\n"
    file = field.replace(b'name="text"', b'name="text"; filename="' + junk.replace(b"\n", b"") + b'"')
    for body in (junk, field, file, field[: len(junk) + 40], b"a=" + junk):
        for upload in (False, True):
            form = submitted(body, f"{kind}; charset={charset}", upload)
            assert form is None or is_usable(form)


def test_a_form_has_its_size_and_its_number_of_fields() -> None:
    most, file = forms.LARGEST_FORM, forms.LARGEST_UPLOAD
    assert submitted(b"a=" + b"x" * (most - 2), PLAIN) and not submitted(b"a=" + b"x" * (most - 1), PLAIN)
    assert submitted(b"a=" + b"x" * (file - 2), PLAIN, True) and not submitted(
        b"a=" + b"x" * file, PLAIN, True
    )
    assert submitted(b"a=1" + 499 * b"&a=1", PLAIN) and not submitted(b"a=1" + 500 * b"&a=1", PLAIN)


@always_the_same
@given(hour=HOURS)
@example(hour="09:30+01:00")
def test_an_hour_of_the_roster_is_the_clinics_or_refused(hour: str) -> None:
    visit = SimpleNamespace(form=Form({"starts": [hour]}))
    try:
        assert _time(visit, "starts", "the beginning").tzinfo is None
    except BadRosterEntry as refused:
        assert str(refused) == "Write the beginning as a time, such as 08:00."


@always_the_same
@given(
    st.dictionaries(
        st.sampled_from(["MessageSid", "SmsSid", "From", "NumMedia", "Body", "OptOutType"]), ANY | DIGITS
    )
)
def test_whatever_the_carrier_signs_is_a_text_or_no_form(form: dict[str, str]) -> None:
    for fields in (form, {**form, "MessageSid": "SM1", "From": "+12125550161"}):
        try:
            text = InboundText.from_form(SignedForm(fields))
        except NotAForm as refused:
            assert fields is form and not any(len(one) > 11 and one in str(refused) for one in form.values())
        else:
            assert (
                text.sid.isalnum()
                and text.number
                and 0 <= text.media_count <= 100
                and "\x00" not in text.text
            )


ADDRESSES = (
    st.ip_addresses().map(str)
    | HEADERS
    | st.sampled_from(["[::1]", "fe80::1%eth0", "::ffff:1.2.3.4", "unknown"])
)


@always_the_same
@given(peer=ADDRESSES, claimed=st.lists(ADDRESSES, max_size=4), agent=HEADERS)
def test_who_asks_and_with_what_is_told_from_any_header(peer: str, claimed: list[str], agent: str) -> None:
    headers = {"x-forwarded-for": ",".join(claimed)} if claimed else {}
    nobody, everybody = Addresses(()), Addresses(("0.0.0.0/0", "::/0"))
    own = nobody.of(request({}, peer=peer))
    assert nobody.of(request(headers, peer=peer)) == own, "a header was believed that no proxy of ours wrote"
    for told in (own, everybody.of(request(headers, peer=peer))):
        assert told == UNKNOWN or str(ip_network(told)).removesuffix("/32") == told
    assert re.fullmatch(r"(A browser|Edge|Opera|Firefox|Chrome|Safari)( on \w+)?", browser_name(agent))
