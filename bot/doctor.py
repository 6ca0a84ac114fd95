"""`aftercare doctor`: looks at this machine and its configuration, and says what to mend."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator

import psutil
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot import doctor_access, doctor_running, train
from bot.care import pools
from bot.care.database import engine_for, is_current, newer_than_ours
from bot.care.signal_rules import load_signals
from bot.channels.sms.settings import load_settings
from bot.children import InstanceLock
from bot.clinic.errors import AftercareError
from bot.clinic.paths import data_home
from bot.clinic.settings import load_clinic
from bot.finding import Finding, database_here
from bot.guidance.fitting import misfits
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.language.errors import LanguageError
from bot.language.reader import Reader
from bot.supervise import listen_address

DISK_GB = 2.0
"""Free space: the packages are there already; logs, database and a second model need less than this for years."""

MEMORY_GB = 1.5
"""Free memory: the answer worker takes about 0.8 GB, web about 0.3 GB, the care worker and PostgreSQL 0.2 GB."""


def examine() -> Iterator[Finding]:
    """Every finding, one after the other. Nothing is changed and nothing started. Never raises."""
    looks: dict[str, Callable[[], Finding]] = {
        "python": _python, "disk": _disk, "memory": _memory, "clinic.yml": _clinic, "guidance": _guidance,
        "signals": _signals, "texts": _texts, "models": _models, "database": _database, "address": _address,
        "proxy": doctor_access.proxy, "log-in": doctor_access.log_in,
        "files": doctor_running.files, "clock": doctor_running.clock, "spool": doctor_running.spool,
        "paging": doctor_running.paging,
    }  # fmt: skip
    for subject, look in looks.items():
        try:
            yield look()
        except (AftercareError, LanguageError) as error:
            yield Finding("bad", subject, str(error))
        except Exception as error:  # one look that fails must not hide the others
            yield Finding("bad", subject, f"could not be looked at ({type(error).__name__}: {error}).")


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] != (3, 10):
        return Finding("bad", "python", f"this is Python {found}; Rasa 3.6 needs 3.10. Run make setup.")
    return Finding("ok", "python", found)


def _disk() -> Finding:
    home = data_home()
    free = shutil.disk_usage(home).free / 1e9
    if free < DISK_GB:
        return Finding(
            "bad", "disk", f"{free:.1f} GB free at {home}; keep {DISK_GB:.0f} GB. Make room there."
        )
    return Finding("ok", "disk", f"{free:.0f} GB free at {home}")


def _memory() -> Finding:
    free = psutil.virtual_memory().available / 1e9
    state = "ok" if free >= MEMORY_GB or _holder() else "note"
    advice = (
        "" if state == "ok" else f"; a start needs about {MEMORY_GB} GB. Close other programs or add memory."
    )
    return Finding(state, "memory", f"{free:.1f} GB free{advice}")


def _clinic() -> Finding:
    clinic = load_clinic()
    words = f"{clinic.name}, version {clinic.version}, {len(clinic.on_call)} on call"
    if clinic.demo:
        return Finding(
            "note", "clinic.yml", f"{words}. This is a demo: write demo: false before you enrol a patient."
        )
    return Finding("ok", "clinic.yml", words)


def _guidance() -> Finding:
    library = Library.load()
    words = f"{len(library.topics)} topics"
    too_long = misfits(load_clinic(), library, Phrases.load())
    if too_long:
        more = f" And {len(too_long) - 1} more." if len(too_long) > 1 else ""
        return Finding("note", "guidance", f"{words}. {too_long[0]}{more}")
    return Finding("ok", "guidance", words)


def _signals() -> Finding:
    rules = load_signals()
    reviewed = sum(rule.review == "reviewed" for rule in rules)
    return Finding("ok", "signals", f"{len(rules)} rules for check-ins, {reviewed} reviewed by a clinician")


def _texts() -> Finding:
    sms = load_settings(load_clinic())
    warnings = sms.warnings()
    if warnings:
        return Finding("bad" if sms.mode == "twilio" else "note", "texts", " ".join(warnings))
    if sms.mode == "simulator":
        return Finding("ok", "texts", "by the demo's phone simulator, to nobody")
    replies = "the carrier" if sms.words_answered_by == "carrier" else "we"
    return Finding("ok", "texts", f"by Twilio from {sms.sender}; {replies} reply to STOP, START and HELP")


def _models() -> Finding:
    stale = train.outdated()
    if stale:
        return Finding(
            "bad", "models", f"missing or not of today's data: {', '.join(stale)}. Run aftercare train."
        )
    return Finding("ok", "models", Reader.load().version)


def _database() -> Finding:
    url = database_here()
    if url is None:
        return Finding(
            "note",
            "database",
            f"embedded, not running now; aftercare run starts it. {_TRUST}",
        )
    engine = engine_for(url, pool_size=1)
    try:
        with engine.connect() as connection:
            number = connection.execute(text("SHOW server_version")).scalar_one()
            size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one() / 1e6
            room = connection.execute(_ROOM).scalar_one()
        newer = newer_than_ours(engine)
        current = newer is not None or is_current(engine)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines() or [type(error).__name__]
        return Finding(
            "bad",
            "database",
            f"cannot be reached: {reason[0]}. Check that it runs and that DATABASE_URL is right.",
        )
    finally:
        engine.dispose()
    words = f"PostgreSQL {number}, {size:.0f} MB" + (
        "" if current else ", not migrated: run aftercare migrate"
    )
    if not current:
        return Finding("bad", "database", words)
    if room < pools.ONE_SET:
        return Finding(
            "bad", "database",
            f"{words}; its max_connections leaves us {room}, and one web, one answer and one care worker take up to "
            f"{pools.ONE_SET} with the commands: when many write, messages wait on disk. Raise it (docs/operations.md, "
            "Connections) and restart PostgreSQL.",
        )  # fmt: skip
    if newer is not None:
        return Finding(
            "note", "database",
            f"{words}, migrated by a newer Aftercare (to {newer}), on whose tables this older one runs. If you went "
            "back on purpose, all is well; otherwise start the newer one.",
        )  # fmt: skip
    return (
        Finding("ok", "database", words)
        if os.environ.get("DATABASE_URL", "").strip()
        else Finding("note", "database", f"{words}, embedded. {_TRUST}")
    )


_ROOM = text(
    "SELECT sum(CASE name WHEN 'max_connections' THEN setting::int ELSE -setting::int END) FROM pg_settings "
    "WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')"
)
"""How many connections the server has for whoever is no superuser."""

_TRUST = (
    "It asks for no password: whoever is its user or root on this machine can read it. "
    "Good for a demo, tests and one trusted machine; otherwise give a PostgreSQL of yours in DATABASE_URL."
)


def _holder() -> int | None:
    """Process id of the assistant that runs on this data folder."""
    lock = InstanceLock(data_home())
    try:
        lock.take()
    except AftercareError:
        return int(lock.holder().get("pid") or 0)
    lock.release()
    return None


def _address() -> Finding:
    holder = _holder()
    if holder is not None:
        address = InstanceLock(data_home()).holder().get("address")
        return Finding("ok", "address", f"{address} (running as process {holder})")
    host, port = listen_address()
    return Finding("ok", "address", f"{host} port {port} is free")
