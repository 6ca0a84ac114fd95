"""Each line of the queue says whether it is known who wrote."""

from __future__ import annotations

import re
from typing import Any

import pytest


def head_of_the_line(page: str) -> str:
    found = re.search(r'<div class="head">(.*?)</div>', page, re.S)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("patient", ("Maria Lopez", ">verified<")),
        ("texter", ("(212) 555-0188", "not enrolled", ">not verified<")),
        ("visitor", ("Web visitor, not verified",)),
    ],
)
def test_the_line_says_whether_the_writer_is_verified(scene: Any, who: str, words: tuple[str, ...]) -> None:
    conversation = {
        "patient": lambda: scene.patient("Maria Lopez")[1],
        "texter": lambda: scene.texter("+12125550188"),
        "visitor": scene.visitor,
    }[who]()
    scene.says(conversation, "words", "urgent")
    head = head_of_the_line(scene.logged_in().get("/staff").text)
    assert all(word in head for word in words)
    assert (">verified<" in head) is (who == "patient")
