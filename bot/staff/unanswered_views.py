"""Questions that we could not answer: what patients asked and the guidance does not hold, and a draft to begin with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from starlette.responses import Response

from bot.care.unanswered import MOST, Unanswered, chosen, grouped, questions
from bot.guidance.phases import Phase
from bot.staff.console import View, Visit
from bot.staff.errors import NotHere
from bot.staff.permissions import Permission

LOOK_BACK = timedelta(days=90)
MOST_QUOTED = 20

_DRAFT = """\
# A draft for guidance/topics/: nothing reads it, and nothing of it is sent, until it is finished and put there.
#  1. Write title, button and answers; split the answers by phase where the time matters.
#  2. Name the sources. Without one the entry is refused.
#  3. A new topic also needs its name in the list of topics and examples to learn from: docs/guidance.md. What belongs
#     to a topic that is there already goes into that file, with its version counted up.
#  4. Remove the lines below, which are patients' words, before you keep this file anywhere else.
#
# Asked {times}:
{quotes}
title: to be written
button: To be written
version: 1
time_matters: false
about_before: false
sources: []
answers:
  - phases: [{phases}]
    web: >-
      The answer is still to be written. Please ask the clinic: {{phone}}.
    sms: >-
      The answer is still to be written. Please ask the clinic: {{phone}}
"""


def page(visit: Visit) -> Response:
    """All of them, alike ones together."""
    visit.note("unanswered.viewed")
    asked = questions(visit.record, visit.now - LOOK_BACK)
    return visit.page(
        "unanswered.html", groups=grouped(asked), days=LOOK_BACK.days, most=MOST if len(asked) == MOST else 0
    )


def draft(visit: Visit) -> Response:
    """A draft of an entry for questions of the page, as a file."""
    asked = chosen(questions(visit.record, visit.now - LOOK_BACK), visit.form.numbers("message"))
    if not asked:
        raise NotHere("These questions are not on the list any more. Load the page again.")
    visit.note("unanswered.drafted", messages=[one.message_id for one in asked])
    return Response(
        draft_of(asked),
        media_type="application/yaml",
        headers={"Content-Disposition": 'attachment; filename="guidance-draft.yml"'},
    )


def draft_of(asked: Sequence[Unanswered]) -> str:
    """An entry in the form of guidance/topics, with what was asked as remarks; refused until it names a source."""
    # On one line each, without what would end the remark.
    quotes = [f"#   - {' '.join(_printable(one.words).split())}" for one in asked[:MOST_QUOTED]]
    times = "once" if len(asked) == 1 else f"{len(asked)} times"
    return _DRAFT.format(
        times=times, quotes="\n".join(quotes), phases=", ".join(phase.value for phase in Phase)
    )


def _printable(words: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in words)


VIEWS = [
    View("GET", "/staff/unanswered", Permission.CONVERSATION_VIEW, page),
    View("POST", "/staff/unanswered/draft", Permission.CONVERSATION_VIEW, draft),
]
