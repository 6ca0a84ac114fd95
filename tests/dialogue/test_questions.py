"""Around the answers: two questions, follow-ups, asking back, asking when, and what is not covered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.care.models import Channel
from bot.language import understanding

pytestmark = pytest.mark.model


def topics(messages: list) -> list[str]:
    """The topics that the replies rest on."""
    return [answer["topic"] for message in messages for answer in message.guidance]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("can I drive and have a beer tonight", ["driving", "alcohol"]),
        ("can I have a beer and drive tonight", ["alcohol", "driving"]),
    ],
)
async def test_two_questions_get_two_answers_in_their_order(patient, text, order) -> None:
    assert topics(await patient.turn(text)) == order


async def test_the_same_answer_again_comes_with_a_way_on(patient) -> None:
    await patient.turn("is it ok to go to the gym")
    answer, offer = await patient.turn("how long for?")
    assert topics([answer]) == ["exercise"]
    assert "all that my guidance says" in offer.text and offer.question
    await patient.turn("yes")
    [item] = patient.items()
    assert (item.kind, item.message_id) == ("question", answer.reply_to_id)


@pytest.mark.parametrize("follow_up", ["and tomorrow?", "how long for?", "until when"])
async def test_a_follow_up_is_about_the_last_topic(patient, follow_up) -> None:
    await patient.turn("is it ok to go to the gym")
    assert topics(await patient.turn(follow_up)) == ["exercise"]


async def test_a_follow_up_about_tomorrow_is_answered_for_tomorrow(patient) -> None:
    await patient.turn("what can I eat tonight?")
    [reply] = await patient.turn("and tomorrow?")
    assert reply.guidance[0]["phase"] == "next_day"


async def test_unknown_time_is_asked_for_once_and_remembered(visitor) -> None:
    [asked] = await visitor.turn("can i drive tonight?")
    assert "when was your last infusion" in asked.text
    assert [button["title"] for button in asked.buttons] == ["Today", "Yesterday", "Earlier", "Not yet"]
    [answer] = await visitor.turn("Today", choice="1")
    assert answer.guidance[0] == {**answer.guidance[0], "topic": "driving", "phase": "same_day"}
    [next_one] = await visitor.turn("and a glass of wine?")
    assert next_one.guidance[0] == {**next_one.guidance[0], "topic": "alcohol", "phase": "same_day"}


async def test_what_was_told_ages_like_a_record(visitor) -> None:
    await visitor.turn("can i drive?")
    await visitor.turn("1")
    visitor.clock.move(timedelta(days=1))
    [answer] = await visitor.turn("can i drive?")
    assert answer.guidance[0]["phase"] == "next_day"


@pytest.mark.parametrize(
    ("told", "phase"),
    [
        ("2", "next_day"),
        ("this morning", "same_day"),
        ("last week", "later"),
        ("not yet, it's on monday", "before"),
    ],
)
async def test_the_time_may_be_told_in_words(visitor, told, phase) -> None:
    await visitor.turn("can i drive?")
    [answer] = await visitor.turn(told)
    assert answer.guidance[0] == {**answer.guidance[0], "topic": "driving", "phase": phase}


async def test_whoever_does_not_say_when_is_not_asked_again_at_once(visitor) -> None:
    await visitor.turn("can i drive?")
    replies = await visitor.turn("what about alcohol")
    assert topics(replies) == ["alcohol"]
    assert replies[0].guidance[0]["phase"] == "unknown"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        # A time that is not told of the infusion moves no phase.
        ("will i be able to drive tomorrow", [("driving", "unknown")]),
        ("i had a glass of wine last night is that bad", [("alcohol", "unknown"), ("driving", "unknown")]),
        # A symptom in place of the answer is answered first.
        ("still a bit dizzy", [("dizziness", "unknown"), ("driving", "unknown")]),
        # What is said beside the answer is read apart from it.
        ("yesterday. can i drink tonight?", [("driving", "next_day"), ("alcohol", "next_day")]),
        ("3 hours ago, feeling sick", [("driving", "same_day"), ("nausea", "same_day")]),
    ],
)
async def test_asked_when_and_something_besides_or_instead(visitor, said, found) -> None:
    await visitor.turn("can i drive?")
    guided = [part for reply in await visitor.turn(said) for part in reply.guidance]
    assert [(part["topic"], part["phase"]) for part in guided] == found


@pytest.mark.parametrize("told", ["idk", "I don't remember", "hm whatever", "5"])
async def test_whoever_cannot_say_when_is_answered_all_the_same(visitor, told) -> None:
    await visitor.turn("can i drive?")
    replies = await visitor.turn(told)
    assert replies[-1].guidance[0] == {**replies[-1].guidance[0], "topic": "driving", "phase": "unknown"}


@pytest.mark.parametrize(
    ("told", "phase"),
    [
        ("friday", "next_day"),
        ("saturday", "same_day"),
        ("it was on monday", "later"),
        ("11/20", "next_day"),
        ("nov 21", "same_day"),
        ("11/30", "before"),
        ("12/31", "before"),
        ("2/30", "same_day"),
        ("at noon", "same_day"),
        ("on my way home right now", "same_day"),
        ("haven't started yet", "before"),
    ],
)
async def test_days_and_dates_are_found_in_the_calendar(visitor, told, phase) -> None:
    # It is Saturday, 21 November.
    await visitor.turn("can i drive?")
    replies = await visitor.turn(told)
    assert replies[-1].guidance[0] == {**replies[-1].guidance[0], "topic": "driving", "phase": phase}


async def test_who_is_there_may_be_asked_before_saying_when(visitor) -> None:
    await visitor.turn("can i drive?")
    await visitor.turn("are you a bot?")
    [answer] = await visitor.turn("today")
    assert answer.guidance[0] == {**answer.guidance[0], "topic": "driving", "phase": "same_day"}


async def test_the_time_told_with_the_question_is_not_asked_for(visitor) -> None:
    [answer] = await visitor.turn("I had my infusion yesterday, can I drive?")
    assert answer.guidance[0] == {**answer.guidance[0], "topic": "driving", "phase": "next_day"}


async def test_a_time_may_be_corrected(visitor) -> None:
    await visitor.turn("can i drive?")
    await visitor.turn("yesterday")
    [answer] = await visitor.turn("sorry, it was this morning")
    assert answer.guidance[0] == {**answer.guidance[0], "topic": "driving", "phase": "same_day"}


async def test_on_sms_the_numbers_stand_in_the_text(visitor) -> None:
    [asked] = await visitor.turn("can i drive tonight?", Channel.SMS)
    assert "1 for today" in asked.text
    assert asked.buttons == []


async def test_not_covered_is_said_and_passed_on_when_wanted(patient) -> None:
    [reply] = await patient.turn("does my insurance pay for parking")
    assert "does not cover" in reply.text
    assert not patient.items()
    [done] = await patient.turn("1")
    assert "passed your question" in done.text
    [item] = patient.items()
    assert (item.kind, item.closed_at) == ("question", None)


@pytest.mark.parametrize("text", ["can i double my lexapro", "how much ibuprofen can i take tonight"])
async def test_how_much_of_a_medicine_is_not_answered_with_when(patient, text) -> None:
    replies = await patient.turn(text)
    assert not topics(replies)
    assert replies[-1].question, "it is offered to a person"


async def test_not_covered_is_not_passed_on_when_not_wanted(patient) -> None:
    await patient.turn("does my insurance pay for parking")
    await patient.turn("No, leave it", choice="2")
    assert not patient.items()


async def test_an_old_button_passes_nothing_on(visitor) -> None:
    await visitor.turn("can i drive tonight?")
    await visitor.turn("does my insurance pay for parking")
    [reply] = await visitor.turn("Today", choice="1")
    assert "not sure what that belongs to" in reply.text
    assert not visitor.items()
    await visitor.turn("Pass it on", choice="1")
    assert [item.kind for item in visitor.items()] == ["question"]


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.SMS])
@pytest.mark.parametrize("text", ["7", "1", "3"])
async def test_a_number_to_no_question_is_neither_mood_nor_yes(patient, channel, text) -> None:
    [reply] = await patient.says(text, channel)
    assert "not sure what that belongs to" in reply


@pytest.mark.parametrize("text", ["never mind", "forget it"])
async def test_never_mind_leaves_it(patient, text) -> None:
    await patient.turn("does my insurance pay for parking")
    [reply] = await patient.turn(text)
    assert "not passed it on" in reply.text and reply.question is None
    assert not patient.items()


async def test_the_check_in_that_is_offered_starts_on_yes(patient) -> None:
    [offer] = await patient.turn("I feel good today")
    assert "check-in" in offer.text
    assert "from 0 (the worst)" in (await patient.says("yes"))[-1]


async def test_what_follows_something_uncovered_is_not_about_an_older_topic(patient) -> None:
    await patient.turn("can I drive tonight?")
    await patient.turn("does my insurance pay for parking")
    assert "driving" not in topics(await patient.turn("and for how long?"))


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.SMS])
async def test_spanish_is_told_so_in_spanish_and_may_be_passed_on(patient, channel) -> None:
    [reply] = await patient.turn("puedo manejar mi carro esta noche?", channel)
    assert "Lo siento" in reply.text
    await patient.turn("s\u00ed", channel)
    [item] = patient.items()
    assert (item.kind, item.message_id) == ("question", reply.reply_to_id)


@pytest.fixture
def unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader is never sure enough to answer: it is too good to ask back about a text that a test could name."""
    monkeypatch.setattr(understanding, "ANSWER", 1.1)
    monkeypatch.setattr(understanding, "BOTH", 2.1)
    monkeypatch.setattr(understanding, "ASK_BACK", 0.01)


