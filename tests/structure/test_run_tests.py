"""A test that lost a race gets one more try, alone; what is broken stays broken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.clinic.paths import ROOT

FAILS_ONCE = """
from pathlib import Path

def test_{number}():
    been = Path(__file__).with_suffix(".been")
    if not been.exists():
        been.touch()
        raise AssertionError("beside the others")
"""
PASSES = "def test_passes(): pass\n"
FAILS = "def test_fails(): assert False\n"


def outcome(folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """What the script says of a folder with the given files of tests."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    for number, text in enumerate(files):
        (folder / f"test_{number}.py").write_text(text.format(number=number))
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    surroundings["PATH"] = f"{Path(sys.executable).parent}:{surroundings['PATH']}"
    # What is installed beside it and has no part in this takes seconds to load, in each of the processes.
    surroundings |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p xdist.plugin"}
    script = ROOT / "scripts/run_tests.sh"
    return subprocess.run(
        [script], cwd=folder, env=surroundings, capture_output=True, text=True, check=False, timeout=120
    )


def test_what_passes_is_run_once(tmp_path: Path) -> None:
    ran = outcome(tmp_path, PASSES, PASSES)
    assert ran.returncode == 0 and "2 passed" in ran.stdout and "once more" not in ran.stdout


def test_what_passes_alone_is_named_and_does_not_stop_a_release(tmp_path: Path) -> None:
    ran = outcome(tmp_path, PASSES, FAILS_ONCE)
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.rstrip().endswith("look at what each waits for:\ntest_1.py::test_1")


@pytest.mark.parametrize(
    "files", [(FAILS,), (PASSES, FAILS_ONCE, FAILS), (FAILS_ONCE,) * 4, ("import nothing_here",)]
)
def test_what_is_broken_fails(tmp_path: Path, files: tuple[str, ...]) -> None:
    ran = outcome(tmp_path, *files)
    assert ran.returncode != 0 and "look at what each waits for" not in ran.stdout
