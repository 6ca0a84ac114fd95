"""The words by which somebody says that they want no more texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.safety.errors import RulesBroken
from bot.safety.opting_out import LONGEST, load_words, wants_no_texts, words


@pytest.mark.parametrize("text", words().must)
def test_a_wish_for_no_more_texts_is_heard(text: str) -> None:
    assert wants_no_texts(text)


@pytest.mark.parametrize("text", words().must_not)
def test_other_words_are_none(text: str) -> None:
    assert not wants_no_texts(text)


def test_a_wish_at_the_end_of_a_page_is_heard() -> None:
    assert wants_no_texts("x " * LONGEST + ". please stop texting me")


def test_a_file_with_a_key_too_many_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "opting_out.yml"
    broken.write_text("screen_opting_out: v1\nwish: stop\n")
    with pytest.raises(RulesBroken, match="the keys are"):
        load_words(broken)
