"""What the tests have the server say."""

from __future__ import annotations

from tests.browser.desk import Desk

BUTTONS = [{"title": "Alcohol", "payload": "a"}, {"title": "Driving", "payload": "b"}]


def grave(desk: Desk, level: str = "crisis") -> None:
    """A reply of this level comes."""
    desk.say("Call or text 988 now.", level=level)
