"""Why a broken promise could not be otherwise: each explanation rests on evidence, and is empty without it.

An explanation takes a fault out of the count, so that one which is too generous hides what the run is there to find.
Whoever adds one adds the test in which the same fault without the evidence stays broken.
"""

from __future__ import annotations

import json
import re

from .case import GRAVE, Case, Row, said_at_once, squeezed, was_kept
from .evidence import Attempt, Carried, Disturbed, Wrote

_NOBODY_TOLD = re.compile(r"(cannot|could not) reach", re.IGNORECASE)
_SENDER_GONE = re.compile(r"care|database|everything|clock")
"""Disturbances in which a worker may have died between the carrier's yes and the record of it."""
_OUTLASTS = re.compile(r"database|clock")
"""Those of them that are felt for a while after their end: the database recovers, and jobs were freed too early."""
_WEB_ENDED = re.compile(r"kill web|everything|reader")
"""Disturbances at whose beginning or end web is killed."""
_ALL_WEB_ENDED = re.compile(r"everything|reader")
"""Those of them that leave none of several web processes."""

_BY_THE_ASSISTANT = ("message", "failure")
"""Kinds of ours that an answer worker says, or web in its place: not what is told at once."""

RECOVERS = 15.0
"""Seconds until what was taken away works again, once it was given back."""

RANKS = ("none", "urgent", "unassessed", "emergency", "crisis")


def why_lost(case: Case, wrote: Wrote, first: Attempt) -> str:
    """A crisis text was answered by hand with database and disk both away, and said that nobody could be told; and web,
    which had it in its memory, was killed before either was back."""
    if not (wrote.grave and wrote.channel == "sms" and says_that_nobody_was_told(wrote, first)):
        return ""
    both_away = [
        one
        for one in case.evidence.disturbed
        if "disk" in one.what and one.began <= first.ended and first.began <= one.ended
    ]
    ended = _ends_of_web(case, _WEB_ENDED)
    if any(first.ended < moment <= one.ended + RECOVERS for one in both_away for moment in ended):
        return "database and disk away, and web killed meanwhile: the text said so"
    return ""


def says_that_nobody_was_told(wrote: Wrote, attempt: Attempt) -> bool:
    """Whether a delivery was answered with a text that does not let the patient believe that staff know."""
    return any(_NOBODY_TOLD.search(text) for text in said_at_once(wrote, attempt))


def why_two_answers(case: Case, wrote: Wrote, row: Row, answers: list[Row]) -> str:
    """A safety text after another answer: only where the message was found to be graver when it was taken in, or where
    two web processes could not know of each other. Of answers of the assistant's one is always too many."""
    if len({one["at"] for one in answers}) != 2:
        return ""
    if case.was_taken_in(row) and _became_graver(row, answers):
        return "kept, and graver once read with the question before it"
    return _two_processes(case, wrote) if _said_by_web_alone(wrote, answers) else ""


def _said_by_web_alone(wrote: Wrote, answers: list[Row]) -> bool:
    """Whether it is a safety text for one delivery and another one for a delivery that was kept, and nothing that the
    assistant said later."""
    if any(one["kind"] in _BY_THE_ASSISTANT for one in answers):
        return False
    texts = [squeezed(one["text"]) for one in answers if one["kind"] == "safety"]
    taken = [one for one in wrote.attempts if one.accepted]
    answered = {text for one in taken if not was_kept(one) for text in said_at_once(wrote, one)}
    kept = {text for one in taken if was_kept(one) for text in said_at_once(wrote, one)}
    return len(texts) == 2 and any(
        one in answered and other in kept for one, other in (tuple(texts), tuple(reversed(texts)))
    )


def _became_graver(row: Row, answers: list[Row]) -> bool:
    """Whether what was said first was for less than what the message is now known to be, and the rest is the safety
    text for that, once, with its question."""
    first = min(one["at"] for one in answers)
    told = [one for one in answers if one["at"] == first]
    now = [one for one in answers if one["at"] != first]
    return (
        row["level"] in GRAVE
        and all(one["kind"] not in _BY_THE_ASSISTANT for one in answers)
        and all(RANKS.index(one["level"]) < RANKS.index(row["level"]) for one in told)
        and [one["level"] for one in now if one["kind"] == "safety"] == [row["level"]]
    )


