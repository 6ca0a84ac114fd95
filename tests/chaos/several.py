"""Two of everything: web, answer and care processes on one PostgreSQL over TCP, behind the proxy of `deploy/nginx`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

from bot.care.database import migrate
from bot.clinic.errors import AftercareError
from bot.embedded import EmbeddedPostgres
from bot.postgres_programs import USER
from bot.prepare import demo_login

from .assistant import ANSWER, CARE, ROOT, WEB, Assistant, free_port
from .nginx import MISSING, NGINX
from .patients import ANSWERED_BY

RESTARTED_AFTER = 2.0
"""Seconds until a process that ended is started again, as in deploy/systemd."""


def missing() -> str:
    """What has to be installed first; empty where nothing is missing."""
    return "" if NGINX else f"{MISSING}: two of everything is skipped"


class TcpServer(EmbeddedPostgres):
    """The same server programs, on a port of loopback."""

    def __init__(self, folder: Path, log: Path) -> None:
        super().__init__(folder, log)
        self.port = free_port()
        self._settings.update(
            listen_addresses="127.0.0.1", port=str(self.port), max_connections="200", wal_level="replica"
        )

    def url(self, database: str = "aftercare") -> str:
        return f"postgresql+psycopg2://{USER}@127.0.0.1:{self.port}/{database}"


class Several(Assistant):
    """Started process by process, as on several machines, and each one again when it ends, as systemd does."""

    def __init__(self, folder: Path, carrier_url: str, mail_port: int, clock: bool = False) -> None:
        super().__init__(folder, carrier_url, mail_port, clock)
        self._server = TcpServer(folder / "server", folder / "server.log")
        self._ports = [free_port(), free_port()]
        names = [*((WEB, port) for port in self._ports), (ANSWER, 1), (ANSWER, 2), (CARE, 1), (CARE, 2)]
        self._running: dict[tuple[str, int], subprocess.Popen[bytes] | None] = dict.fromkeys(names)
        self._ended: dict[object, float] = {}
        self._proxy: subprocess.Popen[bytes] | None = None
        self._up = False

    @property
    def web_processes(self) -> int:
        return len(self._ports)

    @property
    def own_addresses(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self._ports]

    @property
    def database(self) -> str:
        return self._server.url()

    @property
    def database_folder(self) -> Path:
        return self.folder / "server"

    def start(self) -> None:
        """Database, tables, a nurse's account, the processes, and the proxy before them."""
        self._server.start()
        migrate(self._server.url())
        demo_login(self._server.url(), self.home)
        for name in self._running:
            self._start(name)
        if self._proxy is None:
            self._start_proxy()
        self._up = True

    def tick(self) -> None:
        """Start again what ended."""
        if not self._up:
            return
        for name, process in self._running.items():
            if (process is None or process.poll() is not None) and self._rested(name):
                self._start(name)
        if not self._server.running and self._rested("database"):
            with suppress(AftercareError):
                self._server.start()

    def _rested(self, name: object) -> bool:
        """Whether what ended has been gone for as long as it is let rest."""
        if time.monotonic() - self._ended.setdefault(name, time.monotonic()) < RESTARTED_AFTER:
            return False
        del self._ended[name]
        return True

    def kill(self) -> None:
        """kill -9 of every process, the database's too."""
        self._up = False
        postmaster = self.postmaster()
        if self._server.running and postmaster is not None:
            with suppress(psutil.Error):
                postmaster.kill()
        for process in self._running.values():
            if process is not None:
                process.kill()
                process.wait()

    def stop(self) -> None:
        """Ask everything to end, the database last."""
        self._up = False
        for process in (*self._running.values(), self._proxy):
            if process is not None and process.poll() is None:
                process.terminate()
        for process in (*self._running.values(), self._proxy):
            if process is not None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(15)
                process.kill()
                process.wait()
        self._server.stop()
        self._log.close()

    def _children(self) -> list[psutil.Process]:
        found = []
        for process in self._running.values():
            if process is not None and process.poll() is None:
                with suppress(psutil.Error):
                    found.append(psutil.Process(process.pid))
        return found

    def _start(self, name: tuple[str, int]) -> None:
        module, number = name
        env = {**self.env, "DATABASE_URL": self._server.url(), "AFTERCARE_PORT": str(number)}
        self._running[name] = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=self.project,
            env=env,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )

    def _start_proxy(self) -> None:
        """nginx with the settings of our example: on loopback, without TLS, and before both web processes."""
        example = (ROOT / "deploy" / "nginx" / "aftercare.conf").read_text(encoding="utf-8")
        secure = "server {\n" + example.rpartition("\nserver {\n")[2]
        ours = "\n".join(f"    server 127.0.0.1:{port} max_fails=0;" for port in self._ports)
        upstream = f"upstream of_the_clinic {{\n{ours}\n    keepalive 32;\n}}\n"
        secure = secure.replace("set $aftercare web:8080;", "set $aftercare of_the_clinic;")
        secure = re.sub(r"    (listen|ssl_|add_header|error_log).*\n", "", secure)
        ours = f"    listen 127.0.0.1:{self.port};\n    add_header {ANSWERED_BY} $upstream_addr always;\n"
        secure = secure.replace("server {\n", "server {\n" + ours, 1)
        folder = self.folder / "proxy"
        folder.mkdir(mode=0o755, exist_ok=True)
        temporary = "".join(
            f"    {name}_temp_path {folder}/{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;\n" if os.geteuid() == 0 else ""
        settings = folder / "nginx.conf"
        settings.write_text(
            f"{user}pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nworker_processes 1;\n"
            f"events {{ worker_connections 4096; }}\nhttp {{\n{temporary}{upstream}{secure}}}\n",
            encoding="utf-8",
        )
        assert NGINX is not None
        self._proxy = subprocess.Popen(
            [NGINX, "-c", str(settings), "-g", "daemon off;"], stdout=self._log, stderr=subprocess.STDOUT
        )
