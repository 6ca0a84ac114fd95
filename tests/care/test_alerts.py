"""An alert is one episode: joined, raised, opened again, and ended by a named person only."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.care import alerts, conversations
from bot.care.alerts import AlertConflict, ClinicianMissing, NoteMissing
from bot.care.consent import opt_out
from bot.care.database import transaction
from bot.care.models import Alert, AlertEvent, Disposition, Item, ItemKind, Message, PhoneNumber
from bot.safety.levels import Level
from tests.care.conftest import AT, Care


def the_alert(care: Care) -> Alert:
    return care.look(lambda session: alerts.unresolved_alert(session, care.conversation_id))


def history(care: Care, alert_id: int) -> list[tuple[str, str]]:
    def read(session: object) -> list[tuple[str, str]]:
        rows = session.query(AlertEvent).filter_by(alert_id=alert_id).order_by(AlertEvent.id)  # type: ignore[attr-defined]
        return [(row.kind, row.level) for row in rows]

    return care.look(read)


def acknowledge(care: Care, alert_id: int, nurse: int) -> None:
    with transaction(care.engine) as session:
        alerts.acknowledge(session, alert_id, nurse, AT)


def resolve(care: Care, alert_id: int, nurse: int) -> None:
    with transaction(care.engine) as session:
        alerts.resolve(session, alert_id, nurse, Disposition.REACHED_SAFE, "Spoke with her.", AT)


def test_further_messages_join_and_raise_but_never_lower(care: Care) -> None:
    care.delivered("i cannot stop vomiting", "urgent", "Vomiting")
    opened = the_alert(care)
    care.delivered("i want to die", "crisis", "Thoughts of suicide", now=AT + timedelta(minutes=1))
    last = care.delivered("still vomiting", "urgent", "Vomiting", now=AT + timedelta(minutes=2)).message
    alert = the_alert(care)
    assert (alert.id, alert.level, alert.message_id) == (opened.id, "crisis", last.id)
    assert (alert.opened_at, alert.last_at) == (AT, AT + timedelta(minutes=2))
    assert alert.reasons == ["Vomiting", "Thoughts of suicide"]
    assert history(care, alert.id) == [("opened", "urgent"), ("raised", "crisis"), ("joined", "crisis")]
    assert care.count(Alert) == 1


def test_an_alert_that_was_looked_at_before_it_was_acknowledged_is_opened_again_all_the_same(
    care: Care, nurse: int
) -> None:
    care.delivered("i cannot stop vomiting", "urgent")
    with transaction(care.engine) as session:
        alert = alerts.unresolved_alert(session, care.conversation_id)
        assert alert is not None and alert.state == "open"
        acknowledge(care, int(alert.id), nurse)  # by somebody else, over another connection
        alerts.raise_signal(session, care.conversation_id, Level.URGENT, ["Missed"], AT, key="missed:1")
    found = the_alert(care)
    assert found.state == "open"
    assert [kind for kind, _ in history(care, found.id)] == ["opened", "acknowledged", "reopened"]


def test_a_message_after_the_acknowledgement_opens_the_alert_again(care: Care, nurse: int) -> None:
    care.delivered("i cannot stop vomiting", "urgent")
    alert = the_alert(care)
    acknowledge(care, alert.id, nurse)
    assert the_alert(care).state == "acknowledged"
    care.delivered("it is getting worse", "urgent")
    assert (the_alert(care).id, the_alert(care).state) == (alert.id, "open")
    assert history(care, alert.id)[-1] == ("reopened", "urgent")
    with pytest.raises(AlertConflict, match="Acknowledge it first"):
        resolve(care, alert.id, nurse)


@pytest.mark.parametrize("level", ["crisis", "emergency", "urgent", "unassessed"])
def test_what_takes_it_back_is_added_and_closes_and_opens_nothing(care: Care, nurse: int, level: str) -> None:
    care.delivered("i cannot go on like this", level)
    alert = the_alert(care)
    acknowledge(care, alert.id, nurse)
    care.delivered("jk it was my brother")
    assert history(care, alert.id)[-1] == ("added", level)
    assert (the_alert(care).state, the_alert(care).level) == ("acknowledged", level)


def test_a_message_after_the_end_is_a_new_episode(care: Care, nurse: int) -> None:
    care.delivered("i want to die", "crisis")
    first = the_alert(care)
    acknowledge(care, first.id, nurse)
    resolve(care, first.id, nurse)
    assert the_alert(care) is None
    assert not care.look(lambda session: alerts.in_crisis(session, care.conversation_id))
    care.delivered("i want to die", "crisis")
    assert the_alert(care).id != first.id
    assert care.count(Alert) == 2
    ended = care.look(lambda session: session.get(Alert, first.id))
    assert (ended.disposition, ended.note, ended.resolved_by_id) == (
        "reached_and_safe",
        "Spoke with her.",
        nurse,
    )


def test_one_message_tells_of_an_alert_once(care: Care, nurse: int) -> None:
    message = care.delivered("i want to die", "crisis", "Thoughts of suicide").message
    alert = the_alert(care)
    acknowledge(care, alert.id, nurse)
    with transaction(care.engine) as session:
        same = alerts.raise_alert(session, session.get(Message, message.id), Level.CRISIS, ["Again"], AT)
        assert same.id == alert.id
    assert the_alert(care).state == "acknowledged"
    resolve(care, alert.id, nurse)
    with transaction(care.engine) as session:
        alerts.raise_alert(session, session.get(Message, message.id), Level.CRISIS, ["Again"], AT)
    assert the_alert(care) is None


def test_a_signal_that_no_message_brought_opens_an_alert_once(care: Care, nurse: int) -> None:
    def raise_it(level: Level = Level.URGENT) -> int:
        with transaction(care.engine) as session:
            key = f"missed:{care.conversation_id}"
            reasons = ["Two check-ins in a row stayed away"]
            alert = alerts.raise_signal(
                session, care.conversation_id, level, reasons, AT, key=key, check_in_id=7
            )
            return int(alert.id)

    first = raise_it()
    alert = the_alert(care)
    assert (alert.id, alert.level, alert.message_id) == (first, "urgent", None)
    assert alert.reasons == ["Two check-ins in a row stayed away"]
    event = care.look(lambda session: session.query(AlertEvent).filter_by(alert_id=first).one())
    assert event.detail["check_in_id"] == 7
    acknowledge(care, first, nurse)
    resolve(care, first, nurse)
    assert raise_it(Level.CRISIS) == first
    assert the_alert(care) is None


def test_a_signal_joins_the_episode_and_raises_it(care: Care) -> None:
    message = care.delivered("i cannot stop vomiting", "urgent", "Vomiting").message
    with transaction(care.engine) as session:
        alerts.raise_signal(
            session, care.conversation_id, Level.CRISIS, ["Fell"], AT, key=f"pattern:{message.id}"
        )
    alert = the_alert(care)
    assert (alert.level, alert.message_id) == ("crisis", message.id)
    assert history(care, alert.id) == [("opened", "urgent"), ("raised", "crisis")]


def test_signals_at_the_same_moment_are_one_episode(care: Care) -> None:
    ready = threading.Barrier(4)

    def tell(number: int) -> None:
        ready.wait()
        with transaction(care.engine) as session:
            key = f"together:{care.conversation_id}:{number // 2}"
            alerts.raise_signal(session, care.conversation_id, Level.URGENT, ["Fell"], AT, key=key)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tell, range(4)))
    assert care.count(Alert) == 1
    assert sorted(kind for kind, _ in history(care, the_alert(care).id)) == ["joined", "opened"]


def test_messages_at_the_same_moment_are_one_episode(care: Care) -> None:
    ready = threading.Barrier(6)

    def deliver(_: int) -> None:
        ready.wait()
        care.delivered("i cannot stop vomiting", "urgent")

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(deliver, range(6)))
    assert care.count(Alert) == 1
    kinds = [kind for kind, _ in history(care, the_alert(care).id)]
    assert sorted(kinds) == ["joined"] * 5 + ["opened"]


def test_crisis_lasts_until_a_person_has_ended_it(care: Care, nurse: int) -> None:
    def in_crisis() -> bool:
        return bool(care.look(lambda session: alerts.in_crisis(session, care.conversation_id)))

    care.delivered("i cannot stop vomiting", "urgent")
    assert not in_crisis()
    care.delivered("i want to die", "crisis")
    care.delivered("never mind, i am fine")
    assert in_crisis()
    acknowledge(care, the_alert(care).id, nurse)
    assert in_crisis()
    resolve(care, the_alert(care).id, nurse)
    assert not in_crisis()


def test_an_alert_is_ended_once_and_only_by_somebody_who_has_seen_it(care: Care, nurse: int) -> None:
    care.delivered("i want to die", "crisis")
    alert = the_alert(care)
    with pytest.raises(AlertConflict, match="Acknowledge it first"):
        resolve(care, alert.id, nurse)
    acknowledge(care, alert.id, nurse)
    resolve(care, alert.id, nurse)
    with pytest.raises(AlertConflict, match="resolved already"):
        resolve(care, alert.id, nurse)
    with pytest.raises(AlertConflict, match="resolved already"):
        acknowledge(care, alert.id, nurse)
    assert [kind for kind, _ in history(care, alert.id)] == ["opened", "acknowledged", "resolved"]


@pytest.mark.parametrize("disposition", Disposition)
def test_no_alert_ends_without_a_note(care: Care, nurse: int, disposition: Disposition) -> None:
    care.delivered("i want to die", "crisis")
    alert = the_alert(care)
    acknowledge(care, alert.id, nurse)
    with pytest.raises(NoteMissing), transaction(care.engine) as session:
        alerts.resolve(session, alert.id, nurse, disposition, "  \n", AT, clinicians=["Dr. Adler"])
    assert the_alert(care).state == "acknowledged"


def test_an_alert_is_handed_to_somebody_with_a_name_which_its_history_keeps(care: Care, nurse: int) -> None:
    care.delivered("i want to die", "crisis")
    alert = the_alert(care)
    acknowledge(care, alert.id, nurse)
    with pytest.raises(ClinicianMissing, match="to which clinician"), transaction(care.engine) as session:
        alerts.resolve(session, alert.id, nurse, Disposition.HANDED_OVER, "ok", AT)
    assert the_alert(care).state == "acknowledged"
    with transaction(care.engine) as session:
        alerts.resolve(
            session, alert.id, nurse, Disposition.HANDED_OVER, "ok", AT, clinicians=["Dr. Ruth Adler"]
        )
    event = care.look(
        lambda session: session.query(AlertEvent).filter_by(alert_id=alert.id, kind="resolved").one()
    )
    assert event.detail["clinicians"] == ["Dr. Ruth Adler"]


@pytest.mark.parametrize("claim", ["select 1", "set local aftercare.erasing = 'yes'"])
def test_no_alert_is_ever_deleted(care: Care, nurse: int, claim: str) -> None:
    """Not by erasing a patient, nor where no history refers to it any more, nor after its end."""
    care.delivered("i want to die", "crisis")
    alert = the_alert(care)
    acknowledge(care, alert.id, nurse)
    resolve(care, alert.id, nurse)
    with pytest.raises(DBAPIError, match="never deleted"), transaction(care.engine) as session:
        session.execute(text("set local aftercare.erasing = 'yes'"))
        session.execute(text("delete from alert_event"))
        session.execute(text("delete from climb"))
        session.execute(text("set local aftercare.erasing = ''"))
        session.execute(text(claim))
        session.execute(text("delete from alert"))
    assert care.count(Alert) == 1


def test_two_nurses_resolve_at_the_same_moment(care: Care, nurse: int) -> None:
    care.delivered("i want to die", "crisis")
    alert = the_alert(care)
    acknowledge(care, alert.id, nurse)
    ready = threading.Barrier(2)

    def end(_: int) -> str:
        ready.wait()
        try:
            resolve(care, alert.id, nurse)
        except AlertConflict:
            return "too late"
        return "ended"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(end, range(2))) == ["ended", "too late"]


def test_an_alert_that_is_not_there_is_a_conflict(care: Care, nurse: int) -> None:
    with pytest.raises(AlertConflict, match="There is no alert"):
        acknowledge(care, 999_999, nurse)
    with pytest.raises(AlertConflict, match="There is no alert"):
        resolve(care, 999_999, nurse)


def test_an_item_is_one_a_kind_and_message_and_closed_once(care: Care, nurse: int) -> None:
    message = care.delivered("what about my knee?").message
    for kind in (ItemKind.QUESTION, ItemKind.QUESTION, ItemKind.PERSON_WANTED):
        with transaction(care.engine) as session:
            item = alerts.open_item(session, kind, session.get(Message, message.id), "Not covered", AT)
    assert care.count(Item) == 2
    with transaction(care.engine) as session:
        alerts.close_item(session, int(item.id), nurse, AT)
    for item_id in (int(item.id), 999_999):
        with pytest.raises(AlertConflict, match="is not open"), transaction(care.engine) as session:
            alerts.close_item(session, item_id, nurse, AT)


@pytest.mark.parametrize("level", ["none", "urgent"])
def test_opting_out_is_kept_and_inside_an_alert_put_before_staff(care: Care, level: str) -> None:
    message = care.delivered("STOP", level).message
    with transaction(care.engine) as session:
        conversation = conversations.lock(session, care.conversation_id)
        number = f"+1646555{care.conversation_id:04d}"
        session.add(PhoneNumber(number=number, conversation_id=conversation.id))
        session.flush()
        opt_out(session, conversation, session.get(Message, message.id), AT)
        opt_out(session, conversation, session.get(Message, message.id), AT + timedelta(days=1))
    kept = care.look(lambda session: session.query(PhoneNumber).filter_by(number=number).one())
    assert kept.opted_out_at == AT
    assert care.count(Item) == (1 if level == "urgent" else 0)
