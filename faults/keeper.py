"""Keeps the bot alive: whoever dies is started again, as systemd does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench.processes import ROOT

#: Seconds before a dead bot is started again.
_PAUSE = 0.05
#: What a start, or a stop by a signal, may take.
_PATIENCE = 30.0
#: Of a life so many lines are kept.
_LINES = 40
_EVENT = re.compile(r'"event": "(\w+)"')


@dataclass(slots=True, kw_only=True)
class Death:
    """One life of the bot has ended. `status`: of its process, negative for a signal."""

    status: int
    got_ready: bool
    trap: str


class Keeper:
    """Starts the bot again whenever it dies.

    Attributes:
        environment: of the next lives.
        traps: of the next lives, first come, first served; "" is a life without one.
        keeps: not set: who dies stays dead.
        pid: of the life that is ready; None: none is.
        spoke_at: when that life became the one that speaks to Telegram (the loop's time); 0: never.
        lines: what the lives have written, newest last.
        events: how often each event of the log was in them.
        complaints: those of them that tell of a fault of ours.
        on_death: called at each death, an orderly end (status 0) apart.
    """

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self._home = home
        self.environment = environment
        self.traps: list[str] = []
        self.keeps = asyncio.Event()
        self.pid: int | None = None
        self.spoke_at = 0.0
        self.deaths: list[Death] = []
        self.lines: deque[str] = deque(maxlen=_LINES)
        self.events: Counter[str] = Counter()
        self.complaints: list[str] = []
        self.on_death: Callable[[], None] = lambda: None
        self._changed = asyncio.Event()
        self._nursery: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._born: int | None = None

    async def __aenter__(self) -> Self:
        """Make ready; `keeps.set()` starts the first life."""
        paths = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": str(ROOT)}
        self._nursery = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "faults.ours"),
            cwd=self._home,
            env={**paths, "PYTHONUNBUFFERED": "1"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 20,
            start_new_session=True,  # Ctrl-C is for us: we end it in our own order
        )
        self._task = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the life that runs, and all that would follow."""
        self.keeps.clear()
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        self.signal(signal.SIGKILL)
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._nursery.wait()
        except TimeoutError:
            self._nursery.kill()
            await self._nursery.wait()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def ready(self) -> int:
        """Wait until it lives, and give its process."""
        try:
            async with asyncio.timeout(2 * _PATIENCE):
                while self.pid is None:
                    await self._changed.wait()
        except TimeoutError:
            raise RuntimeError(f"the bot does not start: {list(self.lines)}") from None
        return self.pid

    async def born(self) -> None:
        """Wait until a process of it runs, ready or not."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while self._born is None:
                    await self._changed.wait()
        except TimeoutError:
            raise RuntimeError("no new life begins") from None

    async def dead(self, deaths: int, within: float) -> bool:
        """Wait until it has died more often than that."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while len(self.deaths) <= deaths:
                    await self._changed.wait()
                return True
        return False

    def signal(self, number: signal.Signals) -> bool:
        """Send the running process a signal, ready or not. False: there is none."""
        if self._born is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._born, number)
        return True

    async def kill(self) -> bool:
        """`kill -9`, and wait until it is dead. False: nobody lived, or he ended by himself."""
        deaths = len(self.deaths)
        if not self.signal(signal.SIGKILL) or not await self.dead(deaths, _PATIENCE):
            return False
        return self.deaths[deaths].status == -signal.SIGKILL

    async def lay_down(self) -> None:
        """Let it be dead for a while: `keeps.set()` starts it again."""
        self.keeps.clear()
        await self.kill()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _keep(self) -> None:
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        while True:
            await self.keeps.wait()
            trap = self.traps.pop(0) if self.traps else ""
            order = json.dumps({**self.environment, "FAULTS_KILL": trap})
            self._nursery.stdin.write(f"{order}\n".encode())
            status, got_ready = await self._live()
            self.deaths.append(Death(status=status, got_ready=got_ready, trap=trap))
            if status:
                self.on_death()
            self._tell()
            await asyncio.sleep(_PAUSE)

    async def _live(self) -> tuple[int, bool]:
        """Follow one life to its end: the status of its process, and whether it got ready."""
        assert self._nursery is not None
        assert self._nursery.stdout is not None
        got_ready = False
        async for raw in self._nursery.stdout:
            line = raw.decode(errors="replace").strip()
            if line.startswith("born "):
                self._born = int(line.split()[1])
                self._tell()
            elif line.startswith("died "):
                self._born = self.pid = None
                self.spoke_at = 0.0
                return int(line.split()[1]), got_ready
            elif '"event": "ready"' in line:
                got_ready = True
                self.pid = self._born
                self._tell()
            elif line:
                if '"event": "speaks"' in line:
                    self.spoke_at = asyncio.get_running_loop().time()
                    self._tell()
                self.lines.append(line)
                self.events.update(_EVENT.findall(line))
                if _complains(line):
                    self.complaints.append(line)
                elif self.complaints and not line.startswith("{"):
                    # Whatever is no entry of the log belongs to the traceback before it.
                    self.complaints[-1] += f"\n{line}"
        raise RuntimeError(f"no more lives: {list(self.lines)}")


#: Faults of ours that the product survives by itself, but must not have.
_FAULTS = (
    "delivery_failed", "tick_failed", "replay_failed", "update_set_aside", "not_said",
    "answer_not_taken", "comment_doubled", "Traceback", "fact_without_rule", "update_not_read",
    "never retrieved",
)  # fmt: skip


def _complains(line: str) -> bool:
    return any(fault in line for fault in _FAULTS)
