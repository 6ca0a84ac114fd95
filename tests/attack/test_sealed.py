"""What is signed or summed is taken as it was written, and in no other spelling; any other words open nothing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from bot.backup import _END, BackupFailed, RestoreFailed, _see_that_it_is_whole, read_backup, write_backup
from bot.care import invites
from bot.care.page_links import is_ours
from bot.care.page_links import new_token as page_token
from bot.channels.web_chat import identity as portal
from bot.channels.web_chat.identity import Identity, IdentityRefused, read_identity, sign_identity
from bot.channels.web_chat.tokens import COOKIE, HEADER, KEPT_BY_PAGE, carried, new_token, proven, token_hash
from bot.clinic.paths import ROOT
from bot.clinic.settings import load_clinic
from tests.attack.anything import ANY, HEADERS, JSON

NOON = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
CLINIC = load_clinic(ROOT / "clinic.yml")
SECRET = b"a secret that the portal knows as well"
always_the_same = settings(
    derandomize=True, max_examples=80, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(autouse=True, scope="module")
def signed() -> Iterator[None]:
    """A clinic's secret that is nobody else's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFTERCARE_SECRET", "what this module alone signs with, long enough")
        yield


def others(signed: str, place: int, sign: str) -> str:
    """`signed` with another character at a place, counted round."""
    place %= len(signed)
    return signed[:place] + sign + signed[place + 1 :]


SIGNS = st.characters() | st.sampled_from("ABab01-_.=+/ !\x00éſı")


@pytest.mark.parametrize("by_page", [False, True])
@pytest.mark.parametrize("conversation", [None, 7])
def test_a_session_is_proven_by_its_token_and_by_no_other_spelling(
    conversation: int | None, by_page: bool
) -> None:
    token = new_token(conversation, NOON, by_page=by_page)
    proof = proven(token, CLINIC, NOON)
    assert proof and (proof.conversation_id, proof.token_hash) == (conversation, token_hash(token))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=! é"
    for place in range(len(token)):  # the last one of base64 has room for four spellings of the same octets
        for letter in letters if place == len(token) - 1 else (letters[place % 64], "!", "é"):
            if (changed := others(token, place, letter)) != token:
                assert proven(changed, CLINIC, NOON) is None, changed
    for more in ("=", "A", "!", "é", ".", "\n"):
        assert proven(token + more, CLINIC, NOON) is None and proven(more + token, CLINIC, NOON) is None
    other = token.removeprefix(KEPT_BY_PAGE) if by_page else KEPT_BY_PAGE + token
    assert proven(other, CLINIC, NOON) is None, "the cookie of one kind opens the other"


@always_the_same
@given(text=ANY.filter(lambda text: text.isascii()) | HEADERS, days=st.integers(0, 400))
def test_what_a_browser_carries_is_proof_or_nothing(text: str, days: int) -> None:
    assert proven(text, CLINIC, NOON) is None and proven(KEPT_BY_PAGE + text, CLINIC, NOON) is None
    for headers in ({"cookie": f"{COOKIE}={text}"}, {HEADER.lower(): text}, {"cookie": text}):
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        found = carried(Request({"type": "http", "headers": raw}))
        assert found is None or found.startswith(KEPT_BY_PAGE) == (HEADER.lower() in headers)
    token = new_token(3, NOON)
    assert (proven(token, CLINIC, NOON + timedelta(days=days)) is None) == (days > CLINIC.web.session_days)


@always_the_same
@given(place=st.integers(0, 47), sign=SIGNS, junk=ANY)
def test_the_link_of_a_page_is_ours_in_its_own_letters_only(place: int, sign: str, junk: str) -> None:
    token = page_token()
    assert is_ours(token) and is_ours(token.upper())
    changed = others(token, place, sign)
    assert is_ours(changed) == (changed.lower() == token and changed.isascii())
    assert (not is_ours(junk) and not is_ours(token + junk)) or not junk


def test_no_letter_becomes_one_of_a_link_when_it_is_made_large() -> None:
    for letter, other in (("s", "ſ"), ("i", "ı"), ("ff", "ﬀ"), ("st", "ﬆ")):
        token = next(one for one in iter(page_token, "") if letter in one)
        assert is_ours(token) and not is_ours(token.replace(letter, other, 1))


