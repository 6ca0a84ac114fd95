"""PostgreSQL's own disk is full: what cannot be stored is kept beside it, and taken in when there is room."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from bot.care.database import migrate, transaction
from bot.care.models import Alert
from bot.channels.spool import Spool
from bot.embedded import EmbeddedPostgres
from tests.channels.outage.seen import CRISIS, carrier_at, of, taken_in, until
from tests.channels.sms.support import fresh_number, new_sid, said
from tests.channels.web_chat.support import Browser

SIZE = "128m"
"""A server with our tables takes a little more than half of it."""


@pytest.fixture(scope="module")
def disk(session_folder: Path) -> Iterator[Path]:
    """A disk of its own, which a test can fill without anybody else's harm."""
    mount, folder = shutil.which("mount"), session_folder / "disk"
    if os.geteuid() != 0 or mount is None:
        pytest.skip(
            "a small disk can be mounted by root alone: run the tests as root to have a full one tried"
        )
    folder.mkdir()
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={SIZE},mode=711", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if made.returncode != 0:
        pytest.skip(
            "nothing may be mounted here (a container without CAP_SYS_ADMIN?): a full disk is not tried"
        )
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(scope="module")
def postgres(disk: Path, session_folder: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(disk / "postgres", session_folder / "full.log")
    migrate(server.start())
    yield server
    server.stop()


def fill(disk: Path) -> Path:
    """Leave no room on a disk."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            try:
                file.write(bytes(1 << 20))
            except OSError as error:
                assert error.errno == errno.ENOSPC
                while True:
                    file.write(bytes(512))
    return ballast


def test_a_full_disk_of_the_database_loses_nothing(
    postgres: EmbeddedPostgres,
    disk: Path,
    engine: Engine,
    serve: Callable[..., str],
    browse: Callable[[str], Browser],
    spool: Spool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    base = serve()
    browser, carrier = browse(base), carrier_at(base)
    number, ids, sids = fresh_number(), [str(uuid.uuid4()) for _ in range(41)], [new_sid() for _ in range(3)]
    browser.send("before", ids[0])
    ballast = fill(disk)
    # Pages that are begun have room for some: it is full when one could not be stored.
    words = "a long day, " * 150
    kept = [browser.send(words, one).json().get("kept", False) for one in ids[1:]]
    assert any(kept), "the disk was not full"
    assert kept == sorted(kept), "once kept, later ones are not stored before it"
    crisis = str(uuid.uuid4())
    assert "988" in browser.send(CRISIS, crisis).json()["reply"]["text"]
    answers = [
        said(carrier.text(number, one, sid)) for one, sid in zip(("hello", CRISIS, "and after?"), sids)
    ]
    assert "saved your message" in answers[0][0] and "988" in answers[1][0]
    assert "DatabaseFull" in caplog.text, "whoever reads the log is told what to make room for"
    ballast.unlink()
    if not postgres.running:  # it may have ended; whoever started it starts it again
        postgres.start()
    taken_in(spool)
    assert [one.external_id for one in of(engine, crisis) if one.sender == "patient"] == [*ids, crisis]
    assert [one.external_id for one in of(engine, sids[0]) if one.sender == "patient"] == sids
    with transaction(engine) as session:
        for external_id in (crisis, sids[1]):
            conversation = of(engine, external_id)[0].conversation_id
            (alert,) = session.query(Alert).filter_by(conversation_id=conversation)
            assert alert.level == "crisis"
    until(lambda: browser.client.get("/readyz").json()["checks"]["spool_empty"])
