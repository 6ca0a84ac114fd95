"""Who a request comes from, and how much one sender may send."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from bot.channels.limits import Addresses, Limits, TooMany
from bot.clinic.settings import Clinic, load_clinic
from bot.clinic.settings import Limits as Settings


def request(peer: str, *forwarded: str) -> Request:
    """A request of `peer` with these X-Forwarded-For lines."""
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return Request({"type": "http", "client": (peer, 1), "headers": headers})


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "address"),
    [
        ((), "203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
        (("10.0.0.0/8",), "10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        # What the browser itself wrote stands on the left and is not believed.
        (("10.0.0.0/8",), "10.0.0.1", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.1", ["1.2.3.4, 198.51.100.1, 10.0.0.7"], "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.1", ["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
        (("10.0.0.0/8",), "203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
        (("10.0.0.0/8",), "10.0.0.1", [], "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", ["not an address"], "unknown"),
        (("10.0.0.1",), "::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ((), "2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ((), "", [], "unknown"),
    ],
)
def test_the_address_is_the_last_one_that_is_not_ours(
    trusted: tuple[str, ...], peer: str, forwarded: list[str], address: str
) -> None:
    assert Addresses(trusted).of(request(peer, *forwarded)) == address


@pytest.fixture
def clinic() -> Clinic:
    few = Settings(messages=5, messages_per_address=8, sessions_per_address=5, texts=5)
    return load_clinic().copy(update={"limits": few})


def test_one_browser_has_to_wait_and_another_does_not(clinic: Clinic) -> None:
    limits = Limits(clinic)
    for _ in range(5):
        limits.message("one", "198.51.100.1")
    with pytest.raises(TooMany) as refused:
        limits.message("one", "198.51.100.1")
    assert 0 < refused.value.after <= 60
    limits.message("two", "198.51.100.1")


def test_many_browsers_of_one_address_have_to_wait_together(clinic: Clinic) -> None:
    limits = Limits(clinic)
    for browser in range(8):
        limits.message(str(browser), "198.51.100.1")
    with pytest.raises(TooMany):
        limits.message("another", "198.51.100.1")
    limits.message("another", "198.51.100.2")


def test_chats_opened_and_texts_are_counted_for_themselves(clinic: Clinic) -> None:
    limits = Limits(clinic)
    for _ in range(5):
        limits.opening("198.51.100.1")
        assert not limits.text("+12125550150")
    with pytest.raises(TooMany):
        limits.opening("198.51.100.1")
    assert limits.text("+12125550150") and not limits.text("+12125550151")
    limits.message("one", "198.51.100.1")
