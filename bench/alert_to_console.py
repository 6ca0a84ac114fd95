"""How soon does an open console show an alert? `python -m bench.alert_to_console [--count 100]`

A web process and a care worker of their own (the true screen, an embedded PostgreSQL), and a member of staff who has
the queue open in Chromium. Patients write one after the other, each from a session of their own, something that is a
crisis; each opens an alert. What is timed is from right before the message is posted, as the widget posts it, until its
words stand in the queue on the page and the browser is about to draw them: the screen, the transaction, the
notification, the event stream, the list that is fetched anew. Both clocks are this machine's. The queue grows with
each: at the end all alerts are open. The first is not counted: the page has not fetched its list before.

Prints one JSON object, milliseconds: `acknowledged` (the answer to the post) and `shown`, each with the shortest,
median, p99 and the longest; the load average before; `order`, the alerts as the page came to show them; `same_page`,
whether it is the page that was opened before the first of them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
import yaml
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from bench.messages import CRISIS
from bench.systems import settings
from bot.care.database import engine_for, migrate, transaction
from bot.clinic.checking import TextLoader
from bot.clinic.paths import ROOT
from bot.embedded import EmbeddedPostgres
from bot.safety.screen import Screen
from bot.staff import accounts

PORT = 18_484
ADDRESS = f"http://localhost:{PORT}"
EMAIL, PASSWORD = "bench@clinic.example", "correct horse battery"
CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
PATIENCE = 60.0
"""Seconds after which an alert that is not shown ends the run."""

WATCH = """
window.seen = {};
const words = new RegExp(arguments[0] + ' (\\\\d+)\\\\b', 'g');
const look = () => {
  const found = [...document.querySelector('#queue').textContent.matchAll(words)].map((one) => one[1]);
  requestAnimationFrame(() => { for (const one of found) window.seen[one] = window.seen[one] || Date.now(); });
};
new MutationObserver(look).observe(document.querySelector('#queue'), { childList: true, subtree: true });
"""

OPENED = "return performance.timeOrigin"
IN_ORDER = "return Object.keys(window.seen).sort((one, other) => window.seen[one] - window.seen[other])"

T = TypeVar("T")


class NotShown(RuntimeError):
    """There is nothing to measure; the text says why."""


def until(true: Callable[[], T | None], what: str, seconds: float = PATIENCE) -> T:
    """What `true` returns, once that is something. Raises NotShown."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = true()
        if found:
            return found
        time.sleep(0.01)
    raise NotShown(f"After {seconds:.0f} seconds it was not so that {what}.")


@contextmanager
def assistant(folder: Path) -> Iterator[None]:
    """Web and care worker on a database of their own, and an account of a nurse; stopped afterwards."""
    server = EmbeddedPostgres(folder / "postgres", folder / "postgres.log")
    server.start()
    running: list[subprocess.Popen[bytes]] = []
    try:
        url = server.url("postgres")
        migrate(url)
        with transaction(engine_for(url)) as session:
            accounts.add_staff(session, "Bench Nurse", EMAIL, "nurse", PASSWORD)
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "AFTERCARE_HOME": str(folder / "home"),
            "AFTERCARE_CLINIC": str(_here(settings(folder))),
            "AFTERCARE_PORT": str(PORT),
        }
        for module in ("bot.web", "bot.workers.care"):
            running.append(subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, env=environment))
        until(_is_up, "web takes messages in", 240)
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)
        server.stop()


def _here(path: Path) -> Path:
    """The settings with this machine as the public address: the console's cookie is bound to it."""
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=TextLoader)
    content["web"]["public_url"] = ADDRESS
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def _is_up() -> bool:
    try:
        return httpx.get(f"{ADDRESS}/healthz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def console() -> Iterator[webdriver.Chrome]:
    """A browser with the queue open, which notes when it shows what. Raises NotShown where there is no Chromium."""
    if not (CHROMIUM.exists() and DRIVER.exists()):
        raise NotShown("There is no Chromium: apt-get install chromium chromium-driver.")
    options, home = webdriver.ChromeOptions(), tempfile.mkdtemp(prefix="aftercare-chromium-")
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={home}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        driver.get(f"{ADDRESS}/staff/login")
        driver.find_element(By.ID, "email").send_keys(EMAIL)
        driver.find_element(By.ID, "password").send_keys(PASSWORD)
        driver.find_element(By.CSS_SELECTOR, "main button.primary").click()
        until(lambda: driver.find_elements(By.ID, "queue"), "the queue is open")
        driver.execute_script(WATCH, CRISIS)
        yield driver
    finally:
        driver.quit()
        shutil.rmtree(home, ignore_errors=True)


def one_alert(driver: webdriver.Chrome, number: int) -> tuple[float, float]:
    """Milliseconds from the post of a crisis to its acknowledgement, and to the page that shows it. Raises NotShown."""
    with httpx.Client(base_url=ADDRESS, timeout=PATIENCE) as patient:
        patient.post("/chat/session", json={}).raise_for_status()
        message = {"id": str(uuid.uuid4()), "text": f"{CRISIS} {number}"}
        posted = time.time() * 1000
        answer = patient.post("/chat/messages", json=message)
        acknowledged = time.time() * 1000 - posted
    if answer.status_code != 202 or "988" not in answer.text:
        raise NotShown(f"A crisis was answered with {answer.status_code}, or without its text.")
    shown = until(
        lambda: driver.execute_script("return window.seen[arguments[0]]", str(number)), "it is shown"
    )
    return acknowledged, float(shown) - posted


def figures(milliseconds: Sequence[float]) -> dict[str, int]:
    """The shortest, median, 99th percentile and the longest, in whole milliseconds."""
    ordered = sorted(milliseconds)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return {
        "shortest": round(ordered[0]),
        "median": round(statistics.median(ordered)),
        "p99": round(p99),
        "longest": round(ordered[-1]),
    }


def main() -> int:
    """Start what is needed, measure, print, and stop it again. Raises NotShown."""
    parser = argparse.ArgumentParser(prog="python -m bench.alert_to_console", description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="alerts, one after the other")
    count = max(1, parser.parse_args().count)
    if Screen.load("full").reader is None:
        raise NotShown("The trained reader does not load, so that this would not be the true screen.")
    # Short, and below /tmp: the database server's socket has its name in it.
    with tempfile.TemporaryDirectory(prefix="aftercare-bench-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with assistant(folder), console() as driver:
            one_alert(driver, 0)
            busy, opened = os.getloadavg()[0], driver.execute_script(OPENED)
            took = [one_alert(driver, number) for number in range(1, count + 1)]
            shown, same_page = driver.execute_script(IN_ORDER), driver.execute_script(OPENED) == opened
    found = {
        "alerts": count,
        "processors": os.cpu_count(),
        "load": round(busy, 1),
        "acknowledged": figures([one for one, _ in took]),
        "shown": figures([one for _, one in took]),
        "order": [int(number) for number in shown if number != "0"],
        "same_page": same_page,
    }
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
