"""What `aftercare doctor` looks at beside settings and models: files, clock, spool, and whether pages can arrive."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.care import roster
from bot.care.database import engine_for
from bot.care.opening import OpeningTimes
from bot.channels.sms.settings import load_settings
from bot.channels.spool import Spool, spool_folder
from bot.clinic.clock import SystemClock
from bot.clinic.paging_settings import APP, EMAIL, EVERYBODY, TEXT
from bot.clinic.paths import data_home
from bot.clinic.settings import WEEKDAYS, Clinic, load_clinic
from bot.finding import Finding, database_here
from bot.work.pager import PASSWORD

_OURS_ONLY = ("secret", "demo-login", "spool", "logs", "postgres")
"""In the data folder: secrets, and what patients wrote."""

_CLOCKS_DIFFER = timedelta(seconds=5)
"""Between this machine and the database's. Check-ins and pages are due by ours, jobs by the database's."""

_CONNECT = 3.0
_AHEAD = 7


def files() -> Finding:
    """Whether others on this machine can read secrets or what patients wrote."""
    home = data_home()
    paths = [home / name for name in _OURS_ONLY] + sorted((home / "spool").glob("*"))
    open_ones = [path for path in paths if path.exists() and path.stat().st_mode & 0o077]
    if home.stat().st_mode & 0o066:
        open_ones.insert(0, home)
    if open_ones:
        named = " ".join(str(path) for path in open_ones[:5])
        return Finding("bad", "files", f"others on this machine can open {named}. Run chmod go-rwx {named}")
    settings = os.environ.get("AFTERCARE_CLINIC", "")
    if settings and Path(settings).stat().st_mode & stat.S_IWOTH:
        return Finding("bad", "files", f"everybody may write {settings}. Run chmod o-w {settings}")
    return Finding("ok", "files", f"only we can open what is kept in {home}")


def clock() -> Finding:
    """Whether this machine knows the time, and the database the same."""
    clinic = load_clinic()
    now = SystemClock().now()
    local = f"{now.astimezone(clinic.zone):%Y-%m-%d %H:%M} in {clinic.time_zone}"
    differ = _differ()
    if differ is not None and abs(differ) > _CLOCKS_DIFFER:
        seconds = abs(differ).total_seconds()
        return Finding(
            "bad", "clock",
            f"this machine and the database differ by {seconds:.0f} s. Set both by NTP: jobs and check-ins go by them.",
        )  # fmt: skip
    if _synchronised() is False:
        return Finding(
            "note", "clock", f"{local}; it is not set by NTP. Switch that on: timedatectl set-ntp true"
        )
    return Finding("ok", "clock", local)


def spool() -> Finding:
    """What waits on this machine's disk."""
    kept = Spool(spool_folder())
    dead, waiting = kept.dead_letters(), kept.waiting()
    if dead:
        return Finding(
            "bad", "spool",
            f"{dead} dead letters: messages that nobody has read. aftercare dead-letters list --words, and phone.",
        )  # fmt: skip
    if waiting:
        words = f"{waiting} messages wait for the database; web takes them in when both are there. Start web here."
        return Finding("bad", "spool", words)
    return Finding("ok", "spool", "empty")


def paging() -> Finding:
    """Whether a page can reach somebody: mail server, account for texts, services, people, shifts."""
    clinic = load_clinic()
    problems = [*_ways(clinic), *_mail(clinic)]
    notes: list[str] = []
    with _record() as session:
        if session is not None:
            found = _people(clinic, roster.read(session, clinic), SystemClock().now())
            problems += found[0]
            notes += found[1]
    if problems:
        return Finding("bad", "paging", " ".join([*problems, *notes]))
    if clinic.demo and clinic.paging.mail is None:
        notes.insert(
            0, "This is a demo without a mail server: pages are shown at /demo/pager, and reach nobody."
        )
    return Finding(
        "note" if notes else "ok", "paging", " ".join(notes) or f"{len(clinic.paging.ladder)} rungs"
    )


