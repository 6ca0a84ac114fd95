"""What `clinic.yml` may say, and what somebody who wrote it wrong is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.clinic.errors import ClinicSettingsError
from bot.clinic.paths import ROOT
from bot.clinic.settings import Clinic, load_clinic

DEMO = (ROOT / "clinic.yml").read_text(encoding="utf-8")
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(text: str) -> Path:
        path = tmp_path / "clinic.yml"
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def changed(old: str, new: str) -> str:
    assert DEMO.count(old) == 1, f"the demo clinic.yml does not hold {old!r} exactly once"
    return DEMO.replace(old, new)


def problems(path: Path) -> tuple[str, ...]:
    with pytest.raises(ClinicSettingsError) as caught:
        load_clinic(path)
    return caught.value.problems


def test_the_demo_clinic_is_valid() -> None:
    clinic = load_clinic(ROOT / "clinic.yml")
    assert clinic.demo
    assert clinic.zone == ZoneInfo("America/New_York")
    assert clinic.crisis_line == "988" and clinic.ambulance == "911"
    assert clinic.driving.rule == "next_day_after_sleep"
    assert clinic.same_day.until == time(6, 0) and clinic.same_day.at_least_hours == 12
    assert clinic.on_call[0].email.endswith(".example")
    assert clinic.opening_hours["sun"] is None
    assert clinic.safety_reading == "full"


def test_the_environment_names_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCARE_CLINIC", str(write(changed("Riverside Ketamine Clinic", "Hill Clinic"))))
    assert load_clinic().name == "Hill Clinic"


def test_only_the_necessary_keys(write: Write) -> None:
    hours = "".join(f"  {day}: closed\n" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    clinic = load_clinic(
        write(
            "name: Hill\nphone: 212 555 0142\nafter_hours_phone: +1 212 555 0178\ntime_zone: UTC\n"
            f"opening_hours:\n{hours}"
            "on_call:\n- {name: Nora, email: nora@hill.example, phone: 212 555 0111}\n"
        )
    )
    assert not clinic.demo
    assert (clinic.driving.rule, clinic.alcohol.rule) == ("next_day_after_sleep", "next_day")


def test_unquoted_times_and_words_that_yaml_reads_otherwise(write: Write) -> None:
    """In YAML 17:00 is a number in base 60, and off is false."""
    text = changed("fri: [08:00, 17:00]", "fri: [10:30, 24:00]").replace(
        "safety_reading: full", "safety_reading: off"
    )
    clinic = load_clinic(write(text))
    friday = clinic.opening_hours["fri"]
    assert friday is not None and friday.open == time(10, 30) and friday.close == time.max
    assert clinic.safety_reading == "off"


BAD = [
    ("mon: [08:00, 18:00]", "mon: [08:00, 07:00]",
     "clinic.yml: opening_hours.mon: closing 07:00 is before opening 08:00. "
     "Write the closing time as a later HH:MM, at most 24:00."),
    ("mon: [08:00, 18:00]", "mon: [08:00, 08:00]",
     "clinic.yml: opening_hours.mon: closing 08:00 is opening 08:00. "
     "Write the closing time as a later HH:MM, at most 24:00."),
    ("mon: [08:00, 18:00]", "mon: [8am, 18:00]",
     "clinic.yml: opening_hours.mon: '8am' is not a time of day. Write HH:MM, such as 08:30."),
    ("mon: [08:00, 18:00]", "mon: [08:00, 25:00]",
     "clinic.yml: opening_hours.mon: '25:00' is not a time of day. Write HH:MM, such as 08:30."),
    ("mon: [08:00, 18:00]", "mon: all day",
     "clinic.yml: opening_hours.mon: is neither a pair of times nor closed. Write [08:00, 17:00] or closed."),
    ("  sun: closed\n", "",
     "clinic.yml: opening_hours: nothing is said of sun. Add for each day [opening, closing] or closed."),
    ("  sun: closed\n", "  sun: closed\n  sunday: closed\n",
     "clinic.yml: opening_hours: 'sunday' is not a weekday. Write one of mon, tue, wed, thu, fri, sat, sun."),
    ("name: Riverside Ketamine Clinic\n", "", "clinic.yml: name: is missing. Add it."),
    ("name: Riverside Ketamine Clinic\n", "name:\n", "clinic.yml: name: is empty. Write a value."),
    ("phone: (212) 555-0142", "phone: ring the bell",
     "clinic.yml: phone: 'ring the bell' is not a telephone number. Write digits, such as (212) 555-0142."),
    ("phone: (212) 555-0178", "phone: 12",
     "clinic.yml: after_hours_phone: '12' is not a telephone number. Write digits, such as (212) 555-0142."),
    ("crisis_line: 988", "crisis_line: 9",
     "clinic.yml: crisis_line: '9' is not a telephone number. Write digits, such as (212) 555-0142."),
    ("ambulance: 911", "ambulance: nine",
     "clinic.yml: ambulance: 'nine' is not a telephone number. Write digits, such as (212) 555-0142."),
    ("time_zone: America/New_York", "time_zone: Eastern",
     "clinic.yml: time_zone: 'Eastern' is not a time zone. Write an IANA name, such as America/New_York."),
    ("time_zone: America/New_York", "time_zone: ../etc/passwd",
     "clinic.yml: time_zone: '../etc/passwd' is not a time zone. Write an IANA name, such as America/New_York."),
    ("demo: true", "demo: perhaps", "clinic.yml: demo: is neither true nor false. Write one of them."),
    ("rule: next_day_after_sleep", "rule: at_once",
     "clinic.yml: driving.rule: 'at_once' is not one of the choices. Write one of next_day_after_sleep, hours."),
    ("rule: next_day_after_sleep", "rule: hours\n  hours: 2",
     "clinic.yml: driving.hours: is too small. Write 12 or more."),
    ("rule: next_day_after_sleep", "rule: hours\n  hours: 999",
     "clinic.yml: driving.hours: is too large. Write 168 or less."),
    ("rule: next_day_after_sleep", "rule: hours\n  hours: a day",
     "clinic.yml: driving.hours: is not a whole number. Write digits only."),
    ("rule: next_day\n", "rule: never\n",
     "clinic.yml: alcohol.rule: 'never' is not one of the choices. Write one of next_day, hours."),
    ("until: 06:00", "until: 18:00",
     "clinic.yml: same_day.until: is after noon. Write a time of the morning, such as 06:00."),
    ("until: 06:00", "until: dawn",
     "clinic.yml: same_day.until: 'dawn' is not a time of day. Write HH:MM, such as 08:30."),
    ("at_least_hours: 12", "at_least_hours: 0", "clinic.yml: same_day.at_least_hours: is too small. Write 1 or more."),
    ("email: nora.whitfield@riverside.example", "email: nora",
     "clinic.yml: on_call.1.email: 'nora' is not an e-mail address. Write one, such as nurse@clinic.example."),
    ("email: daniel.okafor@riverside.example", "email: nora.whitfield@riverside.example",
     "clinic.yml: on_call: nora.whitfield@riverside.example stands in it twice. Keep one entry for each person."),
    ("phone: (212) 555-0123", "phone: later",
     "clinic.yml: on_call.2.phone: 'later' is not a telephone number. Write digits, such as (212) 555-0142."),
    ("public_url: http://localhost:8080", "public_url: chat.clinic.example",
     "clinic.yml: web.public_url: 'chat.clinic.example' is not a web address. "
     "Write one, such as https://chat.clinic.example."),
    ("public_url: http://localhost:8080", "public_url: http://chat.clinic.example",
     "clinic.yml: web.public_url: 'http://chat.clinic.example' is not encrypted. "
     "Write an address that begins with https://."),
    ("public_url: http://localhost:8080", "public_url: https://chat.clinic.example?x=1",
     "clinic.yml: web.public_url: 'https://chat.clinic.example?x=1' holds a query or a fragment. "
     "Write the address up to the path."),
    ("allowed_origins: []", "allowed_origins: ['*']",
     "clinic.yml: web.allowed_origins.1: '*' is not an origin. "
     "Write scheme and host only, such as https://clinic.example."),
    ("allowed_origins: []", "allowed_origins: everybody",
     "clinic.yml: web.allowed_origins: has the wrong shape. Write a list, as the demo clinic.yml does."),
    ("safety_reading: full", "safety_reading: sometimes",
     "clinic.yml: safety_reading: 'sometimes' is not one of the choices. Write one of full, rules_only, off."),
    ("demo: true", "demo: true\nholidays: []", "clinic.yml: holidays: is not a known key. Remove it."),
    ("safety_reading: full", "safty_reading: full",
     "clinic.yml: safty_reading: is not a known key. Write safety_reading instead."),
    ("  at_least_hours: 12", "  at_least_hour: 12",
     "clinic.yml: same_day.at_least_hour: is not a known key. Write at_least_hours instead."),

]  # fmt: skip


@pytest.mark.parametrize("old, new, message", BAD, ids=lambda value: str(value)[:40])
def test_a_bad_value_is_named_with_its_fix(write: Write, old: str, new: str, message: str) -> None:
    assert problems(write(changed(old, new))) == (message,)


def test_nobody_on_call(write: Write) -> None:
    head, _, rest = DEMO.partition("on_call:\n")
    tail = rest[rest.index("\nweb:") :]
    message = "clinic.yml: on_call: is empty. Name at least one person, with name, email, phone and role."
    assert problems(write(head + "on_call: []\n" + tail)) == (message,)


@pytest.mark.parametrize("mode", ["rules_only", "off"])
def test_a_clinic_chooses_what_its_jurisdiction_allows(write: Write, mode: str) -> None:
    assert (
        load_clinic(write(changed("safety_reading: full", f"safety_reading: {mode}"))).safety_reading == mode
    )


def test_every_problem_is_named_at_once(write: Write) -> None:
    text = changed("time_zone: America/New_York", "time_zone: Mars").replace("ambulance: 911", "ambulance: x")
    assert [line.split(":")[1].strip() for line in problems(write(text))] == ["ambulance", "time_zone"]


def test_a_key_that_stands_twice(write: Write) -> None:
    (problem,) = problems(write(DEMO + "\ndemo: false\n"))
    assert "demo stands there twice" in problem and "line" in problem


SECRET = "https://hooks.example/services/T0K3N"


@pytest.mark.parametrize(
    "paging",
    [
        f'services: {{ "{SECRET}": AFTERCARE_DUTY }}',
        f'services: {{ "{SECRET}": [a] }}',
        f'services: {{ "{SECRET}": A_B, "{SECRET}": A_C }}',
        f'services: {{ duty: "{SECRET}" }}',
        f'ladder: [{{ who: everybody, by: ["{SECRET}"] }}]',
        f'"{SECRET}": duty',
    ],
)
def test_an_address_at_the_wrong_place_is_not_told(write: Write, paging: str) -> None:
    """What pages by an address of a service has a secret in it; problems go to the log and onto the screen."""
    head, _, rest = DEMO.partition("\npaging:\n")
    tail = re.sub(r"\A(?:[ #][^\n]*\n|\n)*", "", rest)
    found = problems(write(f"{head}\npaging:\n  {paging}\n{tail}"))
    assert found and not any("T0K3N" in line or "hooks" in line for line in found), found


@pytest.mark.parametrize("text", ["", "just words", "- a\n- list\n"])
def test_a_file_without_settings(write: Write, text: str) -> None:
    (problem,) = problems(write(text))
    assert problem.startswith("clinic.yml: holds no settings.")


@pytest.mark.parametrize(
    "text", ["name: [", "name: 'unclosed", "a: b: c", "? [a, b]\n: c\n", "!!python/object:os.system {}\n"]
)
def test_a_file_that_is_not_yaml(write: Write, text: str) -> None:
    (problem,) = problems(write(text))
    assert problem.startswith("clinic.yml, line ") and problem.endswith("Mend that line.")


def test_no_file(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "clinic.yml")
    assert "there is no such file" in problem and "AFTERCARE_CLINIC" in problem


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "clinic.yml"
    path.write_bytes(b"name: \xff\xfe\n")
    (problem,) = problems(path)
    assert "UTF-8" in problem


@pytest.mark.parametrize(
    "at, expected",
    [
        (
            datetime(2026, 3, 2, 13, 0, tzinfo=timezone.utc),
            True,
        ),  # Monday 08:00 in New York: the first minute
        (datetime(2026, 3, 2, 12, 59, tzinfo=timezone.utc), False),
        (datetime(2026, 3, 2, 23, 0, tzinfo=timezone.utc), False),  # 18:00: closed from the closing time on
        (datetime(2026, 3, 9, 12, 0, tzinfo=timezone.utc), True),  # the Monday after summer time began
        (datetime(2026, 3, 8, 15, 0, tzinfo=timezone.utc), False),  # Sunday
        (
            datetime(2026, 3, 3, 2, 0, tzinfo=timezone.utc),
            False,
        ),  # Tuesday in UTC, Monday evening at the clinic
    ],
)
def test_open_by_the_local_clock(at: datetime, expected: bool) -> None:
    assert load_clinic(ROOT / "clinic.yml").is_open(at) is expected


def test_open_until_midnight(write: Write) -> None:
    clinic = load_clinic(write(changed("mon: [08:00, 18:00]", "mon: [00:00, 24:00]")))
    zone = clinic.zone
    assert clinic.is_open(datetime(2026, 3, 2, 0, 0, tzinfo=zone))
    assert clinic.is_open(datetime(2026, 3, 2, 23, 59, 59, tzinfo=zone))
    assert not clinic.is_open(datetime(2026, 3, 3, 0, 0, tzinfo=zone))


def test_open_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        load_clinic(ROOT / "clinic.yml").is_open(datetime(2026, 3, 2, 12, 0))  # noqa: DTZ001 - the fault


def test_the_version_follows_the_content_only(write: Write) -> None:
    version = load_clinic(write(DEMO)).version
    assert len(version) == 12 and int(version, 16) >= 0
    assert load_clinic(write("# a comment\n" + DEMO)).version == version
    assert load_clinic(write(changed("ambulance: 911", "ambulance: 112"))).version != version


def test_settings_do_not_change() -> None:
    clinic = load_clinic(ROOT / "clinic.yml")
    with pytest.raises(TypeError):
        clinic.name = "Another"
    assert isinstance(clinic, Clinic)


@pytest.mark.parametrize(
    ("url", "port", "reached"),
    [
        ("http://localhost:8080", "8090", "http://localhost:8090"),
        ("http://localhost:8080", "", "http://localhost:8080"),
        ("http://[::1]", "8090", "http://[::1]:8090"),
        ("http://127.0.0.1:8080/aftercare", "8090", "http://127.0.0.1:8090/aftercare"),
        ("https://chat.clinic.example", "8090", "https://chat.clinic.example"),
        ("http://localhost:8080", "nonsense", "http://localhost:8080"),
    ],
)
def test_on_this_machine_links_lead_to_the_port_that_web_listens_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, port: str, reached: str
) -> None:
    monkeypatch.setenv("AFTERCARE_PORT", port)
    text = (ROOT / "clinic.yml").read_text(encoding="utf-8")
    path = tmp_path / "clinic.yml"
    path.write_text(text.replace("http://localhost:8080", f"'{url}'"), encoding="utf-8")
    assert load_clinic(path).web.public_url == reached
