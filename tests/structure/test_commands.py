"""Every command that the documents name is there, and takes the options with which it is named. None is run."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from click import Command, Group

from bot.cli import main
from bot.clinic.paths import ROOT

DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), ROOT / "clinic.yml")
    if "node_modules" not in path.parts
)
FENCED = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`]+)`")
INDENTED = re.compile(r"(?<=\n\n)(?: {4,}\S.*\n)+")
LINE = re.compile(r"^ *(\S.*?)(?: {3,}.*)?$", re.MULTILINE)
"""A command on a line of its own; what follows it after some spaces says what it does."""
BETWEEN = re.compile(r"\$\(|\)|&&|;|\||\n")
"""What stands between two commands of one line."""

OPTION = re.compile(r"--[a-z][a-z-]*")
PLACEHOLDER = re.compile(r"[A-Z]{2,}$|\.\.\.$|…$")


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command in a document, without what is set before it in the environment."""
    blocks = "".join(FENCED.findall(text)) + "".join(INDENTED.findall(text))
    spans = SPAN.findall(FENCED.sub("", text))
    for quoted in (*spans, *LINE.findall(re.sub(r"\\\n *", " ", blocks))):
        for line in BETWEEN.split(" ".join(quoted.split())):
            try:
                words = shlex.split(line)
            except ValueError:  # an apostrophe: prose
                continue
            while words and (words[0] == "export" or re.match(r"[A-Z_]+=", words[0])):
                words.pop(0)
            if len(words) > 1:
                yield [words[0].rsplit("/", 1)[-1], *words[1:]]


def options(words: list[str]) -> set[str]:
    return {found[0] for word in words if (found := OPTION.match(word))}


def wrong_with(words: list[str], begin: Group = main) -> str:
    """What is wrong with a call of `aftercare`: empty where nothing is."""
    command: Command = begin
    for number, word in enumerate(words):
        if not isinstance(command, Group):
            lacking = options(words[number:]) - {one for each in command.params for one in each.opts}
            return f"no {', '.join(sorted(lacking))}" if lacking else ""
        if PLACEHOLDER.match(word):
            return ""
        if word not in command.commands:
            return f"no command {word}"
        command = command.commands[word]
    return ""


def taken_by(module: str) -> set[str] | None:
    """The options in the source of a module that is run with `python -m`; None where there is no such module."""
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:
        return None
    if spec is None or spec.origin is None:
        return None
    origin = Path(spec.origin)
    source = origin.with_name("__main__.py") if origin.name == "__init__.py" else origin
    return literals(source) if source.exists() else None


def literals(source: Path) -> set[str]:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    words = {
        one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }
    return {word for word in words if OPTION.fullmatch(word)} | {"--help"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_of_a_document_are_there(document: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for name, *words in commands(document.read_text(encoding="utf-8")):
        said = " ".join((name, *words))
        if name == "aftercare":
            assert not wrong_with(words), f"{said}: {wrong_with(words)}"
        elif name == "make":
            assert words[0] in targets, said
            given = " ".join(word for word in words if word.startswith("ARGS="))
            assert options(given.removeprefix("ARGS=").split()) <= literals(
                ROOT / "tests" / "chaos" / "__main__.py"
            ), said
        elif name.startswith("python") and words[0] == "-m":
            taken = taken_by(words[1])
            assert taken is not None, said
            assert options(words[2:]) <= taken, said
        elif name == "pytest":
            assert all((ROOT / word).exists() for word in words if not word.startswith("-")), said


def test_make_eval_prints_every_figure_that_is_quoted() -> None:
    """Each command of ours by which a document says that it measured is a step of `make eval`."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\neval:")[2].partition("\n\n")[0]
    steps = re.findall(r"python -m (\S+)", recipe)
    quoted = {
        words[2]
        for name in ("figures.md", "safety.md", "reader.md")
        for words in commands((ROOT / "docs" / name).read_text(encoding="utf-8"))
        if words[0].startswith("python") and words[1] == "-m" and "evaluat" in words[2]
    }
    assert len(quoted) >= 4
    assert set(steps) == quoted and len(steps) == len(set(steps))


def test_the_table_of_commands_in_the_first_document() -> None:
    """There the first word is left out, and after the first command of a row that of its group."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("| `.venv/bin/aftercare ...` |")[2].partition("\n\n")[0]
    named = set()
    for row in table.splitlines()[2:]:
        group = main
        for call in SPAN.findall(row.split("|")[1]):
            first, *rest = shlex.split(call)
            begin = group if first in group.commands else main
            assert not wrong_with([first, *rest], begin), call
            if begin is main:
                named.add(first)
            found = begin.commands[first]
            group = found if isinstance(found, Group) else group
    assert named == set(main.commands)


def test_this_finds_commands_and_what_is_wrong_with_them() -> None:
    text = 'Say `AFTERCARE_PORT=1 make run`, or:\n\n    export A="$(.venv/bin/aftercare staff add X --email y)"   why\n'
    assert list(commands(text)) == [["make", "run"], ["aftercare", "staff", "add", "X", "--email", "y"]]
    assert list(commands('`make chaos ARGS="--seed 7"`')) == [["make", "chaos", "ARGS=--seed 7"]]
    assert wrong_with(["staff", "ad"]) == "no command ad"
    assert wrong_with(["staff", "add", "X", "--mail", "y"]) == "no --mail"
    assert wrong_with(["staff", "add", "X", "--email", "y"]) == "" == wrong_with(["..."])
    assert taken_by("bench.nothing") is None and taken_by("nothing.at.all") is None
    assert "--tiny" in (taken_by("bench") or ())
    found = [words for path in DOCUMENTS for words in commands(path.read_text(encoding="utf-8"))]
    kinds = [words[0] for words in found]
    assert kinds.count("aftercare") > 25 and kinds.count("make") > 15 and kinds.count("python") > 10
