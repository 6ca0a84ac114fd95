"""Set-up: what `make` offers, and that a second call does nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.clinic.paths import ROOT


def run(*command: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=120
    )


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
    shown = run("make", "--no-print-directory", "help").stdout
    assert {line.split()[1] for line in shown.splitlines()} == targets
    working = {"run", "test", "setup", "train", "eval", "fmt", "lock", "screenshots", "clean", "help"}
    assert working | {"bench", "bench-short", "chaos", "chaos-short"} == targets


def test_telemetry_is_off_in_every_way_in() -> None:
    for name in ("Makefile", "scripts/setup.sh", "scripts/check.sh", "bot/cli.py", "bot/supervise.py"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert re.search(r"""RASA_TELEMETRY_ENABLED"?\s*[:=]\s*"?false""", text), name


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A project with the set-up scripts alone."""
    project = tmp_path / "project"
    (project / "scripts").mkdir(parents=True)
    for name in ("scripts/setup.sh", "pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, project / name)
    return project


def tools(folder: Path, **scripts: str) -> str:
    """A PATH with the plain tools of a Unix and the given programs only."""
    folder.mkdir()
    for name in (
        "sh",
        "cat",
        "cut",
        "sha256sum",
        "mkdir",
        "dirname",
        "tail",
        "sed",
        "id",
        "rm",
        "env",
        "pwd",
        "uname",
    ):
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_a_machine_without_python_is_told_what_to_install(bare: Path, tmp_path: Path) -> None:
    if Path("/usr/bin/python3").exists():
        script = bare / "scripts/setup.sh"
        script.write_text(script.read_text().replace("/usr/bin/python3", "/nowhere/python3"))
    done = run(
        "/bin/sh",
        "scripts/setup.sh",
        cwd=bare,
        PATH=tools(tmp_path / "tools"),
        HOME=str(tmp_path),
        PYENV_ROOT="",
    )
    assert done.returncode == 1
    assert "Set-up stopped: there is no Python 3" in done.stderr and "apt-get install" in done.stderr


def test_a_machine_without_python_310_and_network_is_told_the_ways_out(bare: Path, tmp_path: Path) -> None:
    uv = 'case "$1" in --version) echo uv 0;; *) echo "no route to host" >&2; exit 2;; esac'
    path = tools(tmp_path / "tools", uv=uv)
    done = run("/bin/sh", "scripts/setup.sh", cwd=bare, PATH=path, HOME=str(tmp_path), PYENV_ROOT="")
    assert done.returncode == 1
    assert "Fetching Python 3.10 with uv" in done.stdout
    assert "no route to host" in done.stderr and "pyenv install 3.10" in done.stderr


def test_a_pyenv_whose_shims_fail_is_looked_behind(bare: Path, tmp_path: Path) -> None:
    """pyenv's shim of python3.10 fails until a version is chosen; the version itself lies in its folder."""
    python = tmp_path / "pyenv" / "versions" / "3.10.13" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho 3.10\n")
    python.chmod(0o755)
    shim = 'echo "pyenv: python3.10: command not found" >&2; exit 127'
    uv = 'case "$1" in --version) echo uv 0;; *) echo "uv $*" >&2; exit 2;; esac'
    path = tools(tmp_path / "tools", uv=uv, **{"python3.10": shim, "pyenv": f"echo {tmp_path / 'pyenv'}"})
    done = run("/bin/sh", "scripts/setup.sh", cwd=bare, PATH=path, HOME=str(tmp_path), PYENV_ROOT="")
    assert f"Making .venv with {python}" in done.stdout


def test_packages_that_cannot_be_installed_stop_set_up(bare: Path, tmp_path: Path) -> None:
    uv = (
        'case "$1 $2" in "--version ") echo uv 0;; "pip sync") echo "hash mismatch" >&2; exit 1;; '
        '"venv "*) mkdir -p .venv/bin; printf "#!/bin/sh\\necho 3.10\\n" > .venv/bin/python; '
        "chmod +x .venv/bin/python;; esac"
    )
    chmod = shutil.which("chmod")
    assert chmod
    path = tools(tmp_path / "tools", uv=uv, **{"python3.10": "echo 3.10"})
    (tmp_path / "tools" / "chmod").symlink_to(chmod)
    done = run("/bin/sh", "scripts/setup.sh", cwd=bare, PATH=path, HOME=str(tmp_path), PYENV_ROOT="")
    assert done.returncode == 1
    assert "hash mismatch" in done.stderr and "package index" in done.stderr
    assert not (bare / ".cache/setup/packages").exists(), "a failed step must not count as done"
