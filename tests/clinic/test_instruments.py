"""What counts as an answer to a questionnaire's item, and what a wrong questionnaire is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot.clinic.answers import parse
from bot.clinic.instruments import InstrumentError, Item, Parsed, load_instrument

DAILY = load_instrument("daily")
MOOD, SIDE_EFFECTS, SLEEP, SAFETY, WORD = DAILY.items

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


def broken(tmp_path: Path, **changes: object) -> str:
    """The message that a changed copy of the daily check-in gets."""
    raw = {
        "key": "mine",
        "version": "1",
        "title": "T",
        "source": "S",
        "items": [{"key": "mood", "kind": "scale", "lowest": 0, "highest": 10, "context": "mood"}],
    } | changes
    (tmp_path / "mine.yml").write_text(
        yaml.safe_dump({key: value for key, value in raw.items() if value != "gone"})
    )
    with pytest.raises(InstrumentError) as caught:
        load_instrument("mine", tmp_path)
    return str(caught.value)


A_CHOICE = {"key": "a", "kind": "choice", "context": "x", "lowest": 1, "highest": 2}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"title": "gone"}, "title"),
        ({"items": [{"key": "mood", "kind": "guess", "context": "x"}]}, "items.mood.kind"),
        ({"items": [A_CHOICE | {"lowest": "low"}]}, "low"),
        ({"items": [{"key": "mood", "kind": "scale", "context": "x"}]}, "items.mood has no scale"),
        ({"items": [A_CHOICE | {"words": {3: ["w"]}}]}, "items.a.words"),
        ({"items": [A_CHOICE | {"words": ["w"]}]}, "Compare it with instruments/daily.yml"),
        ({"items": [A_CHOICE, A_CHOICE]}, "keys that differ"),
        ({"items": []}, "one at least"),
        ({"items": None}, "Compare it with instruments/daily.yml"),
    ],
)
def test_a_wrong_questionnaire_is_told_what_is_wrong(
    tmp_path: Path, changes: dict[str, object], named: str
) -> None:
    said = broken(tmp_path, **changes)
    assert said.startswith("mine.yml: ") and named in said


def test_a_missing_questionnaire_is_named(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match=r"mine\.yml: there is no such questionnaire"):
        load_instrument("mine", tmp_path)
