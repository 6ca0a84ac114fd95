"""How worrying a message is, in the order of the staff queue."""

from __future__ import annotations

from enum import Enum


class Level(str, Enum):
    """The level of a verdict.

    ``NONE`` < ``URGENT`` < ``UNASSESSED`` < ``EMERGENCY`` < ``CRISIS``; comparison operators follow that order.
    ``UNASSESSED`` means that the screen failed: staff look at the message as if it were urgent.
    """

    NONE = "none"
    URGENT = "urgent"
    UNASSESSED = "unassessed"
    EMERGENCY = "emergency"
    CRISIS = "crisis"

    @property
    def rank(self) -> int:
        """Place in the order, 0 (none) to 4 (crisis)."""
        return _ORDER.index(self)

    @property
    def needs_staff(self) -> bool:
        """True for every level that a member of staff must see."""
        return self is not Level.NONE

    @property
    def immediate(self) -> bool:
        """True where the patient gets the approved text in the answer to the very request that brought the message."""
        return self in (Level.EMERGENCY, Level.CRISIS)

    # `str` brings an alphabetical order of its own, in which "crisis" < "none": all four are replaced.
    def __lt__(self, other: str) -> bool:
        return self.rank < Level(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Level(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Level(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Level(other).rank


_ORDER = [Level.NONE, Level.URGENT, Level.UNASSESSED, Level.EMERGENCY, Level.CRISIS]
