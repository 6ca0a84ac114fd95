"""The committed bundle is what the sources build."""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

WIDGET = Path(__file__).resolve().parents[2] / "widget"
BUNDLE = WIDGET / "dist" / "aftercare-widget.js"
LIMIT_BYTES = 40 * 1024


def test_bundle_names_the_sources_it_was_built_from() -> None:
    """Without Node: the hash in the bundle's first line is that of the sources (computed as vite.config.ts does)."""
    names = [path.relative_to(WIDGET).as_posix() for path in (WIDGET / "src").rglob("*.ts")]
    found = hashlib.sha256()
    for name in sorted([*names, "package-lock.json", "vite.config.ts"]):
        found.update(name.encode() + b"\0" + (WIDGET / name).read_bytes() + b"\0")
    named = re.search(r"sources sha256:([0-9a-f]{64})", BUNDLE.read_text("utf-8")[:500])
    assert named, "the bundle's first line names no sources"
    assert named[1] == found.hexdigest(), (
        "stale bundle: run `npm ci && npm run build` in widget/ and commit widget/dist"
    )


def test_bundle_leaves_the_page_its_globals() -> None:
    code = BUNDLE.read_text("utf-8").split("\n", 1)[1].strip()
    assert code.startswith("(function(){")
    assert code.endswith("})();")


def test_bundle_is_small() -> None:
    assert len(gzip.compress(BUNDLE.read_bytes(), 9)) < LIMIT_BYTES


def test_lock_file_holds_no_download_address() -> None:
    lock = (WIDGET / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert '"integrity"' in lock


def test_sources_build_the_bundle() -> None:
    if shutil.which("npm") is None:
        pytest.skip(
            "no npm: install Node.js 20.19 or newer, then run `npm install --no-save` in widget/, to compare the bundle"
        )
    if not (WIDGET / "node_modules").exists():
        pytest.skip(
            "no Node packages: run `npm install --no-save` in widget/ to have the bundle built and compared"
        )
    done = subprocess.run(
        ["npm", "run", "--silent", "check-bundle"], cwd=WIDGET, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
