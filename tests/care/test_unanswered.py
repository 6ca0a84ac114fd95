"""Questions that the guidance does not cover are found, and those with like words stand together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.care import alerts
from bot.care.conversations import Reply, say
from bot.care.database import transaction
from bot.care.models import Base, Channel, Conversation, ItemKind, Message
from bot.care.reports import PASS_ON
from bot.care.unanswered import Group, Unanswered, chosen, grouped, questions
from tests.care.conftest import AT, Care
from tests.tables import truncate

SINCE = AT - timedelta(days=1)


@pytest.fixture
def care(engine) -> Iterator[Care]:
    """A record that holds nothing but what the test puts there."""
    tables = [f'"{table.name}"' for table in Base.metadata.sorted_tables if table.name != "staff_member"]
    with transaction(engine) as session:
        truncate(session, *tables, "procrastinate_jobs")
    yield Care(engine)


def asks(
    care: Care, words: str, *replies: Reply, item: ItemKind | None = None, closed_by: int | None = None
) -> int:
    with transaction(care.engine) as session:
        message = care.receive(session, words).message
        conversation = session.get(Conversation, care.conversation_id)
        for reply in replies:
            say(session, conversation, reply, channel=Channel.WEB, now=AT, reply_to=message)
        if item is not None:
            opened = alerts.open_item(session, item, message, "why", AT)
            if closed_by is not None:
                alerts.close_item(session, int(opened.id), closed_by, AT)
        return int(message.id)


NOT_COVERED = Reply("Not covered.", question=PASS_ON)
GUIDED = Reply("No.", guidance=({"topic": "driving", "phase": "later", "version": 1, "hash": "0"},))


def test_what_was_not_covered_or_passed_on_is_found(care: Care, nurse: int) -> None:
    refused = asks(care, "can i get a tattoo?", NOT_COVERED)
    waiting = asks(care, "can i fly?", NOT_COVERED, item=ItemKind.QUESTION)
    closed = asks(care, "can i dive?", NOT_COVERED, item=ItemKind.QUESTION, closed_by=nurse)
    wanted_more = asks(care, "really no driving?", GUIDED, NOT_COVERED, item=ItemKind.QUESTION)
    asks(care, "may i drive?", GUIDED)
    asks(care, "really?", GUIDED, NOT_COVERED)
    asks(care, "a nurse please", item=ItemKind.PERSON_WANTED)
    erased = asks(care, "erased", NOT_COVERED)
    with transaction(care.engine) as session:
        session.get(Message, erased).text = ""
    found = care.look(lambda s: questions(s, SINCE))
    assert [(one.message_id, one.passed_on, one.waiting) for one in found] == [
        (wanted_more, True, True),
        (closed, True, False),
        (waiting, True, True),
        (refused, False, False),
    ]
    assert care.look(lambda s: questions(s, AT + timedelta(seconds=1))) == []
    assert [one.message_id for one in care.look(lambda s: questions(s, SINCE, most=1))] == [wanted_more]
    assert chosen(found, [closed, 999]) == [found[1]]


def of(*words: str) -> list[Unanswered]:
    return [Unanswered(number, 1, one, AT, False, number % 2 == 0) for number, one in enumerate(words)]


def words(groups: list[Group]) -> list[list[str]]:
    return [[one.words for one in group.questions] for group in groups]


def test_like_questions_stand_together_and_the_largest_group_first() -> None:
    found = grouped(
        of(
            "Can I fly on an airplane tomorrow?",
            "is my parrot allowed in the room",
            "flying tomorrow on an airplane, ok?",
            "can i bring my parrot to the room please",
            "when may i fly with an airplane",
            "can i get a massage",
        )
    )
    assert words(found) == [
        [
            "when may i fly with an airplane",
            "flying tomorrow on an airplane, ok?",
            "Can I fly on an airplane tomorrow?",
        ],
        ["can i bring my parrot to the room please", "is my parrot allowed in the room"],
        ["can i get a massage"],
    ]
    assert found[0].waiting == 3 and found[1].waiting == 0


def test_one_common_word_joins_nothing() -> None:
    asked = of("massage?", "can i book a massage with my cousin in denver", "how do i get a massage")
    assert words(grouped(asked)) == [
        ["how do i get a massage", "massage?"],
        ["can i book a massage with my cousin in denver"],
    ]


@given(st.lists(st.text(max_size=60), max_size=12))
def test_every_question_is_in_one_group(asked: list[str]) -> None:
    everything = of(*asked)
    found = [one for group in grouped(everything) for one in group.questions]
    assert sorted(found, key=lambda one: one.message_id) == everything
