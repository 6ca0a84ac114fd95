"""The version of the program that reads: a digest, so that nobody has to remember to count it up.

Rules, word lists and models have versions of their own. How a text is cleaned, cut, matched and weighed is in the code
of two packages and of a few libraries: whatever changes there changes this version, also where it changes no verdict.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_BOT = Path(__file__).resolve().parents[1]
FOLDERS = (_BOT / "safety", _BOT / "language")
LIBRARIES = ("spacy", "medspacy", "rapidfuzz", "numpy", "tokenizers", "onnxruntime")


@lru_cache(maxsize=1)
def code_version() -> str:
    """The version of the program that reads messages, computed once per process."""
    return version_of(FOLDERS, LIBRARIES)


def version_of(folders: Sequence[Path], libraries: Sequence[str]) -> str:
    """12 hexadecimal digits over the modules in `folders` and the installed versions of `libraries`; one that is not
    installed counts as such."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.glob("*.py")):
            digest.update(f"{folder.name}/{path.name}".encode() + b"\0" + path.read_bytes())
    for library in libraries:
        digest.update(f"\0{library} {_installed(library)}".encode())
    return digest.hexdigest()[:12]


def _installed(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:  # the rules work without the libraries of the trained reader
        return "not installed"
