"""A crisis has its alert, its safety text at once, its page and its place in the queue; a failing part is seen."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from . import explanations
from .case import GRAVE, Case, said_at_once, squeezed
from .faults import HIDDEN, NO_ALERT, NO_PAGE, NO_REPLY, NOT_IN_QUEUE, Fault

_RAISES = ("opened", "raised", "reopened", "joined")
"""What befalls an alert when a message worries: staff see each of these."""

_LINK = re.compile(r"/staff/page/([a-z2-7]{48})")


def _graves(case: Case) -> Iterator[Fault]:
    """An alert as grave as the message, and a safety text in the very answer to the delivery that was taken."""
    alerts = {row["id"]: row for row in case.evidence.records.get("alert", [])}
    alerted = {
        (row["message_id"], alerts[row["alert_id"]]["conversation_id"])
        for row in case.evidence.records.get("alert_event", [])
        if row["kind"] in _RAISES and row["alert_id"] in alerts and alerts[row["alert_id"]]["level"] in GRAVE
    }
    for wrote in case.accepted():
        row, first = case.row(wrote), wrote.first_accepted
        if not wrote.grave or first is None:
            continue
        if row is None:
            # It is called lost as well; what the patient read is all that is left of it.
            if not explanations.says_that_nobody_was_told(wrote, first):
                yield Fault(NO_REPLY, wrote.id)
            continue
        if (row["id"], row["conversation_id"]) not in alerted:
            yield Fault(NO_ALERT, wrote.id)
        safety = [one for one in case.replies[row["id"]] if one["kind"] == "safety" and one["level"] in GRAVE]
        texts = {squeezed(one["text"]) for one in safety}
        if not set(said_at_once(wrote, first)) & texts:
            yield Fault(NO_REPLY, wrote.id, explanations.why_other_reply(case, wrote, row, first))


def _paged(case: Case) -> Iterator[Fault]:
    """A page counts when its link arrived after the patient had written: in the mail server, or with the carrier for a
    number of no patient's."""
    received = [(one.at, one.text) for one in case.evidence.mailed]
    received += [(one.at, one.text) for one in case.evidence.carried if one.number not in case.numbers]
    arrived: dict[str, float] = {}
    for at, text in received:
        for token in _LINK.findall(text.replace("=\n", "")):
            hashed = hashlib.sha256(token.encode()).hexdigest()
            arrived[hashed] = max(at, arrived.get(hashed, at))
    records = case.evidence.records
    alert_of = {row["id"]: row["alert_id"] for row in records.get("page", [])}
    paged: dict[int, float] = {}
    for row in records.get("page_link", []):
        if row["token_hash"] in arrived and row["page_id"] in alert_of:
            alert, at = alert_of[row["page_id"]], arrived[row["token_hash"]]
            paged[alert] = max(at, paged.get(alert, at))
    began = _first_crisis(case)
    for alert in records.get("alert", []):
        page = paged.get(alert["id"])
        if alert["level"] in GRAVE and (page is None or page < began.get(alert["id"], page)):
            yield Fault(NO_PAGE, f"alert {alert['id']}")
        # Nobody works on alerts in a run: one that does not wait any more was put away by itself.
        if alert["state"] != "open" or alert["conversation_id"] not in case.evidence.queue:
            yield Fault(NOT_IN_QUEUE, f"alert {alert['id']}")


def _first_crisis(case: Case) -> dict[int, float]:
    """When the first crisis of each alert was written: a page that is older was about something milder."""
    wrote_at = {row["id"]: wrote.began for wrote, row in case.stored_messages() if wrote.grave}
    began: dict[int, float] = {}
    for row in case.evidence.records.get("alert_event", []):
        if row["message_id"] in wrote_at:
            at = wrote_at[row["message_id"]]
            began[row["alert_id"]] = min(at, began.get(row["alert_id"], at))
    return began


def _visible(case: Case) -> Iterator[Fault]:
    for what, was_seen in case.evidence.seen.items():
        if not was_seen:
            yield Fault(HIDDEN, what)


RULES = (_graves, _paged, _visible)
