"""Sends one page: by the mail server, the carrier of texts, or whatever Apprise knows. It carries no patient's data."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from apprise import Apprise, AppriseAsset

from bot.channels.sms.errors import SendFailed
from bot.channels.sms.providers import Outgoing, Provider
from bot.channels.sms.settings import SmsSettings
from bot.clinic.errors import AftercareError
from bot.clinic.paging_settings import APP, EMAIL, TEXT, Mail
from bot.clinic.settings import Clinic

PASSWORD = "AFTERCARE_SMTP_PASSWORD"
TIMEOUT = 8
"""Seconds to connect, and again to be answered. The next rung does not wait longer for a server that is silent."""

_ASSET = AppriseAsset(app_id="Aftercare", app_desc="Alerts")
_SCHEMES = {"none": "mailto", "starttls": "mailtos", "ssl": "mailtos"}
_MODES = {"none": "insecure", "starttls": "starttls", "ssl": "ssl"}
# Apprise says why only to its log, which may quote addresses: it is read here and goes nowhere else.
_LOG = logging.getLogger("apprise")
_LOG.propagate = False
_LOG.setLevel(logging.DEBUG)
_LOG.addHandler(logging.NullHandler())


class PageFailed(AftercareError):
    """A page did not go out. kind: in a word, never an address; retry: whether trying again may help."""

    code, status = "AC241", 502

    def __init__(self, kind: str, retry: bool = True) -> None:
        """kind: such as `unreachable` or `http_500`."""
        super().__init__(f"A page could not be sent ({kind}). Look at the roster and the settings of paging.")
        self.kind, self.retry = kind, retry


@dataclass(frozen=True)
class Notice:
    """What a page says. link: opens the alert after log-in; empty for a test."""

    title: str
    text: str


def notice_of(clinic: Clinic, level: str | None, link: str) -> Notice:
    """The words of a page. level: of the alert; None for a test page."""
    if level is None:
        return Notice(
            "Aftercare: test page",
            f"This is a test of the pages of {clinic.name}. Nobody is waiting; there is nothing to do.",
        )
    return Notice(f"Aftercare: {level} alert", f"An alert ({level}) waits at {clinic.name}. Open: {link}")


class Pager:
    """Sends pages by every way that a rung may name. Blocks; belongs in a thread."""

    def __init__(
        self,
        clinic: Clinic,
        provider: Provider,
        *,
        texts_simulated: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """provider: carries texts. texts_simulated: it only pretends to. environment: holds the secrets; otherwise the
        process's own."""
        self._clinic, self._provider = clinic, provider
        self._texts_simulated = texts_simulated
        self._environment = os.environ if environment is None else environment

    def send(self, way: str, address: str, notice: Notice, page_id: int = 0) -> str | None:
        """Send; returns what a demo shows in place of sending, else None. Raises PageFailed.

        way: text, email, app, or the name of a service of clinic.yml; address: the number, e-mail address or Apprise
        URL, not used for a service; page_id: what the carrier's report on a text is about.
        """
        if way == TEXT and not self._texts_simulated:
            self._text(address, notice, page_id)
            return None
        if way in (TEXT, EMAIL) and self._shown(way):
            return notice.text
        self._apprise(self._url(way, address), notice)
        return None

    def _shown(self, way: str) -> bool:
        return self._clinic.demo and (way == TEXT or self._clinic.paging.mail is None)

    def _text(self, number: str, notice: Notice, page_id: int) -> None:
        try:
            self._provider.send(Outgoing(number, notice.text, message_id=0, page_id=page_id))
        except SendFailed as error:
            raise PageFailed(error.reason, error.retry) from error

    def _url(self, way: str, address: str) -> str:
        if way == APP:
            return address
        mail = self._clinic.paging.mail
        if way == EMAIL and mail is not None:
            return self._mail_url(mail, address)
        variable = self._clinic.paging.services.get(way, "")
        url = self._environment.get(variable, "").strip() if variable else ""
        if not url:
            raise PageFailed("not_set_up", retry=False)
        return url

    def _mail_url(self, mail: Mail, address: str) -> str:
        password = self._environment.get(PASSWORD, "")
        log_in = f"{quote(mail.user, safe='')}:{quote(password, safe='')}@" if mail.user else ""
        fields = {
            "smtp": mail.host,
            "from": mail.sender,
            "name": "Aftercare",
            "to": address,
            "mode": _MODES[mail.security],
            "format": "text",
        }
        return f"{_SCHEMES[mail.security]}://{log_in}{mail.host}:{mail.port}/?{urlencode(fields)}"

    def _apprise(self, url: str, notice: Notice) -> None:
        separator = "&" if "?" in url else "?"
        address = f"{url}{separator}{urlencode({'cto': TIMEOUT, 'rto': TIMEOUT})}"
        service = Apprise.instantiate(address, asset=_ASSET, suppress_exceptions=True)
        if service is None:
            raise PageFailed("bad_address", retry=False)
        # The service itself, not Apprise's dispatcher: it works in this thread, where its log can be heard.
        with _listening() as said:
            accepted = service.notify(title=notice.title, body=notice.text)
        if not accepted:
            raise PageFailed(*_reason(said))


def make_pager(clinic: Clinic, provider: Provider, settings: SmsSettings) -> Pager:
    """The pager of this clinic. provider, settings: of text messages."""
    return Pager(clinic, provider, texts_simulated=settings.mode == "simulator")


@contextmanager
def _listening() -> Iterator[list[str]]:
    """What Apprise logs in this thread."""
    said: list[str] = []
    here = threading.get_ident()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == here:
                said.append(record.getMessage())

    ear = Ear(logging.DEBUG)
    _LOG.addHandler(ear)
    try:
        yield said
    finally:
        _LOG.removeHandler(ear)


def _reason(said: list[str]) -> tuple[str, bool]:
    """The kind of failure, and whether trying again may help, from what Apprise logged."""
    text = "\n".join(said)
    status = re.search(r"error=(\d{3})\b", text)
    if status:
        return f"http_{status[1]}", not 400 <= int(status[1]) < 500 or status[1] in ("408", "425", "429")
    lowered = text.lower()
    if "timed out" in lowered or "timeout" in lowered:
        return "timeout", True
    if "authentication" in lowered:
        return "log_in_refused", True
    if "recipientsrefused" in lowered or "recipients refused" in lowered:
        return "address_refused", True
    if "connection" in lowered or "errno" in lowered:
        return "unreachable", True
    return "not_accepted", True
