"""Replies to "when was your infusion?": the time of the infusion, and no other time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.when import REPORTS, UNKNOWN, WEEKDAYS
from bot.nlu.when_reply import parts_of_reply

REPLIES = Path(__file__).with_name("replies_to_when.jsonl")
"""400 replies by two writers who had not seen the code. With those of writer "a" it was made, with "b" it was not."""


def replies(writer: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in REPLIES.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line["writer"] == writer]


@pytest.mark.parametrize(
    ("text", "when", "besides"),
    [
        ("yesterday. can i drink tonight?", "yesterday", "can i drink tonight"),
        ("this morning & my heart is going like crazy", "today", "my heart is going like crazy"),
        ("2 and my jaw wont stop clenching", "yesterday", "my jaw wont stop clenching"),
        ("4. wat do i wear", "not_yet", "wat do i wear"),
        ("umm 5 hours?? maybe 6", None, ""),
        ("last nite around 7", "yesterday", ""),
        ("day b4 yesterday", "earlier", ""),
        ("not till monday", "not_yet", ""),
        ("it was on the 2nd of june", "06-02", ""),
        ("today i mean yesterday", "yesterday", ""),
        ("the next is tomorrow, had one this morning", "today", ""),
        ("yesterday and today", "today", ""),
        ("right now", "today", ""),
        ("it's been 2 days", "earlier", ""),
        ("next monday", "not_yet", ""),
        ("will i be able to work tomorrow", None, "will i be able to work tomorrow"),
        ("my husband can drive me tomorrow", None, "my husband can drive me tomorrow"),
        ("my appt with my therapist is tomorrow", None, "my appt with my therapist is tomorrow"),
        ("been nauseous for 2 days", None, "been nauseous for 2 days"),
        ("i had wine last night", None, "i had wine last night"),
        ("idk", UNKNOWN, ""),
        ("", None, ""),
    ],
)
def test_a_time_counts_where_it_is_told_of_the_infusion(text: str, when: str | None, besides: str) -> None:
    assert parts_of_reply(text) == (when, besides)


@pytest.mark.parametrize("writer", ["a", "b"])
def test_a_time_of_something_else_is_hardly_ever_taken_for_the_infusions(writer: str) -> None:
    """What is missed is answered for whoever does not know; what is taken wrongly gets the answer of a wrong phase."""
    said = replies(writer)
    about_else = [one for one in said if one["when"] is None]
    taken = [one["text"] for one in about_else if parts_of_reply(one["text"])[0] not in (None, UNKNOWN)]
    assert len(about_else) == 65 and len(taken) <= 4, taken
    told = [one for one in said if one["when"] is not None]
    found = [(one["when"], parts_of_reply(one["text"])[0]) for one in told]
    wrong = [pair for pair in found if pair[1] not in (None, UNKNOWN, pair[0])]
    right = [pair for pair in found if pair[0] == pair[1]]
    assert len(told) == 135 and len(wrong) <= 5 and len(right) >= 100, (len(right), wrong)


@given(st.text())
def test_of_any_text_it_is_a_report_or_nothing(text: str) -> None:
    when, besides = parts_of_reply(text)
    known = when in (None, UNKNOWN, *REPORTS, *WEEKDAYS)
    assert (known or (when or "")[:2].isdigit()) and len(besides) <= 2 * len(text) + 20
