"""Text messages while the database is away, slow or broken, and what is reported of our answers."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care.conversations import lock
from bot.care.database import engine_for
from bot.channels.spool import Spool
from tests.channels.sms.support import (
    Carrier,
    FakeScreen,
    Record,
    callback_of,
    fresh_number,
    new_sid,
    said,
    sms_routes,
)


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
    served: Any,
    parts_of_web: dict[str, Any],
    carrier: Carrier,
    engine: Engine,
    record: Record,
    number: str,
) -> None:
    def stored_as(sid: str) -> int:
        return sum(message.external_id == sid for message in record.messages(number))

    carrier.text(number, "hello")
    carrier = Carrier(served(sms_routes(**parts_of_web, patience=0.5)))
    with Session(engine, future=True) as session, session.begin():
        lock(session, int(record.conversation(number).id))
        sid = new_sid()
        assert "988" in said(carrier.text(number, "i want to kill myself", sid))[0]
        assert said(carrier.text(number, "can i drive?")) == []  # they were told a moment ago
    # The lock is gone: what was begun is finished, and a redelivery is told the same, before that and after.
    assert "988" in said(carrier.text(number, "i want to kill myself", sid))[0]
    for _ in range(600):
        if stored_as(sid):
            break
        time.sleep(0.1)
    assert "988" in said(carrier.text(number, "i want to kill myself", sid))[0]
    assert stored_as(sid) == 1


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


def test_where_no_thread_can_be_started_a_crisis_is_answered_and_everything_is_kept(
    carrier: Carrier, parts_of_web: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("anyio.to_thread.run_sync", refuse)
    (text,) = said(carrier.text(fresh_number(), "i want to kill myself"))
    assert "988" in text and "cannot reach our staff" in text
    assert "saved your message" in said(carrier.text(fresh_number(), "can i drive?"))[0]
    assert [kept.message["text"] for kept in parts_of_web["spool"].pending()] == [
        "i want to kill myself",
        "can i drive?",
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
