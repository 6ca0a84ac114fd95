"""What counts as an answer to a questionnaire's item: in many dresses, never off the scale, never by a guess."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.clinic.answers import bare, leading, parse
from bot.clinic.instruments import Item, Parsed, load_instrument

DAILY = load_instrument("daily")
MOOD, SIDE_EFFECTS, SLEEP, SAFETY, WORD = DAILY.items
HARM = load_instrument("phq9").items[-1]

NUMBERS = st.sampled_from(["0", "3", "7", "10", "11", "99", "1000", "-1", "6.5", "5,5", "ten", "one", "nil"])
GLUE = st.sampled_from(
    [" ", "", "/", "-", "\u2013", " or ", " to ", " and ", "out of", ":", ".", "ish", " hours", "!"]
)
NEARLY = st.lists(st.one_of(NUMBERS, GLUE), max_size=8).map("".join)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("7", 7),
        ("7/10", 7),
        ("7 out of 10", 7),
        ("seven", 7),
        ("about a 6 or 7", 6.5),
        ("6-7", 6.5),
        ("6\u20137/10", 6.5),
        ("between 4 and 6", 5),
        ("6.5", 6.5),
        ("6,5", 6.5),
        ("0 :(", 0),
        ("-0", 0),
        ("ten!!", 10),
        ("TEN", 10),
        ("not great, maybe 3", 3),
        ("5-ish", 5),
        ("5ish", 5),
        ("5 ish today", 5),
        ("slept 4 hours, mood 5", 5),
        ("slept 4 to 5 hours, mood 6", 6),
        ("woke at 3 am, 2", 2),
        ("took two pills. 8", 8),
        ("4 on a scale of 1 to 10", 4),
        ("on a scale of 0-10 id say 4", 4),
        ("a one", 1),
        ("One.", 1),
        ("７", 7),
        ("7️⃣", 7),
        ("\u00a0 9 \n", 9),
    ],
)
def test_a_mood_is_understood(typed: str, value: float) -> None:
    assert parse(MOOD, typed) == Parsed(float(value))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "11",
        "-3",
        "\u22123",
        "3 or 9",
        "7 yesterday, 4 now",
        "6 or 7, but 2 last night",
        "slept 4 hours",
        "3:30",
        "24/7",
        "3/5",
        "5/3/2026",
        "1,000",
        "100%",
        "this was a rough one",
        "no one called me",
        "often",
        "can i drive tonight?",
        "🙂",
        "ſıx",
        "½",
    ],
)
def test_what_is_no_sure_mood_is_asked_again(typed: str) -> None:
    assert parse(MOOD, typed) is None


@pytest.mark.parametrize("typed", ["skip", "Skip!", "skip this one", "pass", "rather not say", "N/A", "-"])
def test_an_item_can_be_skipped(typed: str) -> None:
    skipped = {item.key: parse(item, typed) for item in DAILY.items}
    # Not to answer whether somebody thinks of death is an answer of its own.
    assert skipped.pop("safety") == Parsed(3.0)
    assert set(skipped.values()) == {Parsed(None, skipped=True)}


@pytest.mark.parametrize(
    ("typed", "value"),
    [("1", 1), ("none", 1), ("No", 1), ("a little", 2), ("two", 2), ("3/3", 3), ("a lot!", 3)],
)
def test_a_choice_is_understood_as_a_number_or_in_words(typed: str, value: int) -> None:
    assert parse(SIDE_EFFECTS, typed) == Parsed(float(value))


@pytest.mark.parametrize("typed", ["0", "4", "1.5", "1-2", "1\u20132", "2 or 3", "3/10", "maybe"])
def test_a_choice_off_the_list_or_between_two_is_asked_again(typed: str) -> None:
    assert parse(SIDE_EFFECTS, typed) is None


@pytest.mark.parametrize("typed", ["nothing", "7", "the music helped"])
def test_a_free_word_is_taken_as_it_is(typed: str) -> None:
    assert parse(WORD, typed) == Parsed(None)


@given(
    text=st.one_of(st.text(), NEARLY, st.text(alphabet="0123456789.,:/-\u2013 ortandinsixfvkſıİK½²٣߃")),
    lowest=st.integers(-5, 5),
    width=st.integers(1, 100),
    kind=st.sampled_from(["scale", "choice", "word"]),
)
@example("ſix", 0, 10, "scale")
@example("fİve", 0, 10, "scale")
@example("\ud800 7", 0, 10, "scale")
@example("٧", 0, 10, "scale")
@example("9" * 5_000, 0, 10, "scale")
def test_reading_never_raises_and_never_leaves_the_scale(
    text: str, lowest: int, width: int, kind: str
) -> None:
    item = Item("mood", kind, "mood 0-10", lowest, lowest + width)
    parsed = parse(item, text)
    if parsed is None or parsed.value is None:
        return
    assert kind != "word" and not parsed.skipped
    assert lowest <= parsed.value <= lowest + width
    assert kind == "scale" or parsed.value == int(parsed.value)


@given(
    value=st.integers(0, 10),
    before=st.sampled_from(["", "mood ", "maybe ", "i'd say a "]),
    after=st.sampled_from(["", "/10", "!", " :)", "-ish", " i guess"]),
)
def test_every_plain_number_of_the_scale_is_understood(value: int, before: str, after: str) -> None:
    assert parse(MOOD, f"{before}{value}{after}") == Parsed(float(value))


@pytest.mark.parametrize(
    ("typed", "value"),
    [("1", 1), ("well", 1), ("So-so.", 2), ("like a log", 1), ("not great", 2), ("badly", 3), ("3 :(", 3)],
)
def test_how_the_night_was(typed: str, value: int) -> None:
    assert parse(SLEEP, typed) == Parsed(float(value))


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1", 1),
        ("1, never", 1),
        ("no", 1),
        ("No, I like being here", 1),
        ("2", 2),
        ("2. sometimes in the mornings", 2),
        ("yes every night", 2),
        ("rather not say", 3),
        ("skip", 3),
        ("3 :)", 3),
    ],
)
def test_thoughts_of_death_are_read_from_the_beginning(typed: str, value: int) -> None:
    assert parse(SAFETY, typed) == Parsed(float(value))


@pytest.mark.parametrize(
    "typed",
    [
        "no but sometimes",
        "1 no wait 2",
        "1 or 2",
        "not really",
        "i wish i could say 1",
        "not sure",
        "2 days ago yes",
    ],
)
def test_a_no_that_is_half_taken_back_is_unclear(typed: str) -> None:
    assert parse(SAFETY, typed) is None


@pytest.mark.parametrize(
    ("typed", "value"), [("0", 0), ("not at all", 0), ("1", 1), ("several days", 1), ("nearly every day", 3)]
)
def test_the_ninth_question(typed: str, value: int) -> None:
    assert parse(HARM, typed) == Parsed(float(value))


@given(text=st.one_of(st.text(), NEARLY), item=st.sampled_from(DAILY.items))
def test_the_strict_readers_agree_with_the_scale(text: str, item: Item) -> None:
    for parsed in (bare(item, text), leading(item, text)):
        if parsed is not None and parsed.value is not None:
            assert item.lowest <= parsed.value <= item.highest
    # What is nothing but an answer is one.
    only = bare(item, text)
    assert only is None or only == parse(item, text)


@given(
    value=st.decimals(0, 10, places=1).map(float),
    dress=st.sampled_from(
        ["{}", "{}/10", " {}!", "about {}", "i'm at a {}", "{} i guess", "mood {}", "{} out of 10"]
    ),
)
def test_a_number_goes_round_in_any_dress(value: float, dress: str) -> None:
    assert parse(MOOD, dress.format(f"{value:g}")) == Parsed(value)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("siete", 7),
        ("un 5", 5),
        ("Cinco.", 5),
        ("6 o 7", 6.5),
        ("como un ocho", 8),
        ("cero", 0),
        ("diez!!", 10),
    ],
)
def test_spanish_numbers(typed: str, value: float) -> None:
    assert parse(MOOD, typed) == Parsed(value)


@pytest.mark.parametrize(
    ("item", "typed", "value"),
    [
        (SIDE_EFFECTS, "nada", 1),
        (SIDE_EFFECTS, "un poco", 2),
        (SIDE_EFFECTS, "Mucho", 3),
        (SIDE_EFFECTS, "none really.", 1),
        (SIDE_EFFECTS, "pretty bad", 3),
        (SLEEP, "dormí mal", 3),
        (SLEEP, "más o menos", 2),
        (SLEEP, "bien", 1),
        (SLEEP, "not so good", 2),
        (SLEEP, "slept like crap", 3),
        (SAFETY, "sí", 2),
        (SAFETY, "no I have not had any thoughts like that", 1),
        (SAFETY, "prefiero no decir", 3),
    ],
)
def test_words_as_people_say_them(item: Item, typed: str, value: int) -> None:
    assert parse(item, typed) == Parsed(float(value))
