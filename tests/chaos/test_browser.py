"""A played browser stays as long as somebody would who waits for an answer."""

from __future__ import annotations

import asyncio

import pytest

from tests.chaos.browser import Browser
from tests.chaos.evidence import Wrote
from tests.chaos.patients import Scene


@pytest.mark.parametrize("kind, answers", [("kept", False), ("message", True), ("safety", True)])
def test_a_browser_that_read_only_that_its_words_were_saved_waits_for_the_answer(
    kind: str, answers: bool
) -> None:
    async def sees() -> bool:
        browser = Browser("browser 0", [], Scene(lambda: "", None, 0.0))  # type: ignore[arg-type]
        browser.written.append(Wrote("browser 0", "web", "m1", "can i drive?", False))
        said = {"seq": 1, "id": "m1", "from": "patient", "text": "", "kind": "message", "reply_to": None}
        browser._see(said, 1, 0)
        browser._see({**said, "seq": 2, "id": "m2", "from": "assistant", "kind": kind, "reply_to": 1}, 1, 0)
        await browser.close()
        return browser.up_to_date

    assert asyncio.run(sees()) is answers
