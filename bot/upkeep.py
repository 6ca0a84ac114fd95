"""Commands for whoever runs the assistant: back-ups, legal holds, dead letters. Part of `aftercare` (bot/cli.py)."""

from __future__ import annotations

import getpass
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.clinic.errors import AftercareError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.channels.dead_letters import DeadLetter


@contextmanager
def _record() -> Iterator[Session]:
    """One transaction on the database of this machine."""
    from bot.care.database import engine_for, transaction
    from bot.here import database

    with database() as url:
        engine = engine_for(url, pool_size=1)
        try:
            with transaction(engine) as session:
                yield session
        finally:
            engine.dispose()


def _note(url: str, action: str, subject: str, **detail: Any) -> None:
    """Write to the audit that whoever runs this command does something; what cannot be written is said on stderr.

    Raises DatabaseUnavailable.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from bot.care import audit
    from bot.care.database import engine_for, transaction
    from bot.clinic.clock import SystemClock

    engine = engine_for(url, pool_size=1)
    try:
        with transaction(engine) as session:
            audit.record(
                session, action, SystemClock().now(), subject=subject, by=getpass.getuser(), **detail
            )
    except SQLAlchemyError as error:  # of an older Aftercare, or only to be read from
        _not_noted(action, type(error).__name__)
    finally:
        engine.dispose()


def _not_noted(action: str, why: str) -> None:
    click.echo(
        f"This could not be recorded in the audit ({action}: {why}). Write down who did it, when and why, and tell "
        "whoever audits the clinic.",
        err=True,
    )


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole database to FILE, while the assistant runs. It holds what patients wrote: keep it locked away."""
    from bot.backup import write_backup
    from bot.here import database

    with database() as url:
        # Before a row is copied, so that no copy is without a trace, however this ends.
        _note(url, "backup.begun", "database")
        size = write_backup(url, file)
    click.echo(f"{file}: {size / 1e6:.1f} MB. To read it in: aftercare restore {file}")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Read a backup into an empty database, and bring its tables to this version."""
    from bot.backup import read_backup
    from bot.here import database

    with database() as url:
        read_backup(url, file)
    click.echo("The backup is read in. Start the assistant with aftercare run.")


@click.group()
def hold() -> None:
    """Legal holds: nothing of these patients is removed, by no rule."""


@hold.command("add")
@click.argument("patient", type=int)
@click.option(
    "--reason", required=True, help="Such as: letter of 3 March. Nothing about the patient; it is audited."
)
def hold_add(patient: int, reason: str) -> None:
    """Put a hold on PATIENT, the number in the address of their page in the console."""
    from bot.care import holds
    from bot.clinic.clock import SystemClock

    with _record() as session:
        placed = holds.place(session, patient, reason, getpass.getuser(), SystemClock().now())
        name = placed.patient.name
    click.echo(f"Nothing of {name} (patient {patient}) is removed from now on.")


@hold.command("remove")
@click.argument("patient", type=int)
def hold_remove(patient: int) -> None:
    """Lift the hold on PATIENT: the rules of retention count again."""
    from bot.care import holds
    from bot.clinic.clock import SystemClock

    with _record() as session:
        holds.lift(session, patient, getpass.getuser(), SystemClock().now())
    click.echo(f"The hold on patient {patient} is lifted; the rules of retention count again.")


@hold.command("list")
def hold_list() -> None:
    """The holds that stand."""
    from bot.care import holds

    with _record() as session:
        for one in holds.standing(session):
            placed = f"{one.placed_at:%Y-%m-%d} by {one.placed_by}"
            click.echo(f"patient {one.patient_id}  {one.patient.name}  since {placed}: {one.reason}")


@click.command("password")
@click.argument("email")
@click.option(
    "--generate", is_flag=True, help="Make a password and print it once, instead of asking for one."
)
def staff_password(email: str, generate: bool) -> None:
    """Give the account EMAIL a new password; its sessions end."""
    from bot.clinic.clock import SystemClock
    from bot.staff.passwords import set_password

    password = secrets.token_urlsafe(12) if generate else ""
    if not generate:
        password = click.prompt("Password (12 characters or more)", hide_input=True, confirmation_prompt=True)
    with _record() as session:
        ended = set_password(session, email, password, SystemClock().now(), getpass.getuser())
    click.echo(
        f"{email} has a new password; {ended} log-ins ended." + (f" Password: {password}" if generate else "")
    )


@click.group("dead-letters")
def dead_letters() -> None:
    """Messages that could not be stored, on this machine. Run it as the user that the assistant runs as, or as root."""


@dead_letters.command("list")
@click.option("--words", is_flag=True, help="Show what the patients wrote, to phone them.")
def dead_letters_list(words: bool) -> None:
    """Number, time, channel, level and identifier of each."""
    found = _letters()
    if words and found:
        _note_words(found)
    for number, one in enumerate(found, 1):
        if one.kept is None:
            click.echo(f"{number}  damaged, {len(one.line)} bytes" + (f": {one.line!r}" if words else ""))
            continue
        kept = one.kept
        line = f"{number}  {kept.at:%Y-%m-%d %H:%M} UTC  {kept.channel}  {kept.verdict.level.value}  {kept.external_id}"
        if words:
            who = kept.sender if kept.channel == "sms" else "a browser"
            line += f"\n   {who}: {kept.message.get('text', '')!r}"
        click.echo(line)


@dead_letters.command("retry")
@click.argument("numbers", type=int, nargs=-1)
def dead_letters_retry(numbers: tuple[int, ...]) -> None:
    """Have those of NUMBERS (otherwise all) taken in once more, when what was wrong is mended.

    The web process does it within seconds; one that fails ten times more is a dead letter again.
    """
    from bot.channels.dead_letters import DeadLetters
    from bot.channels.spool import spool_folder

    chosen = _chosen(numbers)
    again = DeadLetters(spool_folder()).try_again(chosen)
    click.echo(
        f"{again} will be taken in by the web process; see aftercare dead-letters list in half a minute."
    )
    if again < len(chosen):
        click.echo(
            f"{len(chosen) - again} damaged: read what is left with list --words, then remove.", err=True
        )
        sys.exit(1)


@dead_letters.command("remove")
@click.argument("numbers", type=int, nargs=-1, required=True)
def dead_letters_remove(numbers: tuple[int, ...]) -> None:
    """Remove those of NUMBERS for good: somebody has dealt with them. None that a legal hold covers."""
    from bot.care import audit, holds
    from bot.channels.dead_letters import DeadLetters
    from bot.channels.held_letters import is_held
    from bot.channels.spool import spool_folder
    from bot.clinic.clock import SystemClock

    chosen = _chosen(numbers)
    named = [one.kept.external_id if one.kept else "damaged" for one in chosen]
    with _record() as session:
        holds.wait_for_removals(session)
        covered = [one.kept.external_id for one in chosen if one.kept and is_held(session, one.kept)]
        if covered:
            raise holds.UnderHold(
                f"A legal hold covers {', '.join(covered)}: nothing was removed. Name the others alone; for these, "
                "whoever placed the hold lifts it first (aftercare hold list, then hold remove)."
            )
        now, who = SystemClock().now(), getpass.getuser()
        audit.record(session, "dead_letters.removed", now, subject="spool", by=who, letters=named)
        removed = DeadLetters(spool_folder()).remove(chosen)
    click.echo(f"{removed} removed.")


def _note_words(letters: list[DeadLetter]) -> None:
    """That somebody reads patients' words. The database may be what is broken: they are shown all the same."""
    from bot.here import running_database

    named = [one.kept.external_id if one.kept else "damaged" for one in letters]
    try:
        _note(running_database(), "dead_letters.viewed", "spool", letters=named)
    except AftercareError as error:
        _not_noted("dead_letters.viewed", type(error).__name__)


def _letters() -> list[DeadLetter]:
    from bot.channels.dead_letters import DeadLetters
    from bot.channels.spool import spool_folder

    found = DeadLetters(spool_folder()).all()
    if not found:
        click.echo("There are no dead letters on this machine.")
    return found


def _chosen(numbers: tuple[int, ...]) -> list[DeadLetter]:
    found = _letters()
    wrong = [number for number in numbers if not 1 <= number <= len(found)]
    if wrong:
        raise click.BadParameter(f"there is no number {wrong[0]}. See aftercare dead-letters list.")
    return [found[number - 1] for number in numbers] if numbers else found
