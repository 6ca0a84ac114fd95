"""The carrier's account from the environment."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.channels.sms.errors import SmsSettingsError
from bot.channels.sms.settings import load_settings
from bot.clinic.paths import ROOT
from bot.clinic.secret import BadSecret, kept_secret
from bot.clinic.settings import Clinic, load_clinic
from bot.guidance.gsm7 import is_gsm7, septets
from tests.channels.sms.support import ACCOUNT, TOKEN

FULL = {
    "AFTERCARE_TWILIO_ACCOUNT_SID": ACCOUNT,
    "AFTERCARE_TWILIO_AUTH_TOKEN": TOKEN,
    "AFTERCARE_TWILIO_FROM": "(212) 555-0142",
}


@pytest.fixture
def real(clinic: Clinic) -> Clinic:
    return clinic.copy(update={"demo": False})


def test_a_full_account_is_read(real: Clinic) -> None:
    settings = load_settings(real, FULL)
    assert (settings.mode, settings.account_sid, settings.sender) == ("twilio", ACCOUNT, "+12125550142")
    assert settings.words_answered_by == "carrier"
    assert settings.warnings() == []


def test_the_token_is_not_shown(real: Clinic) -> None:
    assert TOKEN not in repr(load_settings(real, FULL))


@pytest.mark.parametrize("missing", sorted(FULL))
def test_half_an_account_names_what_is_missing(clinic: Clinic, missing: str) -> None:
    with pytest.raises(SmsSettingsError, match=f"{missing} is missing"):
        load_settings(clinic, {name: value for name, value in FULL.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AFTERCARE_TWILIO_ACCOUNT_SID", "SK123"),
        ("AFTERCARE_TWILIO_FROM", "the clinic"),
        ("AFTERCARE_TWILIO_API", "http://evil.example"),
        ("AFTERCARE_TWILIO_KEYWORDS", "both"),
    ],
)
def test_a_wrong_value_is_named_with_its_fix(real: Clinic, name: str, value: str) -> None:
    with pytest.raises(SmsSettingsError, match=name) as raised:
        load_settings(real, FULL | {name: value})
    assert TOKEN not in str(raised.value)


def test_a_demo_without_an_account_signs_with_a_secret_that_stays(clinic: Clinic, tmp_path: Path) -> None:
    first, second = load_settings(clinic, {}, tmp_path), load_settings(clinic, {}, tmp_path)
    assert first == second
    assert first.mode == "simulator" and len(first.auth_token) == 64
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_mode & 0o077 == 0


def test_a_broken_secret_is_named(clinic: Clinic, tmp_path: Path) -> None:
    load_settings(clinic, {}, tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_text("")
    kept_secret.cache_clear()  # as in a process that starts anew
    with pytest.raises(BadSecret, match="Delete the file"):
        load_settings(clinic, {}, tmp_path)


def test_a_clinic_without_an_account_has_no_text_messages(real: Clinic, tmp_path: Path) -> None:
    settings = load_settings(real, {}, tmp_path)
    assert (settings.mode, settings.auth_token) == ("off", "")
    assert "AFTERCARE_TWILIO_ACCOUNT_SID" in settings.warnings()[0]
    assert list(tmp_path.iterdir()) == []


def test_an_account_behind_a_local_address_is_warned_of(real: Clinic) -> None:
    local = real.copy(update={"web": real.web.copy(update={"public_url": "http://localhost:8080"})})
    settings = load_settings(local, FULL)
    assert "public_url" in settings.warnings()[0]
    assert settings.status_address(1, 1, 1) is None


def test_what_the_carrier_answers_while_we_are_down_carries_the_numbers_in_two_segments() -> None:
    (message,) = ElementTree.parse(ROOT / "docs/twilio-fallback.xml").getroot()
    assert message.tag == "Message" and message.text
    assert "988" in message.text and "911" in message.text and load_clinic().phone in message.text
    assert "staff have not seen it" in message.text
    assert is_gsm7(message.text) and septets(message.text) <= 306
