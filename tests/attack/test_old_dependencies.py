"""Rasa pins libraries with known holes. What keeps them out of reach, as docs/security.md says, is held here."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from bot.clinic.paths import ROOT
from bot.dialogue.host import MODELS
from bot.supervise import COMMANDS
from bot.train import DIALOGUE

SERVERS = (
    "rasa.server",
    "rasa.run",
    "rasa.api",
    "rasa.core.run",
    "rasa.core.channels",
    "sanic",
    "aiohttp",
    "rasa_sdk.endpoint",
)
"""What would listen on the network, or load what it finds there. Harmless: what collects a reply."""

HARMLESS = {"rasa.core.channels.channel"}
LISTED = re.compile(r"^\| ([\w-]+) (\d[\w.]*) \|", re.MULTILINE)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def ours() -> list[Path]:
    return [path for folder in ("bot", "actions") for path in sorted((ROOT / folder).rglob("*.py"))]


def listed() -> dict[str, str]:
    return dict(LISTED.findall((ROOT / "docs" / "security.md").read_text(encoding="utf-8")))


def bounded() -> dict[str, Requirement]:
    """What Rasa holds below a version, on this machine."""
    found = {}
    for line in requires("rasa") or []:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        if any(one.operator in ("<", "<=", "==") for one in requirement.specifier):
            found[requirement.name.lower()] = requirement
    return found


def test_the_list_in_the_document_is_what_is_installed() -> None:
    assert len(listed()) >= 8
    assert {name: version(name) for name in listed()} == listed()


def test_each_of_the_list_is_held_by_rasa_and_by_nobody_else_of_us() -> None:
    held = bounded()
    for name in listed():
        assert name.lower() in held, f"Rasa does not hold {name} any more: raise it, and take it off the list"


def test_nothing_of_ours_starts_a_server_of_rasas() -> None:
    for path in ours():
        for name in imports(path):
            dangerous = any(name == one or name.startswith(one + ".") for one in SERVERS)
            fine = any(name == one or name.startswith(one + ".") for one in HARMLESS)
            assert not dangerous or fine or name == "rasa.core.channels", (
                f"{path.relative_to(ROOT)} imports {name}"
            )


def test_no_process_and_no_unit_runs_rasa() -> None:
    for name, command in COMMANDS.items():
        assert command[1] == "-m" and command[2].startswith("bot."), name
    shipped = [path for path in (ROOT / "deploy").rglob("*") if path.is_file()]
    for path in (*shipped, ROOT / "Makefile", ROOT / "scripts" / "setup.sh"):
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not re.search(r"\brasa\s+(run|shell|interactive|x)\b|--enable-api", text), path


def test_a_model_comes_from_our_own_training_and_from_nowhere_else() -> None:
    loads = [
        (path.name, ast.unparse(node))
        for path in ours()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and re.search(r"\bAgent\.load|load_agent|load_from_", ast.unparse(node.func))
    ]
    assert [name for name, _ in loads] == ["host.py"], loads
    # No model server, no remote storage: one file of the folder that training writes to.
    assert not re.search(r"model_server|remote_storage|endpoint=E", loads[0][1])
    assert MODELS == DIALOGUE.parent == ROOT / "models"


def test_no_route_takes_a_model_or_a_pickle() -> None:
    for path in ours():
        names = {name.split(".")[0] for name in imports(path)}
        assert not names & {"pickle", "joblib", "skops", "dill", "cloudpickle", "shelve", "marshal"}, path


def test_what_faces_the_network_loads_none_of_it() -> None:
    found = loaded_by("import bot.web, sys; print(json.dumps(sorted(sys.modules)))")
    tops = {name.split(".")[0] for name in found}
    assert not tops & {"rasa", "rasa_sdk", "sanic", "tensorflow", "keras", "skops", "websockets"}


@pytest.mark.model
def test_the_worker_that_hosts_rasa_listens_on_nothing() -> None:
    program = (
        "import psutil; from bot.dialogue.host import DialogueHost; DialogueHost.load(); "
        "own = psutil.Process().connections(kind='all'); "
        "print(json.dumps([str(one.laddr) for one in own if one.status == 'LISTEN']))"
    )
    assert loaded_by(program) == []


def loaded_by(program: str) -> list[str]:
    """What a Python of its own prints at last, as JSON."""
    command = [sys.executable, "-W", "ignore", "-c", f"import json; {program}"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert run.returncode == 0, run.stderr[-2000:]
    found: list[str] = json.loads(run.stdout.splitlines()[-1])
    return found