@pytest.mark.usefixtures("unsure")
async def test_asking_back_happens_at_most_once_in_a_row(patient) -> None:
    first = await patient.turn("can i eat tonight")
    second = await patient.turn("eating after the drip")
    assert "Do you ask about" in first[-1].text
    assert "Do you ask about" not in second[-1].text


@pytest.mark.usefixtures("unsure")
async def test_asking_back_is_settled_by_a_number(patient) -> None:
    replies = await patient.turn("can i eat tonight")
    assert "Do you ask about" in replies[-1].text
    answers = await patient.turn("2")
    assert len(topics(answers)) == 1


async def test_a_text_that_begins_with_a_slash_is_text(patient) -> None:
    for text in ("/restart", "/ask_driving", '/stop{"a": 1}', "  /EXTERNAL_x"):
        assert await patient.turn(text), text
    [reply] = await patient.turn("can i drive tonight?")
    assert topics([reply]) == ["driving"]


async def test_bot_or_human(patient) -> None:
    [reply] = await patient.says("am i talking to a real person?")
    assert "automated" in reply and "not a person" in reply


async def test_a_person_is_called(patient) -> None:
    await patient.says("i want to talk to a nurse please")
    assert [item.kind for item in patient.items()] == ["person_wanted"]


@pytest.mark.parametrize("text", ["😀", "🙏🙏", "...", "?!"])
async def test_no_words_get_an_honest_reply(patient, text) -> None:
    [reply] = await patient.says(text)
    assert "put it in words" in reply


async def test_first_contact_is_announced_once(patient, engine) -> None:
    from bot.care.conversations import FIRST_CONTACT
    from bot.care.database import transaction
    from bot.care.transcript import messages_before

    await patient.turn("hello")
    await patient.turn("hello again")
    with transaction(engine) as session:
        kinds = [message.kind for message in messages_before(session, patient.conversation_id, None)]
    assert kinds.count(FIRST_CONTACT) == 1
    assert kinds[1] == FIRST_CONTACT
