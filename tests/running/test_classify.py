"""`aftercare classify`: the contract that a clinic's audit of its history stands on."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot.classify import BadLine, parse
from bot.classify import classify as classified
from bot.cli import main
from bot.clinic.paths import ROOT
from bot.language.errors import ModelMissing
from bot.nlu.states import STATES
from bot.safety.screen import MODES

COMMAND = [sys.executable, "-m", "bot.cli", "classify"]


def classify(lines: Sequence[str | bytes], *options: str) -> tuple[int, list[dict[str, Any]]]:
    data = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)
    result = CliRunner().invoke(main, ["classify", *options], input=data)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_one_object_for_each_message_in_order() -> None:
    code, found = classify(
        [
            json.dumps({"text": "can i drive tonight?"}),
            json.dumps({"text": "i want to end my life"}),
            json.dumps({"text": "7", "context": "How is your mood from 0 to 10?", "id": "ignored"}),
        ]
    )
    assert code == 0 and len(found) == 3
    for row in found:
        assert set(row) == {"intent", "confidence", "answers", "safety"}
        assert set(row["safety"]) == {"level", "score", "reasons", "evidence"}
        assert 0 <= row["confidence"] <= 1 and 0 <= row["safety"]["score"] <= 1
    assert found[0]["intent"] == "ask_driving" and found[0]["answers"] == ["driving"]
    assert found[0]["safety"]["level"] == "none"
    assert found[1]["safety"]["level"] == "crisis" and found[1]["safety"]["reasons"]
    for start, end in found[1]["safety"]["evidence"]:
        assert 0 <= start < end <= len("i want to end my life")


MESSAGES = (
    "i feel great today",
    "feeling really low today",
    "no point renewing my passport",
)


@pytest.fixture
def clinics_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A clinic that reads in a mode."""

    def set_mode(mode: str) -> None:
        text = (ROOT / "clinic.yml").read_text(encoding="utf-8")
        file = tmp_path / "clinic.yml"
        file.write_text(text.replace("safety_reading: full", f"safety_reading: {mode}"), encoding="utf-8")
        monkeypatch.setenv("AFTERCARE_CLINIC", str(file))

    return set_mode


@pytest.mark.parametrize("mode", ["rules_only", "off"])
@pytest.mark.parametrize("options", [True, False])
def test_the_mode_of_the_clinic_or_the_one_that_is_named(
    clinics_mode: Callable[[str], None], mode: str, options: bool
) -> None:
    clinics_mode("full" if options else mode)
    lines = [
        json.dumps({"text": text}) for text in (*MESSAGES, "i want to end my life", "can i drive tonight?")
    ]
    code, found = classify(lines, *(["--mode", mode] if options else []))
    assert code == 0
    assert not {row["intent"] for row in found} & set(STATES)
    assert {row["safety"]["level"] for row in found[:3]} == {"none"}
    assert found[3]["safety"]["level"] == ("crisis" if mode == "rules_only" else "none")
    assert found[4]["answers"] == ["driving"]
    assert all(set(row) == {"intent", "confidence", "answers", "safety"} for row in found)


def test_full_may_be_named_whatever_the_clinic_does(clinics_mode: Callable[[str], None]) -> None:
    clinics_mode("off")
    code, found = classify([json.dumps({"text": "i want to end my life"})], "--mode", "full")
    assert code == 0 and (found[0]["intent"], found[0]["safety"]["level"]) == ("safety", "crisis")


def test_the_modes_are_those_of_the_screen() -> None:
    for command in ("classify", "explain"):
        [mode] = [one for one in main.commands[command].params if one.name == "mode"]
        assert tuple(mode.type.choices) == MODES


@pytest.mark.parametrize("mode", ["rules_only", "off"])
@pytest.mark.parametrize("options", [True, False])
def test_explain_reads_in_the_mode_of_the_clinic_or_the_one_that_is_named(
    clinics_mode: Callable[[str], None], mode: str, options: bool
) -> None:
    clinics_mode("full" if options else mode)
    named = ["--mode", mode] if options else []
    result = CliRunner().invoke(main, ["explain", "i want to end my life", *named])
    assert result.exit_code == 0, result.output
    assert f"version    mode: {mode}" in result.stdout
    assert ("level      crisis" in result.stdout) is (mode == "rules_only")
    intents = {line.split()[-1] for line in result.stdout.splitlines() if line.startswith("intent")}
    assert not intents & set(STATES)


