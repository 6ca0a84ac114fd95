"""The doctor on who comes in (proxy, second factor, the clinic's own log-in), and on room in PostgreSQL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import doctor, doctor_access
from bot.care import pools
from bot.care.database import engine_for, migrate
from bot.clinic.paths import ROOT
from bot.embedded import SETTINGS, EmbeddedPostgres
from bot.finding import Finding
from bot.work.queue import queue_app
from tests.running.test_deploy import compose

FACTOR = "  second_factor: []\n"
IN_EARNEST = (
    ("demo: true\n", ""),
    ("  # mail: {", "  mail: {"),
)
"""No demo: pages then need a mail server."""

HERE, NOBODY = "public_url: http://localhost:8080", "trusted_proxies: []"
PUBLIC = (HERE, "public_url: https://chat.clinic.example")
OPENID = "  openid: { issuer: https://login.clinic.example, client_id: aftercare }\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo's settings, to be changed."""
    path = tmp_path / "clinic.yml"
    path.write_text((ROOT / "clinic.yml").read_text())
    monkeypatch.setenv("AFTERCARE_CLINIC", str(path))
    monkeypatch.delenv("AFTERCARE_OPENID_SECRET", raising=False)
    return path


def change(settings: Path, *pairs: tuple[str, str]) -> None:
    words = settings.read_text()
    for old, new in pairs:
        assert old in words
        words = words.replace(old, new)
    settings.write_text(words)


def test_a_proxy_that_nobody_believes(settings: Path) -> None:
    assert doctor_access.proxy().state == "ok", "this machine alone"
    change(settings, PUBLIC)
    found = doctor_access.proxy()
    assert (
        found.state == "bad"
        and "web.trusted_proxies is empty" in found.words
        and "one address" in found.words
    )
    change(settings, (NOBODY, "trusted_proxies: [10.0.0.5]"))
    found = doctor_access.proxy()
    assert found.state == "ok" and "10.0.0.5" in found.words


def test_a_password_alone(settings: Path) -> None:
    assert doctor_access.log_in().state == "ok", "a demo"
    change(settings, *IN_EARNEST)
    found = doctor_access.log_in()
    assert found.state == "bad" and "access.second_factor is empty" in found.words
    change(settings, (FACTOR, "  second_factor: [admin]\n"))
    assert doctor_access.log_in() == Finding("ok", "log-in", "a second factor for admin")
    change(settings, ("  second_factor: [admin]\n", ""))
    assert "nurse, clinician, admin, auditor" in doctor_access.log_in().words


def test_the_clinics_log_in_without_its_secret(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(settings, (FACTOR, FACTOR + OPENID))
    found = doctor_access.log_in()
    assert found.state == "note" and "AFTERCARE_OPENID_SECRET is not" in found.words
    change(settings, *IN_EARNEST)
    both = doctor_access.log_in()
    assert both.state == "bad" and "second_factor is empty" in both.words and "OPENID_SECRET" in both.words
    monkeypatch.setenv("AFTERCARE_OPENID_SECRET", "x" * 32)
    assert "OPENID_SECRET" not in doctor_access.log_in().words


# --- connections -----------------------------------------------------------------------------------------------------


def test_a_server_without_room_for_one_of_each(session_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SETTINGS, "max_connections", str(pools.ONE_SET))
    server = EmbeddedPostgres(session_folder / "few", session_folder / "few.log", careless=True)
    try:
        url = server.start()
        migrate(url)
        monkeypatch.setenv("DATABASE_URL", url)
        found = next(one for one in doctor.examine() if one.subject == "database")
    finally:
        server.stop()
    room = pools.ONE_SET - 3  # PostgreSQL keeps three for its superuser
    assert (
        found.state == "bad" and f"leaves us {room}," in found.words and f" {pools.ONE_SET} " in found.words
    )
    assert "docs/operations.md, Connections" in found.words


def test_the_numbers_are_those_of_the_pools(database_url: str) -> None:
    for kind, size in (("web", pools.WEB), ("answer", pools.ANSWER), ("care", pools.CARE)):
        engine = engine_for(database_url, pool_size=size)
        lent = [engine.connect() for _ in range(2 * size)]
        assert engine.pool.overflow() == engine.pool._max_overflow, "that is all"  # type: ignore[attr-defined]
        for connection in lent:
            connection.execute(text("select 1"))
            connection.close()
        engine.dispose()
        queue = 0 if kind == "web" else queue_app(database_url).connector._pool_args["max_size"]  # type: ignore[attr-defined]
        assert pools.MOST[kind] == len(lent) + queue + 1


def test_document_and_compose_file_say_what_the_code_takes() -> None:
    said = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for kind, most in pools.MOST.items():
        assert re.search(rf"^\| {kind} \| {most}: ", said, re.M) and f"{most} x {kind}" in said
    workers = sum(pools.MOST.values())
    assert f"One of each: {workers} + 13 = {workers + 13}" in said and pools.COMMANDS + 3 == 13
    assert f"Two of each: {2 * workers} + 13 = {2 * workers + 13}" in said
    command = compose()["services"]["database"]["command"]
    number = next(one for one in command if one.startswith("max_connections=")).partition("=")[2]
    assert int(number) >= 2 * workers + 13 and f"The compose file has {number}." in said