def _ways(clinic: Clinic) -> Iterator[str]:
    ladder = clinic.paging
    if ladder.uses(TEXT) and load_settings(clinic).mode == "off":
        yield "The ladder rings by text, and there is no account at the carrier: see docs/channels.md."
    for name, variable in ladder.services.items():
        if ladder.uses(name) and not os.environ.get(variable, "").strip():
            yield f"The ladder rings by {name}, and {variable} is not set. Put the service's Apprise address there."


def _mail(clinic: Clinic) -> Iterator[str]:
    mail = clinic.paging.mail
    if mail is None or not clinic.paging.uses(EMAIL):
        return
    if mail.user and not os.environ.get(PASSWORD):
        yield f"The mail server wants a password, and {PASSWORD} is not set."
    try:
        socket.create_connection((mail.host, mail.port), _CONNECT).close()
    except OSError as error:
        yield (
            f"The mail server {mail.host}:{mail.port} cannot be reached ({type(error).__name__}). "
            "Check name, port and firewall."
        )


def _people(clinic: Clinic, now_on: roster.Roster, now: datetime) -> tuple[list[str], list[str]]:
    """What is wrong with the roster, and what is only worth knowing."""
    if not now_on.people:
        return [], ["The roster is not made yet; the first page makes it from clinic.yml."]
    notes = list(_hours_of_file(clinic, now_on.opening))
    ways = {way for rung in clinic.paging.ladder for way in rung.by if way in (TEXT, EMAIL, APP)}
    cut_off = [
        str(person.name)
        for person in now_on.people
        if not any(contact.active and contact.kind in ways for contact in person.contacts)
    ]
    if ways and len(cut_off) == len(now_on.people):
        return [
            "Nobody of the roster has an address that the ladder rings by. Enter them in the console."
        ], []
    if cut_off:
        notes.append(f"{', '.join(cut_off[:3])} cannot be paged: no address that the ladder rings by.")
    gaps = now_on.gaps(now, _AHEAD)
    if not gaps:
        return [], notes
    hours = sum(((gap.ends - gap.begins) for gap in gaps), timedelta()) / timedelta(hours=1)
    words = f"In the next {_AHEAD} days nobody is on call for {hours:.0f} hours, first at {gaps[0].begins:%a %H:%M} UTC"
    if any(rung.who == EVERYBODY for rung in clinic.paging.ladder):
        return [], [*notes, f"{words}; the rung of everybody is rung then."]
    return [f"{words}, and no rung is for everybody. Add shifts, or such a rung."], notes


def _hours_of_file(clinic: Clinic, opening: OpeningTimes) -> Iterator[str]:
    """clinic.yml's hours are for the first start, and for a process that begins with the database away."""
    differ = [day for day in WEEKDAYS if opening.hours[day] != clinic.opening_hours[day]]
    if differ:
        yield (
            f"The roster has other opening hours than clinic.yml ({', '.join(differ)}): the roster counts. Write them "
            "into clinic.yml as well, for a start with the database away."
        )


def _differ() -> timedelta | None:
    with _record() as session:
        if session is None:
            return None
        there: datetime = session.execute(text("select clock_timestamp()")).scalar_one()
        return there - SystemClock().now()


def _synchronised() -> bool | None:
    """What systemd says of NTP; None where it says nothing."""
    if shutil.which("timedatectl") is None:
        return None
    command = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(said)


@contextmanager
def _record() -> Iterator[Session | None]:
    """The database, or None where there is none, or it has no tables yet: another look says that."""
    url = database_here()
    if url is None:
        yield None
        return
    engine = engine_for(url, pool_size=1)
    session = Session(engine, future=True)
    try:
        there = session.execute(text("select to_regclass('opening_hours')")).scalar_one() is not None
    except SQLAlchemyError:
        there = False
    try:
        yield session if there else None
    finally:
        session.close()
        engine.dispose()
