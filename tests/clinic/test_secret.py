"""What the clinic signs with is made once, readable by us only, and never half a secret."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.clinic.secret import SHORTEST, BadSecret, app_secret, fingerprint, kept_secret


def test_it_is_made_at_first_need_and_kept(tmp_path: Path) -> None:
    first = app_secret({}, tmp_path)
    assert len(first) == 64 and (tmp_path / "secret").read_text() == first
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    kept_secret.cache_clear()
    assert app_secret({}, tmp_path) == first
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_the_environment_comes_first(tmp_path: Path) -> None:
    assert app_secret({"AFTERCARE_SECRET": " " + "s" * 32 + "\n"}, tmp_path) == "s" * 32
    assert not list(tmp_path.iterdir())


def test_many_at_once_read_the_same(tmp_path: Path) -> None:
    def another(_: int) -> str:
        return str(kept_secret.__wrapped__(tmp_path / "secret"))

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(another, range(64)))) == 1


def test_what_is_no_secret_is_refused_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(BadSecret, match="openssl rand"):
        app_secret({"AFTERCARE_SECRET": "short"}, tmp_path)
    (tmp_path / "secret").write_text("")
    with pytest.raises(BadSecret, match="Delete the file"):
        app_secret({}, tmp_path)
    with pytest.raises(BadSecret, match="can be neither made nor read"):
        kept_secret(tmp_path / "nowhere" / "secret")


def test_its_fingerprint_tells_it_from_another_and_does_not_tell_it(monkeypatch: pytest.MonkeyPatch) -> None:
    prints = set()
    for letter in "ab":
        monkeypatch.setenv("AFTERCARE_SECRET", letter * SHORTEST)
        prints.add(fingerprint())
        assert fingerprint() == fingerprint() and letter * 4 not in str(fingerprint())
    assert len(prints) == 2
    monkeypatch.setenv("AFTERCARE_SECRET", "short")
    assert fingerprint() is None
