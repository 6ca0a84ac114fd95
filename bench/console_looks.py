"""What is looked at in the console over a large clinic: every page, what an open page fetches by itself, every file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

NOBODY = "nobody"
"""A browser that is not logged in."""

LINES = 1_000
"""Patients of the file that is checked: as many as one may hold."""


@dataclass(frozen=True)
class Look:
    """One thing to ask for. address: made before the clock is started; role: who asks; form: what is posted, or None
    for a page; part: asked for by an open page, not by a person; stream: its answer goes on for as long as the page is
    open."""

    address: Callable[[], str]
    role: str = "clinician"
    form: Mapping[str, str] | None = None
    part: bool = False
    stream: bool = False


def looks(
    somebody: Callable[[], int],
    waiting: Iterator[int],
    treatments: Sequence[int],
    written: Sequence[int],
    token: str,
) -> dict[str, Look]:
    """By name: what is asked for.

    somebody: a patient, another one at each call, whose conversation has the same identifier; waiting: conversations
    with an open alert; treatments, written: identifiers of infusions and of patients' messages, the newest first;
    token: of the link of a page.
    """
    older = written[0] // 2

    def page(address: str, role: str = "clinician") -> Look:
        return Look(lambda: address, role)

    def of(address: str, part: bool = False) -> Look:
        """`{}` stands for a patient, whose conversation has the same identifier here."""
        return Look(lambda: address.format(somebody()), part=part)

    def waits(address: str, part: bool = False) -> Look:
        """The same of somebody with an open alert."""
        return Look(lambda: address.format(next(waiting)), part=part)

    def one_of(address: str, among: Sequence[int]) -> Look:
        ids = cycle(among)
        return Look(lambda: address.format(next(ids)))

    def post(address: str, role: str = "clinician", **fields: str) -> Look:
        return Look(lambda: address, role, fields)

    talk, patient = "/staff/conversations/{}", "/staff/patients/{}"
    return {
        "queue": page("/staff"),
        "queue, renewed by itself": Look(lambda: "/staff/queue", part=True),
        "conversation": of(talk),
        "conversation with an open alert": waits(talk),
        "conversation, further back": of(f"{talk}?before={older}"),
        "conversation: its messages": of(f"{talk}/transcript", part=True),
        "conversation: its alert, open": waits(f"{talk}/panel", part=True),
        "conversation: the box to write in": of(f"{talk}/composer", part=True),
        "conversation: the course beside it": of(f"{talk}/series", part=True),
        "conversation: the alerts so far": of(f"{talk}/history", part=True),
        "conversation: the notes beside it": of(f"{talk}/notes/beside", part=True),
        "conversation: guidance into the box": Look(
            lambda: f"{talk.format(somebody())}/canned", form={"topic": "driving"}, part=True
        ),
        "conversation: parts of a text": Look(
            lambda: "/staff/segments", form={"text": "We will call you at 3 pm. " * 12}, part=True
        ),
        "still logged in": Look(lambda: "/staff/active", part=True),
        "a message taken wrong": one_of("/staff/messages/{}/correct", written),
        "private notes": of(f"{talk}/notes"),
        "link of a page": page(f"/staff/page/{token}"),
        "patient, to the conversation": of(patient),
        "patient's series": of(f"{patient}/series"),
        "patient's series, the drawing": of(f"{patient}/series.svg"),
        "patient's series, as a picture": of(f"{patient}/series.png"),
        "patient's series, as CSV": of(f"{patient}/series.csv"),
        "patient's series, as FHIR": of(f"{patient}/fhir"),
        "patient's details": of(f"{patient}/edit"),
        "patient's numbers and browsers": of(f"{patient}/access"),
        "patient's record, to save or erase": of(f"{patient}/record"),
        "patient's record, as JSON": of(f"{patient}/record.json"),
        "patient's record, as FHIR": of(f"{patient}/record.fhir"),
        "patient to merge": of(f"{patient}/merge"),
        "two records side by side": Look(lambda: f"{patient.format(somebody())}/merge", form={"other": "1"}),
        "patient to erase": of(f"{patient}/erase"),
        "patient's check-ins": of(f"{patient}/check-ins"),
        "treatment to record": of(f"{patient}/treatments"),
        "treatment to move": one_of("/staff/treatments/{}", treatments),
        "patients": page("/staff/patients"),
        "patient to enrol": page("/staff/patients/new"),
        "patients from a file": page("/staff/patients/import"),
        f"a file of {LINES:,} patients, checked": post("/staff/patients/import", text=_file()),
        "search by a name": post("/staff/patients", words="patient 7919"),
        "search by a name that all have": post("/staff/patients", words="patient"),
        "search by a number": post("/staff/patients", words="0421"),
        "check-ins not sent": page("/staff/check-ins"),
        "guidance": page("/staff/guidance"),
        "one topic of the guidance": page("/staff/guidance/driving"),
        "all other wording": page("/staff/wording"),
        "questions that we could not answer": page("/staff/unanswered"),
        "reports, 7 days": page("/staff/reports?days=7"),
        "reports, 30 days": page("/staff/reports?days=30"),
        "reports, 90 days": page("/staff/reports?days=90"),
        "reports, 12 months": page("/staff/reports?days=365"),
        "a report, as CSV": page("/staff/reports/alerts.csv?days=365"),
        "roster": page("/staff/roster"),
        "log of pages": page("/staff/pages"),
        "audit": page("/staff/audit", "admin"),
        "audit, of one patient": post("/staff/audit", "admin", subject="conversation:77"),
        "audit, of one kind": post("/staff/audit", "admin", what="conversation"),
        "audit, of one kind that is rare": post("/staff/audit", "admin", what="login"),
        "audit, of one kind that there is not": post("/staff/audit", "admin", what="erasure"),
        "audit, of some days": post("/staff/audit", "admin", since="2025-07-01", until="2025-07-02"),
        "audit, of some days, as CSV": post(
            "/staff/audit/export", "admin", since="2025-07-01", until="2025-07-02"
        ),
        "account": page("/staff/account"),
        "password": page("/staff/account/password"),
        "second factor": page("/staff/account/second-factor"),
        "accounts": page("/staff/accounts", "admin"),
        "log-in": page("/staff/login", NOBODY),
        "how much waits, at the log-in": Look(lambda: "/staff/waiting", part=True),
        "news for the open queue": Look(lambda: "/staff/events", stream=True),
        "news for any other open page": Look(lambda: "/staff/events?counts=1", stream=True),
        "news for an open conversation": Look(
            lambda: f"/staff/events?conversation={somebody()}", stream=True
        ),
        "news for an open conversation with an open alert": Look(
            lambda: f"/staff/events?conversation={next(waiting)}", stream=True
        ),
    }


def _file() -> str:
    """A CSV file of patients whom nobody knows yet."""
    rows = (f"Newcomer Number{n},1984-03-14,+1718555{n:04},2026-04-01 09:30" for n in range(LINES))
    return "\n".join(["name,date of birth,phone,treatments", *rows])
