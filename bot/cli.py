"""The command `aftercare`. What a command needs is imported inside it, so that none waits for what another needs."""

from __future__ import annotations

import json
import os
import secrets
import sys
from typing import TYPE_CHECKING, cast

os.environ.update(
    RASA_TELEMETRY_ENABLED="false",
    TF_CPP_MIN_LOG_LEVEL="3",
    SQLALCHEMY_SILENCE_UBER_WARNING="1",
    TOKENIZERS_PARALLELISM="false",
)  # before any import that reads them

import click

from bot import upkeep
from bot.clinic.errors import AftercareError

if TYPE_CHECKING:
    from bot.safety.screen import Mode


class _Group(click.Group):
    """Shows our own errors as what they say, with their code, and nothing of a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except AftercareError as error:
            click.echo(f"{error} [{error.code}]", err=True)
            sys.exit(1)
        except BrokenPipeError:
            # The reader of our output has seen enough. At once: an orderly end would flush into the broken pipe again.
            os._exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Aftercare: a conversational assistant for the time after a ketamine infusion."""


for _command in (upkeep.backup, upkeep.restore, upkeep.hold, upkeep.dead_letters):
    main.add_command(_command)


@main.command()
def run() -> None:
    """Start everything and keep it running until Ctrl-C.

    AFTERCARE_PORT (8080), AFTERCARE_HOST (127.0.0.1), AFTERCARE_HOME (data and logs), AFTERCARE_CLINIC (clinic.yml) and
    DATABASE_URL (otherwise the embedded PostgreSQL) change what is used.
    """
    from bot.supervise import Supervisor

    sys.exit(Supervisor().run())


@main.command()
@click.option("--force", is_flag=True, help="Train even if nothing has changed.")
@click.option("--if-needed", is_flag=True, help="Say nothing when nothing has changed.")
def train(force: bool, if_needed: bool) -> None:
    """Train the models whose data have changed."""
    from bot.train import outdated
    from bot.train import train as train_models

    if not force and not outdated():
        if not if_needed:
            click.echo("The models are those of today's data.")
        return
    try:
        train_models(lambda line: click.echo(line if line.startswith(" ") else f"==> {line}"), force)
    except Exception as error:
        if getattr(error, "code", None) is None:
            raise
        raise AftercareError(str(error)) from error


_mode = click.option(
    "--mode",
    type=click.Choice(["full", "rules_only", "off"]),
    help="How to read, instead of as `safety_reading` in clinic.yml says.",
)


def _mode_or_clinics(mode: str | None) -> Mode:
    from bot.clinic.settings import load_clinic

    return cast("Mode", mode or load_clinic().safety_reading)


@main.command()
@_mode
def classify(mode: str | None) -> None:
    """Read messages as JSON lines and write what is understood of each.

    In: {"text": ..., "context": optional, the question just asked}. Out, in the same order: intent, confidence, answers
    (topics that would be answered) and safety (level, score, reasons, evidence as [start, end] in the text).
    A line that is no message gets an error object; the exit code is then 1.
    """
    from bot.classify import classify as classify_lines
    from bot.language.errors import LanguageError

    failed = False
    try:
        for found in classify_lines(sys.stdin.buffer, _mode_or_clinics(mode)):
            failed = failed or "error" in found
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()
    except LanguageError as error:
        click.echo(f"{error} [{error.code}]", err=True)
        sys.exit(1)
    sys.exit(1 if failed else 0)


@main.command()
@click.argument("text")
@click.option("--context", help="The question just asked.")
@_mode
def explain(text: str, context: str | None, mode: str | None) -> None:
    """Show what is understood of TEXT, and how its safety verdict came about."""
    from bot.classify import understand_in
    from bot.language.errors import LanguageError
    from bot.language.reader import Reader
    from bot.safety.explain import explain as explain_verdict

    reads = _mode_or_clinics(mode)
    try:
        understood = understand_in(reads, text, context, Reader.load())
    except LanguageError as error:
        click.echo(f"{error} [{error.code}]", err=True)
        sys.exit(1)
    for name, probability in understood.ranking:
        click.echo(f"intent     {probability:.2f}  {name}")
    click.echo(f"answers    {', '.join(understood.answers) or 'none'}")
    if understood.ask_back:
        click.echo(f"asks back  {' or '.join(understood.ask_back)}")
    click.echo(explain_verdict(text, context, reads))


@main.group()
def staff() -> None:
    """Accounts of the staff console."""


