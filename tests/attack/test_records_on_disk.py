"""Whatever stands in a file or a form is taken, or refused in words; a line of the spool is whole or nothing."""

from __future__ import annotations

import json
import zlib
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.care.conversations import Reply
from bot.channels.dead_letters import DeadLetters
from bot.channels.spool import Spool
from bot.channels.spool_records import Kept, frame, read_lines
from bot.clinic.checking import TextLoader
from bot.clinic.errors import ClinicSettingsError
from bot.clinic.instruments import InstrumentError, load_instrument
from bot.clinic.paths import ROOT
from bot.clinic.settings import Clinic, load_clinic
from bot.guidance.errors import GuidanceInvalid
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

NOON = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
WORDS = "i took the whole bottle and nobody knows"
ANY = st.text(st.characters(), max_size=40)
ODD = st.sampled_from(
    ["\ud800", "a\x00b", "9" * 400, "2026-02-31", "²", "1_0", "[", "{}", "{phone}", "on", "٣", ""]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | ANY | ODD
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY | ODD, inner, max_size=4),
    max_leaves=6,
)
always_the_same = settings(
    derandomize=True, max_examples=60, deadline=None, suppress_health_check=list(HealthCheck)
)
kept = st.builds(
    Kept,
    channel=st.sampled_from(["web", "sms"]),
    sender=ANY,
    external_id=ANY,
    at=st.integers(0, 10**6).map(lambda seconds: NOON + timedelta(seconds=seconds)),
    message=st.dictionaries(ANY, st.none() | st.integers() | ANY, max_size=3),
    verdict=st.builds(
        Verdict,
        level=st.sampled_from(Level),
        score=st.integers(0, 10_000).map(lambda part: part / 10_000),
        reasons=st.tuples(ANY),
        evidence=st.tuples(st.tuples(st.integers(0, 99), st.integers(0, 99))),
    ),
    told=st.none() | st.builds(Reply, text=ANY, kind=ANY),
)


def line_of(content: bytes) -> bytes:
    """A line whose checksum is right, whatever it says."""
    return b"%08x %d %s\n" % (zlib.crc32(content), len(content), content)


@always_the_same
@given(
    messages=st.lists(kept, max_size=4), cut=st.integers(0), junk=st.binary(max_size=60), place=st.integers(0)
)
def test_of_a_damaged_spool_every_whole_line_comes_back_and_no_other(
    messages: list[Kept], cut: int, junk: bytes, place: int
) -> None:
    lines = [frame(one) for one in messages]
    content = b"".join(lines)
    found = read_lines(content)
    assert (found.records, found.damaged, found.torn) == (messages, [], False)
    assert read_lines(content + content).records == messages + messages
    short = content[: cut % (len(content) + 1)]
    read = read_lines(short).records
    rest = len(short) - sum(map(len, lines[: len(read)]))
    assert read == messages[: len(read)] and rest < max(map(len, lines), default=1)
    assert read_lines(junk).records == []
    if messages:
        at = place % len(messages)
        behind = b"".join(lines[:at]) + b"\n" + junk.replace(b"\n", b"") + b"".join(lines[at:])
        assert read_lines(behind).records == messages
        changed = bytearray(lines[at])
        changed[place % len(changed)] ^= 1 + place % 255
        kept_lines = b"".join(lines[:at]) + bytes(changed) + b"".join(lines[at + 1 :])
        assert [one for one in read_lines(kept_lines).records if one not in messages] == []


_CRISIS = Kept("web", "a", "b", NOON, {"text": WORDS}, Verdict(Level.CRISIS, 0.9), Reply("Call 988."))
WHOLE: dict[str, Any] = json.loads(frame(_CRISIS).split(b" ", 2)[2])
FIELDS = [(name,) for name in WHOLE] + [("told", "kind"), ("verdict", "evidence"), ("verdict", "score")]


