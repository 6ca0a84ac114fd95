"""An alert that somebody acknowledged and left is red in the queue, and whatever staff do with the patient counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from bot.care.models import Alert, AlertEvent, AuditEntry
from bot.channels.sms.providers import NoProvider
from bot.work.pager import Pager
from bot.work.paging import Paging


@pytest.fixture
def taken(scene: Any) -> Any:
    """A crisis that Nora has acknowledged; time passes with the sweep at work."""
    scene.paging = Paging(
        scene.engine, scene.clinic, scene.clock, Pager(scene.clinic, NoProvider(), texts_simulated=True)
    )
    scene.conversation = scene.patient("Maria Lopez")[1]
    scene.says(scene.conversation, "purple elephants", "crisis", "purple")
    scene.nora = scene.logged_in()
    seen = _alert(scene).news_id
    scene.nora.post(f"/staff/alerts/{_alert(scene).id}/acknowledge", data={"seen": seen})
    assert _alert(scene).state == "acknowledged"
    return scene


def _alert(scene: Any) -> Alert:
    with scene.record() as session:
        return session.query(Alert).one()


def wait(scene: Any, minutes: float) -> None:
    scene.later(minutes)
    scene.paging.sweep()


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text))


def test_the_queue_says_it_in_red_and_who_left_it(taken: Any) -> None:
    assert "Pages again in 30 min if nobody does anything" in words(taken.nora.get("/staff"))
    wait(taken, 29)
    assert "Left alone" not in taken.nora.get("/staff").text
    taken.nora = taken.logged_in("nurse", "Daniel Okafor")
    wait(taken, 1)
    page = taken.nora.get("/staff")
    said = "Left alone: Nora Whitfield acknowledged it 30 min ago, and nobody has done anything since."
    assert said in words(page)
    assert re.search(r'<strong class="wrong">Left alone', page.text)
    conversation = words(taken.nora.get(f"/staff/conversations/{taken.conversation}"))
    assert said in conversation and "opened again: nobody did anything with it" in conversation
    assert "Paged Nora Whitfield" in conversation


def test_it_stands_above_what_came_while_it_was_in_nobodys_hands(taken: Any) -> None:
    wait(taken, 20)
    taken.says(taken.patient("Ben Ode")[1], "green tables", "crisis")
    wait(taken, 10)
    page = taken.logged_in("nurse", "Daniel Okafor").get("/staff").text
    assert page.index("Maria Lopez") < page.index("Ben Ode")


def _write(scene: Any) -> Any:
    return scene.nora.post(
        f"/staff/conversations/{scene.conversation}/reply", data={"text": "I am here.", "once": "1"}
    )


def _take_over(scene: Any) -> Any:
    return scene.nora.post(f"/staff/conversations/{scene.conversation}/take-over", data={"owner": ""})


def _note(scene: Any) -> Any:
    return scene.nora.post(f"/staff/conversations/{scene.conversation}/notes", data={"note": "Spoke."})


def _reached(scene: Any) -> Any:
    data = {"seen": _alert(scene).news_id, "outcome": "reached"}
    return scene.nora.post(f"/staff/alerts/{_alert(scene).id}/attempt", data=data)


@pytest.mark.parametrize("act", [_write, _take_over, _note, _reached])
def test_whatever_is_done_begins_the_time_anew(taken: Any, act: Callable[[Any], Any]) -> None:
    wait(taken, 14)
    assert act(taken).status_code == 303
    taken.nora = taken.logged_in()
    wait(taken, 29)
    assert _alert(taken).state == "acknowledged"
    wait(taken, 1)
    assert _alert(taken).state == "open"


def test_handing_back_counts_as_well(taken: Any) -> None:
    _take_over(taken)
    wait(taken, 14)
    back = taken.nora.post(f"/staff/conversations/{taken.conversation}/hand-back", data={"held": "done"})
    assert back.status_code == 303
    wait(taken, 29)
    assert _alert(taken).state == "acknowledged"


def test_who_does_something_with_what_was_left_has_it(taken: Any) -> None:
    wait(taken, 30)
    taken.nora = taken.logged_in("nurse", "Daniel Okafor")
    assert _note(taken).status_code == 303
    assert _alert(taken).state == "open"  # a note is no answer to a page
    assert _take_over(taken).status_code == 303
    assert _alert(taken).state == "acknowledged"
    assert "Daniel Okafor has acknowledged it" in words(taken.logged_in().get("/staff"))
    with taken.record() as session:
        kinds = [event.kind for event in session.query(AlertEvent).order_by(AlertEvent.id)]
        noted = session.query(AuditEntry).filter_by(action="alert.acknowledged").count()
    assert kinds == ["opened", "acknowledged", "left", "acknowledged"] and noted == 2


def test_notes_alone_keep_an_alert_for_an_hour_and_the_queue_says_so(taken: Any) -> None:
    for _ in range(2):
        wait(taken, 25)
        taken.nora = taken.logged_in()
        assert _note(taken).status_code == 303
    assert "Pages again in 10 min if nobody does anything" in words(taken.nora.get("/staff"))
    shown = words(taken.nora.get(f"/staff/conversations/{taken.conversation}/notes"))
    assert "notes alone keep it no longer" in shown
    wait(taken, 9)
    assert _alert(taken).state == "acknowledged"
    wait(taken, 1)
    assert _alert(taken).state == "open"


def test_looking_is_not_doing(taken: Any) -> None:
    wait(taken, 14)
    taken.nora.get(f"/staff/conversations/{taken.conversation}")
    taken.nora.get("/staff")
    wait(taken, 16)
    assert _alert(taken).state == "open"
