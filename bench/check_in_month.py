"""What a month of check-ins costs. `python -m bench.check_in_month [patients]`

Invents patients (500 by default) with consent and a course of infusions each, and runs the care worker's rounds over 35
days on a clock that jumps by half hours. Two in three check-ins are answered, in the record of care, as the dialogue
would store them. Prints rows, jobs and bytes, and the time of the care worker's part. No text is sent and no Rasa runs:
what a turn costs is in docs/figures.md.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy import table as sql_table
from sqlalchemy.engine import Engine

from bot.care import check_in_consent, check_ins, people, treatments
from bot.care.check_in_consent import How
from bot.care.database import engine_for, migrate, transaction
from bot.care.models import Channel, CheckIn, CheckInState
from bot.clinic.clock import FixedClock
from bot.clinic.instruments import Parsed, load_instrument
from bot.clinic.settings import load_clinic
from bot.embedded import EmbeddedPostgres
from bot.guidance.phrases import Phrases
from bot.work.check_ins import Rounds

PATIENTS = 500
DAYS = 35
STEP = timedelta(minutes=30)
BEGIN = datetime(2026, 2, 16, 12, 0, tzinfo=timezone.utc)
"""The clocks of the United States go forward in this month."""

ANSWERED = 2 / 3
TABLES = ("check_in", "check_in_answer", "check_in_consent", "message", "procrastinate_jobs")


@dataclass
class Month:
    """One simulated month. spent: seconds by what they were spent on."""

    engine: Engine
    patients: int
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def __post_init__(self) -> None:
        self.clinic, self.clock = load_clinic(), FixedClock(BEGIN)
        self.rounds = Rounds(self.engine, self.clinic, Phrases.load(), self.clock)
        self.answered: set[int] = set()

    def run(self) -> None:
        """Enrol everybody, then let the month pass."""
        for number in range(self.patients):
            self._enrol(number)
        for _ in range(int(timedelta(days=DAYS) / STEP)):
            self.clock.move(STEP)
            self._timed("rounds", self.rounds.run)
            self._timed("answers", self._answers)
        with transaction(self.engine) as session:
            session.execute(text("analyze"))

    def _enrol(self, number: int) -> None:
        now = self.clock.now()
        with transaction(self.engine) as session:
            details = people.Details(f"Patient {number}", phone=f"+1212{2_000_000 + number}")
            patient = people.enrol(session, details, now)
            check_in_consent.give(session, int(patient.id), Channel.SMS, How.ON_PAPER, None, now)
            patient_id = int(patient.id)
        # Between one infusion and a course of six in two weeks, spread over the first week.
        first = now + timedelta(days=self.chance.randrange(5), hours=self.chance.randrange(2, 8))
        for one in range(self.chance.choice((1, 1, 2, 6))):
            self._timed(
                "planning", self._infusion, patient_id, first + timedelta(days=(0, 2, 4, 7, 9, 11)[one])
            )

    def _infusion(self, patient_id: int, at: datetime) -> None:
        with transaction(self.engine) as session:
            treatments.record_treatment(session, patient_id, at, self.clinic, self.clock.now())

    def _answers(self) -> None:
        with transaction(self.engine) as session:
            sent = session.execute(
                select(CheckIn).where(
                    CheckIn.state == CheckInState.SENT.value, CheckIn.sent_at < self.clock.now()
                )
            )
            for check_in in sent.scalars().all():
                if check_in.id in self.answered:
                    continue
                self.answered.add(int(check_in.id))
                if self.chance.random() < ANSWERED:
                    instrument = load_instrument(check_in.instrument)
                    started = check_ins.start(
                        session, int(check_in.conversation_id), instrument, self.clock.now()
                    )
                    for item in instrument.items:
                        low, high = item.lowest, item.highest
                        value = (
                            float(self.chance.randint((low + high) // 2, high)) if high > 3 else float(low)
                        )
                        check_ins.log_answer(
                            session, started, item, f"{value:g}", Parsed(value), None, self.clock.now()
                        )
                    check_ins.end(session, started, instrument, self.clock.now())

    def _timed(self, what: str, work: object, *arguments: object) -> None:
        started = time.perf_counter()
        work(*arguments)  # type: ignore[operator]
        self.spent[what] += time.perf_counter() - started

    def report(self) -> str:
        """The figures, in all and for one patient."""
        lines = [f"{self.patients} patients, {DAYS} days"]
        with transaction(self.engine) as session:
            states = session.execute(
                text(
                    "select state || coalesce(' (' || reason || ')', ''), count(*) from check_in"
                    " group by 1 order by 2 desc"
                )
            ).all()
            lines += ["check-ins: " + ", ".join(f"{count} {state}" for state, count in states)]
            kinds = session.execute(text("select kind, count(*) from message group by 1 order by 1")).all()
            lines += ["messages: " + ", ".join(f"{count} {kind}" for kind, count in kinds)]
            jobs = session.execute(text("select count(*) from procrastinate_jobs")).scalar_one()
            lines += [
                f"jobs: {jobs}, {jobs / self.patients:.1f} a patient (one a text; none waits for later)"
            ]
            for table in TABLES:
                rows = session.execute(select(func.count()).select_from(sql_table(table))).scalar_one()
                size = session.execute(select(func.pg_total_relation_size(table))).scalar_one()
                lines.append(
                    f"{table}: {rows} rows, {rows / self.patients:.1f} a patient; "
                    f"{size / 1024 / 1024:.1f} MB with indexes, {size / self.patients / 1024:.1f} kB a patient"
                )
        worked = self.spent["planning"] + self.spent["rounds"]
        looks = int(timedelta(days=DAYS) / STEP)
        lines.append(
            f"time: planning {self.spent['planning']:.1f} s, {looks} rounds {self.spent['rounds']:.1f} s; "
            f"{worked / self.patients * 1000:.0f} ms a patient and month"
        )
        return "\n".join(lines)

    def idle_round(self, times: int = 50) -> float:
        """Milliseconds of a round that finds nothing to do."""
        self.rounds.run()
        started = time.perf_counter()
        for _ in range(times):
            self.rounds.run()
        return (time.perf_counter() - started) / times * 1000


def main() -> int:
    """Run the month on an embedded PostgreSQL of its own, and print what it took."""
    patients = int(sys.argv[1]) if len(sys.argv) > 1 else PATIENTS
    with tempfile.TemporaryDirectory(prefix="aftercare-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        server = EmbeddedPostgres(Path(folder) / "postgres", Path(folder) / "postgres.log")
        url = server.start()
        try:
            migrate(url)
            month = Month(engine_for(url), patients)
            month.run()
            print(month.report())
            print(f"a round with nothing to do: {month.idle_round():.1f} ms, every 15 s")
            month.engine.dispose()
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