staff.add_command(upkeep.staff_password)


@staff.command("add")
@click.argument("name")
@click.option("--email", required=True, help="What they log in with.")
@click.option("--role", required=True, help="nurse, clinician, admin or auditor.")
@click.option(
    "--generate", is_flag=True, help="Make a password and print it once, instead of asking for one."
)
def staff_add(name: str, email: str, role: str, generate: bool) -> None:
    """Make an account for NAME."""
    from bot.care.audit import record
    from bot.care.database import engine_for, transaction
    from bot.clinic.clock import SystemClock
    from bot.here import database
    from bot.prepare import bring_up_to_date
    from bot.staff.accounts import add_staff

    password = secrets.token_urlsafe(12) if generate else ""
    if not generate:
        password = click.prompt("Password (12 characters or more)", hide_input=True, confirmation_prompt=True)
    with database() as url:
        bring_up_to_date(url)
        engine = engine_for(url, pool_size=1)
        try:
            with transaction(engine) as session:
                member = add_staff(session, name, email, role, password)
                record(session, "account.added", SystemClock().now(), subject=f"staff:{member.id}", role=role)
        finally:
            engine.dispose()
    click.echo(f"{name} can log in as {email} ({role})." + (f" Password: {password}" if generate else ""))


@main.command()
def migrate() -> None:
    """Bring the database to the newest version of its tables."""
    from bot.here import database
    from bot.prepare import bring_up_to_date

    with database() as url:
        ours = bring_up_to_date(url)
    click.echo(
        "The database is up to date." if ours else "The database is newer than this version: unchanged."
    )


@main.command("verify-audit")
@click.option(
    "--noted", help="What an earlier run printed as the head, kept where nobody of ours can change it."
)
def verify_audit(noted: str | None) -> None:
    """Check that the audit is what was written, and name each entry that is not."""
    from bot.care.audit_chain import Head, verify
    from bot.care.database import engine_for, transaction
    from bot.here import database

    earlier = Head.parse(noted) if noted else None
    with database() as url:
        engine = engine_for(url, pool_size=1)
        try:
            with transaction(engine) as session:
                found = verify(session, earlier)
        finally:
            engine.dispose()
    for words in found.broken:
        click.echo(words)
    click.echo(f"{found.entries} entries; {len(found.broken) or 'none'} broken.")
    click.echo(f"Head, to be noted elsewhere: {found.head}")
    sys.exit(1 if found.broken else 0)


@main.command("export-labels")
@click.option("--unfinished", is_flag=True, help="Write those instead that lack a part, for you to fill in.")
def export_labels(unfinished: bool) -> None:
    """Write what staff said of messages as labelled examples: JSON lines as in data/safety/messages.

    They are patients' words. Nothing puts them into data/ by itself: take names and places out before you do.
    """
    from bot.care.audit import record
    from bot.care.corrections import labels
    from bot.care.database import engine_for, transaction
    from bot.clinic.clock import SystemClock
    from bot.here import database

    written = others = 0
    with database() as url:
        engine = engine_for(url, pool_size=1)
        try:
            with transaction(engine) as session:
                for label in labels(session):
                    if label.finished is unfinished:
                        others += 1
                        continue
                    written += 1
                    click.echo(json.dumps(label.as_json(), ensure_ascii=False))
                record(session, "labels.exported", SystemClock().now(), lines=written, unfinished=unfinished)
        finally:
            engine.dispose()
    click.echo(
        f"{written} examples. THESE ARE PATIENTS' WORDS: keep the file where the record is kept.", err=True
    )
    if others and not unfinished:
        click.echo(
            f"{others} more lack what they asked for or how worrying they were: --unfinished.", err=True
        )


@main.command("database-url")
def database_url() -> None:
    """Print the address of the database: DATABASE_URL, or that of the embedded one while the assistant runs."""
    from bot.here import running_database

    click.echo(running_database().replace("+psycopg2", "", 1))  # so that psql and pg_dump take it too


@main.command()
def doctor() -> None:
    """Look at this machine and its configuration, and say what to mend."""
    from bot.doctor import examine

    worst = 0
    for finding in examine():
        worst = max(worst, int(finding.state == "bad"))
        mark = {"ok": "ok  ", "note": "note", "bad": "MEND"}[finding.state]
        click.echo(f"{mark}  {finding.subject:<10}  {finding.words}")
    sys.exit(worst)


if __name__ == "__main__":
    main()