def test_explain_in_full_shows_all_that_the_reader_says(clinics_mode: Callable[[str], None]) -> None:
    clinics_mode("full")
    result = CliRunner().invoke(main, ["explain", "i want to end my life"])
    assert result.exit_code == 0 and "  safety\n" in result.stdout and "level      crisis" in result.stdout


BAD = {
    b"not json": "not JSON",
    b'{"text": ': "not JSON",
    b'["text"]': "not an object",
    b'{"message": "hello"}': '"text" is missing',
    b'{"text": 7}': '"text" is missing or not a string',
    b'{"text": null}': '"text" is missing or not a string',
    b'{"text": "hello", "context": 7}': '"context" is not a string',
    b'{"text": "\xff"}': "not UTF-8",
    b"[" * 100_000: "not JSON",
}


@pytest.mark.parametrize("line", BAD, ids=lambda line: str(line[:30]))
def test_a_bad_line_is_named_and_the_rest_goes_on(line: bytes) -> None:
    good = json.dumps({"text": "thanks"})
    code, found = classify([good, line, good])
    assert code == 1 and len(found) == 3
    assert "error" not in found[0] and "error" not in found[2]
    error = found[1]["error"]
    assert error["line"] == 2 and error["code"] == "AC015"
    assert error["message"].startswith("Line 2: ") and BAD[line] in error["message"]


@pytest.mark.parametrize(
    "text", ["", "   ", "\x00", "🙂" * 50, "\ud83d", "a" * 100_000, "/restart", "<script>"]
)
def test_odd_texts_are_messages(text: str) -> None:
    code, found = classify([json.dumps({"text": text})])
    assert code == 0 and "intent" in found[0]


def test_blank_lines_are_skipped_and_nothing_in_is_nothing_out() -> None:
    assert classify(["", "  ", "\t"]) == (0, [])
    assert classify([]) == (0, [])


@given(st.binary(max_size=200))
def test_no_line_breaks_the_parser(raw: bytes) -> None:
    try:
        text, context = parse(raw)
    except BadLine as error:
        assert str(error).endswith(".")
    else:
        assert isinstance(text, str) and (context is None or isinstance(context, str))


def test_a_missing_model_is_said_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ModelMissing("models/heads.npz")

    monkeypatch.setattr("bot.classify.Reader.load", missing)
    result = CliRunner().invoke(main, ["classify"], input=b'{"text": "hello"}\n')
    assert result.exit_code == 1 and result.stdout == ""
    assert "heads.npz" in result.stderr and "make setup" in result.stderr


@pytest.mark.processes
def test_each_answer_comes_at_once() -> None:
    """Somebody who pipes one message at a time reads one answer at a time."""
    with subprocess.Popen(COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        for text in ("can i drive tonight?", "thanks"):
            process.stdin.write(json.dumps({"text": text}).encode() + b"\n")
            process.stdin.flush()
            assert "intent" in json.loads(process.stdout.readline())
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.mark.processes
def test_lines_that_come_after_somebody_has_seen_enough_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    enough, read = threading.Event(), threading.Event()

    def lines() -> Iterator[bytes]:
        yield b'{"text": "thanks"}'
        enough.wait(30)
        yield b'{"text": "and one more"}'
        read.set()

    answers = classified(lines())
    assert next(answers)["intent"] == "thank"
    answers.close()
    before = threading.active_count()
    enough.set()
    for _ in range(300):
        if threading.active_count() < before:
            break
        time.sleep(0.05)
    assert raised == [] and not read.is_set()


def test_a_reader_that_has_seen_enough_gets_no_traceback() -> None:
    lines = b'{"text": "thanks"}\n' * 50
    with subprocess.Popen(
        COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdout.close()
        process.stdin.write(lines)
        process.stdin.close()
        assert b"Traceback" not in process.stderr.read()
        assert process.wait(30) == 1
