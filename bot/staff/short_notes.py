"""Notes that can be ticked when an alert ends, fitted to what became of it: nobody should have to type one at 4 a.m.

They are said as the member of staff would write them, and stand in the record as if typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from bot.care import staff_accounts
from bot.care.models import Alert, AlertState, Disposition
from bot.staff.console import Visit
from bot.staff.labels import DISPOSITIONS, day_and_time

MOST_ALERTS = 3
"""So many earlier alerts are offered as what a duplicate is a duplicate of, the newest first."""
MOST_CLINICIANS = 8
LONGEST_NAME = 100

_SAID: Mapping[Disposition, tuple[str, ...]] = {
    Disposition.REACHED_SAFE: (
        "Spoke with them on the phone: no danger now.",
        "Somebody they trust is with them.",
        "They know whom to call, and agreed to.",
    ),
    Disposition.EMERGENCY_CARE: (
        "Ambulance sent to their address.",
        "Somebody brings them to the emergency department.",
        "The hospital says that they have arrived.",
    ),
    Disposition.WELFARE_CHECK: (
        "Police saw them, and they are safe.",
        "Police brought them to the hospital.",
    ),
    Disposition.HANDED_OVER: (),
    Disposition.FALSE_ALARM: (
        "Read in context: it meant something else.",
        "It was about somebody else, a story or the past, and nobody is in danger.",
        "An ordinary question about the treatment.",
        "Asked them: they are well.",
    ),
    Disposition.DUPLICATE: ("The same person; it is dealt with in their other conversation.",),
    Disposition.TEST: ("Our own trial of the alerts.", "Training of staff."),
}


def handed_to(name: str) -> str:
    """The note that says to which clinician an alert was handed."""
    return f"{name} has taken it over from me."


def clinicians_for(visit: Visit) -> list[str]:
    """The names of those whom a handover offers: who else works here as a clinician, at most MOST_CLINICIANS."""
    found = staff_accounts.with_role(visit.record, "clinician", MOST_CLINICIANS)
    return [one.name for one in found if one.id != visit.staff.id]


def named_clinicians(ticked: Iterable[str], offered: Iterable[str], typed: str) -> list[str]:
    """To whom an alert was handed: those of `offered` whose note is ticked, then the name that was typed, on one line.

    What holds no two letters names nobody ("-", "?") and is left out.
    """
    chosen = set(ticked)
    names = [name for name in offered if handed_to(name) in chosen]
    name = " ".join(typed.split())
    if re.search(r"[^\W\d_].*[^\W\d_]", name) and name not in names:
        names.append(name)
    return names


def short_notes(visit: Visit, alerts: Sequence[Alert]) -> dict[str, tuple[str, ...]]:
    """By disposition: what may be ticked. alerts: of this conversation, newest first: a duplicate names one of them. A
    handover names the clinician."""
    zone = visit.console.clinic.zone
    ended = [one for one in alerts if one.state == AlertState.RESOLVED.value][:MOST_ALERTS]
    found = {one.value: said for one, said in _SAID.items()}
    found[Disposition.DUPLICATE.value] = (
        *(
            f"The same as the alert of {day_and_time(one.opened_at, zone)} ({DISPOSITIONS[one.disposition].lower()})."
            for one in ended
        ),
        *found[Disposition.DUPLICATE.value],
    )
    found[Disposition.HANDED_OVER.value] = tuple(map(handed_to, clinicians_for(visit)))
    return found


def whole_note(ticked: Iterable[str], offered: Sequence[str], typed: str) -> str:
    """The note as it is kept: what was ticked of what is offered, then what was typed. Anything else that a form names
    as ticked is left out: it belongs to another end, or is not offered any more."""
    chosen = set(ticked)
    said = " ".join(one for one in offered if one in chosen)
    return "\n".join(part for part in (said, typed) if part)
