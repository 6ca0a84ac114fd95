"""The same seed gives the same plan on every machine, whether or not its clock can be moved."""

from __future__ import annotations

from tests.chaos.plan import CLOCK, long


def test_without_jumps_of_the_clock_all_else_stays() -> None:
    whole, without = long(13), long(13, clock=False)
    jumps = [one for one in whole.disturbances if (one.what, one.seconds) in CLOCK]
    assert len(jumps) == len(CLOCK)
    assert list(without.disturbances) == [one for one in whole.disturbances if one not in jumps]
    assert (without.browsers, without.phones) == (whole.browsers, whole.phones)
