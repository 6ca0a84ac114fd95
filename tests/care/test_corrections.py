"""What staff say of messages comes back as examples that the reader can be trained with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.care import alerts, corrections
from bot.care.conversations import Reply, say
from bot.care.corrections import Label, NothingJudged, correct, judged, labels
from bot.care.database import transaction
from bot.care.models import Alert, AuditEntry, Base, Channel, Conversation, Correction, Disposition, Message
from bot.clinic.paths import ROOT
from bot.language.labels import INTENTS, LEVELS, OTHER_INTENTS
from bot.language.training_data import read_jsonl
from bot.safety.levels import Level
from tests.care.conftest import AT, Care
from tests.tables import truncate


@pytest.fixture
def care(engine) -> Iterator[Care]:
    """A record that holds nothing but what the test puts there."""
    tables = [f'"{table.name}"' for table in Base.metadata.sorted_tables if table.name != "staff_member"]
    with transaction(engine) as session:
        truncate(session, *tables, "procrastinate_jobs")
    yield Care(engine)


def wrote(care: Care, words: str, level: str = "none") -> int:
    """A patient's message; returns its identifier."""
    with transaction(care.engine) as session:
        return int(care.receive(session, words, level).message.id)


def ended(care: Care, nurse: int, disposition: Disposition) -> None:
    """The alert that is open is resolved."""
    with transaction(care.engine) as session:
        alert = alerts.unresolved_alert(session, care.conversation_id)
        alerts.acknowledge(session, int(alert.id), nurse, AT)
        alerts.resolve(session, int(alert.id), nurse, disposition, "note", AT, clinicians=["Dr. Adler"])


def said(
    care: Care, nurse: int, message: int, level: str | None, intent: str | None = None, **more: bool
) -> None:
    with transaction(care.engine) as session:
        correct(session, message, nurse, AT, level=Level(level) if level else None, intent=intent, **more)


def exported(care: Care) -> list[Label]:
    return care.look(lambda session: list(labels(session)))


def test_names_are_those_that_the_reader_knows() -> None:
    assert corrections.OTHER_INTENTS == OTHER_INTENTS
    assert tuple(level.value for level in corrections.LEVELS) == LEVELS
    assert corrections.WORRYING_INTENT in INTENTS


@pytest.mark.parametrize(
    ("disposition", "intent", "safety"),
    [
        (Disposition.FALSE_ALARM, None, "none"),
        (Disposition.REACHED_SAFE, "safety", "crisis"),
        (Disposition.EMERGENCY_CARE, "safety", "crisis"),
        (Disposition.WELFARE_CHECK, "safety", "crisis"),
        (Disposition.HANDED_OVER, "safety", "crisis"),
    ],
)
def test_how_an_alert_ended_labels_its_worrying_messages(
    care: Care, nurse: int, disposition: Disposition, intent: str | None, safety: str
) -> None:
    wrote(care, "hello")
    wrote(care, "the end", "crisis")
    assert exported(care) == []
    ended(care, nurse, disposition)
    assert exported(care) == [Label("the end", intent, safety, None, disposition.value)]


@pytest.mark.parametrize("disposition", [Disposition.DUPLICATE, Disposition.TEST])
def test_duplicates_and_tests_judge_nothing_and_wait_for_somebody_who_does(
    care: Care, nurse: int, disposition: Disposition
) -> None:
    message = wrote(care, "the end", "crisis")
    ended(care, nurse, disposition)
    (only,) = exported(care)
    assert only == Label("the end", None, None, None, disposition.value) and not only.finished
    said(care, nurse, message, "crisis")
    (only,) = exported(care)
    assert only == Label("the end", "safety", "crisis", None, "corrected") and only.finished


def test_what_could_not_be_screened_is_not_taken_for_a_level(care: Care, nurse: int) -> None:
    wrote(care, "???", "unassessed")
    ended(care, nurse, Disposition.REACHED_SAFE)
    (only,) = exported(care)
    assert (only.safety, only.finished) == (None, False)


