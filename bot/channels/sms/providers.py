"""Who carries a text message: Twilio, or the phone simulator of the demo. One interface, one shared test.

Everything here blocks and belongs in a thread, never on an event loop.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bot.channels.sms.errors import SendFailed
from bot.channels.sms.settings import API, SmsSettings

TIMEOUT = 10.0
"""Seconds that the carrier may be silent. Twilio answers in well under one; the next patient waits behind this one."""

OPTED_OUT = "21610"
"""The carrier's error for a number that has opted out."""

UNREADABLE = "unreadable_answer"
"""The carrier, or a proxy before it, answered something strange: nobody knows what became of the message."""

# At DEBUG it logs each path: our account, numbers of patients, and the tokens of those services that pages go to.
logging.getLogger("urllib3").setLevel(logging.INFO)

_ENDED = ("failed", "undelivered", "canceled")


@dataclass(frozen=True)
class Outgoing:
    """One text message to hand over. part, of: its place among the pieces of a long message, from 1. page_id: of a page
    to staff, which is no message to a patient."""

    number: str
    text: str
    message_id: int
    part: int = 1
    of: int = 1
    page_id: int = 0


@dataclass(frozen=True)
class Accepted:
    """The carrier has taken it. delivered: it is on the phone already, and no report will follow."""

    carrier_id: str
    delivered: bool = False


class Provider(Protocol):
    """Carries text messages."""

    def send(self, outgoing: Outgoing) -> Accepted:
        """Hand one message over. Raises SendFailed."""

    def find(self, outgoing: Outgoing, since: datetime) -> list[Accepted]:
        """Messages of the same words to the same number, handed over after `since` and not failed.

        For a try after one whose end is unknown. Raises SendFailed where the carrier cannot be asked.
        """


def make_provider(settings: SmsSettings) -> Provider:
    """The provider that the settings name."""
    if settings.mode == "twilio":
        return TwilioProvider(settings)
    return SimulatorProvider() if settings.mode == "simulator" else NoProvider()


class TwilioProvider:
    """Twilio's own REST client, with timeouts and without its log, which would hold patients' numbers."""

    def __init__(self, settings: SmsSettings, timeout: float = TIMEOUT) -> None:
        self._settings = settings
        self._http = _Http(settings.api, timeout)
        # A mapping of its own keeps the client from picking regions out of the process's environment.
        self._client = Client(
            settings.account_sid, settings.auth_token, http_client=self._http, environment={"TWILIO_EDGE": ""}
        )

    def send(self, outgoing: Outgoing) -> Accepted:
        """Hand one message to Twilio. Raises SendFailed."""
        fields: dict[str, Any] = {
            "to": outgoing.number,
            "from_": self._settings.sender,
            "body": outgoing.text,
        }
        callback = (
            self._settings.page_address(outgoing.page_id)
            if outgoing.page_id
            else self._settings.status_address(outgoing.message_id, outgoing.part, outgoing.of)
        )
        if callback:
            fields["status_callback"] = callback
        try:
            sid = self._client.messages.create(**fields).sid
        except Exception as error:
            raise self._failed(error) from error
        if not sid:
            raise SendFailed(UNREADABLE, retry=True)
        return Accepted(str(sid))

    def find(self, outgoing: Outgoing, since: datetime) -> list[Accepted]:
        """Look through what was lately sent to the number. Raises SendFailed."""
        # The carrier's clock may be a little behind ours; it dates by the second.
        earliest = since - timedelta(minutes=5)
        try:
            return [
                Accepted(str(sent.sid))
                for sent in self._client.messages.list(to=outgoing.number, limit=50, page_size=50)
                if sent.body == outgoing.text
                and sent.from_ == self._settings.sender
                and str(sent.status) not in _ENDED
                and (sent.date_created is None or sent.date_created >= earliest)
            ]
        except Exception as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Close the connections to the carrier."""
        if self._http.session is not None:
            self._http.session.close()

    def _failed(self, error: Exception) -> SendFailed:
        """What an error of the client means. Its own text is dropped: it may hold the number."""
        if isinstance(error, TwilioRestException):
            # 401 and 403: a wrong token or a suspended account, which a person mends while we keep trying.
            # Below 400: no answer of the carrier's at all, but of something on the way.
            retry = error.status in (401, 403, 408, 425, 429) or not 400 <= error.status < 500
            return SendFailed(str(error.code or error.status), retry=retry, after=self._http.asked_to_wait())
        if isinstance(error, requests.exceptions.Timeout):
            return SendFailed("timeout", retry=True)
        if isinstance(error, (requests.exceptions.RequestException, TwilioException, OSError)):
            return SendFailed("unreachable", retry=True)
        return SendFailed(UNREADABLE, retry=True)


class SimulatorProvider:
    """The phones of the demo: a message that is stored is on the phone, since the page reads it from the record."""

    def send(self, outgoing: Outgoing) -> Accepted:
        """Take the message. The phone has it at once."""
        return Accepted(
            "SM" + uuid.uuid5(_SIMULATED, f"{outgoing.message_id}/{outgoing.part}").hex, delivered=True
        )

    def find(self, outgoing: Outgoing, since: datetime) -> list[Accepted]:
        """The same message has the same identifier: sending it again is finding it."""
        return [self.send(outgoing)]


class NoProvider:
    """No account: staff are told of everything that should have been sent."""

    def send(self, outgoing: Outgoing) -> Accepted:
        """Raises SendFailed, always."""
        raise SendFailed("no_account", retry=False)

    def find(self, outgoing: Outgoing, since: datetime) -> list[Accepted]:
        """Nothing was sent."""
        return []


_SIMULATED = uuid.UUID("5f0c6c1c-6f0f-4b52-9a57-1c8f3a1d7f10")


class _Http(TwilioHttpClient):
    """Twilio's HTTP client with another base address (tests), a timeout, and no log of numbers."""

    def __init__(self, api: str, timeout: float) -> None:
        super().__init__(timeout=timeout)  # type: ignore[no-untyped-call]
        self._api = api
        self._last = threading.local()  # several threads send at once

    def request(self, method: str, url: str, *args: Any, **fields: Any) -> Response:
        """One request. Raises what `requests` raises."""
        self._last.wait = None
        if url.startswith(API):
            url = self._api + url[len(API) :]
        response = super().request(method, url, *args, **fields)
        self._last.wait = _seconds(response.headers)
        return response

    def asked_to_wait(self) -> float | None:
        """Seconds of the `Retry-After` of this thread's last answer, if it had one."""
        wait: float | None = getattr(self._last, "wait", None)
        return wait

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """Nothing: the request holds a patient's number and the text."""

    def log_response(self, status_code: int, response: Any) -> None:
        """Nothing, for the same reason."""


def _seconds(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers.get("Retry-After", "")))
    except ValueError:
        return None
