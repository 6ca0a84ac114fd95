"""A check-in rests after something worrying, or for later: what was answered is kept, and the patient can go on."""

from __future__ import annotations

import pytest

from bot.care.conversations import Reply, lock, say
from bot.care.database import transaction
from bot.care.models import Channel, StaffMember
from tests.dialogue.check_in_scene import BOTH, forget, numbers, passes, resolve, resting, send, stored

pytestmark = pytest.mark.model

WORRY, CALM = "I want to kill myself", "can I drive tonight?"
ASKS_MOOD, ASKS_SIDE_EFFECTS = "from 0 (the worst)", "side effects"


@pytest.mark.parametrize("channel", BOTH)
async def test_after_a_crisis_it_rests_until_a_person_has_resolved_it(patient, channel) -> None:
    await patient.says("check in", channel)
    await patient.says("3", channel)
    [reply] = await patient.turn(WORRY, channel)
    assert reply.kind == "safety"
    for text in ("1", "a little", "ok", CALM):
        replies = await patient.says(text, channel)
        assert not any(ASKS_SIDE_EFFECTS in said for said in replies), text
    assert resting(patient) == ("open", "worry")
    resolve(patient)
    assert "sleep" in (await patient.says("1", channel))[-1]
    assert resting(patient) == ("open", None)
    assert numbers(patient) == [("mood", 3.0), ("side_effects", 1.0)]


@pytest.mark.parametrize("words", ["go on", "ok let's continue", "I'm back", "check in"])
@pytest.mark.parametrize("channel", BOTH)
async def test_words_go_on_with_it_too(patient, channel, words) -> None:
    await patient.says("check in", channel)
    await patient.says("3", channel)
    await patient.says(WORRY, channel)
    resolve(patient)
    [again] = await patient.says(words, channel)
    assert ASKS_SIDE_EFFECTS in again
    assert resting(patient) == ("open", None)


@pytest.mark.parametrize("words", ["check in", "go on", "ok lets go on", "I'm back"])
@pytest.mark.parametrize("channel", BOTH)
async def test_who_asks_for_it_in_a_crisis_is_heard_and_not_cheered(patient, channel, words) -> None:
    await patient.says("check in", channel)
    await patient.says("3", channel)
    await patient.says(WORRY, channel)
    replies = await patient.says(words, channel)
    assert "still wants to look at how you are" in replies[0] and "988" in " ".join(replies)
    assert ASKS_SIDE_EFFECTS in replies[-1]
    assert "quick questions" not in " ".join(replies)


@pytest.mark.parametrize("channel", BOTH)
async def test_a_crisis_in_reply_to_one_that_was_sent_leaves_it_sent(patient, channel) -> None:
    send(patient, channel)
    await patient.says(WORRY, channel)
    assert resting(patient) == ("sent", "worry")
    passes(patient, 3)
    assert resting(patient) == ("sent", "worry")
    resolve(patient)
    assert ASKS_SIDE_EFFECTS in (await patient.says("6", channel))[-1]
    assert stored(patient) == [("open", [("mood", 6.0, "6", False)])]


async def test_one_that_was_sent_and_never_answered_says_why_and_is_no_silence(patient) -> None:
    send(patient)
    await patient.says(WORRY)
    passes(patient, 37)
    assert resting(patient) == ("expired", "worry")
    assert [reason for alert in patient.alerts() for reason in alert.reasons if "No answer" in reason] == []


async def test_one_that_nobody_goes_on_with_is_partial_by_its_end(patient) -> None:
    send(patient)
    await patient.says("3")
    await patient.says(WORRY)
    passes(patient, 35)
    assert resting(patient)[0] == "open"
    passes(patient, 2)
    assert stored(patient) == [("partial", [("mood", 3.0, "3", False)])]


@pytest.mark.parametrize("channel", BOTH)
async def test_an_urgent_message_lets_a_number_go_on(patient, channel) -> None:
    await patient.says("check in", channel)
    await patient.says("5", channel)
    await patient.says("I have been vomiting all night, nothing stays down", channel)
    assert resting(patient) == ("open", "worry")
    assert "sleep" in (await patient.says("3", channel))[-1]


