"""After a pause: what goes on with a check-in although nothing was asked, and what is only talk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clinic.answer_rows import parse_many
from bot.clinic.answers import parse
from bot.clinic.going_on import answers_what_was_asked, goes_on, wants_on
from bot.clinic.instruments import FOLDER, load_instrument

DAILY, PHQ9 = load_instrument("daily"), load_instrument("phq9")
MOOD, SIDE_EFFECTS, SLEEP, SAFETY, WORD = DAILY.items
EVERY = [item for path in sorted(FOLDER.glob("*.yml")) for item in load_instrument(path.stem).items]


@pytest.mark.parametrize(
    "text",
    ["7", "7/10", "seven", "about a 6 or 7", "6.5", "0 :(", "ten!!", "not great, maybe 3", "same as yesterday", "skip"]
    + ["6, 1, slept ok", "mood 4", "my mood is 4 today", "feeling like a 5 today", "4 i think"],
)  # fmt: skip
def test_an_answer_in_any_dress_goes_on(text: str) -> None:
    assert goes_on(MOOD, DAILY.items, text)


@pytest.mark.parametrize(
    "text",
    ["ok", "fine", "thanks, that was a bad hour", "see you at 3", "call me at 5", "i took 2", "there are 2 of us"]
    + ["bien", "mal", "regular", "nada", "not good", "pretty bad", "really bad", "sí", "not too bad"]
    + ["i have 2 kids", "my infusion was 3 days ago", "how about 5?", "can i have 2", "100", "I can't go on", ""],
)  # fmt: skip
@pytest.mark.parametrize("item", DAILY.items, ids=lambda item: item.key)
def test_talk_begins_nothing(item, text: str) -> None:
    assert not goes_on(item, DAILY.items[DAILY.items.index(item) :], text)


@pytest.mark.parametrize(
    ("item", "text"), [(SIDE_EFFECTS, "a little"), (SLEEP, "badly"), (PHQ9.items[0], "several days")]
)
def test_listed_words_that_mean_nothing_else_go_on(item, text: str) -> None:
    assert goes_on(item, (item,), text)


@pytest.mark.parametrize("item", [SAFETY, PHQ9.items[-1]], ids=lambda item: item.key)
def test_to_thoughts_of_death_only_a_number_goes_on(item) -> None:
    assert goes_on(item, (item,), "1") and goes_on(item, (item,), "2 but only sometimes")
    for text in ("no", "yes", "sometimes", "never", "same as yesterday", "skip"):
        assert not goes_on(item, (item,), text)


@pytest.mark.parametrize(
    "text", ["go on", "Go on please", "ok, let's continue", "I'm back", "ready", "carry on", "resume"]
)
def test_the_wish_to_go_on(text: str) -> None:
    assert wants_on(text) and all(goes_on(item, (item,), text) for item in EVERY)


@pytest.mark.parametrize(
    "text",
    [
        "i can't go on",
        "i don't want to go on",
        "how can i go on",
        "it goes on and on",
        "not ready",
        "ready to die",
    ],
)
def test_what_only_sounds_like_it(text: str) -> None:
    assert not wants_on(text)
    assert not any(goes_on(item, (item,), text) for item in EVERY)


@given(
    st.sampled_from(EVERY), st.text(max_size=60) | st.from_regex(r"[a-z ,.!?0-9/'-]{0,40}", fullmatch=True)
)
def test_it_never_raises_and_takes_nothing_that_the_parser_would_not(item, text: str) -> None:
    if goes_on(item, (item,), text) and not wants_on(text):
        assert parse(item, text) is not None or parse_many((item,), text) or "same" in text or "chang" in text


@pytest.mark.parametrize(
    ("item", "text"),
    [(MOOD, "maybe 3"), (SIDE_EFFECTS, "none"), (SLEEP, "ok"), (SAFETY, "no"), (WORD, "tired but calm"), (MOOD, "same")]
    + [(MOOD, "slept badly"), (MOOD, "6 1 2")],
)  # fmt: skip
def test_any_form_answers_what_was_asked(item, text: str) -> None:
    assert answers_what_was_asked(item, DAILY.items[DAILY.items.index(item) :], text)


@pytest.mark.parametrize(
    ("item", "text"),
    [(MOOD, "can I drive tonight?"), (WORD, "can I drive tonight"), (SLEEP, "purple"), (WORD, "")],
)
def test_a_question_answers_nothing(item, text: str) -> None:
    assert not answers_what_was_asked(item, DAILY.items[DAILY.items.index(item) :], text)
