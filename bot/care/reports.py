"""What happened in a period, in numbers: alerts and how fast people were, check-ins, answers, deliveries, pages.

Each function is one query of the record, bounded by the period, and holds nothing of what patients wrote. What cannot
be counted fairly is left out and said so: alerts that were tests tell nothing of how fast people are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.care.left_alone import OPENS_AGAIN

ASK_BACK = "Did you mean %"
ASK_WHEN = "When was your infusion?"
PASS_ON = "Shall I pass this on to the clinic?"
"""The questions by which a reply asks back, or says that the guidance does not cover it (actions/answer.py)."""


@dataclass(frozen=True)
class Period:
    """From `first` on, and before `last`; both aware."""

    first: datetime
    last: datetime


@dataclass(frozen=True)
class Outcome:
    """How many alerts of a level ended so. outcome: a disposition, or the state of one that is not resolved."""

    level: str
    outcome: str
    alerts: int


@dataclass(frozen=True)
class Handling:
    """How long alerts of a level (empty: all) took, in seconds.

    Acknowledged: each time that one waited, from when it was opened, or opened again, until somebody acknowledged it.
    Resolved: from when it was opened. pending and unresolved: alerts that nobody has acknowledged since they were
    opened or opened again, or that are not resolved; waiting: the longest that one of the first has waited since then.
    A number is None where there is nothing to take it from.
    """

    level: str
    alerts: int
    acknowledge_median: float | None
    acknowledge_p90: float | None
    acknowledge_worst: float | None
    pending: int
    waiting: float | None
    resolve_median: float | None
    resolve_p90: float | None
    resolve_worst: float | None
    unresolved: int


@dataclass(frozen=True)
class FalseAlarms:
    """Of the alerts that `source` had a part in and that were resolved: how many, and how many as a false alarm.

    by: `rule` or `reader`, what sort of source it is.
    """

    by: str
    source: str
    resolved: int
    false: int

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.false / self.resolved


@dataclass(frozen=True)
class Completion:
    """What became of the check-ins of one entry of the plan (empty: asked for by the patient)."""

    plan_key: str
    finished: int
    partial: int
    unanswered: int
    not_sent: int
    waiting: int

    @property
    def share(self) -> float | None:
        """Answered to the end, of those that were asked and have ended; 0 to 1. None where none has."""
        ended = self.finished + self.partial + self.unanswered
        return self.finished / ended if ended else None


@dataclass(frozen=True)
class Reception:
    """What became of patients' messages on one channel. what: see `receptions`."""

    what: str
    channel: str
    messages: int


@dataclass(frozen=True)
class Delivery:
    """Text messages of ours in one state; failure: the carrier's reason, or empty."""

    state: str
    failure: str
    messages: int


@dataclass(frozen=True)
class Paged:
    """Pages by one way in one state; seconds: the median from when they were due until they were sent."""

    way: str
    state: str
    pages: int
    seconds: float | None


_OUTCOMES = """
    select level, coalesce(disposition, state), count(*) from alert
    where opened_at >= :first and opened_at < :last group by 1, 2
"""

