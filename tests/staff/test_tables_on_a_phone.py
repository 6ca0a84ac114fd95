"""No page of the console scrolls sideways, nor any part of one: on a phone the rows of a table stand one below the
other, each value behind the title of its column."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.care import check_in_consent
from bot.care.check_in_consent import How
from bot.care.check_in_plan import replan
from bot.care.models import Channel, CheckIn
from bot.care.treatments import record_treatment
from bot.channels.sms.providers import NoProvider
from bot.work.pager import Pager
from bot.work.paging import Paging
from tests.axe import violations
from tests.staff.record_scene import lived_in
from tests.staff.test_in_browser import Desk, address, chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

__all__ = ["address", "chromium"]

NARROWEST, PHONE, TABLET = 320, 360, 800
LONG = "Wilhelmina-Featherstonehaugh Nguyen-Cholmondeley"
FILE = f"""name,date of birth,phone,address,emergency contact,treatments
{LONG},1984-03-14,(212) 555-0171,12 Rivet St Apartment 4 Brooklyn,Sister Ana,2026-03-10 09:30; 2026-03-12 09:30
María López,1984-03-14,(212) 555-0163,,,
Ben Ode,1984-13-45,12,,,
"""

SIDEWAYS = """
const found = [], root = document.documentElement;
if (root.scrollWidth > root.clientWidth) found.push(`the page: ${root.scrollWidth}`);
for (const one of document.querySelectorAll('main *')) {
  const may = getComputedStyle(one).overflowX;
  if ((may === 'auto' || may === 'scroll') && one.scrollWidth > one.clientWidth) found.push(one.outerHTML.slice(0, 80));
}
return found;
"""
UNNAMED = """
const found = [];
for (const table of document.querySelectorAll('main table.stacks')) {
  const titles = [...table.querySelectorAll('thead th')].map((one) => one.textContent);
  for (const row of table.querySelectorAll('tbody tr')) {
    [...row.cells].forEach((cell, at) => {
      const shown = getComputedStyle(cell, '::before').content;
      const alone = cell.tagName === 'TH' || cell.colSpan > 1;
      const label = (shown.match(/^"([^"]+)"/) || [])[1];
      if (!alone && !(label && titles[at].startsWith(label))) found.push([titles[at], shown]);
    });
  }
}
return found;
"""
"""Cells that do not stand behind the title of their column, as it is shown."""


@pytest.fixture
def full(scene: Any) -> Any:
    """A clinic with something in every table."""
    scene.sweep = Paging(
        scene.engine, scene.clinic, scene.clock, Pager(scene.clinic, NoProvider(), texts_simulated=True)
    ).sweep
    scene.sweep()  # makes the roster
    scene.other = lived_in(scene, "Maria Lopez", "(212) 555-0163")[0]
    scene.kept, conversation = scene.patient(f"{LONG}", "(212) 555-0161")
    scene.twice = scene.patient("María López", "(212) 555-0164")[0]
    with scene.record() as session:
        now = scene.clock.now()
        for patient in (scene.kept, scene.twice):
            record_treatment(session, patient, now - timedelta(days=1), scene.clinic, now)
            check_in_consent.give(session, patient, Channel.SMS, How.IN_PERSON, None, now)
            replan(session, patient, scene.clinic, now)
        held = session.query(CheckIn).filter_by(state="scheduled").first()
        held.held_at, held.held_because = now, "alert"
    scene.says(conversation, "better off without me", "crisis", "better off without me")
    scene.sweep()
    scene.later(1)
    return scene


def tables(scene: Any, desk: Desk) -> dict[str, Callable[[], None]]:
    """Every page with a table, and how one gets there."""

    def compare() -> None:
        desk.go(f"/staff/patients/{scene.twice}/merge")
        desk.find("main form button").click()
        desk.until(lambda: "Are these the same person?" in desk.text())

    def check_file() -> None:
        desk.go("/staff/patients/import")
        desk.driver.execute_script("document.getElementById('csv').value = arguments[0]", FILE)
        desk.find("form.stack button.primary").click()
        desk.until(lambda: "What this file would do" in desk.text())

    paths = (
        "/staff/patients", "/staff/pages", "/staff/reports", "/staff/guidance", "/staff/account", "/staff/audit",
        "/staff/accounts", "/staff/check-ins", "/staff/patients/import",
        f"/staff/patients/{scene.kept}/check-ins", f"/staff/patients/{scene.other}/series",
        f"/staff/patients/{scene.other}",
    )  # fmt: skip
    by_path = {path: lambda path=path: desk.go(path) for path in paths}
    return {**by_path, "the comparison of two records": compare, "the check of a file": check_file}


def words(where: str) -> str:
    """A place that is no address, as a state of its page."""
    return "" if where.startswith("/") else where


@pytest.mark.parametrize("role", ["clinician", "admin"])
def test_every_table_stands_in_rows_of_named_values_and_nothing_scrolls_sideways(
    full: Any, chromium: Any, address: str, role: str
) -> None:
    desk = Desk(chromium, address, full.hire(role))
    seen = set()
    for where, go in tables(full, desk).items():
        desk.size(PHONE, 800)
        go()
        desk.driver.execute_script(
            "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
        )
        for width in (NARROWEST, PHONE, TABLET, 1280):
            desk.size(width, 800)
            assert desk.driver.execute_script(SIDEWAYS) == [], f"{where} at {width}"
            if width in (PHONE, TABLET):
                assert desk.driver.execute_script(UNNAMED) == [], where
        for scheme in ("light", "dark"):
            media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
            desk.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
            desk.size(PHONE, 800)
            assert violations(desk.driver, words(where)) == [], f"{where}, {scheme}"
        if desk.driver.execute_script("return document.querySelectorAll('table.stacks tbody tr').length"):
            seen.add(where)
    # An empty page proves nothing: each had rows that this role may see. The conversation's tables are narrow ones.
    refused = {
        "clinician": {"/staff/audit", "/staff/accounts"},
        "admin": {f"/staff/patients/{full.other}/series"},
    }
    assert set(tables(full, desk)) - seen == {*refused[role], f"/staff/patients/{full.other}"}


def test_a_table_in_rows_is_a_table_to_a_screen_reader(full: Any, chromium: Any, address: str) -> None:
    desk = Desk(chromium, address, full.hire())
    desk.size(PHONE, 800)
    desk.go("/staff/patients")
    tree = desk.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = [node["role"]["value"] for node in tree if not node.get("ignored")]
    assert roles.count("table") == 1 and roles.count("columnheader") == 5
    assert roles.count("row") == 4 and roles.count("rowheader") == 3
