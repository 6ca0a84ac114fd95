"""Questionnaires as data: those that are shipped, their scores, and what a wrong one is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot.clinic.instruments import InstrumentError, load_instrument
from bot.clinic.paths import ROOT
from bot.guidance.phrases import Phrases

SHIPPED = sorted(path.stem for path in (ROOT / "instruments").glob("*.yml"))
PHQ9 = load_instrument("phq9")
CARRIER_WORDS = re.compile(r"\b(YES|STOP|END|QUIT|CANCEL|HELP|START|UNSTOP|INFO)\b")


def test_what_is_shipped() -> None:
    assert SHIPPED == ["daily", "phq2", "phq9"]


@pytest.mark.parametrize("key", SHIPPED)
def test_every_item_has_its_wording_and_asks_for_numbers(key: str) -> None:
    instrument, phrases = load_instrument(key), Phrases.load()
    assert instrument.key == key and instrument.source
    for item in instrument.items:
        asked = phrases.phrase(f"check_in_{item.wording}")
        phrases.phrase(f"check_in_again_{item.again}")
        for further in item.then_say.values():
            phrases.phrase(further)
        for texts in asked.texts.values():
            assert not any(CARRIER_WORDS.search(text) for text in texts.values())
        if item.kind != "word":
            assert all(item.lowest <= int(button.payload) <= item.highest for button in asked.buttons)
            assert str(item.lowest) in asked.texts["plain"]["sms"]
        # It is stored with the message that asks.
        assert len(item.context) <= 200


def test_the_nine_add_up_in_the_bands_of_the_source() -> None:
    for number, total, band in (
        (0, 0, "minimal"),
        (1, 9, "mild"),
        (2, 18, "moderately severe"),
        (3, 27, "severe"),
    ):
        values = {item.key: float(number) for item in PHQ9.items}
        assert PHQ9.score(values) == total and PHQ9.band(total) == band
    edges = {
        4: "minimal",
        5: "mild",
        9: "mild",
        10: "moderate",
        14: "moderate",
        15: "moderately severe",
        20: "severe",
    }
    assert {score: PHQ9.band(score) for score in edges} == edges


def test_nothing_is_made_up_for_an_item_that_was_left_out() -> None:
    values: dict[str, float | None] = {item.key: 1.0 for item in PHQ9.items}
    assert PHQ9.score(values | {"phq_sleep": None}) is None
    del values["phq_harm"]
    assert PHQ9.score(values) is None
    assert load_instrument("daily").score({"mood": 3.0}) is None


def test_the_short_form_is_the_beginning_of_the_long_one() -> None:
    short = load_instrument("phq2")
    assert short.items == PHQ9.items[: len(short.items)]
    assert (short.leads_to, short.leads_from) == ("phq9", 3)


def test_every_answer_to_the_ninth_question_but_0_is_grave() -> None:
    assert {item.key: item.grave for item in PHQ9.items if item.grave} == {"phq_harm": (1, 2, 3)}
    assert load_instrument("daily").items[3].grave == (2, 3)


@pytest.mark.parametrize(
    ("key", "values", "mood"),
    [
        ("daily", {"mood": 0.0}, "low"),
        ("daily", {"mood": 3.0}, "low"),
        ("daily", {"mood": 3.5}, "middle"),
        ("daily", {"mood": 7.0}, "high"),
        ("daily", {"mood": None}, "middle"),
        ("daily", {}, "middle"),
        ("phq2", {"phq_interest": 2.0, "phq_down": 1.0}, "low"),
        ("phq2", {"phq_interest": 0.0, "phq_down": 1.0}, "middle"),
    ],
)
def test_which_closing_words_fit(key: str, values: dict[str, float | None], mood: str) -> None:
    assert load_instrument(key).mood_of(values) == mood


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
        ({"items": [A_CHOICE | {"grave": [3]}]}, "items.a.grave"),
        ({"items": [A_CHOICE | {"declined": 0}]}, "items.a.declined"),
        ({"items": [A_CHOICE | {"then_say": {9: "x"}}]}, "items.a.then_say"),
        ({"score": {"sum": ["b"]}}, "score.sum names 'b'"),
        ({"closing": {"by": "b"}}, "closing.by is 'b'"),
        ({"closing": {"by": "score"}}, "need a score"),
        ({"leads_on": {"to": "phq9", "from": 3}}, "need a score"),
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