def _two_processes(case: Case, wrote: Wrote) -> str:
    """Whether one web process answered a delivery from the record, and another one, running beside it or started after
    it was killed, could only keep the next. One that contradicted itself even once explains nothing."""
    taken = [one for one in wrote.attempts if one.accepted and wrote.channel == "sms"]
    pairs = [(one, other) for one in taken for other in taken if not was_kept(one) and was_kept(other)]
    if pairs and all(_apart(case, answered, kept) for answered, kept in pairs):
        return "answered by one web process, and kept by another one that could not know"
    return ""


def _apart(case: Case, answered: Attempt, kept: Attempt) -> bool:
    """Whether two web processes took these deliveries: the proxy says so, or the first had been killed before the
    second one was answered."""
    if _beside(answered, kept):
        return True
    ended = _ends_of_web(case, _WEB_ENDED if case.evidence.web_processes == 1 else _ALL_WEB_ENDED)
    return any(answered.ended < moment < kept.ended for moment in ended)


def _beside(one: Attempt, other: Attempt) -> bool:
    return bool(one.by and other.by and one.by != other.by)


def _ends_of_web(case: Case, how: re.Pattern[str]) -> list[float]:
    return [
        moment for one in case.evidence.disturbed if how.search(one.what) for moment in (one.began, one.ended)
    ]


def why_too_often(case: Case, times: list[Carried], surplus: int) -> str:
    """A text came more often than it was said. For each time too many an earlier one must be found that the carrier
    took without saying so, or at which whoever sent it, or the database, was gone."""
    untold = [one for one in times[:-1] if not one.told]
    gone = {id(one): _gone_at(case, one) for one in times[:-1] if one.told}
    if len(untold) + sum(map(bool, gone.values())) < surplus:
        return ""
    if untold:
        return "the carrier had taken it and not said so"
    what = next(one.what for one in gone.values() if one is not None)
    return f"the carrier had taken it before: {what}"


def _gone_at(case: Case, carried: Carried) -> Disturbed | None:
    """What was away when the carrier took a text: the record of it had to be written then."""
    for one in case.evidence.disturbed:
        lasts = RECOVERS if _OUTLASTS.search(one.what) else 0.0
        if _SENDER_GONE.search(one.what) and one.began - RECOVERS <= carried.at <= one.ended + lasts:
            return one
    return None


def why_other_reply(case: Case, wrote: Wrote, row: Row | None, first: Attempt) -> str:
    """The record does not hold the text that answered a crisis at once."""
    if row is None:
        return ""
    return _why_replaced(case, wrote, row, first) or _why_withheld(case, wrote, row, first)


def _why_withheld(case: Case, wrote: Wrote, row: Row, first: Attempt) -> str:
    """The safety text was given to the carrier at once, and the record says that it was withheld: only where another
    web process kept a later delivery."""
    said = said_at_once(wrote, first)
    given = any(
        one["reply_to_id"] == row["id"]
        and one["kind"] == "safety"
        and one["state"] == "withheld"
        and squeezed(one["text"]) in said
        for one in case.messages
    )
    return _two_processes(case, wrote) if given else ""


def _why_replaced(case: Case, wrote: Wrote, row: Row, first: Attempt) -> str:
    """A page was answered with a safety text which the record does not hold: only where storing ended after the message
    had been kept, and the page showed the safety text that was stored in the place of the one it had."""
    if wrote.channel != "web" or case.was_taken_in(row) or not was_kept(first):
        return ""
    told = json.loads(first.body).get("reply") or {}
    if told.get("kind") != "safety" or told.get("level") not in GRAVE:
        return ""
    stored = [one for one in case.replies[row["id"]] if one["kind"] == "safety" and one["level"] in GRAVE]
    if not any(one["id"] in case.reached for one in stored):
        return ""
    return "kept with a safety text and stored after all: the page showed the stored one in its place"