@always_the_same
@given(value=JSON, field=st.sampled_from(FIELDS))
@example(value=[[float("inf"), 1]], field=("verdict", "evidence"))
@example(value=["a"], field=("sender",))
@example(value="none", field=("told",))
@example(value="hi", field=("message",))
def test_a_line_of_another_version_is_a_message_or_damaged(
    value: object, field: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    row = deepcopy(WHOLE)
    (row if len(field) == 1 else row[field[0]])[field[-1]] = value
    good = frame(Kept("sms", "+12125550161", "SM1", NOON, {"text": "hi"}, Verdict(Level.NONE), None))
    for content in (json.dumps(row).encode(), json.dumps(value).encode(), b"[" * 5_000):
        lines = read_lines(line_of(content) + good)
        assert lines.records[-1].external_id == "SM1" and len(lines.records) + len(lines.damaged) == 2
        assert all(isinstance(one.message, dict) and isinstance(one.sender, str) for one in lines.records)
        folder = tmp_path_factory.getbasetemp() / "spool"
        folder.mkdir(exist_ok=True)
        (folder / "1-dead.spool").write_bytes(line_of(content) + good)
        spool = Spool(folder)
        assert list(spool.of_others("sms", "+12125550161")) and spool.waiting() == 2
        with spool.left_behind() as (left,):
            assert len(left.records) + len(left.damaged) == 2
        (folder / "dead-letters").write_bytes(line_of(content) + good)
        letters = DeadLetters(folder).all()
        assert len(letters) == 2 and letters[-1].kept is not None
        assert b"".join(one.line + b"\n" for one in letters) == line_of(content) + good.lstrip()


DEMO = (ROOT / "clinic.yml").read_text(encoding="utf-8")
SETTINGS = yaml.load(DEMO, Loader=TextLoader)


def places(content: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a nested mapping or list, but the whole."""
    if not isinstance(content, (dict, list)):
        return []
    inner = content.items() if isinstance(content, dict) else enumerate(content)
    return [one for key, value in inner for one in [(*at, key), *places(value, (*at, key))]]


def put(content: Any, place: tuple[Any, ...], value: object, key: object = None) -> Any:
    """A copy with another value at a place; with a key, the value stands under it beside that place."""
    changed = deepcopy(content)
    around = changed
    for step in place[:-1]:
        around = around[step]
    if key is not None and isinstance(around, dict):
        around[key] = value
    else:
        around[place[-1]] = value
    return changed


def taken(path: Path, content: str | bytes) -> Clinic | None:
    """The clinic of a file, or None where it is refused in words."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    try:
        return load_clinic(path)
    except ClinicSettingsError as refused:
        assert refused.problems and all(one.endswith(".") and len(one) > 20 for one in refused.problems)
        assert not any("Traceback" in one or "object at 0x" in one for one in refused.problems)
        return None


@always_the_same
@given(value=JSON, place=st.sampled_from(places(SETTINGS)), key=st.none() | ANY | ODD)
def test_any_settings_make_a_clinic_or_are_refused_in_words(
    value: object, place: tuple[Any, ...], key: str | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "clinic.yml"
    for content in (put(SETTINGS, place, value), put(SETTINGS, place, value, key)):
        clinic = taken(path, json.dumps(content))
        if clinic is not None:  # what was taken is usable
            assert len(clinic.version) == 12 and isinstance(clinic.is_open(NOON), bool)
            assert taken(path, json.dumps(content)) == clinic


@pytest.mark.parametrize(
    "name",
    ["!!int abc", "!!timestamp x", "!!bool maybe", "!!float x", "!!binary 'é'", "!!int ''", "!!python/name:os.system x",
     '"\\ud800"', '"\\0"', '"\\U00110000"', "[" * 500, "&a [*a]", "*a", "!!set {a}", "!!omap [a]", "\x07"],
    ids=lambda name: name[:12],
)  # fmt: skip
def test_no_tag_escape_or_depth_of_yaml_breaks_the_settings(name: str, tmp_path: Path) -> None:
    path = tmp_path / "clinic.yml"
    for text in (DEMO.replace("Riverside Ketamine Clinic", name), f"{DEMO}\n? {name}\n: x\n", name):
        assert taken(path, text) is None


@pytest.mark.parametrize("port", [None, "8090"])
@pytest.mark.parametrize(
    "address", ["http://localhost:99999", "http://localhost:x", "https://[", "http://[::1", "https://"]
)
def test_an_address_that_there_cannot_be_is_refused(
    address: str, port: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if port:
        monkeypatch.setenv("AFTERCARE_PORT", port)
    for setting in ({"public_url": address}, {"allowed_origins": [address]}, {"chat_page": address}):
        assert taken(tmp_path / "clinic.yml", json.dumps({**SETTINGS, "web": setting})) is None, setting
    login = {"openid": {"issuer": address, "client_id": "x"}}
    assert taken(tmp_path / "clinic.yml", json.dumps({**SETTINGS, "access": login})) is None


@always_the_same
@given(st.binary(max_size=200))
def test_no_bytes_break_the_settings(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    assert taken(tmp_path_factory.getbasetemp() / "clinic.yml", content) is None


def shipped(path: str) -> tuple[Any, list[tuple[Any, ...]]]:
    """A file as it is shipped, and every place in it."""
    content = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    return content, places(content)


FILES = {
    f"{name}.yml": shipped(f"guidance/{name}.yml")
    for name in ("sources", "times", "symptoms", "topics/driving", "phrases/talk")
}
NAMES = ["[1, 2, 3, 4, 5, 6, 7]", '["", "", "", "", "", "", ""]', "[[], [], [], [], [], [], []]"]
STRANGE = ["2026-13-40", "0x_", "!!int x", "[" * 200, "!!set {a}", ".inf", "!!binary aGk=", "&a [*a]"]
FILLED = ['"{hours}"', '"{moment}"', '"{x}"', '"{"', "{1: 2, a: 3}", "[]", "{}", '"\\ud800"']
YAML = st.sampled_from([*STRANGE, *FILLED]) | JSON.map(json.dumps)


def with_other(content: Any, place: tuple[Any, ...], value: str) -> str:
    """The file, with YAML of its own at a place."""
    return json.dumps(put(content, place, "@here")).replace('"@here"', value)


def is_refused_in_words_or_loads(name: str, place: tuple[Any, ...], value: str, folder: Path) -> None:
    """One topic and one file of phrases are enough: that others are missing is named beside what is wrong."""
    for one in FILES:
        (folder / one).parent.mkdir(exist_ok=True)
        if one != name:
            (folder / one).symlink_to(ROOT / "guidance" / one)
    (folder / name).write_text(with_other(FILES[name][0], place, value), encoding="utf-8")
    for kind in (Library, Phrases):
        try:
            kind.load(folder)
        except GuidanceInvalid as refused:
            assert all(line.endswith(".") for line in str(refused).splitlines()) and ".yml" in str(refused)
        else:
            assert kind is Phrases


@always_the_same
@given(data=st.data(), name=st.sampled_from(sorted(FILES)), value=YAML)
def test_any_guidance_is_a_library_or_invalid(
    data: st.DataObject, name: str, value: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = data.draw(st.sampled_from(FILES[name][1]))
    is_refused_in_words_or_loads(name, place, value, tmp_path_factory.mktemp("guidance"))


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        *(("times.yml", ("weekdays",), names) for names in NAMES),
        ("times.yml", ("weekdays", 0), "!!binary aGk="),
        ("times.yml", ("driving", "hours", "from"), '"{hours}"'),
        ("times.yml", ("driving", "hours", "rule"), '"{moment}"'),
        ("topics/driving.yml", ("rule",), "[driving]"),
        ("topics/driving.yml", ("version",), "2026-13-40"),
        ("phrases/talk.yml", ("first_contact", "default"), "!!set {a}"),
    ],
)
def test_what_once_broke_the_guidance_is_named(
    name: str, place: tuple[Any, ...], value: str, tmp_path: Path
) -> None:
    is_refused_in_words_or_loads(name, place, value, tmp_path)
    with pytest.raises(GuidanceInvalid, match=r"\.yml"):
        (Phrases if name.startswith("phrases") else Library).load(tmp_path)


PHQ9, IN_PHQ9 = shipped("instruments/phq9.yml")


@always_the_same
@given(value=YAML, place=st.sampled_from(IN_PHQ9))
@example(value=".inf", place=("items", 0, "lowest"))
def test_any_questionnaire_is_one_or_refused(
    value: str, place: tuple[Any, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("instruments")
    (folder / "phq9.yml").write_text(with_other(PHQ9, place, value), encoding="utf-8")
    try:
        found = load_instrument("phq9", folder)
    except InstrumentError as refused:
        assert "phq9.yml" in str(refused)
    else:
        assert found.items and all(isinstance(item.key, str) for item in found.items)
