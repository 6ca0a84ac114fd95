"""Every message is stored once as it was written, and answered once, with all of its answer; staff see an apology."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from . import explanations
from .case import Case, Row, said_at_once, squeezed, was_kept
from .evidence import NO_ANSWER
from .faults import CHANGED, LOST, REPLAY, SILENT_FAILURE, TWICE, TWICE_STORED, UNANSWERED, UNTAKEN, Fault


def _stored_once(case: Case) -> Iterator[Fault]:
    for wrote in case.evidence.wrote:
        first = wrote.first_accepted
        if first is None:
            yield Fault(UNTAKEN, wrote.id)
            continue
        found = case.stored.get((wrote.channel, wrote.id), [])
        if not found:
            yield Fault(LOST, wrote.id, explanations.why_lost(case, wrote, first))
        elif len(found) > 1:
            yield Fault(TWICE_STORED, wrote.id)
        elif found[0]["text"] != wrote.text:
            yield Fault(CHANGED, wrote.id)


def _stored_together(case: Case) -> Iterator[Fault]:
    """A patient has one conversation, and nobody else's words stand in it."""
    pairs = {(wrote.patient, row["conversation_id"]) for wrote, row in case.stored_messages()}
    patients, conversations = Counter(one for one, _ in pairs), Counter(one for _, one in pairs)
    for patient, conversation in sorted(pairs):
        if patients[patient] > 1 or conversations[conversation] > 1:
            yield Fault(CHANGED, f"{patient} in conversation {conversation}")


def _answers(case: Case, row: Row) -> list[Row]:
    return [reply for reply in case.replies[row["id"]] if reply["kind"] not in NO_ANSWER]


def _answered(case: Case) -> Iterator[Fault]:
    """All that was said in answer reached the patient; and staff see what was answered with an apology."""
    failed_turns = {
        row["message_id"] for row in case.evidence.records.get("item", []) if row["kind"] == "failed_turn"
    }
    for wrote, row in case.stored_messages():
        answers = _answers(case, row)
        if row["state"] != "answered" or not answers or any(one["id"] not in case.reached for one in answers):
            yield Fault(UNANSWERED, wrote.id)
        if any(reply["kind"] == "failure" for reply in answers) and row["id"] not in failed_turns:
            yield Fault(SILENT_FAILURE, wrote.id)


def _answered_once(case: Case) -> Iterator[Fault]:
    for wrote, row in case.stored_messages():
        answers = _answers(case, row)
        # All that one turn says is written at one moment, and it says nothing twice.
        if len({reply["at"] for reply in answers}) > 1:
            yield Fault(TWICE, wrote.id, explanations.why_two_answers(case, wrote, row, answers))
        elif len({reply["text"] for reply in answers}) < len(answers):
            yield Fault(TWICE, f"{wrote.id}: the same words in one turn")
    said, given = _said_to(case), _given_to(case)
    for (number, text), times in case.carried.items():
        if number not in case.numbers:
            continue
        meant = said[number].count(text) or sum(
            1 for one in said[number] if text in one
        )  # or pieces of longer ones
        surplus = len(times) + given[number, text] - meant
        if surplus > 0:
            why = explanations.why_too_often(case, times, surplus)
            yield Fault(
                TWICE, f"{number}: a text came {meant + surplus} times, and was said {meant} times", why
            )


def _said_to(case: Case) -> dict[str, list[str]]:
    """What the record says that each phone was told."""
    phones = {
        row["conversation_id"]: wrote.patient
        for wrote, row in case.stored_messages()
        if wrote.channel == "sms"
    }
    said: dict[str, list[str]] = defaultdict(list)
    for row in case.messages:
        if row["sender"] != "patient" and row["state"] != "withheld" and row["conversation_id"] in phones:
            said[phones[row["conversation_id"]]].append(squeezed(row["text"]))
    return said


def _given_to(case: Case) -> Counter[tuple[str, str]]:
    """How often each text was given to a phone in the answer to the carrier's request, once for each message."""
    return Counter(
        (wrote.patient, text)
        for wrote in case.accepted()
        if wrote.channel == "sms"
        for text in {text for one in wrote.attempts if one.accepted for text in said_at_once(wrote, one)}
    )


def _repeated(case: Case) -> Iterator[Fault]:
    """A delivery that comes again gets what the first one got: from the record, and while it was only kept."""
    for wrote, row in case.stored_messages():
        taken = [one for one in wrote.attempts if one.accepted]
        kept = {tuple(said_at_once(wrote, one)) for one in taken if was_kept(one)}
        recorded = {tuple(said_at_once(wrote, one)) for one in taken if not was_kept(one)}
        if not wrote.grave and (kept or case.was_taken_in(row)):
            # Who was told of the fault a moment ago is told nothing more.
            kept.discard(())
            recorded.discard(())
        if len(kept) > 1 or len(recorded) > 1:
            yield Fault(REPLAY, wrote.id)


RULES = (_stored_once, _stored_together, _answered, _answered_once, _repeated)