_HANDLING = """
    with handled as (
        select id, level, opened_at, resolved_at, state = 'open' as pending from alert
        where opened_at >= :first and opened_at < :last and disposition is distinct from 'test'
    ), turn as (
        select e.alert_id, e.id, e.at, e.kind = 'acknowledged' as ends,
               lag(e.kind = 'acknowledged') over (partition by e.alert_id order by e.id) as ended
        from alert_event e join handled on handled.id = e.alert_id where e.kind = any(:turns)
    ), wait as (
        -- One begins with the alert, and with the first event that opens it again after an acknowledgement.
        select alert_id, ends, at as since, lead(at) over (partition by alert_id order by id) as until
        from turn where ends is distinct from ended
    ), waited as (
        select level, extract(epoch from until - since) as seconds, case when until is null and pending then since end
               as since from wait join handled on handled.id = wait.alert_id where not ends
    ), seen as (
        select coalesce(level, '') as level,
               percentile_cont(0.5) within group (order by seconds) as half,
               percentile_cont(0.9) within group (order by seconds) as most, max(seconds) as worst, min(since) as since
        from waited group by grouping sets ((level), ())
    ), done as (
        select coalesce(level, '') as level, count(*) as alerts, count(*) filter (where pending) as pending,
               percentile_cont(0.5) within group (order by seconds) as half,
               percentile_cont(0.9) within group (order by seconds) as most, max(seconds) as worst,
               count(*) filter (where seconds is null) as unresolved
        from (select level, pending, extract(epoch from resolved_at - opened_at) as seconds from handled) timed
        group by grouping sets ((level), ()) having count(*) > 0
    )
    select level, alerts, seen.half, seen.most, seen.worst, pending,
           extract(epoch from :last - since), done.half, done.most, done.worst, unresolved
    from done left join seen using (level) order by level = '', level
"""

_FALSE_ALARMS = """
    with told as (
        select a.id, a.disposition = 'false_alarm' as mistaken, e.key, m.level, m.verdict
        from alert a join alert_event e on e.alert_id = a.id
        left join message m on m.id = e.message_id and m.sender = 'patient'
        where a.opened_at >= :first and a.opened_at < :last and a.state = 'resolved'
          and a.disposition not in ('test', 'duplicate') and (e.key is not null or m.level <> 'none')
    ), found as (
        select 'rule' as by, id, mistaken, fired.rule as source from told,
               jsonb_array_elements_text(coalesce(verdict -> 'fired', '[]')) as fired(rule)
        union
        select 'rule', id, mistaken, split_part(key, ':', 1) from told where key is not null
        union
        select 'reader', id, mistaken, case
            when key like 'correction:%' then 'staff'
            when key is not null then 'signals'
            when level = 'unassessed' or verdict is null then 'unassessed'
            when verdict -> 'versions' ? 'window' then 'window'
            when jsonb_array_length(coalesce(verdict -> 'fired', '[]')) = 0 then 'reader'
            else 'rules' end
        from told
    )
    select by, source, count(*), count(*) filter (where mistaken) from found group by 1, 2 order by 4 desc, 3 desc, 2
"""

_COMPLETION = """
    with asked as (
        select plan_key, state, sent_at from check_in where due_at >= :first and due_at < :last
        union all
        select plan_key, state, sent_at from check_in
        where due_at is null and started_at >= :first and started_at < :last
    )
    select plan_key, count(*) filter (where state = 'finished'), count(*) filter (where state = 'partial'),
           count(*) filter (where state = 'expired' and sent_at is not null),
           count(*) filter (where state = 'expired' and sent_at is null),
           count(*) filter (where state in ('sent', 'open'))
    from asked where state not in ('scheduled', 'cancelled') group by 1 order by 1
"""

_RECEPTIONS = """
    with asked as (
        select id, conversation_id, seq, channel, state from message
        where sender = 'patient' and channel <> 'shell' and at >= :first and at < :last
    ), reply as (
        select r.reply_to_id as id, bool_or(r.kind = 'safety') as safety, bool_or(r.kind = 'failure') as failure,
               bool_or(jsonb_array_length(r.guidance) > 0) as guided,
               bool_or(r.question like :ask_back or r.question = :ask_when) as asked_back,
               bool_or(r.question = :pass_on) as offered
        from message r
        where r.at >= :first and r.sender <> 'patient' and r.reply_to_id in (select id from asked) group by 1
    ), item as (
        select message_id as id, bool_or(kind = 'failed_turn') as failed,
               bool_or(kind in ('question', 'person_wanted', 'unsigned_answer')) as handed
        from item where opened_at >= :first group by 1
    ), by_staff as (
        select conversation_id, max(seq) as seq from message where sender = 'staff' and at >= :first group by 1
    )
    select case
            when item.failed or reply.failure then 'failed'
            when reply.safety then 'safety'
            when item.handed or asked.state = 'held' then 'handed'
            when reply.id is null and asked.state = 'answered' and by_staff.seq > asked.seq then 'handed'
            when reply.guided then 'answered'
            when reply.asked_back then 'asked_back'
            when reply.offered then 'not_covered'
            when asked.state = 'received' then 'waiting'
            else 'talk' end, asked.channel, count(*)
    from asked left join reply on reply.id = asked.id left join item on item.id = asked.id
    left join by_staff on by_staff.conversation_id = asked.conversation_id
    group by 1, 2
"""

