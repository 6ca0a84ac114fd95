"""Patients on a bad day: half answers, wrong order, all at once, dictated, in Spanish, with a question beside."""

from __future__ import annotations

import pytest

from tests.dialogue.check_in_scene import BOTH, browsing, numbers, resting, stored

pytestmark = pytest.mark.model


@pytest.fixture
def web(patient):
    """A patient in the web chat."""
    return browsing(patient)


async def plays(talker, *texts: str) -> list[list[str]]:
    """A check-in answered with these texts; gives what was said to each."""
    await talker.says("check in")
    return [await talker.says(text) for text in texts]


async def test_half_answers_are_asked_for_kindly_and_a_belated_number_finds_its_question(web) -> None:
    first, _, belated, *_ = await plays(web, "im not good", "like", "4 ish i guess", "some")
    assert "Thank you" in first[0] and "For example" in first[0] and "skip" in first[0]
    assert "mood 4" in belated[0] and "side effects" in belated[-1]
    assert numbers(web) == [("mood", None), ("mood", 4.0), ("side_effects", 2.0)]


async def test_dictated_sentences(web) -> None:
    said = await plays(
        web,
        "My mood is probably like a four I would say.",
        "The side effects are mild.",
        "I slept not so good.",
        "No I have not had any thoughts like that.",
        "That is all thank you.",
    )
    assert [len(one) for one in said] == [1, 1, 1, 1, 1] and "Thank you" in said[-1][0]
    [(state, answers)] = stored(web)
    assert state == "finished" and web.alerts() == []
    assert [value for _, value, *_ in answers] == [4.0, 2.0, 2.0, 1.0, None]


@pytest.mark.parametrize("channel", BOTH)
async def test_in_spanish(patient, channel) -> None:
    await patient.says("check in", channel)
    for text in ("siete", "poco", "dormí mal", "no", "nada más"):
        await patient.says(text, channel)
    [(state, answers)] = stored(patient)
    assert state == "finished" and patient.alerts() == []
    assert [value for _, value, *_ in answers] == [7.0, 2.0, 3.0, 1.0, None]


async def test_nothing_is_known_and_nobody_is_alarmed_or_nagged(web) -> None:
    await plays(web, "idk", "i dont know", "idk", "not sure", "idk", "no idea")
    assert numbers(web) == [("mood", None), ("side_effects", None), ("sleep", None)] and web.alerts() == []


async def test_but_not_to_know_whether_one_thinks_of_death_is_a_crisis(web) -> None:
    await plays(web, "6", "1", "2", "idk")
    assert [alert.level for alert in web.alerts()] == ["crisis"]


async def test_ok_is_no_answer_to_thoughts_of_death_and_staff_hear_of_a_second_one(web) -> None:
    *_, first, second = await plays(web, "6", "1", "2", "ok", "okay")
    assert "get this right" in first[0] and "988" in second[0]
    assert [alert.level for alert in web.alerts()] == ["urgent"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("7 but side effects 2 and slept bad", {"mood": 7.0, "side_effects": 2.0, "sleep": 3.0}),
        ("mood 3, no side effects, slept like crap, no thoughts", {"mood": 3.0, "side_effects": 1.0, "sleep": 3.0}),
        ("Mood's a 4 I'd say. Side effects: 2. Sleep: bad", {"mood": 4.0, "side_effects": 2.0, "sleep": 3.0}),
        ("10/10", {"mood": 10.0}),
        ("6.5", {"mood": 6.5}),
        ("maybe a 6 or 7?", {"mood": 6.5}),
    ],
)  # fmt: skip
async def test_everything_at_once_and_odd_numbers(web, text, values) -> None:
    [said] = await plays(web, text)
    assert dict(numbers(web)) == values and web.items() == []
    assert ("noted" in said[0]) == (len(values) > 1)


async def test_in_the_wrong_order_each_is_said_back(web) -> None:
    sleep, effects, mood = await plays(web, "slept badly", "no side effects", "5")
    assert "sleep 3" in sleep[0] and "side effects 1" in effects[0] and "better off dead" in mood[0]


@pytest.mark.parametrize(
    ("text", "value"), [("sorry i meant 3", 3.0), ("oops 5", 5.0), ("wait no mood 4", 4.0)]
)
async def test_an_answer_changed_is_noted_and_the_question_asked_again(web, text, value) -> None:
    *_, said = await plays(web, "6", text)
    assert f"mood {value:g}" in said[0] and "side effects" in said[1]
    assert numbers(web) == [("mood", 6.0), ("mood", value)]


async def test_a_question_beside_an_answer_loses_neither(web) -> None:
    drive, parking, nurse = await plays(
        web,
        "7 and can i drive tonight?",
        "2, does my insurance pay for the ride?",
        "3 and can a nurse call me",
    )
    assert "drive" in drive[0] and "side effects" in drive[-1]
    assert "passed your question" in parking[0] and "sleep" in parking[-1]
    assert "talk with a person" in nurse[0] and "better off dead" in nurse[-1]
    assert numbers(web) == [("mood", 7.0), ("side_effects", 2.0), ("sleep", 3.0)]
    assert [item.kind for item in web.items()] == ["question", "person_wanted"]


@pytest.mark.parametrize("text", ["i need help", "help me please", "can someone help me"])
async def test_a_cry_for_help_calls_a_person_and_asks_on(web, text) -> None:
    *_, said = await plays(web, "4", text)
    assert [item.kind for item in web.items()] == ["person_wanted"]
    assert "side effects" in said[-1] and "For example" not in said[-1]


@pytest.mark.parametrize("text", ["i cant do this right now", "brb", "i need a break", "too tired for this"])
async def test_not_now_in_other_words(web, text) -> None:
    *_, said = await plays(web, "6", text)
    assert "paused" in said[0] and resting(web) == ("open", "not_now")
    assert "side effects" in (await web.says("go on"))[-1]


@pytest.mark.parametrize("text", ["i dont want to answer any more questions", "im tired of these questions"])
async def test_no_more_in_other_words(web, text) -> None:
    *_, said = await plays(web, "6", text)
    assert "leave it here" in said[0] and resting(web)[0] == "partial"


async def test_a_no_to_how_the_night_was_stops_nothing(web) -> None:
    *_, said = await plays(web, "6", "1", "no")
    assert "For example" in said[0] and resting(web) == ("open", None)


@pytest.mark.parametrize(
    "text",
    [
        "Liked “I have noted 6 again, your answer of Saturday”",
        'Loved "How is your mood right now, from 0 (the worst) to 10 (the best)?"',
        "Loved an image",
        "Reacted 🙏 to “I have noted 6 again”",
    ],
)
async def test_a_heart_on_a_text_of_ours_is_no_answer(web, text) -> None:
    [said] = await plays(web, text)
    assert numbers(web) == [] and "For example" in said[0] and web.items() == []


async def test_a_hard_day_is_never_cheered(web) -> None:
    said = await plays(web, "2", "3", "3", "1", "i just feel so empty")
    words = " ".join(" ".join(one) for one in said)
    assert "so hard right now" in words and "Great" not in words and "good to hear" not in words
    assert [alert.level for alert in web.alerts()] == ["urgent"]
