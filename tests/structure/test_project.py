"""What no tool checks by itself: sizes, leftovers, one meaning for each error code, and what web must not load."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from bot.clinic.paths import ROOT

LONGEST = 600
"""Lines of a source file. A file that needs more is two."""

SOURCES = (
    "bot",
    "actions",
    "migrations",
    "scripts",
    "tests",
    "encoder",
    "bench",
    "widget/src",
    "widget/test",
    "widget/scripts",
)
SUFFIXES = {".py", ".ts", ".mjs", ".css", ".html", ".sh"}

# Spelt apart, so that this file does not find itself.
MARKS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|HA" + r"CK|XX" + r"X|NotImplemented" + r"Error)\b")
MACHINE = re.compile(r"(?<![\w.])/(work|root|home/\w+|Users/\w+)/")
SECRETS = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAC[0-9a-f]{32}\b|\bgh[pousr]_\w{30,}"
)


def sources() -> list[Path]:
    found = [
        path
        for folder in SOURCES
        for path in (ROOT / folder).rglob("*")
        if path.suffix in SUFFIXES and not {"node_modules", "__pycache__", "vendor"} & set(path.parts)
    ]
    assert len(found) > 100, "the project's sources were not found"
    return found


def texts() -> list[Path]:
    """Everything that people write: sources, data, guidance, documents and settings."""
    folders = ("docs", "guidance", "instruments", "data/stories", ".ci")
    extra = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    top = [
        path
        for path in ROOT.iterdir()
        if path.suffix in {".md", ".yml", ".toml", ".ini"} or path.name == "Makefile"
    ]
    return [
        *sources(),
        *top,
        *(path for path in extra if path.suffix in {".md", ".yml", ".yaml", ".txt", ""}),
    ]


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in paths
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if pattern.search(line)
    ]


def test_no_source_is_too_long() -> None:
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {str(path.relative_to(ROOT)): size for path, size in sizes.items() if size > LONGEST} == {}


def test_nothing_is_left_for_later() -> None:
    assert lines_with(MARKS, sources()) == []


def test_no_path_of_somebodys_machine() -> None:
    assert lines_with(MACHINE, [path for path in texts() if path != Path(__file__)]) == []


def test_no_secret() -> None:
    assert lines_with(SECRETS, texts()) == []


def test_the_lock_file_names_no_address() -> None:
    """Where packages come from is the business of the machine's own settings."""
    assert (
        lines_with(re.compile(r"https?://|--(extra-)?index-url|--find-links"), [ROOT / "requirements.txt"])
        == []
    )


def test_the_lock_file_pins_every_package_by_hash() -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / "requirements.txt").read_text(encoding="utf-8"))
    pinned = [block for block in blocks if not block.startswith("#")]
    assert len(pinned) > 100
    assert [
        block.splitlines()[0] for block in pinned if "==" not in block or "--hash=sha256:" not in block
    ] == []


def test_each_error_code_means_one_thing() -> None:
    """Staff quote them on the phone."""
    classes: dict[str, list[str]] = defaultdict(list)
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "actions").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                for code in _codes_of(node):
                    classes[code].append(f"{path.relative_to(ROOT)}: {node.name}")
    assert len(classes) > 20, "the error classes were not found"
    assert {code: names for code, names in classes.items() if len(names) > 1} == {}


def _codes_of(node: ast.ClassDef) -> list[str]:
    """Codes that a class gives itself: `code = "AC001"`, `code: str = "AC001"` or `code, status = "AC001", 500`."""
    values: list[ast.expr] = []
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            values.append(statement.value)
        elif isinstance(statement, ast.Assign):
            values += statement.value.elts if isinstance(statement.value, ast.Tuple) else [statement.value]
    codes = (
        value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)
    )
    return [code for code in codes if re.fullmatch(r"AC\d{3}", code)]


def test_no_import_hides_in_a_string() -> None:
    """import-linter reads import statements; a module of ours named in a string would pass it by."""
    hidden = re.compile(r"(import_module|__import__)\(")
    assert lines_with(hidden, [*(ROOT / "bot").rglob("*.py"), *(ROOT / "actions").rglob("*.py")]) == []


@pytest.mark.processes
@pytest.mark.parametrize(
    "module", ["bot.web", "bot.workers.care", "bot.supervise", "bot.doctor", "bot.classify"]
)
def test_only_the_answer_worker_loads_rasa(module: str) -> None:
    """Rasa takes 15 seconds and 560 MB: nobody who faces the network, delivers or pages may wait for that."""
    code = f"import sys, {module}; print([name for name in ('rasa', 'tensorflow') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "[]"
