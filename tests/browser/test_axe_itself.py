"""The accessibility checks see what they claim to see, say what they looked at, and are skipped where axe is not."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from selenium import webdriver

from tests import axe

SMALL = """<!doctype html><html lang="en"><title>Small</title><main><h1>Small</h1>
<button style="width:12px;height:12px;padding:0;border:0" aria-label="one"></button><button
 style="width:12px;height:12px;padding:0;border:0" aria-label="two"></button></main></html>"""
RUN = {"version": "4.14.1", "rules": 92, "violations": 0}


@pytest.mark.browser
def test_targets_that_are_too_small_are_found(browser: webdriver.Chrome) -> None:
    browser.get(f"data:text/html,{quote(SMALL)}")
    assert [one["rule"] for one in axe.violations(browser)] == ["target-size"]
    axe.take_runs()  # it is no page of ours: the report at the end is without it


def test_without_axe_the_check_is_skipped_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(axe, "AXE", Path("/nowhere/axe.min.js"))
    with pytest.raises(pytest.skip.Exception, match=r"`npm install --no-save` in widget/"):
        axe.violations(None)


def test_the_report_tells_pages_widths_schemes_and_violations() -> None:
    runs = [
        {**RUN, "page": "/staff", "width": 320, "scheme": "dark"},
        {**RUN, "page": "/staff", "width": 1280, "scheme": "light", "violations": 2},
        {**RUN, "page": "/ (greeting)", "width": 1280, "scheme": "light"},
    ]
    first, *rest = axe.report(runs)
    assert first.startswith("axe-core 4.14.1, 92 rules") and "target-size" in first
    assert rest == [
        "console: 2 violations in 2 runs: 1 pages and states; 320, 1280 px wide; dark, light",
        "  /staff",
        "chat: 0 violations in 1 runs: 1 pages and states; 1280 px wide; light",
        "  / (greeting)",
    ]
    assert axe.report([]) == []


def test_addresses_in_the_report_name_nobody() -> None:
    assert axe._page("/staff/patients/12/access", "") == "/staff/patients/{id}/access"
    assert axe._page("/staff/page/" + "a" * 48, "dealt with") == "/staff/page/{token} (dealt with)"
