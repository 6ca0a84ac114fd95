"""Who a request comes from, and how much one sender may send."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.engine import Engine
from starlette.requests import Request

from bot.care.database import transaction
from bot.care.models import Lately
from bot.channels.limits import Addresses, Limits, TooMany, hold_up
from bot.clinic.settings import Clinic, load_clinic
from bot.clinic.settings import Limits as Settings
from tests.channels.web_chat.support import TUESDAY_NOON


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
    assert [limits.message("one", "198.51.100.1", None) for _ in range(5)] == [0] * 5
    assert 0 < limits.message("one", "198.51.100.1", None) <= 60
    assert limits.message("two", "198.51.100.1", None) == 0


def test_many_browsers_of_one_address_have_to_wait_together(clinic: Clinic) -> None:
    limits = Limits(clinic)
    assert not any(limits.message(str(browser), "198.51.100.1", None) for browser in range(8))
    assert limits.message("another", "198.51.100.1", None) > 0
    assert limits.message("another", "198.51.100.2", None) == 0


def test_who_has_to_wait_is_refused_with_the_seconds() -> None:
    hold_up(0)
    with pytest.raises(TooMany) as refused:
        hold_up(7)
    assert refused.value.after == 7


def test_chats_opened_and_texts_are_counted_for_themselves(clinic: Clinic, engine: Engine) -> None:
    limits = Limits(clinic)
    with transaction(engine) as session:
        for _ in range(5):
            limits.opening("198.51.100.1", session)
            assert not limits.text("+12125550150", session)
        with pytest.raises(TooMany):
            limits.opening("198.51.100.1", session)
        assert limits.text("+12125550150", session) and not limits.text("+12125550151", session)
        assert limits.message("one", "198.51.100.1", session) == 0


def test_two_processes_have_one_limit_between_them(clinic: Clinic, engine: Engine) -> None:
    """Two Limits know nothing of each other's memory, as two processes do not."""
    one, other = Limits(clinic), Limits(clinic)

    def wait(limits: Limits, browser: str) -> int:
        with transaction(engine) as session:
            return limits.message(browser, "203.0.113.1", session)

    assert not any(wait(limits, "browser") for limits in (one, other, one, other, one))
    assert all(0 < wait(limits, "browser") <= 60 for limits in (one, other))
    # What was refused was not counted: the address has room for three more.
    assert not any(wait(other, browser) for browser in ("two", "three", "four"))
    assert wait(other, "five") > 0
    with transaction(engine) as session:
        assert not one.text("+16465550177", session)
        for limits in (one, other, one, other):
            assert not limits.text("+16465550177", session)
        assert one.text("+16465550177", session) and other.text("+16465550177", session)


def test_many_at_once_in_two_processes_do_not_pass_it(clinic: Clinic, engine: Engine) -> None:
    two = [Limits(clinic), Limits(clinic)]

    def send(number: int) -> bool:
        with transaction(engine) as session:
            return two[number % 2].message("at once", "203.0.113.2", session) == 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, range(40))) == 5


def test_after_a_while_there_is_room_again_and_nothing_old_is_left(clinic: Clinic, engine: Engine) -> None:
    one, other = Limits(clinic), Limits(clinic)
    with transaction(engine) as session:
        assert not any(one.message("later", "203.0.113.3", session) for _ in range(5))
    with transaction(engine) as session:
        session.query(Lately).update({"step": Lately.step - 6, "gone_at": TUESDAY_NOON})
    with transaction(engine) as session:
        assert other.message("later", "203.0.113.3", session) == 0
    with transaction(engine) as session:
        assert session.query(Lately).filter(Lately.gone_at == TUESDAY_NOON).count() == 0
        assert session.query(Lately).count() == 2


def test_what_is_stored_names_nobody(clinic: Clinic, engine: Engine) -> None:
    with transaction(engine) as session:
        Limits(clinic).text("+16465550178", session)
        senders = [str(row.sender) for row in session.query(Lately)]
    plain = {hashlib.sha256(name.encode()).hexdigest() for name in ("+16465550178", "number:+16465550178")}
    assert senders and all(len(one) == 64 for one in senders) and not plain & set(senders)
