"""Every rule of data/signals.yml keeps its own examples, and a file that is wrong says where."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.care.signal_rules import (
    FILE,
    Seen,
    SignalsBroken,
    evaluate,
    load_signals,
    read_series,
)
from bot.clinic.instruments import load_instrument

RULES = {rule.id: rule for rule in load_signals()}
FIRING = [(rule.id, example) for rule in RULES.values() for example in rule.must_fire]
SILENT = [(rule.id, example) for rule in RULES.values() for example in rule.must_not_fire]


@pytest.mark.parametrize(("rule", "example"), FIRING)
def test_a_rule_fires_where_it_must(rule: str, example: str) -> None:
    [found] = evaluate([RULES[rule]], read_series(example))
    assert "{" not in found.reason and found.reason[0].isupper()


@pytest.mark.parametrize(("rule", "example"), SILENT)
def test_a_rule_is_silent_where_it_must_be(rule: str, example: str) -> None:
    assert evaluate([RULES[rule]], read_series(example)) == []


def test_the_reason_says_it_in_numbers() -> None:
    found = evaluate(load_signals(), read_series("daily mood 8; daily mood 7; daily mood 9; daily mood 1.5"))
    assert [one.reason for one in found] == [
        "Mood 1.5 of 10 (2 or below).",
        "Mood 1.5 of 10: 6.5 below their own median of 8 (last 3 answers).",
    ]
    [missed] = evaluate(load_signals(), read_series("daily mood 2; missed; missed; missed"))
    assert missed.reason == "No answer to 3 check-ins in a row, after a mood of 2 of 10."


def test_silence_is_told_again_after_each_further_pair() -> None:
    rules = load_signals()
    told = [
        [one.occurrence for one in evaluate(rules, read_series("daily mood 2" + "; missed" * count))]
        for count in range(1, 6)
    ]
    assert told == [[], ["1"], ["1"], ["2"], ["2"]]


def test_the_rules_name_items_and_numbers_that_the_questionnaires_have() -> None:
    daily, phq9 = load_instrument("daily"), load_instrument("phq9")
    for rule in RULES.values():
        if "item" in rule.settings:
            item = (phq9 if rule.instrument == "phq9" else daily).item(rule.settings["item"])
            assert item is not None, rule.id
            assert item.lowest <= rule.settings.get("value", item.lowest) <= item.highest, rule.id
        elif rule.instrument:
            assert load_instrument(rule.instrument).summed, rule.id


def test_a_positive_answer_about_death_is_a_crisis_and_no_rule_is_below_urgent() -> None:
    for example in ("daily safety 2", "daily safety 3", "phq9 phq_harm 1", "phq9 phq_harm 2"):
        assert "crisis" in {
            found.rule.level.value for found in evaluate(load_signals(), read_series(example))
        }
    assert {rule.level.value for rule in RULES.values()} <= {"urgent", "emergency", "crisis"}


numbers = st.integers(0, 20).map(lambda half: half / 2)
check_in = st.builds(
    Seen,
    instrument=st.sampled_from(["daily", "phq9"]),
    values=st.dictionaries(st.sampled_from(["mood", "safety", "phq_harm"]), numbers, max_size=3),
    skipped=st.frozensets(st.sampled_from(["mood", "safety"])),
    total=st.one_of(st.none(), st.integers(0, 27).map(float)),
    complete=st.booleans(),
    missed=st.booleans(),
)


@given(st.lists(check_in, max_size=12))
def test_no_series_makes_a_rule_fail(history: list[Seen]) -> None:
    for found in evaluate(load_signals(), history):
        assert not re.search(r"[{}]", found.reason)


@given(st.lists(numbers, min_size=1, max_size=10), numbers)
def test_a_lower_mood_never_shows_less(earlier: list[float], mood: float) -> None:
    def rules_for(value: float) -> set[str]:
        history = [Seen("daily", {"mood": one}) for one in [*earlier, value]]
        return {found.rule.id for found in evaluate(load_signals(), history)}

    assert rules_for(mood) <= rules_for(max(0, mood - 1))


def broken(tmp_path: Path, **changes: object) -> Path:
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    raw["signals"][0].update(changes)
    path = tmp_path / "signals.yml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"level": "none"}, "a signal is for staff"),
        ({"level": "grave"}, "grave"),
        ({"extra": 1}, "not known: extra"),
        ({"review": "maybe"}, "unreviewed or reviewed"),
        ({"must_fire": []}, "examples of both sorts"),
        ({"reason": "Mood {median}."}, "the reason names median"),
        ({"when": {"kind": "sometimes"}}, "when.kind is 'sometimes'"),
        ({"when": {"kind": "is", "item": "safety"}}, "is needs item, value"),
        ({"when": {"kind": "total_at_least", "value": 3}}, "a sum needs its instrument"),
        ({"when": None}, "Compare it with"),
        ({"id": "low_mood.v1"}, "an id of its own"),
    ],
)
def test_a_wrong_rule_says_what_to_write(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    with pytest.raises(SignalsBroken, match=re.escape(says)):
        load_signals(broken(tmp_path, **changes))


def test_a_missing_or_unreadable_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SignalsBroken, match="Put it back"):
        load_signals(tmp_path / "signals.yml")
    (tmp_path / "signals.yml").write_text("signals: [", encoding="utf-8")
    with pytest.raises(SignalsBroken, match="Compare"):
        load_signals(tmp_path / "signals.yml")


@pytest.mark.parametrize("example", ["daily", "daily mood", "daily mood high", ""])
def test_an_example_that_cannot_be_read_says_so(example: str) -> None:
    with pytest.raises(SignalsBroken):
        read_series(example)
