"""Tokens of page links where the clinic's secret cannot be had."""

from __future__ import annotations

import pytest

from bot.care.page_links import is_ours, new_token
from bot.clinic.secret import BadSecret


def test_a_page_goes_out_though_its_link_cannot_be_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is paged finds the queue behind such a link; a page that is not sent wakes nobody."""
    monkeypatch.setenv("AFTERCARE_SECRET", "too short")
    token = new_token()
    assert len(token) == 48 and token.isalnum() and token != new_token()
    with pytest.raises(BadSecret):
        is_ours(token)
    monkeypatch.setenv("AFTERCARE_SECRET", "one that is as long as it has to be, and longer")
    assert not is_ours(token) and is_ours(new_token())
