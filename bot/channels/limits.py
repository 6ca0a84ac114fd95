"""How much one sender may send before it has to wait.

Counted twice. In this process's memory, which refuses a flood without asking anybody; and in the database, so that
several web processes have one limit between them. With the database away each process counts for itself. Whatever the
screen finds grave is let through in any case.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from sqlalchemy.orm import Session
from starlette.requests import Request

from bot.care.counting import Counter, count
from bot.channels.own_counts import OwnCounts
from bot.clinic.errors import AftercareError
from bot.clinic.secret import app_secret
from bot.clinic.settings import Clinic

MINUTE, HOUR = 60, 3600
"""Seconds."""

UNKNOWN = "unknown"
"""In place of an address that cannot be told. All of them are counted together."""


class TooMany(AftercareError):
    """A sender has to wait. after: seconds until the next try can succeed."""

    code, status = "AC111", 429

    def __init__(self, words: str, after: int) -> None:
        self.after = after
        super().__init__(words)


def hold_up(wait: int) -> None:
    """Refuse a message that has to wait for so many seconds. Raises TooMany, where it is not 0."""
    if wait:
        raise TooMany(
            "You have written a lot in a short time, so this message is not sent yet. "
            "It is sent by itself in a moment.",
            wait,
        )


class Limits:
    """Counts what senders send. Any thread may call anything."""

    def __init__(self, clinic: Clinic) -> None:
        """clinic: how much is too much."""
        self._most = clinic.limits
        self._own = OwnCounts()

    def message(self, session: str, address: str, counting: Session | None) -> int:
        """Count a message of a browser; 0, or the seconds for which it has to wait. session: what names its session,
        such as a hash; counting: the caller's transaction, None where the database is known to be away."""
        return self._count(
            counting,
            Counter(f"session:{session}", self._most.messages, MINUTE),
            Counter(f"address:{address}", self._most.messages_per_address, MINUTE),
        )

    def opening(self, address: str, counting: Session | None = None) -> None:
        """Count a new chat, in the caller's transaction where there is one. Raises TooMany."""
        wait = self._count(counting, Counter(f"opening:{address}", self._most.sessions_per_address, HOUR))
        if wait:
            raise TooMany(
                "Too many chats were opened from your internet connection. The chat tries again by itself. If it "
                "cannot wait, please call.",
                wait,
            )

    def text(self, number: str, counting: Session) -> bool:
        """Count a text message of a phone number, in the caller's transaction; True where it is one too many."""
        return self._count(counting, Counter(f"number:{number}", self._most.texts, MINUTE)) > 0

    def _count(self, counting: Session | None, *counters: Counter) -> int:
        """Count one more for each, here and over all processes; 0, or the seconds to wait."""
        wait = self._own.count(counters)
        return wait if wait or counting is None else count(counting, counters, app_secret().encode())


class Addresses:
    """Who a request comes from, where something may stand in front of us."""

    def __init__(self, trusted_proxies: tuple[str, ...]) -> None:
        """trusted_proxies: the addresses and networks of clinic.yml whose X-Forwarded-For is believed."""
        self._trusted = [ip_network(one) for one in trusted_proxies]

    def of(self, request: Request) -> str:
        """The internet address of the browser; of IPv6 the network, since one subscriber has a whole one.

        From the nearest to the farthest: what a proxy that is not ours claims of those behind it is not believed.
        """
        peer = _address(request.client.host if request.client is not None else "")
        claimed = [
            one.strip() for line in request.headers.getlist("x-forwarded-for") for one in line.split(",")
        ]
        while peer is not None and self._is_ours(peer) and claimed:
            peer = _address(claimed.pop())
        if peer is None:
            return UNKNOWN
        if isinstance(peer, IPv6Address):
            return str(ip_network((peer, 64), strict=False))
        return str(peer)

    def _is_ours(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._trusted)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
