"""Processes of their own for all, so that nobody shares a bot's loop or its processor time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Seconds that a process has for getting ready, and for ending after the signal.
_PATIENCE = 30.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True, kw_only=True)
class Running:
    """A process that has said that it is ready.

    Attributes:
        said: the line by which it said so.
        ready_in: seconds from its start to that line.
        lines: what it has written, newest last.
    """

    process: asyncio.subprocess.Process
    said: str
    ready_in: float
    lines: list[str]

    @property
    def url(self) -> str:
        """The first address in the line."""
        found = re.search(r"http://[\w.:]+", self.said)
        assert found is not None, self.said
        return found[0]

    def resident(self) -> float:
        """Resident memory in MB, from /proc (Linux)."""
        for line in self._proc("status").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the process has ended")

    def processor_time(self) -> float:
        """Seconds of processor time, all threads, in user and system mode."""
        # The name in parentheses may have spaces: the rest is counted behind it.
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self.process.pid}/{name}").read_text()


def stopped_with_us() -> None:
    """From now on a stop from outside (SIGTERM) ends this task, and so the processes it runs."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


@contextlib.asynccontextmanager
async def running(
    *arguments: str,
    home: Path,
    until: str,
    environment: Mapping[str, str] | None = None,
    program: str = sys.executable,
) -> AsyncIterator[Running]:
    """Run `python <arguments>` (or another program) in the folder `home` until the block ends.

    Args:
        arguments: after the program's name.
        home: working folder; no `.env` of the checkout is read from there.
        until: a word of the line by which it says that it is ready.
        environment: on top of the search paths; nothing else is inherited.
        program: Python's interpreter, if no other.

    Raises:
        RuntimeError: it ended, or was not ready in time; the message has its last lines.
    """
    paths = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": str(ROOT)}
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        cwd=home,
        env={**paths, "PYTHONUNBUFFERED": "1", **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is for us: we end it in our own order
    )
    lines: list[str] = []
    ready: asyncio.Future[tuple[str, float]] = asyncio.get_running_loop().create_future()
    reading = asyncio.create_task(_read(process, lines, until, ready))
    try:
        async with asyncio.timeout(_PATIENCE):
            said, at = await ready
        yield Running(process=process, said=said, ready_in=at - started, lines=lines)
    except TimeoutError:
        raise RuntimeError(f"{arguments} is too slow: {lines[-20:]}") from None
    finally:
        await _end(process)
        await reading


async def _read(
    process: asyncio.subprocess.Process,
    lines: list[str],
    until: str,
    ready: asyncio.Future[tuple[str, float]],
) -> None:
    assert process.stdout is not None
    async for raw in process.stdout:
        line = raw.decode(errors="replace").rstrip()
        lines.append(line)
        if until in line and not ready.done():
            ready.set_result((line, time.perf_counter()))
    if not ready.done():
        ready.set_exception(RuntimeError(f"it ended at once: {lines[-20:]}"))


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_PATIENCE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
