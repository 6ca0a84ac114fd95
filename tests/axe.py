"""axe-core on the page that a browser shows: one way for the console and the chat, with what was looked at kept.

Every run has all rules that axe has on by itself (WCAG 2.0 to 2.2 at A and AA, and its best practices) and
`target-size`, its only rule that is new in WCAG 2.2 AA, which axe has off. At its end pytest prints what was run:
pages, widths, colour schemes and violations (`report`).
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).resolve().parents[1] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
NO_AXE = "no axe-core: run `npm install --no-save` in widget/ (Node.js 20.19 or newer) to have the accessibility checks"
NEW_IN_22 = "target-size"
PROPERTY = "axe"
"""Under this name a test's report holds its runs, so that they come back from other processes as well."""

_RUN = """
axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}).then(found => JSON.stringify({
  found: found.violations.map(one => ({rule: one.id, where: one.nodes.map(node => node.html.slice(0, 200))})),
  rules: ['violations', 'passes', 'incomplete', 'inapplicable'].flatMap(kind => found[kind].map(one => one.id)),
  version: found.testEngine.version,
  path: location.pathname,
  width: innerWidth,
  scheme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
}))
"""
_runs: list[dict[str, Any]] = []


def need_axe() -> str:
    """The source of axe-core; skips the test, with what to install, where it is not here."""
    if not AXE.exists():
        pytest.skip(NO_AXE)
    return AXE.read_text("utf-8")


def violations(driver: Any, state: str = "") -> list[dict[str, Any]]:
    """What axe finds on the page that `driver` shows: for each rule that is broken its name and the elements.

    state: what tells this page from others at the same address. Skips the test where there is no axe-core.
    """
    source = need_axe()
    # Through the debugging protocol, which the page's content security policy does not bind.
    driver.execute_cdp_cmd("Runtime.evaluate", {"expression": source})
    answer = driver.execute_cdp_cmd("Runtime.evaluate", {"expression": _RUN, "awaitPromise": True})
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    told = json.loads(answer["result"]["value"])
    assert NEW_IN_22 in told["rules"], "axe ran without the rule of WCAG 2.2"
    found: list[dict[str, Any]] = told.pop("found")
    told.update(page=_page(told.pop("path"), state), rules=len(told["rules"]), violations=len(found))
    _runs.append(told)
    return found


def _page(path: str, state: str) -> str:
    """A page's address as documents name it, without numbers and tokens, and its state."""
    general = re.sub(r"/\w{40,}(?=/|$)", "/{token}", re.sub(r"/[0-9]+(?=/|$)", "/{id}", path))
    return f"{general} ({state})" if state else general


def take_runs() -> list[dict[str, Any]]:
    """The runs since the last call."""
    taken = _runs[:]
    _runs.clear()
    return taken


def report(runs: Sequence[dict[str, Any]]) -> list[str]:
    """What was run, in lines for a person: the console and the chat apart, nothing where nothing was."""
    if not runs:
        return []
    versions, rules = _each(runs, "version"), max(run["rules"] for run in runs)
    lines = [
        f"axe-core {', '.join(versions)}, {rules} rules: WCAG 2.0 to 2.2 at A and AA with {NEW_IN_22}; best practices"
    ]
    for area in ("console", "chat"):
        here = [run for run in runs if run["page"].startswith("/staff") == (area == "console")]
        if here:
            pages, widths = _each(here, "page"), _each(here, "width")
            found = sum(run["violations"] for run in here)
            lines.append(
                f"{area}: {found} violations in {len(here)} runs: {len(pages)} pages and states; "
                f"{', '.join(widths)} px wide; {', '.join(_each(here, 'scheme'))}"
            )
            lines += textwrap.wrap(
                ", ".join(pages), 118, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
            )
    return lines


def _each(runs: Iterable[dict[str, Any]], name: str) -> list[str]:
    return [str(one) for one in sorted({run[name] for run in runs})]
