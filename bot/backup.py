"""`aftercare backup` and `aftercare restore`: the whole database as one file, and back into an empty one."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.care.database import MIGRATIONS, DatabaseUnavailable, engine_for, libpq_url, transaction
from bot.clinic.errors import AftercareError
from bot.postgres_programs import VERSION, programs_folder
from bot.prepare import bring_up_to_date

_OF_THE_SYSTEM = Path("/usr/lib/postgresql")
"""Where Debian puts the programs of each version of PostgreSQL."""


_END = b"\naftercare backup, sha256 "
"""What the last line begins with. pg_restore does not read so far, and may take a file that is cut short for whole."""


class BackupFailed(AftercareError):
    """A backup could not be written."""

    code = "AC021"


class RestoreFailed(AftercareError):
    """A backup could not be read in. The database is as it was."""

    code = "AC022"


def write_backup(url: str, file: Path) -> int:
    """Write the database at `url` to `file`, as it is at one moment; patients may go on writing. Gives bytes.

    The file is readable by us only, and appears whole or not at all. Raises BackupFailed, DatabaseUnavailable.
    """
    if os.path.exists(file):  # False, too, for a name that no disk takes
        raise BackupFailed(f"{file} is there already. Name a new file; nothing is overwritten.")
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with open(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "rb+") as out:
            dump = _program("pg_dump", _server_version(url))
            options = ["--format=custom", "--no-owner", "--no-privileges", f"--file={unfinished}"]
            _run(dump, options, url, BackupFailed)
            out.write(_END + _sum_of(out, None).encode() + b"\n")
            out.flush()
            os.fsync(out.fileno())
        os.rename(unfinished, file)
        return file.stat().st_size
    except OSError as error:
        raise BackupFailed(
            f"{file} could not be written ({type(error).__name__}, {os.strerror(error.errno or 0)}). "
            "See that its folder is there and ours, and that the disk is not full."
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def read_backup(url: str, file: Path) -> None:
    """Read `file` into the database at `url`, which must be empty, and bring its tables to this version.

    All or nothing: after a failure the database is still empty. Raises RestoreFailed, DatabaseUnavailable.
    """
    if not os.path.isfile(file):
        raise RestoreFailed(f"{file} is not there. Name a file that aftercare backup wrote.")
    _see_that_it_is_whole(file)
    there = _tables(url)
    if there:
        raise RestoreFailed(
            f"The database holds tables already ({', '.join(there[:3])}, {len(there)} in all). A backup is read into "
            "an empty one only: make a new one with createdb and name it in DATABASE_URL; or, with the embedded one, "
            "stop the assistant and move the folder postgres of the data folder away."
        )
    restore = _program("pg_restore", _server_version(url))
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run(restore, [*options, str(file)], url, RestoreFailed)
    newer = _revisions(url) - {one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if newer:
        raise RestoreFailed(
            f"The backup is read in, and of a newer Aftercare (tables of {', '.join(sorted(newer))}). "
            "Install that one, and run it on this database."
        )
    bring_up_to_date(url)


def _sum_of(file: BinaryIO, length: int | None) -> str:
    """SHA-256 of the first `length` bytes, or of all, in hexadecimal digits; the file then stands behind them."""
    found = hashlib.sha256()
    file.seek(0)
    while piece := file.read(1 << 20 if length is None else min(1 << 20, length - file.tell())):
        found.update(piece)
    return found.hexdigest()


def _see_that_it_is_whole(file: Path) -> None:
    """Raises RestoreFailed where the last line is not the sum of all before it."""
    try:
        with open(file, "rb") as read:
            length = file.stat().st_size - len(_END) - 65
            read.seek(max(0, length))
            end = read.read()
            if length > 0 and end == _END + _sum_of(read, length).encode() + b"\n":
                return
    except OSError as error:
        raise RestoreFailed(f"{file} cannot be read ({type(error).__name__}). See whose it is.") from error
    raise RestoreFailed(
        f"{file} is damaged, cut short, or not written by aftercare backup. Take another copy of it, or an older "
        "backup. (What is left of it, pg_restore may still read.)"
    )


def _server_version(url: str) -> str:
    """The server's major version, such as 18."""
    engine = engine_for(url, pool_size=1)
    try:
        with transaction(engine) as session:
            return str(session.execute(text("SHOW server_version")).scalar_one()).split(".")[0].split()[0]
    finally:
        engine.dispose()


def _program(name: str, server: str) -> Path:
    """The program of the server's own version where it is installed, otherwise the one that comes with us.

    pg_dump refuses servers newer than itself, and pg_restore sets what older servers do not know.
    """
    found = shutil.which(name)
    for path in (_OF_THE_SYSTEM / server / "bin" / name, Path(found) if found else None):
        if server != VERSION and path is not None and path.exists() and _major(path) == server:
            return path
    return programs_folder() / name


def _major(program: Path) -> str:
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"\) (\d+)", said)
    return number[1] if number else ""


def _run(program: Path, options: list[str], url: str, failure: type[AftercareError]) -> None:
    address = make_url(libpq_url(url))
    password = address.password
    # The password in the environment: everybody on the machine sees a command line.
    environment = {"PATH": os.defpath, "LC_ALL": "C", **({"PGPASSWORD": str(password)} if password else {})}
    for name in ("PGPASSFILE", "PGSSLROOTCERT", "PGSSLMODE", "HOME"):
        if name in os.environ:
            environment[name] = os.environ[name]
    where = address._replace(password=None).render_as_string(hide_password=False)
    done = subprocess.run(
        [str(program), f"--dbname={where}", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        said = next((line for line in lines if "error:" in line), lines[0] if lines else "it said nothing")
        # What stands behind the error itself may quote a row.
        raise failure(f"{program.name} failed: {said[:300]}. Mend what it names, and try again.")


def _tables(url: str) -> list[str]:
    engine = engine_for(url, pool_size=1)
    try:
        with transaction(engine) as session:
            found = text("select tablename from pg_tables where schemaname = 'public' order by tablename")
            return [str(one) for one in session.execute(found).scalars()]
    finally:
        engine.dispose()


def _revisions(url: str) -> set[str]:
    engine = engine_for(url, pool_size=1)
    try:
        with transaction(engine) as session:
            return {
                str(one) for one in session.execute(text("select version_num from alembic_version")).scalars()
            }
    except (DatabaseUnavailable, SQLAlchemyError) as error:
        raise RestoreFailed(
            "The file was read in, and holds no database of Aftercare. Name a file that aftercare backup wrote, "
            "and read it into another empty database."
        ) from error
    finally:
        engine.dispose()
