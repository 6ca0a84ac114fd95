"""The whole assistant as processes, and browsers to look at it.

For the tests of the whole path, and for `scripts/screenshots.py`.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from bot.clinic.paths import ROOT
from tests.chromium import CHROMIUM, DRIVER

CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)

READY_WITHIN = 300.0
"""Seconds from the start of `aftercare run` to the first answer; 40 on a machine that does nothing else."""


class Demo:
    """`aftercare run` on a free port, with data of its own. A context manager; it waits until all is ready."""

    def __init__(self, folder: Path) -> None:
        """folder: empty, readable for the user whom the embedded database runs as."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://localhost:{port}"
        self._said = folder / "output"
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("AFTERCARE_") and name != "DATABASE_URL"
        }
        environment.update(AFTERCARE_HOME=str(folder / "home"), AFTERCARE_PORT=str(port))
        self._environment = environment
        with self._said.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "run"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Demo:
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def output(self) -> str:
        """What the operator sees."""
        return self._said.read_text(encoding="utf-8")

    @property
    def login(self) -> tuple[str, str]:
        """The demo's log-in, as it is printed: e-mail and password."""
        found = re.search(r"demo log-in: (\S+), password (\S+)\)", self.output)
        assert found, f"no log-in was printed:\n{self.output}"
        return found.group(1), found.group(2)

    def hire(self, name: str, email: str, role: str) -> str:
        """Make an account as the operator does, while all runs; returns its password."""
        command = [sys.executable, "-m", "bot.cli", "staff", "add", name, "--email", email, "--role", role]
        said = subprocess.run(
            [*command, "--generate"],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return said.rsplit("Password: ", 1)[1].strip()

    def stop(self) -> None:
        """Press Ctrl-C, and kill what has not ended after half a minute."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + READY_WITHIN
        while "Assistant ready" not in self.output:
            assert self._process.poll() is None, f"it ended:\n{self.output}"
            assert time.monotonic() < end, f"not ready after {READY_WITHIN:.0f} s:\n{self.output}"
            time.sleep(0.5)


@contextmanager
def demo() -> Iterator[Demo]:
    """A demo in a temporary folder that is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="aftercare-demo-", dir="/tmp"))
    folder.chmod(0o711)  # the database server of root runs as another user
    try:
        with Demo(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """A headless browser with nothing in it, closed afterwards. Each has cookies of its own, as each person has."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    home = tempfile.mkdtemp(prefix="aftercare-chromium-")
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={home}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    driver.set_script_timeout(30)
    try:
        yield driver
    finally:
        driver.quit()
        shutil.rmtree(home, ignore_errors=True)
