"""The doctor on files, clock, spool and paging: each thing that is wrong is named with what mends it."""

from __future__ import annotations

import socket
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlalchemy.engine import Engine

from bot import doctor_running
from bot.care import roster_edits
from bot.care.database import transaction
from bot.care.models import ContactPoint, OpeningHours, Responder, Shift
from bot.channels.spool import Spool, spool_folder
from bot.clinic.paths import ROOT
from bot.clinic.settings import load_clinic


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "home"
    found.mkdir(mode=0o711)
    monkeypatch.setenv("AFTERCARE_HOME", str(found))
    return found


def clinic(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **changes: str) -> None:
    """The demo's settings with some words exchanged."""
    text = (ROOT / "clinic.yml").read_text()
    for old, new in changes.items():
        assert SPOTS[old] in text
        text = text.replace(SPOTS[old], new)
    (tmp_path / "clinic.yml").write_text(text)
    monkeypatch.setenv("AFTERCARE_CLINIC", str(tmp_path / "clinic.yml"))


SPOTS = {
    "demo": "demo: true\n",
    "mail": "  # mail: { host: smtp.clinic.example, port: 587, security: starttls, user: aftercare, "
    "sender: aftercare@clinic.example }\n",
    "services": "  # services: { duty_pager: AFTERCARE_DUTY_PAGER }\n",
    "last_rung": "    - { who: everybody, by: [text, email], minutes: 10 }\n",
}


def test_files_that_others_can_open(home: Path) -> None:
    assert doctor_running.files().state == "ok"
    secret = home / "secret"
    secret.write_text("x")
    secret.chmod(0o640)
    found = doctor_running.files()
    assert found.state == "bad" and f"chmod go-rwx {secret}" in found.words
    secret.chmod(0o600)
    (home / "spool").mkdir(mode=0o700)
    (home / "spool" / "1-2.spool").touch(mode=0o644)
    assert "1-2.spool" in doctor_running.files().words
    (home / "spool" / "1-2.spool").chmod(0o600)
    home.chmod(0o755)
    assert doctor_running.files().state == "bad"


def test_settings_that_everybody_may_write(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic(monkeypatch, tmp_path)
    (tmp_path / "clinic.yml").chmod(0o646)
    assert "chmod o-w" in doctor_running.files().words


def test_clocks_that_differ(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr(doctor_running, "_synchronised", lambda: None)
    good = doctor_running.clock()
    assert good.state == "ok" and "America/New_York" in good.words
    monkeypatch.setattr(doctor_running, "_differ", lambda: timedelta(seconds=-40))
    assert "differ by 40 s" in doctor_running.clock().words and doctor_running.clock().state == "bad"
    monkeypatch.setattr(doctor_running, "_differ", lambda: None)
    monkeypatch.setattr(doctor_running, "_synchronised", lambda: False)
    assert doctor_running.clock().state == "note" and "set-ntp" in doctor_running.clock().words


def test_dead_letters_are_named(home: Path) -> None:
    assert doctor_running.spool().state == "ok"
    Spool(spool_folder()).bury(b"damaged")
    found = doctor_running.spool()
    assert found.state == "bad" and "dead-letters list" in found.words


def test_a_mail_server_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        mail = f"  mail: {{ host: 127.0.0.1, port: {port}, user: aftercare, sender: a@b.example }}\n"
        clinic(monkeypatch, tmp_path, mail=mail)
        away = doctor_running.paging()
        assert away.state == "bad" and f"127.0.0.1:{port} cannot be reached" in away.words
        assert "AFTERCARE_SMTP_PASSWORD is not set" in away.words
        server.listen()
        monkeypatch.setenv("AFTERCARE_SMTP_PASSWORD", "x")
        assert doctor_running.paging().state != "bad"


def test_a_ladder_that_rings_by_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = "  mail: { host: 127.0.0.1, port: 9, sender: a@b.example }\n"
    rung = "    - { who: everybody, by: [duty_pager], minutes: 10 }\n"
    services = "  services: { duty_pager: AFTERCARE_DUTY_PAGER }\n"
    clinic(monkeypatch, tmp_path, demo="", mail=mail, services=services, last_rung=rung)
    words = doctor_running.paging().words
    assert "no account at the carrier" in words and "AFTERCARE_DUTY_PAGER is not set" in words


@pytest.fixture
def nora(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """The only one of the roster, on call on Mondays, with a number."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    with transaction(engine) as session:
        for model in (Shift, ContactPoint, Responder):
            session.execute(delete(model))
        person = Responder(name="Nora Whitfield", email="nora@x.example", role="nurse", place=1)
        person.shifts.append(Shift(weekday=0, starts=time(8), ends=time(18)))
        person.contacts.append(ContactPoint(kind="text", address="+12125550111"))
        session.add(person)
        session.flush()
        return int(person.id)


def test_hours_without_anybody_on_call(nora: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = doctor_running.paging()
    assert found.state == "note" and "nobody is on call for 158 hours" in found.words
    rung = "    - { who: on_call, by: [text, email], minutes: 10 }\n"
    clinic(monkeypatch, tmp_path, last_rung=rung)
    assert (
        doctor_running.paging().state == "bad" and "no rung is for everybody" in doctor_running.paging().words
    )


def test_hours_that_are_others_in_the_roster_than_in_clinic_yml(nora: int, engine: Engine) -> None:
    with transaction(engine) as session:
        session.execute(delete(OpeningHours))
        roster_edits.seed(session, load_clinic())
    assert "opening hours" not in doctor_running.paging().words
    with transaction(engine) as session:
        roster_edits.set_hours(session, [1, 5], None)
    found = doctor_running.paging()
    assert found.state == "note" and "other opening hours than clinic.yml (tue, sat)" in found.words


def test_somebody_whom_no_page_reaches(nora: int, engine: Engine) -> None:
    with transaction(engine) as session:
        session.execute(delete(ContactPoint))
    found = doctor_running.paging()
    assert found.state == "bad" and "Nobody of the roster has an address" in found.words
    with transaction(engine) as session:
        session.add(Responder(name="Dan", email="d@x.example", role="nurse", place=2))
        session.flush()
        session.add(ContactPoint(responder_id=nora, kind="email", address="nora@x.example"))
    assert "Dan cannot be paged" in doctor_running.paging().words


def test_a_database_that_is_away_hides_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setattr(doctor_running, "_synchronised", lambda: None)
    assert doctor_running.clock().state == "ok"
    assert doctor_running.paging().state == "note"