@pytest.mark.parametrize("channel", BOTH)
@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("7", {"mood": 7.0}),
        ("7/10", {"mood": 7.0}),
        ("seven", {"mood": 7.0}),
        ("about a 6 or 7", {"mood": 6.5}),
        ("ten!!", {"mood": 10.0}),
        ("not great, maybe 3", {"mood": 3.0}),
        ("my mood is a 4 today", {"mood": 4.0}),
        ("6, 1, slept ok", {"mood": 6.0, "side_effects": 1.0, "sleep": 2.0}),
        ("skip", {"mood": None}),
    ],
)
async def test_every_form_of_an_answer_goes_on_after_a_pause(patient, channel, typed, values) -> None:
    await patient.says("check in", channel)
    await patient.says("not now", channel)
    assert resting(patient) == ("open", "not_now")
    await patient.says(CALM, channel)
    await patient.says(typed, channel)
    assert dict(numbers(patient)) == values
    assert resting(patient) == ("open", None)


async def test_the_same_as_yesterday_goes_on_too(patient) -> None:
    for text in ("check in", "6", "1", "2", "1", "skip", "check in", "not now"):
        await patient.says(text)
    assert "6 again" in (await patient.says("same as yesterday"))[0]


@pytest.mark.parametrize(
    "text", ["ok", "thanks, that was a bad hour", "see you at 3", "fine", "there are 2 of us"]
)
async def test_what_is_no_answer_begins_nothing(patient, text) -> None:
    await patient.says("check in")
    await patient.says("not now")
    replies = await patient.turn(text)
    assert all(reply.question is None or ASKS_MOOD not in reply.text for reply in replies)
    assert stored(patient) == [("open", [])] and resting(patient) == ("open", "not_now")


@pytest.mark.parametrize("typed", ["4", "about a 4", "not great, maybe 4"])
@pytest.mark.parametrize("channel", BOTH)
async def test_after_a_question_in_the_middle_every_form_is_an_answer(patient, channel, typed) -> None:
    await patient.says("check in", channel)
    answer, again = await patient.turn("can I drive tonight?", channel)
    assert answer.guidance and ASKS_MOOD in again.text
    forget(patient)
    await patient.says(typed, channel)
    assert numbers(patient) == [("mood", 4.0)]


async def test_a_no_to_thoughts_of_death_after_a_pause_is_asked_for_anew(patient) -> None:
    for text in ("check in", "6", "1", "2", "not now"):
        await patient.says(text)
    [again] = await patient.says("1")
    assert "better off dead" in again and "safety" not in dict(numbers(patient))
    await patient.says("1")
    assert numbers(patient)[-1] == ("safety", 1.0)


async def test_a_yes_after_a_pause_counts_at_once(patient) -> None:
    for text in ("check in", "6", "1", "2", "not now"):
        await patient.says(text)
    [reply] = await patient.turn("2")
    assert reply.kind == "safety" and "988" in reply.text
    assert [alert.level for alert in patient.alerts()] == ["crisis"]


async def test_a_number_for_a_nurse_is_not_taken_for_the_check_in(patient) -> None:
    await patient.says("check in")
    await patient.says("not now")
    with transaction(patient.engine) as session:
        nurse = StaffMember(name="Nora", email="nora.asks@clinic.example", role="nurse", password_hash="-")
        session.add(nurse)
        session.flush()
        conversation = lock(session, patient.conversation_id)
        asked = Reply("How many did you take?")
        say(
            session, conversation, asked, channel=Channel.WEB, now=patient.clock.now(), staff_id=int(nurse.id)
        )
    await patient.says("2")
    assert stored(patient) == [("open", [])] and patient.alerts() == []


@pytest.mark.parametrize("channel", BOTH)
async def test_no_more_texts_ends_what_was_begun(patient, channel) -> None:
    send(patient, channel)
    await patient.says("6", channel)
    [reply] = await patient.turn("stop texting me", channel)
    assert reply.kind == "opt_out" and "988" in reply.text
    assert stored(patient) == [("partial", [("mood", 6.0, "6", False)])]
    replies = await patient.turn("1", channel)
    assert all(reply.question is None for reply in replies)


@pytest.mark.parametrize("channel", BOTH)
async def test_a_crisis_while_the_first_answer_is_being_taken_pauses_it_too(
    patient, channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(patient, channel)
    handle, came = patient.answering.host._agent.handle_message, []

    async def crisis_meanwhile(message):
        found = await handle(message)
        if not came:
            came.append(patient.deliver(WORRY, channel))
        return found

    monkeypatch.setattr(patient.answering.host._agent, "handle_message", crisis_meanwhile)
    replies = await patient.says("7", channel)
    assert came and not any(ASKS_SIDE_EFFECTS in said for said in replies)
    assert resting(patient) == ("open", "worry")
    assert numbers(patient) == [("mood", 7.0)]
