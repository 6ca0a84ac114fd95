"""Text messages as the carrier delivers them, over the wire and into PostgreSQL."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care import alerts
from bot.care.conversations import Reply, lock, say
from bot.care.database import engine_for, transaction
from bot.care.models import Alert, Channel, Disposition, Item, StaffMember
from bot.channels.sms.settings import SmsSettings
from bot.channels.spool import Spool
from bot.clinic.clock import FixedClock
from bot.guidance.phrases import Phrases
from tests.channels.sms.support import (
    TUESDAY_NOON,
    Carrier,
    FakeScreen,
    Record,
    callback_of,
    fresh_number,
    new_sid,
    said,
    sms_routes,
)


def jobs(engine: Engine, task: str, **arguments: int) -> int:
    """How many jobs of a task wait, of those with these arguments."""
    with engine.connect() as connection:
        rows = connection.execute(
            sql("select args from procrastinate_jobs where task_name = :task"), {"task": task}
        )
        return sum(all(row.args.get(name) == value for name, value in arguments.items()) for row in rows)


# --- proof ---


def test_a_signed_message_is_stored_and_given_to_the_assistant(
    carrier: Carrier, record: Record, engine: Engine, number: str
) -> None:
    sid = new_sid()
    assert said(carrier.text(number, "can i drive tonight?", sid)) == []
    (message,) = record.from_patient(number)
    assert (message.text, message.external_id, message.state, message.level) == (
        "can i drive tonight?",
        sid,
        "received",
        "none",
    )
    assert jobs(engine, "answer", conversation_id=message.conversation_id) == 1


@pytest.mark.parametrize(
    "forge",
    [
        lambda carrier, form: carrier.post("/sms/inbound", form, signature=""),
        lambda carrier, form: carrier.post(
            "/sms/inbound", form, signature="bm90IGEgc2lnbmF0dXJlIGF0IGFsbCEh"
        ),
        lambda carrier, form: carrier.post("/sms/inbound", form, signature="ü".encode()),
        lambda carrier, form: Carrier(carrier.base, token="f" * 32).post("/sms/inbound", form),
        lambda carrier, form: Carrier(carrier.base, public="https://evil.example").post("/sms/inbound", form),
        lambda carrier, form: Carrier(carrier.base, public="https://evil.example").post(
            "/sms/inbound",
            form,
            **{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Host": "evil.example"},
        ),
    ],
    ids=["unsigned", "nonsense", "not-ascii", "other-token", "other-address", "forwarded-headers"],
)
def test_a_forged_message_is_refused_and_stored_nowhere(
    carrier: Carrier, engine: Engine, number: str, forge: Any
) -> None:
    form = {"MessageSid": new_sid(), "From": number, "Body": "i want to kill myself"}
    refused = forge(carrier, form)
    assert refused.status_code == 403
    assert "web.public_url" in refused.text or "not signed" in refused.text
    with engine.connect() as connection:
        assert (
            connection.execute(sql("select 1 from phone_number where number = :n"), {"n": number}).first()
            is None
        )


def test_a_message_changed_on_its_way_is_refused(carrier: Carrier, engine: Engine, number: str) -> None:
    sid, signature = new_sid(), "X-Twilio-Signature"
    taken = carrier.text(number, "hello", sid)
    signed = taken.request.headers[signature]
    form = {"MessageSid": sid, "From": number, "Body": "something else"}
    assert carrier.post("/sms/inbound", form, signature=signed).status_code == 403


def test_without_an_account_everything_is_refused(
    served: Any, parts_of_web: dict[str, Any], number: str
) -> None:
    parts_of_web["settings"] = SmsSettings("off", "https://chat.clinic.example")
    carrier = Carrier(served(sms_routes(**parts_of_web)), token="")
    assert carrier.text(number, "hello").status_code == 403
    assert carrier.report("/sms/status?message=1", new_sid(), "delivered").status_code == 403


def test_the_address_may_be_configured_with_or_without_the_usual_port(
    served: Any, parts_of_web: dict[str, Any], number: str
) -> None:
    base = served(sms_routes(**parts_of_web))
    assert Carrier(base, public="https://chat.clinic.example:443").text(number, "hello").status_code == 200


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"Body": "hello"}', "application/json", 415),
        (b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"f%d=1" % n for n in range(300)), "application/x-www-form-urlencoded", 400),
        (b"\xff\xfe=%ZZ&&&==", "application/x-www-form-urlencoded", 403),
    ],
    ids=["json", "too-large", "too-many-fields", "broken"],
)
def test_what_no_carrier_sends_gets_a_clear_refusal(
    carrier: Carrier, content: bytes, kind: str, status: int
) -> None:
    headers = {"X-Twilio-Signature": "x", "Content-Type": kind}
    assert (
        carrier.client.post(carrier.base + "/sms/inbound", content=content, headers=headers).status_code
        == status
    )


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
def test_a_signed_form_without_message_or_sender_is_refused(
    carrier: Carrier, number: str, missing: str
) -> None:
    form = {"MessageSid": new_sid(), "From": number, "Body": "hello"}
    del form[missing]
    assert carrier.post("/sms/inbound", form).status_code == 400


def test_a_browser_that_opens_the_address_is_told_so(carrier: Carrier) -> None:
    assert carrier.client.get(carrier.base + "/sms/inbound").status_code == 405


# --- once ---


def test_two_hundred_deliveries_with_every_third_repeated_are_stored_once_each(
    carrier: Carrier, record: Record
) -> None:
    numbers = [fresh_number() for _ in range(5)]
    sent = [(numbers[n % 5], f"message {n}", new_sid()) for n in range(200)]
    deliveries = sent + sent[::3]
    random.Random(7).shuffle(deliveries)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: carrier.text(*one).status_code, deliveries))
    assert set(answers) == {200}
    stored = [message for number in numbers for message in record.from_patient(number)]
    assert sorted(message.external_id for message in stored) == sorted(sid for _, _, sid in sent)
    for number in numbers:
        seqs = [message.seq for message in record.messages(number)]
        assert seqs == list(range(1, len(seqs) + 1))


def test_the_same_delivery_twice_at_once_is_one_message(
    carrier: Carrier, record: Record, number: str
) -> None:
    sid = new_sid()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: said(carrier.text(number, "i want to kill myself", sid)), range(6)))
    assert len(record.from_patient(number)) == 1
    assert len({tuple(answer) for answer in answers}) == 1 and len(answers[0]) == 2
    assert len(record.of(Alert, number, Alert.id)) == 1


# --- worrying ---


@pytest.mark.parametrize(
    ("body", "level", "names"),
    [("i want to kill myself", "crisis", "988"), ("bad chest pain since the drip", "emergency", "911")],
)
def test_a_worrying_message_is_answered_in_the_request_and_again_on_redelivery(
    carrier: Carrier, record: Record, engine: Engine, number: str, body: str, level: str, names: str
) -> None:
    sid = new_sid()
    first = carrier.text(number, body, sid)
    text, *more = said(first)
    assert names in text and len(more) == (level == "crisis")
    assert said(carrier.text(number, body, sid)) == [text, *more]
    theirs, ours, *_ = record.messages(number)
    assert (theirs.level, theirs.state) == (level, "answered")
    assert (ours.text, ours.kind, ours.state, ours.reply_to_id) == (text, "safety", "sent", theirs.id)
    assert jobs(engine, "deliver", message_id=ours.id) == 0
    assert jobs(engine, "answer", conversation_id=theirs.conversation_id) == 0
    (alert,) = record.of(Alert, number, Alert.id)
    assert (alert.level, alert.state) == (level, "open")


def test_an_urgent_message_raises_an_alert_and_waits_for_the_assistant(
    carrier: Carrier, record: Record, number: str
) -> None:
    assert said(carrier.text(number, "still vomiting since yesterday")) == []
    (alert,) = record.of(Alert, number, Alert.id)
    assert alert.level == "urgent"
    assert record.from_patient(number)[0].state == "received"


def test_the_screen_is_told_what_was_just_asked(
    carrier: Carrier, record: Record, engine: Engine, clock: FixedClock, number: str
) -> None:
    carrier.text(number, "check in")
    conversation_id = record.conversation(number).id
    question = "have you thought of ending your life?"
    with transaction(engine) as session:
        ours = Reply("Have you thought of ending your life? 1 no 2 yes", question=question)
        say(session, lock(session, conversation_id), ours, channel=Channel.SMS, now=clock.now())
    assert "988" in said(carrier.text(number, "yes"))[0]
    assert record.from_patient(number)[-1].level == "crisis"


# --- odd bodies ---


@pytest.mark.parametrize(
    "body",
    [
        "я не могу спать, помогите 😔 ¡Hola! «ça va» 日本語",
        "/restart",
        "can i drive? " * 123 + "x",
        "a+b & c=d %20 100% \u202e\u0000",
        "two\nlines\r\nand a tab\t",
    ],
    ids=["alphabets", "slash", "1600-characters", "escapes-and-nul", "lines"],
)
def test_odd_bodies_are_stored_as_written_but_for_nul(
    carrier: Carrier, record: Record, number: str, body: str
) -> None:
    assert said(carrier.text(number, body)) == []
    assert record.from_patient(number)[0].text == body.replace("\x00", "")


@pytest.mark.parametrize("body", ["", None, "  \n "], ids=["empty", "missing", "blank"])
def test_a_photo_without_words_is_told_that_photos_are_not_read(
    carrier: Carrier, record: Record, phrases: Phrases, number: str, body: str | None
) -> None:
    sid = new_sid()
    (text,) = said(carrier.text(number, body, sid, NumMedia="1", MediaUrl0="https://example.org/x"))
    assert "cannot look at pictures" in text
    assert said(carrier.text(number, body, sid, NumMedia="1", MediaUrl0="https://example.org/x")) == [text]
    (photo,) = record.from_patient(number)
    assert (photo.media_count, photo.state) == (1, "answered")
    (item,) = record.of(Item, number, Item.id)
    assert "picture" in item.reason and item.message_id == photo.id


def test_a_photo_with_words_is_answered_and_the_patient_is_told_of_the_photo(
    carrier: Carrier, record: Record, number: str
) -> None:
    assert said(carrier.text(number, "is this rash normal?", NumMedia="2")) == []
    messages = record.messages(number)
    assert messages[0].state == "received"
    assert [message.kind for message in messages[1:]] == ["first_contact", "notice"]
    assert all(message.state == "queued" for message in messages[1:])
    assert len(record.of(Item, number, Item.id)) == 1


def test_an_empty_text_is_asked_to_be_written_again(carrier: Carrier, record: Record, number: str) -> None:
    (text,) = said(carrier.text(number, ""))
    assert "without words" in text
    assert record.of(Item, number, Item.id) == []


@pytest.mark.parametrize("media", ["", "minus one", "-1", "٣", "99999999999999999999"])
def test_a_strange_media_count_loses_no_message(
    carrier: Carrier, record: Record, number: str, media: str
) -> None:
    assert said(carrier.text(number, "hello", NumMedia=media)) == []
    assert record.from_patient(number)[0].text == "hello"


@pytest.mark.parametrize("written", ["{digits}", "1{digits}", "+1 ({area}) {rest}"])
def test_one_phone_is_one_conversation_however_it_is_written(
    carrier: Carrier, record: Record, number: str, written: str
) -> None:
    carrier.text(number, "hello")
    digits = number[2:]
    carrier.text(written.format(digits=digits, area=digits[:3], rest=digits[3:]), "hello again")
    assert len(record.from_patient(number)) == 2


def test_a_short_code_is_taken_in_all_the_same(carrier: Carrier, record: Record) -> None:
    code = str(10_000 + time.time_ns() % 89_999)
    assert "988" in said(carrier.text(code, "i want to kill myself"))[0]
    assert record.from_patient(code)[-1].level == "crisis"


# --- who speaks ---


def test_the_first_text_is_told_once_that_an_automated_service_reads_it(
    carrier: Carrier, record: Record, number: str
) -> None:
    carrier.text(number, "can i drive?")
    carrier.text(number, "and eat?")
    contacts = [message for message in record.messages(number) if message.kind == "first_contact"]
    assert len(contacts) == 1
    assert "utomated" in contacts[0].text and "988" in contacts[0].text
    assert contacts[0].state == "queued"


def test_while_staff_own_the_conversation_the_assistant_says_nothing_but_the_safety_text(
    carrier: Carrier, record: Record, engine: Engine, number: str
) -> None:
    carrier.text(number, "hello")
    conversation_id = int(record.conversation(number).id)
    with transaction(engine) as session:
        lock(session, conversation_id).owner_id = staff_member(session)
    assert said(carrier.text(number, "", NumMedia="1")) == []
    assert record.from_patient(number)[-1].state == "held"
    assert len(said(carrier.text(number, "i want to kill myself"))) == 1


# --- the carrier's words ---


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Stop. ", "END", "QUIT", "CANCEL", "UNSUBSCRIBE", "REVOKE", "OPTOUT"]
)
def test_a_word_that_ends_texts_is_recorded_and_answered_with_the_numbers(
    carrier: Carrier, record: Record, engine: Engine, number: str, word: str
) -> None:
    (text,) = said(carrier.text(number, word))
    assert "988" in text and "(212) 555-0142" in text
    assert record.phone(number).opted_out_at == TUESDAY_NOON
    (message, _) = record.messages(number)
    assert message.state == "answered"
    assert record.of(Item, number, Item.id) == []


@pytest.mark.parametrize("text", ["stop please", "please don't stop", "the end", "help me sleep"])
def test_a_sentence_with_such_a_word_is_a_message(
    carrier: Carrier, record: Record, number: str, text: str
) -> None:
    assert said(carrier.text(number, text)) == []
    assert record.phone(number).opted_out_at is None
    assert record.from_patient(number)[0].state == "received"


@pytest.mark.parametrize("word", ["START", "unstop", "YES"])
def test_texts_are_on_again_after_start(carrier: Carrier, record: Record, number: str, word: str) -> None:
    carrier.text(number, "STOP")
    (text,) = said(carrier.text(number, word))
    assert "on again" in text
    assert record.phone(number).opted_out_at is None


def test_yes_is_an_answer_where_nobody_opted_out(carrier: Carrier, record: Record, number: str) -> None:
    assert said(carrier.text(number, "yes")) == []
    assert record.from_patient(number)[0].state == "received"


def test_help_is_answered_with_the_numbers(carrier: Carrier, record: Record, number: str) -> None:
    (text,) = said(carrier.text(number, "HELP"))
    assert "988" in text and "911" in text and "(212) 555-0142" in text
    assert record.phone(number).opted_out_at is None


@pytest.mark.parametrize("word", ["STOP", "END", "QUIT", "HELP"])
def test_such_a_word_inside_an_alert_is_put_before_staff(
    carrier: Carrier, record: Record, engine: Engine, number: str, word: str
) -> None:
    carrier.text(number, "i want to kill myself")
    sid = new_sid()
    carrier.text(number, word, sid)
    carrier.text(number, word, sid)
    (item,) = record.of(Item, number, Item.id)
    assert "Somebody must phone" in item.reason


def test_after_the_alert_is_resolved_stop_is_only_stop(
    carrier: Carrier, record: Record, engine: Engine, number: str
) -> None:
    carrier.text(number, "i want to kill myself")
    (alert,) = record.of(Alert, number, Alert.id)
    with transaction(engine) as session:
        nurse = staff_member(session)
        alerts.acknowledge(session, alert.id, nurse, TUESDAY_NOON)
        alerts.resolve(session, alert.id, nurse, Disposition.REACHED_SAFE, "", TUESDAY_NOON)
    carrier.text(number, "STOP")
    assert record.of(Item, number, Item.id) == []


@pytest.mark.parametrize("fields", [{}, {"OptOutType": "STOP"}], ids=["default", "advanced"])
def test_where_the_carrier_answers_its_words_we_only_record_them(
    served: Any, parts_of_web: dict[str, Any], record: Record, number: str, fields: dict[str, str]
) -> None:
    settings = parts_of_web["settings"]
    parts_of_web["settings"] = SmsSettings(
        "twilio",
        settings.public_url,
        settings.account_sid,
        settings.auth_token,
        settings.sender,
        words_answered_by="carrier",
    )
    carrier = Carrier(served(sms_routes(**parts_of_web)))
    assert said(carrier.text(number, "STOP", **fields)) == []
    assert record.phone(number).opted_out_at is not None
    (message,) = record.messages(number)
    assert message.state == "answered"


def test_a_crisis_is_answered_after_an_opt_out_too(carrier: Carrier, record: Record, number: str) -> None:
    carrier.text(number, "STOP")
    assert len(said(carrier.text(number, "i want to kill myself"))) == 1
    # Nothing else goes out: not even the word about who is writing here.
    carrier.text(number, "are you there")
    assert [message.kind for message in record.messages(number) if message.sender != "patient"] == [
        "carrier_word",
        "safety",
    ]


# --- the database away ---


@pytest.fixture
def away(served: Any, parts_of_web: dict[str, Any]) -> Carrier:
    parts_of_web["engine"] = engine_for("postgresql://nobody@127.0.0.1:1/nothing")
    return Carrier(served(sms_routes(**parts_of_web)))


def test_with_the_database_away_a_crisis_is_answered_and_the_patient_is_told_that_nobody_was(
    away: Carrier,
) -> None:
    (text,) = said(away.text(fresh_number(), "i want to kill myself"))
    assert "988" in text and "cannot reach our staff" in text


def test_with_the_database_away_other_messages_are_kept_and_the_patient_is_told_of_the_fault(
    away: Carrier, parts_of_web: dict[str, Any]
) -> None:
    number, sid = fresh_number(), new_sid()
    answers = [said(away.text(number, "can i drive?", sid)) for _ in range(3)]
    assert (
        len(answers[0]) == 1
        and "saved your message" in answers[0][0]
        and "nobody can read it" in answers[0][0]
    )
    assert answers[1:] == answers[:1] * 2
    assert [kept.external_id for kept in parts_of_web["spool"].pending()] == [sid]
    # Who writes on is not told again with every text.
    assert said(away.text(number, "and when?")) == []
    assert len(said(away.text(fresh_number(), "hello"))) == 1
    assert parts_of_web["spool"].waiting() == 3


def test_with_the_database_away_words_of_the_carrier_are_answered_as_always(
    away: Carrier, parts_of_web: dict[str, Any]
) -> None:
    (text,) = said(away.text(fresh_number(), "STOP"))
    assert "will not text you again" in text and parts_of_web["spool"].waiting() == 1


def test_with_database_and_disk_away_a_crisis_is_answered_and_the_rest_goes_to_the_fallback_address(
    served: Any, parts_of_web: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("where a folder should be")
    parts_of_web["engine"] = engine_for("postgresql://nobody@127.0.0.1:1/nothing")
    parts_of_web["spool"] = Spool(tmp_path / "file" / "spool")
    carrier, sid = Carrier(served(sms_routes(**parts_of_web))), new_sid()
    (text,) = said(carrier.text(fresh_number(), "i want to kill myself", sid))
    assert "988" in text and "cannot reach our staff" in text
    assert carrier.text(fresh_number(), "can i drive?").status_code == 503
    # Whoever runs it finds the text at the carrier; and it is held, should the disk or the database come back first.
    assert sid in caplog.text
    assert [kept.external_id for kept in parts_of_web["spool"].pending()] == [sid]


def test_with_the_database_away_the_carrier_is_asked_to_report_again(away: Carrier) -> None:
    assert away.report("/sms/status?message=1&part=1&of=1", new_sid(), "delivered").status_code == 503


def test_with_the_database_away_nothing_unsigned_is_answered(away: Carrier) -> None:
    form = {"MessageSid": new_sid(), "From": fresh_number(), "Body": "i want to kill myself"}
    assert away.post("/sms/inbound", form, signature="x").status_code == 403


def test_a_database_that_hangs_does_not_keep_a_crisis_waiting(
    served: Any, parts_of_web: dict[str, Any], engine: Engine, record: Record, number: str
) -> None:
    carrier = Carrier(served(sms_routes(**parts_of_web, patience=0.5)))
    carrier.text(number, "hello")
    with Session(engine, future=True) as session, session.begin():
        lock(session, int(record.conversation(number).id))
        sid = new_sid()
        assert "988" in said(carrier.text(number, "i want to kill myself", sid))[0]
        assert said(carrier.text(number, "can i drive?")) == []  # they were told a moment ago
    # The lock is gone: what was begun is finished, and the redelivery finds it.
    assert "988" in said(carrier.text(number, "i want to kill myself", sid))[0]
    assert sum(message.external_id == sid for message in record.messages(number)) == 1


def test_a_failure_nobody_foresaw_keeps_no_crisis_waiting(
    served: Any, parts_of_web: dict[str, Any], screen: FakeScreen, engine: Engine, number: str
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("i want to kill myself")

    parts_of_web["engine"] = Broken()
    carrier = Carrier(served(sms_routes(**parts_of_web)))
    assert len(said(carrier.text(number, "i want to kill myself"))) == 1
    assert "saved your message" in said(carrier.text(fresh_number(), "hello"))[0]
    assert [kept.message["text"] for kept in parts_of_web["spool"].pending()] == [
        "i want to kill myself",
        "hello",
    ]


def test_no_log_line_holds_a_number_or_a_patients_words(
    away: Carrier, carrier: Carrier, caplog: pytest.LogCaptureFixture, number: str
) -> None:
    caplog.set_level("DEBUG")
    for one in (away, carrier):
        one.text(number, "i want to kill myself today")
        one.text(number, "STOP")
        one.post(
            "/sms/inbound", {"MessageSid": new_sid(), "From": number, "Body": "kill myself"}, signature="x"
        )
    ours = " ".join(line.getMessage() for line in caplog.records if line.name.startswith(("bot", "twilio")))
    assert ours
    assert number not in ours and number[2:] not in ours and "kill" not in ours


# --- while others work ---


def test_the_loop_is_free_while_the_database_is_slow(
    served: Any, parts_of_web: dict[str, Any], engine: Engine, record: Record, number: str
) -> None:
    carrier = Carrier(served(sms_routes(**parts_of_web, patience=5)))
    carrier.text(number, "hello")
    answered = threading.Event()
    with Session(engine, future=True) as session, session.begin():
        lock(session, int(record.conversation(number).id))
        slow = threading.Thread(target=lambda: (carrier.text(number, "waits"), answered.set()))
        slow.start()
        assert carrier.text(fresh_number(), "does not wait").status_code == 200
        assert not answered.is_set()
    slow.join(10)
    assert answered.is_set()


def test_reports_on_a_reply_in_the_request_are_stored(carrier: Carrier, record: Record, number: str) -> None:
    given = carrier.text(number, "i want to kill myself")
    address = callback_of(given)
    sid = new_sid()
    assert carrier.report(address, sid, "sent").status_code == 204
    assert carrier.report(address, sid, "delivered").status_code == 204
    ours = record.messages(number)[1]
    assert (ours.state, ours.carrier_id) == ("delivered", sid)


def staff_member(session: Session) -> int:
    """A member of staff, new."""
    member = StaffMember(
        name="Nora", email=f"n{time.time_ns()}@clinic.example", role="nurse", password_hash="none"
    )
    session.add(member)
    session.flush()
    return int(member.id)
