"""Whose danger a crisis is that no rule has found: what is said and asked has to fit them, whoever reads the phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.language.labels import DANGERS
from bot.language.reader import Reader
from bot.safety.danger import ANOTHER, HARMED, HARMING, OWN, REASONS, whose
from bot.safety.follow_up import script
from bot.safety.levels import Level
from bot.safety.replies import reply_key
from bot.safety.screen import Screen
from bot.safety.verdict import Verdict
from tests.safety.stand_in import StandIn


class Telling(StandIn):
    """A reader to which everything is a crisis, and this somebody's danger."""

    def __init__(self, **dangers: float) -> None:
        self._dangers = dangers

    def levels_of(self, text: str) -> dict[str, float]:
        return {"none": 0.005, "urgent": 0.005, "emergency": 0.005, "crisis": 0.985}

    def dangers(self, text: str, context: str | None = None) -> dict[str, float]:
        if not self._dangers:
            raise RuntimeError("the words of a patient")
        return {name: self._dangers.get(name, 0.0) for name in DANGERS}


@pytest.fixture
def screen_with(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Screen]:
    def made(**dangers: float) -> Screen:
        monkeypatch.setattr(Reader, "load", lambda: Telling(**dangers))
        return Screen.load.__wrapped__("full")

    return made


@pytest.mark.parametrize(
    "chances, says",
    [
        ({"own": 0.5, "harmed": 0.3, "another": 0.2}, OWN),
        ({"own": 0.45, "harmed": 0.3, "another": 0.25}, ""),
        ({"own": 0.3, "harmed": 0.6, "another": 0.1}, HARMED),
        ({"own": 0.45, "harmed": 0.55}, ""),
        ({"own": 0.1, "another": 0.9}, ANOTHER),
        ({"own": 0.1, "harming": 0.9}, HARMING),
    ],
)
def test_it_takes_more_than_a_guess(chances: dict[str, float], says: str) -> None:
    assert whose(Telling(**chances), "the box again", None) == says  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "danger, key, asked",
    [
        (OWN, "crisis", True),
        (HARMED, "being_harmed", False),
        (ANOTHER, "crisis", False),
        (HARMING, "crisis", False),
    ],
)
def test_what_is_said_and_asked_fits_whose_danger_it_is(
    screen_with: Callable[..., Screen], danger: str, key: str, asked: bool
) -> None:
    text = "the box in the hall again"
    verdict = screen_with(**{danger: 0.9}).assess(text)
    assert (verdict.level, verdict.danger, verdict.fired) == (Level.CRISIS, danger, ())
    assert reply_key(verdict, text) == key
    assert script().fits(verdict) is asked
    assert verdict.reasons == (REASONS[danger],)
    assert Verdict.from_json(verdict.as_json()) == verdict


def test_a_rule_that_names_the_danger_has_the_say(screen_with: Callable[..., Screen]) -> None:
    text = "i want to kill myself"
    verdict = screen_with(harmed=0.99).assess(text)
    assert verdict.fired and verdict.danger == ""
    assert reply_key(verdict, text) == "crisis" and script().fits(verdict)


def test_a_crisis_stays_one_where_the_question_fails(
    screen_with: Callable[..., Screen], caplog: pytest.LogCaptureFixture
) -> None:
    text = "the box in the hall again"
    verdict = screen_with().assess(text)
    assert (verdict.level, verdict.danger) == (Level.CRISIS, "")
    assert reply_key(verdict, text) == "crisis" and not script().fits(verdict)
    assert "words of a patient" not in caplog.text


def test_a_verdict_from_before_has_none() -> None:
    known = Verdict(Level.CRISIS, 0.9).as_json()
    assert "danger" not in known and Verdict.from_json(known).danger == ""
