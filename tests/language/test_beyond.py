"""What sounds like a question about medicines that the guidance answers, and is not."""

from __future__ import annotations

import pytest

from bot.language.beyond import MEDICINES, within_guidance


@pytest.mark.parametrize(
    "text",
    [
        "can i double my lexapro",
        "should I take an extra xanax tonight",
        "can i stop taking my lexapro now",
        "how much ibuprofen can i take",
        "what dose of zofran should i take",
        "should I lower my zoloft dose since I feel better",
        "can I take my lisinopril with grapefruit",
        "does lamictal interact with this",
        "can i take two of my ativan",
    ],
)
def test_how_much_is_not_answered(text) -> None:
    assert within_guidance(text, ("driving", *MEDICINES)) == ("driving",)


@pytest.mark.parametrize(
    "text",
    [
        "when can I take my meds again",
        "should I stop taking my lexapro before the infusion",
        "how many hours until I can take my xanax",
        "how much longer do I wait with my oxycodone",
        "can I stop waiting and take it now",
        "lamotrigine 200 twice a day and the drip is at noon, so the second one?",
        "if I mess up my blood thinner times, is 8pm fine after today's drip",
    ],
)
def test_when_is_answered(text) -> None:
    assert within_guidance(text, MEDICINES) == MEDICINES
