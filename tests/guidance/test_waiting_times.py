"""How long a patient has to wait, in words as seen from the moment of the question."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from itertools import product

import pytest

from bot.clinic.settings import Clinic
from bot.guidance.library import Library
from bot.guidance.phases import Phase, Placement, phase_of
from tests.guidance.asking import CHANNELS, INFUSION, NEW_YORK, ask


@pytest.mark.parametrize("phase", [Phase.NEXT_DAY, Phase.LATER])
@pytest.mark.parametrize("topic, channel", list(product(["driving", "alcohol"], CHANNELS)))
def test_a_wait_that_is_over_is_called_over_and_leaves_a_condition(
    topic: str, phase: Phase, channel: str, library: Library, clinic: Clinic
) -> None:
    text = ask(library, topic, phase, channel, clinic)
    assert "time has passed" in text
    assert re.search(r"only if you feel clear and\s+rested", text)


SLEPT, NEXT_DAY, HOURS_24, HOURS_48 = (
    {},
    {},
    {"driving": {"rule": "hours", "hours": 24}, "alcohol": {"rule": "hours", "hours": 24}},
    {"driving": {"rule": "hours", "hours": 48}, "alcohol": {"rule": "hours", "hours": 48}},
)


WEEK = {"driving": {"rule": "hours", "hours": 168}, "alcohol": {"rule": "hours", "hours": 168}}


@pytest.mark.parametrize(
    "topic, rules, infusion, now, words",
    [
        (
            "driving",
            SLEPT,
            "11-21 14:07",
            "11-21 19:00",
            "from tomorrow, Sunday morning, once you have slept",
        ),
        (
            "driving",
            SLEPT,
            "11-21 14:07",
            "11-22 00:30",
            "from later today, Sunday morning, once you have slept",
        ),
        (
            "driving",
            SLEPT,
            "11-21 22:00",
            "11-22 09:30",
            "from later today, Sunday morning, once you have slept",
        ),
        (
            "driving",
            SLEPT,
            "11-21 23:30",
            "11-22 00:30",
            "from tomorrow, Monday morning, once you have slept",
        ),
        ("alcohol", NEXT_DAY, "11-21 14:07", "11-21 19:00", "from tomorrow, Sunday, and"),
        ("alcohol", NEXT_DAY, "11-21 14:07", "11-22 00:30", "from later today, Sunday, after 6 am"),
        ("driving", HOURS_24, "11-21 14:07", "11-21 19:00", "from 2:15 pm tomorrow, Sunday"),
        ("driving", HOURS_24, "11-21 14:07", "11-22 10:00", "from 2:15 pm today, Sunday"),
        ("alcohol", HOURS_24, "11-21 12:00", "11-21 19:00", "from noon tomorrow, Sunday"),
        ("driving", HOURS_48, "11-21 14:00", "11-21 19:00", "from 2 pm on Monday"),
        ("driving", HOURS_48, "11-21 14:00", "11-23 10:00", "from 2 pm today, Monday"),
        ("driving", WEEK, "11-21 14:00", "11-21 19:00", "from 2 pm on Saturday, November 28"),
        (
            "driving",
            HOURS_24,
            "10-31 14:00",
            "10-31 19:00",
            "from 1 pm tomorrow, Sunday",
        ),  # the clocks go back
        (
            "driving",
            HOURS_24,
            "03-07 14:00",
            "03-07 19:00",
            "from 3 pm tomorrow, Sunday",
        ),  # the clocks go forward
        (
            "driving",
            SLEPT,
            "10-31 14:00",
            "11-01 01:30",
            "from later today, Sunday morning, once you have slept",
        ),
    ],
)
@pytest.mark.parametrize("channel", CHANNELS)
def test_the_time_is_named_as_seen_from_now(
    topic: str,
    rules: dict[str, dict[str, object]],
    infusion: str,
    now: str,
    words: str,
    channel: str,
    library: Library,
    make_clinic: Callable[..., Clinic],
) -> None:
    clinic = make_clinic(**rules)
    moment = local(now)
    placement = phase_of(moment, [local(infusion)], clinic)
    for asked_at in (moment, moment.astimezone(timezone.utc)):
        text = library.answer(topic, placement, channel, clinic, asked_at).text
        assert words in text
        assert "Not yet" in text


def local(text: str) -> datetime:
    """A local time of New York in 2026."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_wait_in_hours_ends_to_the_quarter(
    channel: str, library: Library, make_clinic: Callable[..., Clinic]
) -> None:
    clinic = make_clinic(**HOURS_24)
    end = datetime(2026, 11, 22, 14, 15, tzinfo=NEW_YORK)
    for now, words in ((end - timedelta(seconds=1), "Not yet"), (end, "time has passed")):
        placement = phase_of(now, [INFUSION], clinic)
        assert placement.phase is Phase.NEXT_DAY
        assert words in library.answer("driving", placement, channel, clinic, now).text


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_short_wait_may_be_over_on_the_same_day_and_the_answer_still_warns(
    channel: str, library: Library, make_clinic: Callable[..., Clinic]
) -> None:
    clinic = make_clinic(driving={"rule": "hours", "hours": 12})
    infusion, now = local("11-21 08:00"), local("11-21 21:00")
    text = library.answer("driving", phase_of(now, [infusion], clinic), channel, clinic, now).text
    assert "time has passed" in text
    assert "sleepy" in text


@pytest.mark.parametrize("topic, channel", list(product(["driving", "alcohol"], CHANNELS)))
def test_an_unknown_infusion_gets_the_rule_in_words(
    topic: str, channel: str, library: Library, make_clinic: Callable[..., Clinic]
) -> None:
    by_night = ask(library, topic, Phase.UNKNOWN, channel, make_clinic())
    assert "until the day after your infusion" in by_night
    assert "for 24 hours after your infusion" in ask(
        library, topic, Phase.UNKNOWN, channel, make_clinic(**HOURS_24)
    )
    assert ("once you have slept" in by_night) is (topic == "driving")


def test_a_phase_without_a_moment_is_counted_from_the_latest_that_fits(
    library: Library, clinic: Clinic
) -> None:
    now = local("11-21 19:00")
    text = library.answer("driving", Placement(Phase.SAME_DAY), "web", clinic, now).text
    assert "from tomorrow, Sunday morning, once you have slept" in text