def test_a_correction_counts_before_the_end_of_the_alert_and_the_newest_part_counts(
    care: Care, nurse: int
) -> None:
    message = wrote(care, "dead tired", "crisis")
    ended(care, nurse, Disposition.REACHED_SAFE)
    said(care, nurse, message, "urgent")
    said(care, nurse, message, None, "ask_sedation")
    said(care, nurse, message, "none")
    assert exported(care) == [Label("dead tired", "ask_sedation", "none", None, "corrected")]
    (found,) = care.look(lambda s: judged(s, [message])).values()
    assert (found.level, found.intent, found.by) == ("none", "ask_sedation", "Nora Whitfield")
    assert care.look(lambda s: s.query(Correction).count()) == 3


def test_a_missed_message_becomes_an_example_and_an_alert_where_that_is_wanted(
    care: Care, nurse: int
) -> None:
    message = wrote(care, "the dog goes to my sister")
    said(care, nurse, message, "crisis")
    assert care.count(Alert) == 0
    said(care, nurse, message, "crisis", open_alert=True)
    assert exported(care) == [Label("the dog goes to my sister", "safety", "crisis", None, "corrected")]
    alert = care.look(lambda s: alerts.unresolved_alert(s, care.conversation_id))
    assert (alert.level, alert.state) == ("crisis", "open")
    assert care.look(lambda s: s.get(Message, message).level) == "none"


def test_the_question_before_it_is_the_context(care: Care, nurse: int) -> None:
    with transaction(care.engine) as session:
        conversation = session.get(Conversation, care.conversation_id)
        say(session, conversation, Reply("Mood?", question="mood 0-10"), channel=Channel.WEB, now=AT)
    message = wrote(care, "solid 6")
    with transaction(care.engine) as session:
        conversation = session.get(Conversation, care.conversation_id)
        say(session, conversation, Reply("Sleep?", question="sleep"), channel=Channel.WEB, now=AT)
    said(care, nurse, message, None, "mood_good")
    assert exported(care) == [Label("solid 6", "mood_good", "none", "mood 0-10", "corrected")]


def test_an_erased_message_is_no_example(care: Care, nurse: int) -> None:
    message = wrote(care, "secret")
    said(care, nurse, message, "urgent")
    with transaction(care.engine) as session:
        session.get(Message, message).text = ""
    assert exported(care) == []


def test_what_says_nothing_is_refused(care: Care, nurse: int) -> None:
    message = wrote(care, "hello")
    for wrong in (message, 999_999):
        with pytest.raises(NothingJudged):
            said(care, nurse, wrong, None if wrong == message else "urgent")
    with pytest.raises(NothingJudged):
        said(care, nurse, message, "unassessed")
    with transaction(care.engine) as session:
        conversation = session.get(Conversation, care.conversation_id)
        ours = int(say(session, conversation, Reply("Hello."), channel=Channel.WEB, now=AT).id)
    with pytest.raises(NothingJudged):
        said(care, nurse, ours, "urgent")


def export(care: Care, *options: str) -> subprocess.CompletedProcess[str]:
    url = care.engine.url.render_as_string(hide_password=False)
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "export-labels", *options],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


def test_the_command_writes_lines_that_training_reads_and_says_what_they_are(
    care: Care, nurse: int, tmp_path: Path
) -> None:
    said(care, nurse, wrote(care, "puking\nsince “lunch”"), "urgent")
    said(care, nurse, wrote(care, "may i drive"), "none", "ask_driving")
    said(care, nurse, wrote(care, "dying to know"), "none")
    done = export(care)
    lines = tmp_path / "lines.jsonl"
    lines.write_text(done.stdout, encoding="utf-8")
    assert [(one.text, one.intent, one.safety) for one in read_jsonl(lines)] == [
        ("puking\nsince “lunch”", "safety", "urgent"),
        ("may i drive", "ask_driving", "none"),
    ]
    assert "PATIENTS' WORDS" in done.stderr and "1 more lack" in done.stderr
    rest = export(care, "--unfinished").stdout
    assert json.loads(rest) == {
        "text": "dying to know",
        "intent": None,
        "safety": "none",
        "tags": ["corrected"],
    }
    noted = care.look(
        lambda s: [row.detail for row in s.query(AuditEntry).filter_by(action="labels.exported")]
    )
    assert noted == [{"lines": 2, "unfinished": False}, {"lines": 1, "unfinished": True}]