@always_the_same
@given(ANY)
@example("\ud800")
def test_any_text_is_a_link_that_verifies_nobody(text: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", invites._hash(text))


@always_the_same
@given(patient=ANY, nonce=st.text(st.characters(), max_size=70), minutes=st.integers(-3, 9))
@example(patient="MRN\x001", nonce="0123456789abcdef", minutes=2)
@example(patient="\ud800", nonce="0123456789abcdef", minutes=2)
def test_an_identity_of_the_portal_comes_back_or_is_refused(patient: str, nonce: str, minutes: int) -> None:
    ends = NOON + timedelta(minutes=minutes)
    raw = sign_identity(patient, nonce, NOON, ends, SECRET)
    fine = 16 <= len(nonce) <= 64 and 0 < minutes <= 5 and not re.search("[\x00\ud800-\udfff]", patient)
    if fine and len(raw) <= portal.LONGEST:
        assert read_identity(raw, SECRET, NOON) == Identity(patient, nonce, ends)
    else:
        with pytest.raises(IdentityRefused) as caught:
            read_identity(raw, SECRET, NOON)
        assert len(patient) < 12 or patient not in str(caught.value)


def test_an_identity_with_another_character_anywhere_is_refused() -> None:
    raw = sign_identity("MRN-1042", "0123456789abcdef", NOON, NOON + timedelta(minutes=2), SECRET)
    assert read_identity(raw, SECRET, NOON).patient == "MRN-1042"
    changed = {others(raw, place, sign) for place in range(len(raw)) for sign in "ABé=.?"} - {raw}
    for one in (*changed, raw + "=", raw + "é", f" {raw}", raw[:-1], raw.swapcase()):
        with pytest.raises(IdentityRefused, match="signature"):
            read_identity(one, SECRET, NOON)
    with pytest.raises(IdentityRefused, match="signature"):
        read_identity(raw, SECRET[:-1], NOON)


@always_the_same
@given(JSON | st.fixed_dictionaries(dict.fromkeys(("patient", "nonce", "issued", "expires"), JSON)), ANY)
@example({"patient": "a", "nonce": "b" * 16, "issued": 1, "expires": float("inf")}, "x")
@example({"patient": "a", "nonce": "b" * 16, "issued": 10**30, "expires": 1}, "x")
def test_whatever_a_portal_signs_is_an_identity_or_refused(content: object, junk: str) -> None:
    payload = portal._encoded(json.dumps(content).encode())
    for raw in (f"{payload}.{portal._signature(payload, SECRET)}", junk, f"{payload}.{junk}"):
        with pytest.raises(IdentityRefused):
            read_identity(raw, SECRET, NOON)


@always_the_same
@given(dump=st.binary(min_size=1, max_size=80), cut=st.integers(0), place=st.integers(0))
def test_a_backup_with_a_changed_byte_or_a_byte_less_is_refused(
    dump: bytes, cut: int, place: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "backup"
    whole = dump + _END + hashlib.sha256(dump).hexdigest().encode() + b"\n"
    changed = bytearray(whole)
    changed[place % len(whole)] ^= 1 + place % 255
    file.write_bytes(whole)
    _see_that_it_is_whole(file)
    for content in (whole[: cut % len(whole)], bytes(changed), dump, whole + dump):
        file.write_bytes(content)
        with pytest.raises(RestoreFailed):  # nothing was asked of a database: there is none at this address
            read_backup("postgresql://127.0.0.1:1/x", file)


@pytest.mark.parametrize("name", ["a" * 300, "folder/that/is/not/there", "."])
def test_a_backup_under_a_name_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(RestoreFailed, match="is not there"):
        read_backup("postgresql://127.0.0.1:1/x", tmp_path / name)
    with pytest.raises(BackupFailed, match=r"could not be written|is there already"):
        write_backup("postgresql://127.0.0.1:1/x", tmp_path / name)
    assert list(tmp_path.iterdir()) == []
