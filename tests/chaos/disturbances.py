"""What can be taken away from the assistant, and given back. Each is begun, lasts, and is ended."""

from __future__ import annotations

import asyncio
import resource
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import psutil

from . import carrier as carriers
from . import mail as mails
from .assistant import ANSWER, CARE, WEB, Assistant, status
from .carrier import Carrier
from .mail import Mailbox

SHOWS_WITHIN = 600.0
"""Seconds in which what is wrong must be seen from outside: a minute until a worker counts as gone, and the rest for a
busy machine on which a process takes minutes to start."""

Do = Callable[[float], Awaitable[None]]


class Disturber:
    """Does what a plan says. seen: what could be seen from outside meanwhile, by disturbance."""

    def __init__(self, assistant: Assistant, carrier: Carrier, box: Mailbox) -> None:
        self.assistant, self.carrier, self.box = assistant, carrier, box
        self.seen: dict[str, bool] = {}
        self._all: dict[str, Do] = {
            "kill web": lambda _: self._kill(WEB),
            "kill answer": lambda _: self._kill(ANSWER),
            "kill care": lambda _: self._kill(CARE),
            "database killed": self._database_killed,
            "database stopped": self._database_stopped,
            "database hangs": self._database_hangs,
            "database stopped, disk full": self._disk_full,
            "answer frozen": lambda seconds: self._frozen(ANSWER, seconds),
            "care frozen": lambda seconds: self._frozen(CARE, seconds),
            "answer hangs in native code": self._hangs,
            "action raises": self._action_raises,
            "dialogue model corrupt": lambda s: self._corrupt("aftercare.tar.gz", ANSWER, "answer_worker", s),
            "reader corrupt": lambda s: self._corrupt("heads.npz", WEB, "model", s),
            "everything killed": self._everything_killed,
            "clock four minutes ahead": lambda seconds: self._clock("+240", seconds),
            "clock four minutes behind": lambda seconds: self._clock("-240", seconds),
        }
        for mode in (carriers.FAILS, carriers.SLOW, carriers.LIES, carriers.FORGETS):
            self._all[f"carrier {mode}"] = lambda seconds, mode=mode: self._carrier(mode, seconds)  # type: ignore[misc]
        for mode in (mails.FAILS, mails.SLOW, mails.LIES):
            self._all[f"mail {mode}"] = lambda seconds, mode=mode: self._mail(mode, seconds)  # type: ignore[misc]

    async def do(self, what: str, seconds: float) -> None:
        """From the beginning of a disturbance to its end."""
        await self._all[what](seconds)

    async def _kill(self, module: str) -> None:
        for process in self.assistant.processes(module)[:1]:
            with suppress(psutil.Error):
                process.kill()

    async def _kill_all(self, module: str) -> None:
        for process in self.assistant.processes(module):
            with suppress(psutil.Error):
                process.kill()

    async def _database_killed(self, seconds: float) -> None:
        postmaster = self.assistant.postmaster()
        if postmaster is not None:
            with suppress(psutil.Error):
                postmaster.kill()

    async def _database_stopped(self, seconds: float) -> None:
        # Without this file to read no server starts, whoever tries.
        control = self.assistant.database_folder / "global" / "pg_control"
        hidden = control.with_suffix(".away")
        postmaster = self.assistant.postmaster()
        if postmaster is not None:
            with suppress(psutil.Error):
                postmaster.send_signal(signal.SIGINT)
            await asyncio.to_thread(psutil.wait_procs, [postmaster], 10)
        with suppress(FileNotFoundError):
            control.rename(hidden)
        try:
            await asyncio.sleep(seconds)
        finally:
            hidden.rename(control)

    async def _database_hangs(self, seconds: float) -> None:
        postmaster = self.assistant.postmaster()
        if postmaster is None:
            return
        with suppress(psutil.Error):
            await self._stopped([postmaster, *postmaster.children(recursive=True)], seconds)

    async def _disk_full(self, seconds: float) -> None:
        """The database is away, and for half of that time no file of web may grow."""
        stopped = asyncio.create_task(self._database_stopped(seconds))
        await asyncio.sleep(seconds / 4)
        limits = {}
        for process in self.assistant.processes(WEB):
            with suppress(psutil.Error, OSError):
                limits[process.pid] = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, limits[process.pid][1]))
        await asyncio.sleep(seconds / 2)
        for pid, before in limits.items():
            with suppress(OSError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        await stopped

    async def _frozen(self, module: str, seconds: float) -> None:
        await self._stopped(self.assistant.processes(module)[:1], seconds)

    async def _stopped(self, processes: list[psutil.Process], seconds: float) -> None:
        for process in processes:
            with suppress(psutil.Error):
                process.suspend()
        try:
            await asyncio.sleep(seconds)
        finally:
            for process in processes:
                with suppress(psutil.Error):
                    process.resume()

    async def _hangs(self, seconds: float) -> None:
        """The next action never comes back: the worker has to be replaced, and nobody but the assistant does it."""
        before = {process.pid for process in self.assistant.processes(ANSWER)}
        switch = self.assistant.folder / "switches" / "action-hangs"
        switch.touch()
        gone = await self._shows(lambda: not switch.exists(), SHOWS_WITHIN)
        replaced = await self._shows(
            lambda: not before <= {process.pid for process in self.assistant.processes(ANSWER)}, SHOWS_WITHIN
        )
        self.seen["a worker that hangs in native code is replaced"] = gone and replaced

    async def _action_raises(self, seconds: float) -> None:
        switch = self.assistant.folder / "switches" / "action-raises"
        switch.touch()
        try:
            await asyncio.sleep(seconds)
        finally:
            switch.unlink(missing_ok=True)

    async def _corrupt(self, name: str, module: str, check: str, seconds: float) -> None:
        """A model file is damaged when its process starts again."""
        model = self.assistant.project / "models" / name
        whole = model.read_bytes()
        model.write_bytes(whole[: len(whole) // 2] + b"\0" * 1000)
        try:
            await self._kill_all(module)
            shows = await self._shows(
                lambda: any(
                    f'"{check}":false' in status(web + "/readyz")[1].replace(" ", "")
                    for web in self.assistant.own_addresses
                ),
                SHOWS_WITHIN,
            )
            self.seen[f"a damaged {name} shows in /readyz"] = shows
            await asyncio.sleep(seconds)
        finally:
            model.write_bytes(whole)
        if (
            module == WEB
        ):  # a process without its reader goes on with the rules alone until somebody starts it again
            await self._kill_all(WEB)

    async def _everything_killed(self, seconds: float) -> None:
        self.assistant.kill()
        await asyncio.sleep(1.0)
        self.assistant.start()

    async def _clock(self, offset: str, seconds: float) -> None:
        if self.assistant.clock is None:
            return
        self.assistant.clock.write_text(offset + "\n", encoding="ascii")
        try:
            await asyncio.sleep(seconds)
        finally:
            self.assistant.clock.write_text("+0\n", encoding="ascii")

    async def _carrier(self, mode: str, seconds: float) -> None:
        self.carrier.mode = mode
        try:
            await asyncio.sleep(seconds)
        finally:
            self.carrier.mode = carriers.WELL

    async def _mail(self, mode: str, seconds: float) -> None:
        self.box.mode = mode
        try:
            await asyncio.sleep(seconds)
        finally:
            self.box.mode = mails.WELL

    async def _shows(self, condition: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not await asyncio.to_thread(condition):
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(1.0)
        return True
