"""What one process counts of its senders, with a clock of the test's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.care.counting import Counter
from bot.channels import own_counts
from bot.channels.own_counts import OwnCounts


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000_003.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


MINUTE = Counter("session:one", most=3, seconds=60)
HOUR = Counter("opening:198.51.100.1", most=2, seconds=3600)


def test_whoever_reached_the_most_waits_until_the_oldest_counts_no_more(clock: Clock) -> None:
    counts = OwnCounts(clock)
    assert counts.count([MINUTE]) == 0
    clock.now += 30
    assert [counts.count([MINUTE]) for _ in range(2)] == [0, 0]
    wait = counts.count([MINUTE])
    assert 20 <= wait <= 30
    clock.now += wait - 1
    assert counts.count([MINUTE]) == 1
    clock.now += 1
    assert counts.count([MINUTE]) == 0
    assert counts.count([MINUTE]) > 0


def test_what_is_refused_is_not_counted_for_anybody(clock: Clock) -> None:
    counts = OwnCounts(clock)
    address = Counter("address:198.51.100.1", most=4, seconds=60)
    assert [counts.count([MINUTE, address]) for _ in range(3)] == [0, 0, 0]
    assert all(counts.count([MINUTE, address]) for _ in range(5))
    assert counts.count([Counter("session:two", 3, 60), address]) == 0
    assert counts.count([Counter("session:three", 3, 60), address]) > 0


def test_a_minute_and_an_hour_go_each_at_their_own_pace(clock: Clock) -> None:
    counts = OwnCounts(clock)
    assert [counts.count([HOUR]) for _ in range(2)] == [0, 0]
    clock.now += 1_800
    assert counts.count([MINUTE]) == 0 and 1_200 <= counts.count([HOUR]) <= 1_800
    clock.now += 1_801
    assert counts.count([HOUR]) == 0


def test_a_flood_of_senders_takes_no_more_room_than_the_most(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_counts, "MOST", 50)
    counts = OwnCounts(clock)
    for number in range(500):
        counts.count([Counter(f"session:{number}", 3, 60), MINUTE])
    assert len(counts._counts) <= 50
    assert counts.count([MINUTE]) > 0  # who is asked for all the time is not forgotten
    clock.now += 120
    assert len(counts._counts) == 0


def test_many_threads_count_no_more_than_the_most(clock: Clock) -> None:
    counts = OwnCounts(clock)
    one = Counter("session:busy", most=100, seconds=60)
    with ThreadPoolExecutor(8) as pool:
        assert sum(wait == 0 for wait in pool.map(lambda _: counts.count([one]), range(400))) == 100