_DELIVERIES = """
    select state, coalesce(failure, ''), count(*) from message
    where at >= :first and at < :last and channel = 'sms' and sender <> 'patient' group by 1, 2 order by 3 desc, 1, 2
"""

_PAGES = """
    select case when alert_id is null then 'test' else way end, state, count(*),
           percentile_cont(0.5) within group (order by extract(epoch from sent_at - due_at))
    from page where due_at >= :first and due_at < :last group by 1, 2 order by 3 desc, 1, 2
"""


def outcomes(session: Session, period: Period) -> list[Outcome]:
    """Alerts that were opened in the period, by level and by what has become of them so far."""
    return [Outcome(*row) for row in _rows(session, _OUTCOMES, period)]


def handling(session: Session, period: Period) -> list[Handling]:
    """How fast alerts that were opened in the period were acknowledged, each time that they waited, and resolved; last
    the line of all levels. Tests are left out."""
    turns = ["opened", "acknowledged", *OPENS_AGAIN]
    return [Handling(*row) for row in _rows(session, _HANDLING, period, turns=turns)]


def false_alarms(session: Session, period: Period) -> list[FalseAlarms]:
    """Alerts that were opened in the period and are resolved, the most false alarms first.

    By `rule`: an identifier of data/safety/rules or data/signals.yml. By `reader`: `rules`, `reader` (the trained
    reader alone), `window` (messages read together), `signals` (check-ins over days), `unassessed` (the screen failed),
    `staff`. An alert that several told is counted at each; duplicates and tests are left out.
    """
    return [FalseAlarms(*row) for row in _rows(session, _FALSE_ALARMS, period)]


def completion(session: Session, period: Period) -> list[Completion]:
    """Check-ins that were due, or begun by the patient, in the period."""
    return [Completion(*row) for row in _rows(session, _COMPLETION, period)]


def receptions(session: Session, period: Period) -> list[Reception]:
    """What became of patients' messages, each counted once, at the first of these that holds: `failed`, `safety` (the
    approved text), `handed` (to a person), `answered` (from the guidance), `asked_back`, `not_covered` (and the patient
    did not want it passed on), `waiting`, `talk` (check-ins, greetings)."""
    questions = {"ask_back": ASK_BACK, "ask_when": ASK_WHEN, "pass_on": PASS_ON}
    return [Reception(*row) for row in _rows(session, _RECEPTIONS, period, **questions)]


def deliveries(session: Session, period: Period) -> list[Delivery]:
    """Text messages of ours, by what the carrier says of them."""
    return [Delivery(*row) for row in _rows(session, _DELIVERIES, period)]


def pages(session: Session, period: Period) -> list[Paged]:
    """Pages that were due in the period, by way (`test`: test pages) and by what became of them."""
    return [Paged(*row) for row in _rows(session, _PAGES, period)]


def _rows(session: Session, query: str, period: Period, **more: Any) -> Iterator[Any]:
    for row in session.execute(text(query), {"first": period.first, "last": period.last, **more}):
        # Times that are reckoned in SQL are exact decimals; nothing here needs more than a float.
        yield tuple(float(value) if isinstance(value, Decimal) else value for value in row)
