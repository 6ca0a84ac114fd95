"""What is wrong with paging or with the assistant itself is red in the queue: each by itself, and all at once."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from bot.care import heartbeats, pages, roster_edits
from bot.care.models import Alert, Climb, Heartbeat, Page, Responder, Shift
from bot.channels.sms.providers import NoProvider
from bot.channels.spool import Spool
from bot.channels.spool_records import Kept
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.staff.app import staff_app
from bot.staff.faults import OnDisk
from bot.work.pager import Pager
from bot.work.paging import Paging

DAY = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)  # Tuesday noon in New York
SAID = {
    "nobody on call": "Nobody is on call now",
    "ladder exhausted": "1 alert: everybody has been paged, and nobody has acknowledged.",
    "page not delivered": "The last page did not arrive: ",
    "nothing paged": "1 open alert: not one page has gone out.",
    "quiet care worker": "The worker that sends text messages and pages has not been heard of",
    "quiet answer worker": "The assistant is not answering at the moment.",
    "spool": "1 message of patients is kept on disk and not in this queue yet.",
    "settings": "Parts of the assistant run with another clinic.yml than this page",
    "test page": "Nora Whitfield by text message (no account for text messages)",
}


class Faults:
    """A console at which one thing after the other goes wrong."""

    def __init__(self, scene: Any, spool: Spool) -> None:
        self.scene, self.spool = scene, spool
        scene.clock.move(DAY - scene.clock.now())
        disk = OnDisk(spool.waiting, spool.dead_letters)
        given = (scene.engine, scene.clinic, scene.clock, Library.load(), Phrases.load(), scene.feed)
        scene.app = staff_app(*given, disk)
        self.works = Paging(*given[:3], Pager(scene.clinic, NoProvider(), texts_simulated=True))
        self.broken = Paging(*given[:3], Pager(scene.clinic, NoProvider()))
        self.works.sweep()
        self.beats()

    def beats(self) -> None:
        """All processes are there, and agree."""
        now = self.scene.clock.now()
        with self.scene.record() as session:
            session.query(Heartbeat).delete()
            for kind in ("web", "answer", "care"):
                detail = {"clinic": self.scene.clinic.version}
                session.add(Heartbeat(process=kind, kind=kind, pid=1, started_at=now, at=now, detail=detail))

    def alert(self) -> int:
        conversation = self.scene.visitor()
        self.scene.says(conversation, "words", "crisis")
        with self.scene.record() as session:
            return int(session.query(Alert).filter_by(conversation_id=conversation).one().id)

    def happens(self, fault: str) -> None:
        getattr(self, fault.replace(" ", "_"))()

    def nobody_on_call(self) -> None:
        with self.scene.record() as session:
            session.query(Shift).delete()

    def ladder_exhausted(self) -> None:
        alert = self.alert()
        for _ in range(40):
            self.scene.later(0.5)
            self.works.sweep()
        with self.scene.record() as session:
            assert session.query(Climb).filter_by(alert_id=alert).one().state == "exhausted"
        self.beats()

    def page_not_delivered(self) -> None:
        alert = self.alert()
        self.works.page(alert)
        with self.scene.record() as session:
            page = session.query(Page).filter_by(alert_id=alert).first()
            page.state, page.error, page.failed_at = "failed", "unreachable", self.scene.clock.now()

    def test_page(self) -> None:
        with self.scene.record() as session:
            person = session.query(Responder).filter_by(name="Nora Whitfield").one()
            pages.trial_now(session, person, self.scene.clock.now())
        self.broken.send_due()

    def nothing_paged(self) -> None:
        with self.scene.record() as session:
            for person in session.query(Responder):
                for contact in person.contacts:
                    if contact.kind == "email":
                        roster_edits.remove_contact(session, int(contact.id))
        self.broken.page(self.alert())

    def quiet_care_worker(self) -> None:
        self._gone("care")

    def quiet_answer_worker(self) -> None:
        self._gone("answer")

    def _gone(self, kind: str) -> None:
        with self.scene.record() as session:
            beat = session.query(Heartbeat).filter_by(kind=kind).one()
            beat.at = self.scene.clock.now() - heartbeats.FRESH - timedelta(seconds=1)

    def kept(self) -> Kept:
        words = {"text": "purple elephants"}
        return Kept("web", "17", "kept-1", self.scene.clock.now(), words, Verdict(Level.NONE), None)

    def settings(self) -> None:
        with self.scene.record() as session:
            session.query(Heartbeat).filter_by(kind="web").one().detail = {"clinic": "another"}

    def red(self) -> str:
        """Everything that is red at the top, as text."""
        page = self.scene.logged_in().get("/staff").text
        found = re.findall(r'(?s)<p class="banner bad">(.*?)</p>', page)
        return " | ".join(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", one)) for one in found)


@pytest.fixture
def faults(scene: Any, tmp_path: Any) -> Faults:
    return Faults(scene, Spool(tmp_path / "spool"))


def test_where_nothing_is_wrong_nothing_is_red(faults: Faults) -> None:
    assert faults.red() == ""


@pytest.mark.parametrize("fault", [one for one in SAID if one != "spool"])
def test_each_is_red_by_itself(faults: Faults, fault: str) -> None:
    faults.happens(fault)
    red = faults.red()
    assert SAID[fault] in red
    # Only what is the case: a page that nobody got is no ladder that everybody was told of.
    more = {
        "nothing paged": {"page not delivered", "test page"},
        "test page": {"page not delivered"},
    }.get(fault, set())
    assert {one for one, said in SAID.items() if said in red} - more == {fault}


def test_a_message_on_disk_is_red_by_itself(faults: Faults) -> None:
    faults.spool.keep(faults.kept())
    assert SAID["spool"] in faults.red() and faults.red().count("|") == 0


def test_all_at_once_hide_none_of_each_other(faults: Faults) -> None:
    faults.happens("ladder exhausted")
    for fault in SAID:
        if fault not in ("spool", "ladder exhausted"):
            faults.happens(fault)
    faults.spool.keep(faults.kept())
    red = faults.red()
    assert [one for one, said in SAID.items() if said not in red] == []
