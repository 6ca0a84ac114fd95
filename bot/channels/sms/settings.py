"""The carrier's account, from the environment; in a demo without one, the phone simulator stands in."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from bot.care.people import BadNumber, e164
from bot.channels.sms.errors import SmsSettingsError
from bot.clinic.paths import data_home
from bot.clinic.secret import kept_secret
from bot.clinic.settings import Clinic

PREFIX = "AFTERCARE_TWILIO_"
API = "https://api.twilio.com"
SIMULATED_ACCOUNT = "AC" + "0" * 32
SIMULATED_SENDER = "+12125550142"
INBOUND, STATUS = "/sms/inbound", "/sms/status"


@dataclass(frozen=True)
class SmsSettings:
    """How text messages travel.

    mode: "twilio", "simulator" (the demo's phone page), or "off" (no account: webhooks refuse everything, and what is
    to be sent goes to staff). public_url: the address that the carrier signs, without the path. sender: our number, in
    E.164. words_answered_by: who replies to STOP, START and HELP: the carrier (Twilio's default) or us.
    """

    mode: Literal["twilio", "simulator", "off"]
    public_url: str
    account_sid: str = ""
    auth_token: str = field(default="", repr=False)
    sender: str = ""
    api: str = API
    words_answered_by: Literal["carrier", "aftercare"] = "aftercare"

    def address(self, path: str, query: str = "") -> str:
        """The full public address of one of our webhooks, as the carrier signs it."""
        return f"{self.public_url}{path}" + (f"?{query}" if query else "")

    def status_address(self, message_id: int, part: int, of: int) -> str | None:
        """Where the carrier reports what became of a message; None where it could not reach us (Twilio refuses to send
        with such an address, error 21609)."""
        return self._report_address(f"message={message_id}&part={part}&of={of}")

    def page_address(self, page_id: int) -> str | None:
        """The same for a page to a member of staff."""
        return self._report_address(f"page={page_id}")

    def _report_address(self, query: str) -> str | None:
        if self.mode == "twilio" and urlsplit(self.public_url).scheme != "https":
            return None
        return self.address(STATUS, query)

    def warnings(self) -> list[str]:
        """What cannot work as configured, for the start, `doctor` and the console; empty when all is well."""
        if self.mode == "twilio" and urlsplit(self.public_url).scheme != "https":
            return [
                f"web.public_url is {self.public_url}, which the carrier cannot reach: every text message would be "
                "refused as forged, and nothing is learnt of what was delivered. Write the public https address in "
                f"clinic.yml, the same as in the carrier's console (there with {INBOUND} behind it)."
            ]
        if self.mode == "off":
            return [
                "No text messages: there is no carrier's account. Set "
                f"{PREFIX}ACCOUNT_SID, {PREFIX}AUTH_TOKEN and {PREFIX}FROM, as docs/channels.md says."
            ]
        return []


def load_settings(
    clinic: Clinic, environment: Mapping[str, str] | None = None, home: Path | None = None
) -> SmsSettings:
    """The settings of text messages.

    environment: otherwise the process's own. home: where the simulator's secret is kept, otherwise `data_home()`.
    Raises SmsSettingsError, which names every variable that is missing or wrong, and the fix; BadSecret.
    """
    environment = os.environ if environment is None else environment
    names = ("ACCOUNT_SID", "AUTH_TOKEN", "FROM")
    values = {name: environment.get(PREFIX + name, "").strip() for name in names}
    if not any(values.values()):
        if not clinic.demo:
            return SmsSettings("off", clinic.web.public_url)
        return SmsSettings(
            "simulator",
            clinic.web.public_url,
            account_sid=SIMULATED_ACCOUNT,
            auth_token=kept_secret((home or data_home()) / "phone-simulator.secret"),
            sender=_number(clinic.phone) or SIMULATED_SENDER,
        )
    problems = [
        f"{PREFIX}{name} is missing, and others of the account are set. Set it, or unset all."
        for name, value in values.items()
        if not value
    ]
    number = _number(values["FROM"])
    if values["FROM"] and number is None:
        problems.append(f"{PREFIX}FROM is no telephone number. Write it as +12125550142.")
    if values["ACCOUNT_SID"] and not re.fullmatch(r"AC[0-9a-f]{32}", values["ACCOUNT_SID"]):
        problems.append(
            f"{PREFIX}ACCOUNT_SID is no account identifier. Copy it from the carrier's console: AC and 32 of 0-9, a-f."
        )
    api = environment.get(PREFIX + "API", "").strip().rstrip("/") or API
    address = urlsplit(api)
    local = address.hostname in ("localhost", "127.0.0.1", "::1")
    if not address.hostname or (address.scheme != "https" and not (address.scheme == "http" and local)):
        problems.append(f"{PREFIX}API is no https address. Unset it: it is for tests against a double.")
    answered_by = environment.get(PREFIX + "KEYWORDS", "").strip().lower() or "carrier"
    if answered_by not in ("carrier", "aftercare"):
        problems.append(
            f"{PREFIX}KEYWORDS is neither carrier nor aftercare. Write who replies to STOP, START and HELP."
        )
    if problems or number is None:
        raise SmsSettingsError(problems)
    return SmsSettings(
        "twilio",
        clinic.web.public_url,
        account_sid=values["ACCOUNT_SID"],
        auth_token=values["AUTH_TOKEN"],
        sender=number,
        api=api,
        words_answered_by="aftercare" if answered_by == "aftercare" else "carrier",
    )


def _number(raw: str) -> str | None:
    try:
        return e164(raw)
    except BadNumber:
        return None
