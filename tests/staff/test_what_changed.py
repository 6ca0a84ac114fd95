"""Open pages hear of each change, and by what they are told they know which of their parts to fetch anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta, timezone
from typing import Any

import psycopg
from sqlalchemy import event

from bot.care import attempts, corrections, follow_up, ownership
from bot.care.alerts import acknowledge, open_item, unresolved_alert
from bot.care.database import libpq_url
from bot.care.live import CHANNEL
from bot.care.models import Alert, AlertState, Attempt, Channel, ItemKind, Message, NextStep, StaffMember
from bot.channels.sms.delivery import deliver
from bot.channels.sms.errors import SendFailed
from bot.safety.levels import Level
from bot.staff.board import board, digest
from bot.staff.events import counts, state_of, summary
from bot.staff.faults import OnDisk
from tests.staff.texts_of_ours import report, text_of_ours


@contextmanager
def announced(scene: Any) -> Iterator[Callable[[], set[str]]]:
    """What is told to open pages from now on: `heard()` returns and forgets it."""
    url = libpq_url(scene.engine.url.render_as_string(hide_password=False))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"listen {CHANNEL}")

        def heard() -> set[str]:
            return {one.payload for one in connection.notifies(timeout=0.5)}

        yield heard


class Busy:
    """A carrier that takes nothing for now."""

    def find(self, *_: Any, **__: Any) -> list[Any]:
        return []

    def send(self, *_: Any) -> Any:
        raise SendFailed("busy", retry=True)


def test_each_change_is_announced_and_a_report_that_changes_nothing_is_not(scene: Any) -> None:
    conversation = scene.texter("+12125550188")
    asked = scene.says(conversation, "better off without me", "crisis", channel=Channel.SMS)
    message = text_of_ours(scene, conversation)
    scene.hire()
    queue, this = '{"queue": true}', f'{{"conversation": {conversation}}}'
    with announced(scene) as heard:

        def do(what: Callable[[Any, int, StaffMember], object]) -> set[str]:
            with scene.record() as session:
                alert = unresolved_alert(session, conversation)
                what(session, int(alert.id), session.query(StaffMember).first())
            return heard()

        now, soon = scene.clock.now, timedelta(minutes=20)
        left = scene.clinic.paging.left
        assert queue in do(lambda session, alert, nurse: acknowledge(session, alert, nurse.id, now(), left))
        scene.later(5)
        assert queue in do(lambda session, *_: attempts.noted(session, conversation, now(), left))
        assert do(
            lambda session, alert, nurse: attempts.record_attempt(
                session,
                alert,
                nurse.id,
                Attempt.NO_ANSWER,
                "",
                now(),
                step=NextStep.TRY_AGAIN,
                at=now() + soon,
            )
        ) == {queue, this}
        assert this in do(
            lambda session, alert, nurse: corrections.correct(
                session, asked, nurse.id, now(), level=Level.URGENT
            )
        )
        assert deliver(scene.engine, message, Busy(), scene.clock).kind == "retry"  # type: ignore[arg-type]
        assert heard() == {this}
        for status, told in (("sent", {this}), ("sent", set()), ("delivered", {this}), ("sent", set())):
            report(scene, message, status)
            assert heard() == told, status


def test_what_a_page_of_a_conversation_was_drawn_with_changes_with_each_part_of_it(scene: Any) -> None:
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    asked = scene.says(conversation, "better off without me", "crisis", channel=Channel.SMS)
    scene.hire()
    left = scene.clinic.paging.left

    def drawn() -> dict[str, Any]:
        with scene.record() as session:
            state = state_of(session, conversation, scene.clinic, scene.clock.now())
        assert state is not None and "Lopez" not in str(state) and "555" not in str(state)
        return dict(state)

    def parts(what: Callable[[Any, Any, int], object]) -> set[str]:
        """Which marks change when something is done, and nothing besides."""
        before = drawn()
        assert drawn() == before
        with scene.record() as session:
            what(session, unresolved_alert(session, conversation), session.query(StaffMember).first().id)
        after = drawn()
        return {name for name in after if after[name] != before[name]}

    now = scene.clock.now
    assert parts(lambda s, a, n: acknowledge(s, a.id, n, now(), left)) == {"panel", "history"}
    scene.later(5)
    assert parts(lambda s, a, n: attempts.noted(s, conversation, now(), left)) == {"panel"}
    assert parts(lambda s, a, n: attempts.record_attempt(s, a.id, n, Attempt.REACHED, "", now())) == {
        "panel",
        "history",
    }
    message = text_of_ours(scene, conversation)
    assert parts(lambda s, a, n: setattr(s.get(Message, message), "state", "sent")) == {"messages"}
    assert parts(lambda s, a, n: setattr(s.get(Message, message), "failure", "30003")) == {"messages"}
    assert parts(lambda s, a, n: setattr(s.get(Message, message), "text", "")) == {"messages"}
    assert parts(lambda s, a, n: corrections.correct(s, asked, n, now(), level=Level.URGENT)) == {"messages"}
    assert parts(lambda s, a, n: open_item(s, ItemKind.QUESTION, s.get(Message, asked), "Why", now())) == {
        "panel",
        "reply",
    }
    assert parts(
        lambda s, a, n: follow_up.keep_whereabouts(s, a, s.get(Message, asked), None, "A place.", now())
    ) == {"panel"}
    assert parts(lambda s, a, n: setattr(a.conversation.patient, "address", "12 Oak St")) == {"panel"}
    assert parts(lambda s, a, n: setattr(a, "state", AlertState.OPEN.value)) == {"panel"}


def test_the_version_of_the_queue_changes_with_what_it_shows_and_with_nothing_else(scene: Any) -> None:
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    scene.says(conversation, "better off without me", "crisis")
    nurse = scene.hire()

    def version() -> str:
        with scene.record() as session:
            return board(session, scene.clinic, OnDisk(), scene.clock.now()).version

    seen = [version()]
    assert version() == seen[0]
    left = scene.clinic.paging.left
    steps: tuple[Callable[[Any, Any, int], object], ...] = (
        lambda s, a, n: acknowledge(s, a.id, n, scene.clock.now(), left),
        lambda s, a, n: setattr(a, "act_by", scene.clock.now() + timedelta(hours=1)),
        lambda s, a, n: setattr(a, "next_at", scene.clock.now() + timedelta(hours=2)),
        lambda s, a, n: setattr(a, "next_step", "try_again"),
        lambda s, a, n: setattr(a, "reasons", ["Another reason"]),
    )
    for step in steps:
        with scene.record() as session:
            member = session.query(StaffMember).filter_by(email=nurse).one()
            step(session, unresolved_alert(session, conversation), int(member.id))
        seen.append(version())
    scene.says(conversation, "jk")
    seen.append(version())
    assert len(set(seen)) == len(seen)
    # The same moment in another zone, as a row just written and one that was read have it, is the same.
    at = scene.clock.now()
    assert digest(at) == digest(at.astimezone(timezone(timedelta(hours=3))))


def test_pages_without_a_list_count_the_same_in_one_statement(scene: Any) -> None:
    scene.says(scene.visitor(), "words", "crisis")
    scene.says(scene.visitor(), "words", "urgent")
    with scene.record() as session:
        alert = session.query(Alert).order_by(Alert.id).first()
        scene.hire()
        nurse = session.query(StaffMember).first().id
        acknowledge(session, alert.id, nurse, scene.clock.now(), scene.clinic.paging.left)
        asked = scene.says(scene.visitor(), "does my insurance pay")
        open_item(session, ItemKind.QUESTION, session.get(Message, asked), "Not covered", scene.clock.now())
        held = scene.visitor()
        said = dict.fromkeys(Channel, "Nora writes now.")
        ownership.take_over(
            session, held, nurse, scene.clock.now(), expected_owner_id=None, announcement=said
        )
    scene.says(held, "are you there")
    statements: list[str] = []
    with scene.record() as session:
        whole = summary(board(session, scene.clinic, OnDisk(), scene.clock.now()))
        event.listen(scene.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        counted = counts(session)
    assert counted == {name: whole[name] for name in ("waiting", "alerts", "newest")}
    assert (counted["waiting"], counted["alerts"]) == (3, 1) and len(statements) == 1
