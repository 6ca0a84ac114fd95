"""What size costs. `python -m bench.scale [--patients 10000] [--messages 1000000] [--small 300]`

Makes two clinics that have run for a year on an embedded PostgreSQL of its own, a small one and a large one with the
same number of messages a patient, and measures the same work on both in turn: the time that the database and the
record of care take, without network and browser. What counts is the ratio: what does not grow with the clinic stays
near 1. Prints rows and bytes of a patient's month as well, and the server time of every page of the console in the
large one, with 200 open items in the queue (`python -m bench.console_pages` asks for these alone).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy import table as sql_table
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bench.console_pages import pages_of
from bench.population import NOW, WAITING, Population, databases
from bot.care import conversation_page, conversations, queue, retention, search, series
from bot.care.models import Channel
from bot.channels.sms.delivery import undelivered
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.guidance.phrases import Phrases
from bot.health import _figures
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.work.check_ins import Rounds

MONTHS = 12
TABLES = (
    "message", "check_in", "check_in_answer", "alert", "alert_event", "item", "climb", "page", "audit_entry",
    "tracker_state", "patient", "treatment", "conversation", "phone_number", "web_session",
)  # fmt: skip


@dataclass
class Clinic:
    """A database and what is measured on it. turn: so that no two rounds ask for the same conversation."""

    engine: Engine
    population: Population
    turn: int = 0

    def __post_init__(self) -> None:
        self.rounds = Rounds(self.engine, load_clinic(), Phrases.load(), FixedClock(NOW))

    @property
    def somebody(self) -> int:
        """A conversation, another one each time; not one that something waits in."""
        self.turn += 1
        return 10 + self.turn * 37 % (self.population.patients - 20)

    def work(self) -> dict[str, Callable[[Session], object]]:
        """By name: what is measured. Nothing is committed."""
        return {
            "a message is taken in": self._receive,
            "the staff queue": lambda s: queue.queue(s, NOW),
            "a conversation's page": lambda s: conversation_page.conversation_page(s, self.somebody),
            "a patient's series": lambda s: series.mood_series(s, self.somebody),
            "a patient by name": lambda s: search.find(s, f"patient {self.somebody}"),
            "a patient by number": lambda s: search.find(s, f"{self.somebody:04}"),
            "sweep: forgotten messages": lambda s: conversations.forgotten_conversations(s, NOW),
            "sweep: texts that wait": lambda s: undelivered(s, NOW),
            "sweep: check-ins": lambda s: (self.rounds._due(), self.rounds._over(), self.rounds._to_remind()),
            "retention, nothing due": lambda s: self._retention(s, 400),
            "retention, a batch of 500": lambda s: self._retention(s, 100),
            "metrics": lambda s: _figures(s, NOW),
        }

    def milliseconds(self, work: Callable[[Session], object]) -> float:
        """Of one run, rolled back."""
        with Session(self.engine, future=True) as session:
            session.connection()
            started = time.perf_counter()
            work(session)
            return (time.perf_counter() - started) * 1000

    def _receive(self, session: Session) -> None:
        self.turn += 1
        conversations.receive(
            session,
            self.somebody,
            channel=Channel.WEB,
            external_id=f"bench-{self.turn}",
            text="can i drive tonight?",
            verdict=Verdict(Level.NONE, 0.01),
            now=NOW,
        )

    def _retention(self, session: Session, days: int) -> None:
        retention.expire_messages(session, NOW - timedelta(days=days), NOW, None, 500)

    def sizes(self) -> str:
        """Rows and kilobytes of a patient's month, by table, indexes included."""
        lines = ["| table | rows | kB |", "| --- | ---: | ---: |"]
        months, total = self.population.patients * MONTHS, 0.0
        with Session(self.engine, future=True) as session:
            for name in TABLES:
                rows = session.execute(select(func.count()).select_from(sql_table(name))).scalar_one()
                size = session.execute(select(func.pg_total_relation_size(name))).scalar_one() / 1024
                total += size
                lines.append(f"| {name} | {rows / months:.2f} | {size / months:.2f} |")
        return "\n".join([*lines, f"| all | | {total / months:.2f} |"])


def main() -> int:
    """Make both clinics, measure, print."""
    parser = argparse.ArgumentParser(description="What size costs.")
    parser.add_argument("--patients", type=int, default=1_500)
    parser.add_argument("--messages", type=int, default=150_000)
    parser.add_argument("--small", type=int, default=150, help="patients of the clinic to compare with")
    parser.add_argument("--times", type=int, default=15)
    given = parser.parse_args()
    populations = {
        "small": Population(given.small, given.messages * given.small // given.patients, NOW),
        "large": Population(given.patients, given.messages, NOW, waiting=WAITING),
    }
    with databases(populations) as engines:
        small, large = (Clinic(engines[name], population) for name, population in populations.items())
        print(compare(small, large, given.times))
        print(f"\nA patient's month in the large one:\n\n{large.sizes()}")
        print(pages_of(large.engine, large.population.patients, given.times))
    return 0


def compare(small: Clinic, large: Clinic, times: int) -> str:
    """Medians on both, measured in turn, and their ratio; the first round is not counted."""
    lines = ["", "| | small, ms | large, ms | large / small |", "| --- | ---: | ---: | ---: |"]
    works = list(zip(small.work().items(), large.work().values(), strict=True))
    for (name, on_small), on_large in works:
        found: tuple[list[float], list[float]] = ([], [])
        for _ in range(times + 1):
            found[0].append(small.milliseconds(on_small))
            found[1].append(large.milliseconds(on_large))
        a, b = (statistics.median(one[1:]) for one in found)
        lines.append(f"| {name} | {a:.1f} | {b:.1f} | {b / a:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
