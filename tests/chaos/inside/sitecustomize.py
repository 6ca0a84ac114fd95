"""Loaded by every Python process of the assistant under test: lets its actions fail or hang while a file says so.

AFTERCARE_CHAOS names the folder of the switches: `action-raises`, and `action-hangs`, whose first action removes it.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

BASE = "actions.base"
switches = Path(os.environ.get("AFTERCARE_CHAOS", "/nowhere"))


def disturb(module: ModuleType) -> None:
    """Have each action look at the switches before it does its work."""
    run = module.CareAction.run

    @functools.wraps(run)  # Rasa's SDK looks at the arguments of what it registers
    async def disturbed(self: object, *given: object) -> object:
        if (switches / "action-raises").exists():
            raise RuntimeError("an action that fails")
        if (switches / "action-hangs").exists():
            (switches / "action-hangs").unlink(missing_ok=True)
            # Native code that never comes back and keeps the interpreter's lock: no Python line runs any more.
            ctypes.PyDLL(None).sleep(3600)
        return await run(self, *given)

    module.CareAction.run = disturbed


class Finder(importlib.abc.MetaPathFinder):
    """Finds the one module as everybody does, and disturbs it when it is loaded."""

    def find_spec(self, name: str, path: object, target: object = None) -> object:
        if name != BASE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)  # type: ignore[arg-type]
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def then_disturb(module: ModuleType) -> None:
            execute(module)
            disturb(module)

        spec.loader.exec_module = then_disturb  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, Finder())
