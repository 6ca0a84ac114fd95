"""What is kept is on the disk, readable by us only, once, and whole lines only; a full disk is said so."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from itertools import takewhile
from pathlib import Path

import pytest

from bot.care.conversations import Reply
from bot.care.database import engine_for
from bot.channels.dead_letters import NAME as DEAD_LETTERS
from bot.channels.spool import NotKept, Spool
from bot.channels.spool_records import Kept, frame, read_lines
from bot.channels.take_in import TakeIn
from bot.clinic.paths import ROOT
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

NOON = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)


def message(
    number: int, level: Level = Level.NONE, words: str = "líne one\nline two", told: str = ""
) -> Kept:
    return Kept(
        channel="sms",
        sender="+16465550100",
        external_id=f"SM{number}",
        at=NOON + timedelta(seconds=number),
        message={"text": words},
        verdict=Verdict(level, 0.5, ("A reason",), ((0, 4),), ("a-rule",), {"join": "v"}),
        told=Reply(told, kind="safety") if told else None,
    )


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "home" / "spool")


def files(spool: Spool) -> list[Path]:
    return sorted(spool.folder.glob("*"))


def left(spool: Spool) -> list[Kept]:
    with spool.left_behind() as found:
        return [kept for file in found for kept in file.records]


def test_a_message_comes_back_as_it_was(spool: Spool) -> None:
    whole = message(1, Level.CRISIS, told="Call 988.")
    spool.keep(whole)
    (path,) = files(spool)
    assert read_lines(path.read_bytes()).records == [whole] == spool.pending()


def test_only_we_can_read_it(spool: Spool) -> None:
    spool.folder.mkdir(parents=True, mode=0o755)  # somebody was careless
    os.umask(0o000)
    try:
        spool.keep(message(1))
        spool.bury(frame(message(2)))
    finally:
        os.umask(0o022)
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in files(spool)] == [0o600, 0o600]


def test_the_same_delivery_is_one_record_with_one_answer(spool: Spool) -> None:
    first = spool.keep(message(1, told="Call 988."))
    again = spool.keep(message(1, told="Another wording."))
    assert again is first
    assert len(read_lines(files(spool)[0].read_bytes()).records) == 1 == spool.waiting()


def test_the_file_goes_with_its_last_message_and_not_before(spool: Spool) -> None:
    kept = [spool.keep(message(number)) for number in range(3)]
    assert len(files(spool)) == 1
    for one in kept[:2]:
        spool.done(one)
        assert len(files(spool)) == 1
    spool.done(kept[2])
    assert files(spool) == [] and not spool.anything()
    spool.keep(message(4))
    assert spool.waiting() == 1


TORN = frame(message(9))
ENDS = {
    "half a line": TORN[: len(TORN) // 2],
    "all but the last character": TORN[:-2],
    "nothing but its beginning": TORN[:5],
    "zeros, as a file system leaves them": b"\x00" * 64,
}


@pytest.mark.parametrize("end", ENDS)
def test_a_torn_last_line_is_recognised_and_harmless(end: str) -> None:
    lines = read_lines(frame(message(1)) + frame(message(2)) + ENDS[end])
    assert [one.external_id for one in lines.records] == ["SM1", "SM2"]
    assert lines.torn and lines.damaged == []


def test_behind_a_torn_line_the_next_is_whole() -> None:
    lines = read_lines(frame(message(1)) + TORN[:-20] + frame(message(2)))
    assert [one.external_id for one in lines.records] == ["SM1", "SM2"]
    assert len(lines.damaged) == 1 and not lines.torn


@pytest.mark.parametrize("place", range(0, len(TORN), 7))
def test_no_changed_byte_passes_for_a_message(place: int) -> None:
    changed = bytearray(TORN)
    changed[place] ^= 0x01
    assert [one for one in read_lines(bytes(changed)).records if one != message(9)] == []


def test_a_file_of_a_living_process_is_left_alone(spool: Spool) -> None:
    spool.keep(message(1))
    other = Spool(spool.folder)
    assert other.anything() and other.waiting() == 1
    assert left(other) == []


CHILD = """
import sys
from pathlib import Path
from bot.channels.spool import NotKept, Spool
sys.path.insert(0, "tests/channels")
from test_spool import message
spool = Spool(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    try:
        spool.keep(message(number, words="w" * 500))
        print("kept", number, flush=True)
    except NotKept as error:
        print("full", error, flush=True)
        break
sys.stdin.read()
"""


def child(spool: Spool, how_many: int, limit: int | None = None) -> subprocess.Popen[str]:
    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(spool.folder), str(how_many)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=limited,
    )


def test_what_was_acknowledged_survives_a_kill(spool: Spool) -> None:
    with child(spool, 5) as process:
        assert process.stdout is not None
        assert [process.stdout.readline().split() for _ in range(5)] == [
            ["kept", str(one)] for one in range(5)
        ]
        assert left(spool) == []  # it lives
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert [one.external_id for one in left(spool)] == [f"SM{one}" for one in range(5)]
    # Nobody removed it: it is there for the next.
    assert spool.waiting() == 5


def test_of_two_that_find_a_left_file_one_takes_it(spool: Spool) -> None:
    with child(spool, 1) as process:
        assert process.stdout is not None and process.stdout.readline()
        process.kill()
        process.wait(10)
        with spool.left_behind() as mine:
            assert len(mine) == 1
            assert left(Spool(spool.folder)) == []
            mine[0].remove()
    assert left(spool) == [] and files(spool) == []


def test_a_full_disk_is_said_so_and_leaves_whole_lines(spool: Spool) -> None:
    with child(spool, 50, limit=3_000) as process:
        assert process.stdout is not None
        said = list(takewhile(lambda line: line.startswith("kept"), process.stdout))
        process.kill()
        process.wait(10)
    assert 0 < len(said) < 50
    with spool.left_behind() as found:
        assert len(found[0].records) == len(said) and found[0].damaged == []


def test_on_a_full_disk_a_worrying_message_is_held_until_there_is_room(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.keep(message(1))
    before = files(spool)[0].read_bytes()
    room = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, room[1]))
    try:
        for number, level in ((2, Level.NONE), (3, Level.CRISIS)):
            with pytest.raises(NotKept):
                spool.keep(message(number, level, told="Call 988."))
            assert files(spool)[0].read_bytes() == before
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, room)
    assert [one.external_id for one in spool.pending()] == ["SM1", "SM3"]
    assert spool.keep(message(3, Level.CRISIS, told="Other words.")).told == Reply("Call 988.", kind="safety")
    assert [one.external_id for one in read_lines(files(spool)[0].read_bytes()).records] == ["SM1", "SM3"]


def test_what_is_held_is_written_in_order_and_once_though_nobody_sends_it_again(
    spool: Spool,
) -> None:
    """No redelivery, and the database stays away: the look at whether it is back finds the disk with room again."""
    away = TakeIn(engine_for("postgresql://nobody@127.0.0.1:1/nowhere"), lambda: NOON, spool)
    spool.keep(message(1))
    before = files(spool)[0].read_bytes()
    room = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, room[1]))
    try:
        for number in (2, 3):
            with pytest.raises(NotKept):
                spool.keep(message(number, Level.CRISIS, told="Call 988."))
        assert away.run() is False
        assert files(spool)[0].read_bytes() == before and spool.known(message(2).key) is None
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, room)
    assert [away.run() for _ in range(3)] == [False] * 3
    written = read_lines(files(spool)[0].read_bytes()).records
    assert [one.external_id for one in written] == ["SM1", "SM2", "SM3"]
    # The carrier hears the same as when it is on the disk from the beginning.
    assert spool.known(message(2).key) == written[1]
    assert spool.keep(message(2, Level.CRISIS, told="Other words.")).told == Reply("Call 988.", kind="safety")


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    spool = Spool(tmp_path / "home" / "spool")
    for refused in (lambda: spool.keep(message(1)), lambda: spool.bury(b"x")):
        with pytest.raises(NotKept, match="spool cannot be written"):
            refused()
    assert (spool.waiting(), spool.dead_letters(), spool.anything()) == (0, 0, False)


def test_dead_letters_are_counted_and_are_not_taken_in(spool: Spool) -> None:
    spool.bury(frame(message(1)))
    spool.bury(b"what nobody can read")
    assert spool.dead_letters() == 2
    assert [path.name for path in files(spool)] == [DEAD_LETTERS]
    assert not spool.anything() and left(spool) == []


def test_whether_somebody_was_told_lately(spool: Spool) -> None:
    spool.keep(message(1, told="Saved."))
    assert spool.told_since("sms", "+16465550100", NOON)
    assert not spool.told_since("sms", "+16465550100", NOON + timedelta(seconds=2))
    assert not spool.told_since("web", "+16465550100", NOON)
    assert not spool.told_since("sms", "+16465550199", NOON)
