"""Many patients, one thing after another taken away, and a count of what was promised: `make chaos`."""

from __future__ import annotations

import argparse
import platform
import random
import shutil
import signal
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from . import plan as plans
from .assistant import FAKETIME
from .checker import check
from .drive import Played
from .faults import count
from .longest_unseen import longest_unseen
from .run import run, say
from .several import missing


def report(played: Played) -> bool:
    """Print the count; True where no promise was broken."""
    evidence = played.evidence
    faults = check(evidence)
    say("")
    if not played.settled:
        say(f"NOT RECOVERED: {played.waits}")
    say(f"{'':55}{'broken':>8}{'explained':>11}")
    for kind, (plain, explained) in count(faults).items():
        say(f"{kind:55}{plain:8}{explained:11}")
    apologies = sum(1 for row in evidence.records["message"] if row["kind"] == "failure")
    kept = len(evidence.records["taken_in"])
    say(
        f"\n{len(evidence.wrote)} messages, {sum(len(one.attempts) for one in evidence.wrote)} deliveries; "
        f"{sum(one.grave for one in evidence.wrote)} in crisis; {kept} kept on disk and taken in; "
        f"{apologies} answered with the apology and put before staff; {len(evidence.mailed)} mails."
    )
    if kept:
        say(
            f"A crisis that was kept waited {longest_unseen(evidence):.0f} s at most with the database there."
        )
    for what, was_seen in evidence.seen.items():
        say(f"  {'seen' if was_seen else 'NOT SEEN'}: {what}")
    for fault in [one for one in faults if not one.explained][:40]:
        say(f"  BROKEN: {fault.kind}: {fault.which}")
    for fault in [one for one in faults if one.explained][:40]:
        say(f"  explained: {fault.kind}: {fault.which} ({fault.explained})")
    return played.settled and not any(not fault.explained for fault in faults)


def throughput(seed: int, patients: int = 40, each: int = 10) -> None:
    """Messages a second that are answered, with one of every process and with two."""
    for several in (False, True):
        with _folder(None) as folder:
            played = run(plans.calm(seed, patients, each), folder, several)
            answered = len(played.evidence.wrote)
            say(
                f"{'two' if several else 'one'} of every process: {answered} messages of {patients} patients at once "
                f"answered in {played.seconds:.0f} s: {answered / played.seconds:.1f} a second"
            )


class _folder:
    """A folder for everything of a run, below /tmp: the database's socket has its name in it."""

    def __init__(self, keep: str | None) -> None:
        self._keep = keep

    def __enter__(self) -> Path:
        self.path = Path(tempfile.mkdtemp(prefix="aftercare-chaos-", dir="/tmp"))
        self.path.chmod(0o711)
        return self.path

    def __exit__(self, *_: object) -> None:
        if self._keep:
            Path(self._keep).mkdir(parents=True, exist_ok=True)
            for kept in (*self.path.glob("*.json"), *self.path.glob("*.log"), *self.path.glob("home/logs/*")):
                shutil.copy2(kept, self._keep)
        shutil.rmtree(self.path, ignore_errors=True)


def main() -> int:
    """Run, print, and give 0 where every promise was kept."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="replays the plan of an earlier run")
    parser.add_argument("--patients", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=900.0, help="in which patients write")
    parser.add_argument("--short", action="store_true", help="20 patients and a handful of disturbances")
    parser.add_argument(
        "--several", action="store_true", help="two web, answer and care processes behind a proxy"
    )
    parser.add_argument(
        "--throughput", action="store_true", help="one of every process against two, undisturbed"
    )
    parser.add_argument("--keep", help="folder for the evidence and the logs")
    given = parser.parse_args()
    # Whoever ends the run ends the assistant too: it lives in a process group of its own, and would go on for hours.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(1_000_000)
    if (given.several or given.throughput) and (lacks := missing()):
        say(lacks)
        return 2
    now = datetime.now(timezone.utc)
    say(f"seed {seed}, {now:%Y-%m-%d %H:%M} UTC, {platform.machine()}, make chaos {' '.join(sys.argv[1:])}")
    if given.throughput:
        throughput(seed)
        return 0
    clock = not (given.short or given.several)
    if clock and FAKETIME is None:
        say("The clock does not jump: libfaketime is not here (Debian: apt-get install libfaketime).")
    plan = (
        plans.short(seed)
        if given.short
        else plans.long(seed, given.patients, given.seconds, clock and FAKETIME is not None)
    )
    began = time.time()
    with _folder(given.keep) as folder:
        played = run(plan, folder, given.several, clock)
        played.evidence.save(folder / "evidence.json")
    kept = report(played)
    verdict = "Every promise was kept" if kept else "NOT every promise was kept"
    say(f"\n{verdict}: seed {seed}, {time.time() - began:.0f} s.")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
